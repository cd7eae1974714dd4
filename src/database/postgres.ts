import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { inTime } from '../lib/time/in-time.ts';
import {
  createPrisma,
  type Database,
  type Listener,
  runAgain,
  type StatementWatch,
  transactionOn,
  watched,
} from './database.ts';
import type { Prisma } from './generated/client.ts';
import { migrate } from './migrate.ts';
import { toParameter } from './row-types.ts';
import { createSendRows } from './rows-query.ts';
import { createStatementNames, type StatementNames } from './statement-names.ts';

const poolSize = 16;
const listenersPoolSize = 4;
const connectTimeoutMs = 5_000;
const pingTimeoutMs = 2_000;
/** How often the listening connection is asked whether it still lives: a network may swallow it in silence. */
const listenCheckIntervalMs = 5_000;

/** Opens a PostgreSQL server's database, migrated to the newest schema. `onError` hears of lost idle connections. */
export async function openPostgres(
  connectionString: string,
  onError: (err: unknown) => void,
  watch: StatementWatch = {},
): Promise<Database> {
  const pool = openPool(connectionString, poolSize, onError);
  try {
    const client = await pool.connect();
    try {
      await migrate({
        exec: async (sql) => {
          await client.query(sql);
        },
        query: async (sql, values) => (await client.query(sql, values)).rows,
      });
    } finally {
      client.release();
    }
  } catch (err) {
    await pool.end();
    throw err;
  }
  const own = createRunner(pool, watch);
  const listenersPool = openPool(connectionString, listenersPoolSize, onError);
  const forListeners = createRunner(listenersPool, watch);

  // A NOTIFY is a commit, and holds up everybody else's NOTIFY until it is on the disk; one may be lost, so it need not be.
  const notifyPool = openPool(connectionString, 1, onError, ' -c synchronous_commit=off');

  const database: Database = {
    kind: 'postgres',
    ...own,
    forListeners: () => ({ ...database, ...forListeners }),
    queue: { backend: 'postgres', connectionString },
    trouble: null,
    notify: async (channel, payload) => {
      // One message with nothing to plan: a third less than a SELECT with parameters takes.
      await notifyPool.query(`NOTIFY ${pg.escapeIdentifier(channel)}, ${pg.escapeLiteral(payload)}`);
    },
    listen: (channel, onWake) => listenForever(connectionString, channel, onWake, onError),
    ping: async () => {
      await inTime(pool.query('SELECT 1'), pingTimeoutMs);
    },
    close: async () => {
      await Promise.all([own.prisma.$disconnect(), forListeners.prisma.$disconnect()]);
      await Promise.all([pool.end(), listenersPool.end(), notifyPool.end()]);
    },
  };
  return database;
}

function openPool(connectionString: string, max: number, onError: (err: unknown) => void, settings = ''): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    options: `-c timezone=UTC -c idle_in_transaction_session_timeout=90000${settings}`,
  });
  pool.on('error', onError);
  return pool;
}

/** What runs statements on the connections of a pool. */
function createRunner(
  pool: pg.Pool,
  watch: StatementWatch,
): Pick<Database, 'prisma' | 'read' | 'write' | 'transaction'> {
  const names = createStatementNames();
  const sendRows = createSendRows(pool);
  sendAgainWithoutNames(pool, names);
  const statementNameGenerator = ({ sql }: { sql: string }) => names.nameOf(sql) ?? '';
  const prisma = createPrisma(new PrismaPg(pool, { statementNameGenerator }), watch);
  const read = <Row>(statement: Prisma.Sql) => {
    const { text } = statement;
    return watched(text, watch, () => {
      const values = statement.values.map(toParameter);
      return sendNamed(names, names.nameOf(text), (name) => sendRows<Row>(text, values, name));
    });
  };
  return {
    prisma,
    read,
    write: (statement) => runAgain(() => read(statement)),
    transaction: transactionOn(prisma, names.forgetAfter),
  };
}

/** Sends a statement outside of transactions, again without its name where it failed by that alone. */
async function sendNamed<T>(
  names: StatementNames,
  name: string | undefined,
  send: (name: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await send(name);
  } catch (err) {
    if (name === undefined || !names.forgetAfter(err)) throw err;
    return send(undefined);
  }
}

/** Those that Prisma sends by the pool; those within a transaction are the transaction's. */
function sendAgainWithoutNames(pool: pg.Pool, names: StatementNames): void {
  const query = pool.query.bind(pool) as (config: unknown, ...rest: unknown[]) => Promise<unknown>;
  const send = (config: string | { name?: string }, ...rest: unknown[]) => {
    if (typeof config === 'string' || !config.name) return query(config, ...rest);
    return sendNamed(names, config.name, (name) => query({ ...config, name }, ...rest));
  };
  pool.query = send as typeof pool.query;
}

/** Keeps one connection listening: checked every few seconds, made anew when it is lost. */
async function listenForever(
  connectionString: string,
  channel: string,
  onWake: (payload: string | null) => void,
  onError: (err: unknown) => void,
): Promise<Listener> {
  let client: pg.Client | null = null;
  let isClosed = false;

  const drop = () => {
    const lost = client;
    client = null;
    lost?.removeAllListeners();
    lost?.on('error', () => {});
    lost?.end().catch(() => {});
  };
  const connect = async () => {
    const fresh = new pg.Client({
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
    });
    fresh.on('error', (err) => {
      onError(err);
      if (client === fresh) drop();
    });
    fresh.on('notification', (message) => onWake(message.payload ?? ''));
    await fresh.connect();
    await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    if (isClosed) {
      await fresh.end();
      return;
    }
    client = fresh;
    onWake(null);
  };
  const check = async () => {
    try {
      if (client === null) await connect();
      else await client.query('SELECT 1');
    } catch (err) {
      onError(err);
      drop();
    }
  };

  await connect();
  let checking: Promise<void> | null = null;
  const timer = setInterval(() => {
    checking ??= check().finally(() => {
      checking = null;
    });
  }, listenCheckIntervalMs);
  return {
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await checking;
      drop();
    },
  };
}
