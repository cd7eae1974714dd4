import type { ConstructorOptions } from 'pg-boss';
import { minuteMs } from '../lib/time/durations.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { type StatementSpan, type StatementTimer, timeStatements } from './timed-adapter.ts';
import { codesOf } from './unavailable.ts';

/** What Prisma gives inside a transaction, and outside: reads take either. */
export type Tx = Prisma.TransactionClient;

export type Listener = { close(): Promise<void> };

/** One database, embedded or a server: the same to everything above. */
export type Database = {
  readonly kind: 'pglite' | 'postgres';
  readonly prisma: PrismaClient;
  /**
   * Runs one statement outside any transaction and gives its rows, as `prisma.$queryRaw` does at several times its
   * cost. On a server it is prepared once for each connection, so its text is to be the same each time: lists of any
   * length are one parameter (`= ANY`).
   */
  read<Row>(statement: Prisma.Sql): Promise<Row[]>;
  /** The same for one that writes: a transaction of its own, run again where the database asks for that. */
  write<Row>(statement: Prisma.Sql): Promise<Row[]>;
  /** The same database by a few connections of its own: what is read for listeners keeps no request waiting. */
  forListeners(): Database;
  /** What the job queue runs its statements on. */
  readonly queue:
    | { backend: 'pglite'; db: NonNullable<ConstructorOptions['db']> }
    | { backend: 'postgres'; connectionString: string };
  /**
   * Runs `body` in one transaction, again where the database asks for that (deadlock, lost serialisation), so
   * `body` has no effects but through `tx`. On the embedded database a statement on anything but `tx` while
   * `body` runs waits for ever: always pass `tx` on.
   */
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  /** Sends a wake-up to every process that listens on `channel`; may be lost. */
  notify(channel: string, payload: string): Promise<void>;
  /** Calls back for each wake-up, and with null after a reconnection, when some may have been lost. */
  listen(channel: string, onWake: (payload: string | null) => void): Promise<Listener>;
  /** What keeps it from writing where it goes on being read; null where nothing does. */
  readonly trouble: string | null;
  /** Answers where the database does, within two seconds. @throws where not */
  ping(): Promise<void>;
  close(): Promise<void>;
};

const maxAttempts = 4;

/** A deadlock, a lost serialisation. */
const transientCodes = new Set(['P2034', 'TransactionWriteConflict', '40P01', '40001']);

/** Whether another try of the same transaction may go through. */
function isTransient(err: unknown): boolean {
  return codesOf(err).some((code) => transientCodes.has(code));
}

export type StatementObserver = (sql: string) => void;

/** Who hears of statements. */
export type StatementWatch = {
  /** Before each is sent. */
  observe?: StatementObserver | undefined;
  /** When each has ended. */
  onEnd?: StatementTimer | undefined;
  /** Around each, as a span. */
  span?: StatementSpan | undefined;
};

/** The Prisma client on a driver adapter, its statements watched where that is asked for. */
export function createPrisma(
  untimed: NonNullable<ConstructorParameters<typeof PrismaClient>[0]['adapter']>,
  { observe, onEnd, span }: StatementWatch,
): PrismaClient {
  const adapter = onEnd === undefined ? untimed : timeStatements(untimed, onEnd, span);
  const transactionOptions = { maxWait: 30_000, timeout: minuteMs };
  if (observe === undefined) return new PrismaClient({ adapter, transactionOptions, errorFormat: 'minimal' });
  const client = new PrismaClient({ adapter, transactionOptions, log: [{ emit: 'event', level: 'query' }] });
  client.$on('query', (event) => observe(event.query));
  return client as unknown as PrismaClient;
}

/** Runs a statement that does not go by the Prisma client, watched as those that do. */
export async function watched<T>(
  sql: string,
  { observe, onEnd, span }: StatementWatch,
  run: () => Promise<T>,
): Promise<T> {
  observe?.(sql);
  if (onEnd === undefined) return run();
  const startedAt = performance.now();
  try {
    return await (span === undefined ? run() : span(sql, run));
  } finally {
    onEnd(sql, performance.now() - startedAt);
  }
}

/** `mends`: whether a failure that is no conflict is gone when the transaction is run again. */
export function transactionOn(prisma: PrismaClient, mends?: (err: unknown) => boolean): Database['transaction'] {
  return (body) => runAgain(() => prisma.$transaction(body), mends);
}

/** Runs a transaction, again where the database asks for that. */
export async function runAgain<T>(run: () => Promise<T>, mends: (err: unknown) => boolean = () => false): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (err) {
      if (attempt === maxAttempts || !(isTransient(err) || mends(err))) throw err;
    }
  }
}
