/**
 * What says that the database cannot be reached or has no room: Prisma's codes and its adapters' kinds, PostgreSQL's
 * SQLSTATEs, the system's errors.
 */
const codes = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  // Shut down, crashed, starting; no disk, no memory, no connection left.
  ...['57P01', '57P02', '57P03', '57P05', '53100', '53200', '53300', '08000', '08001', '08003', '08006'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOSPC'],
  'DATABASE_CLOSED',
]);
/** The driver's own failures, which bear no code. */
const uncoded = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect$/,
  /^Client has encountered a connection error/,
];
const storageFailures = new Set(['StorageUnavailableError', 'StorageFullError']);

/** The embedded database was closed while something was still to be asked of it. */
export class DatabaseClosedError extends Error {
  override name = 'DatabaseClosedError';
  readonly code = 'DATABASE_CLOSED';
  constructor() {
    super('the database is closed');
  }
}

/** What is left free for the embedded database's own log. */
export const leastFreeMegabytes = 64;

/** The embedded database's disk is so full that nothing is written any more. */
export class DatabaseFullError extends Error {
  override name = 'DatabaseFullError';
  readonly code = '53100';
  constructor() {
    super(`the disk of DATA_DIR is full: less than ${leastFreeMegabytes} MB are free, so nothing is written`);
  }
}

/** Whether what a request stands on cannot be reached or has no room: the same may go through in a moment. */
export function isUnavailable(err: unknown): boolean {
  if (!(err instanceof Error)) return false;
  if (storageFailures.has(err.name) || codesOf(err).some((code) => codes.has(code))) return true;
  return uncoded.some((words) => words.test(err.message));
}

/** Every code that a failure of the database bears: Prisma's, and those of its adapter and the server below it. */
export function codesOf(err: unknown): string[] {
  if (!isObject(err)) return [];
  const below = isObject(err['meta']) ? err['meta']['driverAdapterError'] : undefined;
  return [
    ...['code', 'kind', 'originalCode'].map((name) => err[name]).filter((code) => typeof code === 'string'),
    ...codesOf(below ?? err['cause']),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
