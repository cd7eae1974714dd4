const advices: [pattern: RegExp, words: string][] = [
  [/ECONNREFUSED|ENOTFOUND|timeout|EHOSTUNREACH/i, 'Check that DATABASE_URL and REDIS_URL name servers that answer'],
  [/password|authentication|role .* does not exist/i, 'Check the user and the password in DATABASE_URL'],
  [/database .* does not exist/i, 'Make the database that DATABASE_URL names, or name one that is there'],
  [
    /EACCES|EROFS|ENOENT|EEXIST|ENOTDIR|permission denied/i,
    'Make DATA_DIR, and STORAGE_URL where it is a folder, folders that the user who runs this can read and write',
  ],
];

export type StartFailure = { code: string; message: string; advice: string | null };

/** Why a process could not begin, and what an operator can do about it; `advice` is null where nobody knows. */
export function startFailureOf(err: unknown): StartFailure {
  const code = err instanceof Error && 'code' in err ? String(err.code) : '';
  const message = (err instanceof Error ? err.message : String(err)) || code;
  const advice = advices.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1] ?? null;
  return { code, message, advice };
}
