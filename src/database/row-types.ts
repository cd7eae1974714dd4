import pg from 'pg';
import { Prisma } from './generated/client.ts';

/** How a column's text becomes the value that a row bears: the same as Prisma's `$queryRaw` gives. */
type ReadValue = (text: string) => unknown;

const { builtins } = pg.types;
/** Types that node-postgres knows by number alone. */
const dateArray = 1182;
const int8Array = 1016;
const timestamptzArray = 1185;

const list =
  (read: ReadValue, ofTexts = pg.types.getTypeParser(1009 as never)): ReadValue =>
  (text) =>
    (ofTexts(text) as (string | null)[]).map((each) => (each === null ? null : read(each)));

/** Connections here keep UTC, and write `2024-01-31 09:30:00.123+00`. */
function readTimestamp(text: string): Date {
  if (text.endsWith('+00') && text.charCodeAt(4) === hyphen) {
    return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
  }
  // Before Christ, past the year 9999, or without an end: rare, and read by those who know them.
  return pg.types.getTypeParser(builtins.TIMESTAMPTZ)(text) as unknown as Date;
}
const hyphen = 45;

const readDate: ReadValue = (text) => new Date(`${text}T00:00:00Z`);
const readDecimal: ReadValue = (text) => new Prisma.Decimal(text);

/** The types that drivers would read otherwise, by their numbers. */
export const ownReaders: Readonly<Record<number, ReadValue>> = {
  [builtins.INT8]: BigInt,
  [int8Array]: list(BigInt),
  [builtins.TIMESTAMPTZ]: readTimestamp,
  [timestamptzArray]: list(readTimestamp),
  [builtins.DATE]: readDate,
  [dateArray]: list(readDate),
  [builtins.NUMERIC]: readDecimal,
};

/** By the type's number. Those that are not listed are read as node-postgres reads them; enums as their text. */
export function readerOf(type: number): ReadValue {
  return ownReaders[type] ?? (pg.types.getTypeParser(type as never) as ReadValue);
}

/** Drivers write a Date in the process's own time zone: as ISO text it is the same everywhere. */
export function toParameter(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.map(toParameter) : value;
}
