/** Prisma's codes, PostgreSQL's, the system's, and the words where a raw statement leaves the code out. */
const signs = [
  /\bP1001\b|\bP1002\b|\bP1008\b|\bP1017\b|\bP2024\b|\bP2028\b/,
  /Can't reach database server|Server has closed the connection|Operation has timed out|Too many database connections/,
  /\b57P0\d\b|not currently accepting connections|\b53[123]00\b|the database system is|No space left on device/,
  /ECONNREFUSED|ECONNRESET|ENOSPC|Connection terminated|timeout exceeded when trying to connect/,
  /the database is closed/,
];
const names = new Set(['StorageUnavailableError', 'StorageFullError']);

/** Whether what a request stands on cannot be reached or has no room: the same may go through in a moment. */
export function isUnavailable(err: unknown): boolean {
  if (!(err instanceof Error)) return false;
  if (names.has(err.name)) return true;
  const text = `${'code' in err ? String(err.code) : ''} ${err.message}`;
  return signs.some((sign) => sign.test(text));
}
