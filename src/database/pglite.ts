import { mkdir } from 'node:fs/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { fromPglite } from 'pg-boss';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { createPrisma, type Database, runAgain, type StatementWatch, transactionOn, watched } from './database.ts';
import { watchDiskRoom } from './disk-room.ts';
import { lockFolder } from './folder-lock.ts';
import type { Prisma } from './generated/client.ts';
import { migrate } from './migrate.ts';
import { guardPglite, type PgliteGuard } from './pglite-guard.ts';
import { keepByteOrderMarks } from './pglite-texts.ts';
import { startUpkeep } from './pglite-upkeep.ts';
import { ownReaders, toParameter } from './row-types.ts';
import { DatabaseClosedError, DatabaseFullError } from './unavailable.ts';

/**
 * Optimizing PostgreSQL's interpreter of expressions, one function of 105 KB, takes V8 2.6 s and 600 MB, of which much
 * is never given back. Without any optimizing what computes a lot takes up to 1.8 times as long, and what looks up few
 * rows the same. Holds for what is compiled from now on, in the whole process.
 */
const withoutOptimizing = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

/**
 * PGlite takes 160 MB for pages, and keeps what it once touched; the system's cache of files holds what is read again.
 * There is one connection.
 */
const settings = ['shared_buffers=32MB', 'wal_buffers=1MB', 'max_connections=5'];
const startParams = [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])];

/** What its file system throws is no error, and says a number alone. */
function fail(err: unknown): never {
  throw err instanceof Error ? err : new Error(`the embedded database could not be opened (${inspect(err)})`);
}

/**
 * Opens the embedded database in `folder` (made where it is not there), or one in memory where that is null,
 * migrated to the newest schema.
 * @param onEnd told where its server has ended by itself: it answers nothing any more, and the process is to end
 * @throws FolderInUseError where another process has it; DatabaseFullError where its disk has no room to begin
 */
export async function openPglite(
  folder: string | null,
  watch: StatementWatch = {},
  onEnd: (err: unknown) => void = () => {},
): Promise<Database> {
  keepByteOrderMarks();
  let unlock = async () => {};
  if (folder !== null) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    unlock = await lockFolder(folder);
  }
  const room = folder === null ? null : await watchDiskRoom(folder);
  let pglite: PGlite;
  let guard: PgliteGuard;
  try {
    if (room?.isLow) throw new DatabaseFullError();
    for (const flag of withoutOptimizing) setFlagsFromString(flag);
    pglite = await PGlite.create({ ...(folder !== null && { dataDir: `${folder}/pglite` }), startParams }).catch(fail);
    guard = guardPglite(pglite, room, onEnd);
    await pglite.exec(`SET TIME ZONE 'UTC'`);
    await migrate({
      exec: async (sql) => {
        await pglite.exec(sql);
      },
      query: async (sql, values) => (await pglite.query<Record<string, unknown>>(sql, values)).rows,
    });
  } catch (err) {
    room?.close();
    await unlock();
    throw err;
  }
  const prisma = createPrisma(new PrismaPGlite(pglite), watch);

  const stopUpkeep = startUpkeep(pglite);

  // A close that races a query hangs: it waits for those under way, and later ones are refused.
  let isClosed = false;
  const queue = fromPglite(pglite);
  const guarded: typeof queue = {
    ...queue,
    executeSql: (text, values) =>
      isClosed ? Promise.reject(new DatabaseClosedError()) : queue.executeSql(text, values),
  };

  const database: Database = {
    kind: 'pglite',
    prisma,
    // It has one connection, which everything takes in turns.
    forListeners: () => database,
    read: async <Row>(statement: Prisma.Sql) => {
      if (isClosed) throw new Error('the database is closed');
      const { text } = statement;
      const { rows } = await watched(text, watch, () =>
        pglite.query<Row>(text, statement.values.map(toParameter), { parsers: ownReaders }),
      );
      return rows;
    },
    write: <Row>(statement: Prisma.Sql) => runAgain(() => database.read<Row>(statement)),
    queue: { backend: 'pglite', db: guarded },
    transaction: transactionOn(prisma),
    notify: async (channel, payload) => {
      if (!isClosed) await pglite.query('SELECT pg_notify($1, $2)', [channel, payload]);
    },
    listen: async (channel, onWake) => {
      const unlisten = await pglite.listen(channel, onWake);
      return {
        close: async () => {
          if (!isClosed) await unlisten();
        },
      };
    },
    get trouble() {
      return room?.isLow ? 'The disk of DATA_DIR is full: nothing is written' : null;
    },
    ping: async () => {
      await pglite.query('SELECT 1');
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      room?.close();
      await stopUpkeep();
      await prisma.$disconnect();
      // One that has ended by itself never answers.
      if (!guard.hasEnded) {
        await pglite.transaction(async () => {});
        await pglite.close();
      }
      await unlock();
    },
  };
  return database;
}
