import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { DiskRoom } from './disk-room.ts';
import { DatabaseClosedError, DatabaseFullError } from './unavailable.ts';

const writes = /\b(insert|update|delete|merge|truncate|create|alter|drop|copy|vacuum|analyze|reindex)\b/i;
/** After these the server is gone; asked again, the embedded one turns in circles and takes the process with it. */
const lastWords = new Set(['PANIC', 'FATAL']);

export type PgliteGuard = { readonly hasEnded: boolean };

/**
 * Has an embedded database refuse what writes while there is little room on its disk, and everything once its server has
 * ended; `onEnd` is told of that.
 */
export function guardPglite(pglite: PGlite, room: DiskRoom | null, onEnd: (err: unknown) => void): PgliteGuard {
  let hasEnded = false;
  const run = async <T>(sql: string, send: () => Promise<T>): Promise<T> => {
    if (hasEnded) throw new DatabaseClosedError();
    if (room?.isLow && writes.test(sql)) throw new DatabaseFullError();
    try {
      return await send();
    } catch (err) {
      if (!hasEnded && err instanceof Error && 'severity' in err && lastWords.has(String(err.severity))) {
        hasEnded = true;
        onEnd(err);
      }
      throw err;
    }
  };
  const guard = (target: PGlite | Transaction) => {
    const query = target.query.bind(target);
    const exec = target.exec.bind(target);
    target.query = (sql, ...rest) => run(sql, () => query(sql, ...rest));
    target.exec = (sql, ...rest) => run(sql, () => exec(sql, ...rest));
  };
  guard(pglite);
  const { transaction } = pglite;
  pglite.transaction = (body) =>
    run(
      '',
      () =>
        transaction.call(pglite, (tx) => {
          guard(tx);
          return body(tx);
        }) as ReturnType<typeof body>,
    );
  return {
    get hasEnded() {
      return hasEnded;
    },
  };
}
