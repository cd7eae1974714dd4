import { Prisma } from './generated/client.ts';

/** What JSON has no form of its own for. Bigints travel in it as text, which keeps every digit. */
type ColumnKind = 'plain' | 'instant' | 'bigint';

/** A table's columns by the names that its rows bear: to be read as columns, or as JSON within another statement. */
export type Table<Row> = {
  readonly name: string;
  readonly columns: { readonly [Name in keyof Row]-?: readonly [column: string, kind?: ColumnKind] };
};

/** Names of a table's columns, in the order that the table has them: one text for one set of columns. */
export function columnNames<Row>(table: Table<Row>, wanted?: ReadonlySet<keyof Row>): (keyof Row & string)[] {
  const names = Object.keys(table.columns) as (keyof Row & string)[];
  return wanted === undefined ? names : names.filter((name) => wanted.has(name));
}

/** `table.column AS "name", …` */
export function selectColumns<Row>(table: Table<Row>, names = columnNames(table)): Prisma.Sql {
  return Prisma.raw(names.map((name) => `${table.name}.${table.columns[name][0]} AS "${name}"`).join(', '));
}

function jsonValues<Row>(table: Table<Row>, names: readonly (keyof Row & string)[]): string[] {
  return names.map((name) => {
    const [column, kind] = table.columns[name];
    return `${table.name}.${column}${kind === 'bigint' ? '::text' : ''}`;
  });
}

/** A row as a JSON array of these columns. */
export function jsonOfRow<Row>(table: Table<Row>, names: readonly (keyof Row & string)[]): Prisma.Sql {
  return Prisma.raw(`json_build_array(${jsonValues(table, names).join(', ')})`);
}

/**
 * All rows as one JSON array, of an array for each of these columns: an aggregate, which takes the database a sixth
 * less than an array for each row does. Of no rows it makes nulls.
 */
export function jsonOfRows<Row>(table: Table<Row>, names: readonly (keyof Row & string)[]): Prisma.Sql {
  const columns = jsonValues(table, names).map((value) => `json_agg(${value})`);
  return Prisma.raw(`json_build_array(${columns.join(', ')})`);
}

function readValue(kind: ColumnKind | undefined, value: unknown): unknown {
  if (value === null || kind === undefined || kind === 'plain') return value;
  return kind === 'instant' ? new Date(value as string) : BigInt(value as string);
}

/** The row that `jsonOfRow` wrote, with what else is known of it. */
export function rowOfJson<Row>(
  table: Table<Row>,
  names: readonly (keyof Row & string)[],
  values: readonly unknown[],
  known: Partial<Row>,
): Row {
  const row: Record<string, unknown> = { ...known };
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof Row & string;
    row[name] = readValue(table.columns[name][1], values[index]);
  }
  return row as Row;
}

/** The rows that `jsonOfRows` wrote, of which there are some, each with what else is known of all. */
export function rowsOfJson<Row>(
  table: Table<Row>,
  names: readonly (keyof Row & string)[],
  columns: readonly (readonly unknown[])[],
  known: Partial<Row>,
): Row[] {
  const [first = []] = columns;
  const rows = first.map((): Record<string, unknown> => ({ ...known }));
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as keyof Row & string;
    const kind = table.columns[name][1];
    const values = columns[at] as readonly unknown[];
    for (let index = 0; index < rows.length; index++) {
      (rows[index] as Record<string, unknown>)[name] = readValue(kind, values[index]);
    }
  }
  return rows as Row[];
}
