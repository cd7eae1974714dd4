import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

export type SearchDatabase = {
  name: string;
  query: (statement: string, values: unknown[]) => Promise<Record<string, unknown>[]>;
  close: () => Promise<void>;
};

/** PGlite in memory, and the PostgreSQL of `TEST_DATABASE_URL` where that is set; nothing is kept in either. */
export async function openSearchDatabases(): Promise<SearchDatabase[]> {
  const pglite = await PGlite.create();
  const databases: SearchDatabase[] = [
    {
      name: 'PGlite',
      query: async (statement, values) => (await pglite.query<Record<string, unknown>>(statement, values)).rows,
      close: () => pglite.close(),
    },
  ];
  const connectionString = process.env['TEST_DATABASE_URL'];
  if (connectionString) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    databases.push({
      name: 'PostgreSQL',
      query: async (statement, values) => (await client.query(statement, values)).rows,
      close: () => client.end(),
    });
  }
  return databases;
}
