import { Prisma } from './generated/client.ts';

/**
 * What a statement's plan depends on stands in its text: PostgreSQL plans a prepared statement once where that promises
 * no worse than planning it anew for each set of values, and of a parameter it has to suppose the worst.
 */

/** A whole number in the text: how many rows are wanted, say. To be used where few different numbers come. */
export function planned(count: number): Prisma.Sql {
  if (!Number.isSafeInteger(count)) throw new TypeError(`${count} is no whole number`);
  return Prisma.raw(String(count));
}

/** Past so many, the statement itself costs more than its plan. */
const mostInText = 64;

/**
 * `ANY(…)` of texts. Their number is told by the text, rounded up to a power of two so that there are few texts.
 * @param type that each is taken as: part of the text, and never a client's
 */
export function anyText(values: readonly string[], type = 'text'): Prisma.Sql {
  const cast = Prisma.raw(`${type}[]`);
  const last = values.at(-1);
  if (last === undefined) return Prisma.sql`ANY('{}'::${cast})`;
  if (values.length > mostInText) return Prisma.sql`ANY(${[...values]}::${cast})`;
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return Prisma.sql`ANY(ARRAY[${Prisma.join([...values, ...Array<string>(length - values.length).fill(last)])}]::${cast})`;
}
