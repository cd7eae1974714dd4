import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const migrationsFolder = path.join(import.meta.dirname, '../../prisma/migrations');
/** Prisma's own number for the lock that its migrations take. */
const advisoryLock = 72_707_369;

/** One connection, for statements in a row. */
type MigrationConnection = {
  exec(sql: string): Promise<void>;
  query(sql: string, values: unknown[]): Promise<Record<string, unknown>[]>;
};

// As `prisma migrate` makes it, so that its own commands agree with what was done here.
const historyTable = `
CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies what of `prisma/migrations` is not applied yet, each in a transaction of its own, under an advisory
 * lock: several processes may start at once.
 * @throws where a migration that was applied has been edited since, or the database is newer than this program
 */
export async function migrate(connection: MigrationConnection): Promise<void> {
  await connection.query(`SELECT pg_advisory_lock(${advisoryLock})`, []);
  try {
    await connection.exec(historyTable);
    const rows = await connection.query(
      `SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
      [],
    );
    const applied = new Map(rows.map((row) => [String(row['migration_name']), String(row['checksum'])]));
    const entries = await readdir(migrationsFolder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const unknown = [...applied.keys()].filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      throw new Error(
        `the database is of a newer version: it has migrations unknown here (${unknown.join(', ')}); ` +
          'start that version, or see "Upgrade and rollback" in docs/operate.md',
      );
    }
    for (const name of names.sort()) {
      const sql = await readFile(path.join(migrationsFolder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      if (!applied.has(name)) await apply(connection, name, checksum, sql);
      else if (applied.get(name) !== checksum) throw new Error(`migration ${name} was edited after it was applied`);
    }
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${advisoryLock})`, []);
  }
}

async function apply(connection: MigrationConnection, name: string, checksum: string, sql: string): Promise<void> {
  await connection.exec('BEGIN');
  try {
    await connection.exec(sql);
    await connection.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await connection.exec('COMMIT');
  } catch (err) {
    await connection.exec('ROLLBACK');
    throw new Error(`migration ${name} failed: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
  }
}
