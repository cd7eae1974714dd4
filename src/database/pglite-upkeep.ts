import type { PGlite } from '@electric-sql/pglite';

const everyMs = 20_000;

/**
 * Does what PostgreSQL's autovacuum does, by its thresholds: the embedded database has none. Without it plans stay as
 * they were made for empty tables, foreign keys' among them, and rows that are gone are gone through for ever.
 * @returns what stops it
 */
export function startUpkeep(pglite: PGlite): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isStopped = false;
  const run = async () => {
    for (const statement of await findDue(pglite)) {
      if (isStopped) return;
      await pglite.exec(statement);
    }
  };
  const timer = setInterval(() => {
    // One that fails is made up for by the next.
    running ??= run()
      .catch(() => {})
      .finally(() => {
        running = null;
      });
  }, everyMs);
  timer.unref();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await running;
  };
}

/** The statements that are due, one for each table. */
export async function findDue(pglite: PGlite): Promise<string[]> {
  await pglite.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await pglite.query<{ table: string; isVacuumDue: boolean }>(`
    SELECT format('%I.%I', schemaname, stat.relname) AS "table",
      n_dead_tup > 50 + 0.2 * greatest(reltuples, 0) AS "isVacuumDue"
    FROM pg_stat_user_tables stat JOIN pg_class ON pg_class.oid = stat.relid
    WHERE n_dead_tup > 50 + 0.2 * greatest(reltuples, 0) OR n_mod_since_analyze > 50 + 0.1 * greatest(reltuples, 0)`);
  return rows.map(({ table, isVacuumDue }) => (isVacuumDue ? `VACUUM (ANALYZE) ${table}` : `ANALYZE ${table}`));
}
