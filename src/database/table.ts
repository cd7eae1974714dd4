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

/** A row as a JSON array of these columns. */
export function jsonOfRow<Row>(table: Table<Row>, names: readonly (keyof Row & string)[]): Prisma.Sql {
  const values = names.map((name) => {
    const [column, kind] = table.columns[name];
    return kind === 'bigint' ? `${table.name}.${column}::text` : `${table.name}.${column}`;
  });
  return Prisma.raw(`json_build_array(${values.join(', ')})`);
}

/** The row that `jsonOfRow` wrote, with what else is known of it: that is written to, and becomes the row. */
export function rowOfJson<Row>(
  table: Table<Row>,
  names: readonly (keyof Row & string)[],
  values: readonly unknown[],
  row: Record<string, unknown> = {},
): Row {
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof Row & string;
    const value = values[index];
    const kind = table.columns[name][1];
    if (value === null || kind === undefined || kind === 'plain') row[name] = value;
    else row[name] = kind === 'instant' ? new Date(value as string) : BigInt(value as string);
  }
  return row as Row;
}
