import pg from 'pg';
import { readerOf } from './row-types.ts';

type Field = { name: string; dataTypeID: number };
/** Rows as they came: the text of each column. */
type Answer = { fields: readonly Field[]; rows: readonly (readonly (string | null)[])[] };

/**
 * One statement on a connection of pg's, whose rows are kept as they come and read once all are there: what lies there
 * parsed while the rest comes in lives through collections of garbage, and text is a fifth of it. pg's own query copies
 * its configuration, and makes a reader for each column and two empty rows, before it has any; like pg-cursor's, this
 * one is told by the connection what comes.
 */
class RowsQuery extends pg.Query {
  readonly name: string | undefined;
  readonly values: readonly unknown[];
  /** A text without parameters may otherwise hold several statements. */
  readonly queryMode = 'extended';
  declare callback: (err: Error | null, answer?: Answer) => void;
  #fields: readonly Field[] = [];
  readonly #rows: (readonly (string | null)[])[] = [];

  constructor(text: string, values: readonly unknown[], name: string | undefined) {
    super(text);
    this.name = name;
    this.values = values;
  }

  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    this.#fields = fields;
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null, { fields: this.#fields, rows: this.#rows });
  }
}

function readRows<Row>({ fields, rows }: Answer): Row[] {
  const readers = fields.map(({ dataTypeID }) => readerOf(dataTypeID));
  return rows.map((texts) => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < fields.length; index++) {
      const text = texts[index] ?? null;
      row[(fields[index] as Field).name] = text === null ? null : readers[index]?.(text);
    }
    return row as Row;
  });
}

/** What runs a statement on a connection of the pool, prepared under the name where it has one, and gives its rows. */
export type SendRows = <Row>(text: string, values: readonly unknown[], name: string | undefined) => Promise<Row[]>;

export function createSendRows(pool: pg.Pool): SendRows {
  // Given a query of another class it answers as with its own, which its types do not tell.
  const send = pool.query.bind(pool) as unknown as (query: RowsQuery) => Promise<Answer>;
  return async <Row>(text: string, values: readonly unknown[], name: string | undefined) =>
    readRows<Row>(await send(new RowsQuery(text, values, name)));
}
