import path from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Database, Tx } from '../database/database.ts';
import { FolderInUseError } from '../database/folder-lock.ts';
import { Prisma } from '../database/generated/client.ts';
import { openPglite } from '../database/pglite.ts';
import { openPostgres } from '../database/postgres.ts';
import type { JobName, JobRequest } from '../domain/jobs.ts';
import { createQueue, type Queue } from '../jobs/queue.ts';
import { UsageError } from './command.ts';
import type { Printed } from './commands.ts';
import { table } from './table.ts';

const batchRows = 200;
/** All of it is one transaction: what is moved is there whole, or not at all. */
const transactionTimeoutMs = 12 * 3_600_000;
const log = pino({ level: 'fatal' });

/** Copies the embedded database to an empty PostgreSQL database, which then begins where this one ends. */
export async function moveToPostgres(argv: readonly string[], dataDir: string): Promise<Printed> {
  try {
    const { values } = parseArgs({ args: [...argv], options: { to: { type: 'string' }, json: { type: 'boolean' } } });
    const to = URL.parse(values.to ?? '');
    if (to === null || !/^postgres(ql)?:$/.test(to.protocol)) {
      throw new UsageError(
        '--to must name the new database: npm run admin -- move --to postgresql://user:password@host/db',
      );
    }
    const counts = await move(path.join(dataDir, 'db'), to.href);
    const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
    const text = `${table(['TABLE', 'ROWS'], rows)}

All is there. Start the server with
  DATABASE_URL=${to.protocol}//…  (the address given)
  SECRET_KEY="$(cat ${path.join(dataDir, 'secret')})"  (or the SECRET_KEY it had)
Files stay at ${path.join(dataDir, 'files')}: keep DATA_DIR, or copy them to where STORAGE_URL will point.
The embedded database is left as it is; remove ${path.join(dataDir, 'db')} once you have seen the new one work.`;
    return { exitCode: 0, output: values.json === true ? JSON.stringify({ rows: counts }, null, 2) : text, errors: '' };
  } catch (err) {
    if (err instanceof FolderInUseError) {
      return {
        exitCode: 1,
        output: '',
        errors: `Stop the server first, so that nothing is written meanwhile: ${err.message}`,
      };
    }
    const message = err instanceof Error ? err.message : String(err);
    return { exitCode: err instanceof UsageError ? 2 : 1, output: '', errors: message };
  }
}

async function move(folder: string, url: string): Promise<Record<string, number>> {
  await using opened = new AsyncDisposableStack();
  const source = opened.adopt(await openPglite(folder), (database) => database.close());
  const target = opened.adopt(await openPostgres(url, () => {}), (database) => database.close());
  // The queue makes its own tables, on both sides.
  opened.adopt(await createQueue(source, log, { isWorker: false }), (queue) => queue.close());
  const queue = opened.adopt(await createQueue(target, log, { isWorker: false }), (each) => each.close());
  if ((await target.prisma.tenant.count()) > 0) {
    throw new UsageError('The new database is not empty: it has tenants. Name one that has none');
  }
  return await target.prisma.$transaction((tx) => copyAll(source, tx, queue), { timeout: transactionTimeoutMs });
}

async function copyAll(source: Database, tx: Tx, queue: Queue): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const tables = await tablesInOrder(tx);
  // What triggers keep is copied as well: it must not be counted a second time.
  for (const name of tables) await tx.$executeRawUnsafe(`ALTER TABLE "${name}" DISABLE TRIGGER USER`);
  for (const name of tables) {
    await tx.$executeRawUnsafe(`DELETE FROM "${name}"`);
    counts[name] = await copyTable(source, tx, name);
  }
  for (const name of tables) await tx.$executeRawUnsafe(`ALTER TABLE "${name}" ENABLE TRIGGER USER`);
  await queue.enqueue.within(tx, await waitingJobs(source));
  return counts;
}

/** The product's tables, each after those that it refers to. */
async function tablesInOrder(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string; refersTo: string[] }[]>`
    SELECT class.relname::text AS "name", coalesce(array_agg(target.relname::text) FILTER (WHERE target.relname IS NOT NULL), '{}')
      AS "refersTo"
    FROM pg_class class
    JOIN pg_namespace space ON space.oid = class.relnamespace AND space.nspname = current_schema()
    LEFT JOIN pg_constraint ref ON ref.conrelid = class.oid AND ref.contype = 'f' AND ref.confrelid <> class.oid
    LEFT JOIN pg_class target ON target.oid = ref.confrelid
    WHERE class.relkind = 'r' AND class.relname <> '_prisma_migrations'
    GROUP BY class.relname ORDER BY class.relname`;
  const ordered: string[] = [];
  let left = rows;
  while (left.length > 0) {
    const ready = left.filter(({ refersTo }) => refersTo.every((name) => ordered.includes(name)));
    if (ready.length === 0) throw new Error(`tables refer to each other: ${left.map(({ name }) => name).join(', ')}`);
    ordered.push(...ready.map(({ name }) => name));
    left = left.filter(({ name }) => !ordered.includes(name));
  }
  return ordered;
}

/** Rows go over as JSON text, which keeps every value and the order of keys in metadata. @returns how many */
async function copyTable(source: Database, tx: Tx, name: string): Promise<number> {
  let place = '(0,0)';
  let count = 0;
  for (;;) {
    const rows = await source.prisma.$queryRawUnsafe<{ place: string; row: string }[]>(
      `SELECT ctid::text AS place, row_to_json(t)::text AS row FROM "${name}" t
       WHERE ctid > $1::tid ORDER BY ctid LIMIT ${batchRows}`,
      place,
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    await tx.$executeRawUnsafe(
      `INSERT INTO "${name}" SELECT * FROM json_populate_recordset(NULL::"${name}", $1::text::json)`,
      `[${rows.map(({ row }) => row).join(',')}]`,
    );
    place = last.place;
    count += rows.length;
  }
  const [found] = await tx.$queryRawUnsafe<{ count: bigint }[]>(`SELECT count(*) AS count FROM "${name}"`);
  if (Number(found?.count) !== count) throw new Error(`of ${count} rows of ${name}, ${found?.count} arrived`);
  return count;
}

/** What the old database's workers had still to do. */
async function waitingJobs(source: Database): Promise<JobRequest[]> {
  const rows = await source.prisma.$queryRaw<
    { name: JobName; data: JobRequest['data']; key: string | null; startAfter: Date; priority: number }[]
  >(Prisma.sql`
    SELECT name, data, singleton_key AS "key", start_after AS "startAfter", priority FROM jobs.job
    WHERE state IN ('created', 'retry', 'active') ORDER BY created_on`);
  return rows.map(
    ({ name, data, key, startAfter, priority }) =>
      ({ name, data, startAfter, priority, ...(key !== null && { key }) }) as JobRequest,
  );
}
