import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../../domain/app.ts';
import { findValidKeys } from '../../domain/tenants/api-keys.ts';

/** How soon a revoked or expired key ends what was opened with it. */
const keyCheckIntervalMs = 2_000;

type SessionEnd = 'KEY_INVALID' | 'SHUTDOWN';

/** Sockets and streams, which outlive the check of their key at the start. */
export type Sessions = {
  /** @returns what to call when the session is over by itself */
  add(caller: Caller, end: (reason: SessionEnd) => void): () => void;
  readonly count: number;
  /** Ends all, and looks after none any more. */
  close(): void;
};

/** Asks every two seconds, by one statement, which keys of open sessions are still valid; the others' are ended. */
export function createSessions(database: Database, log: Logger): Sessions {
  const sessions = new Set<{ tenantId: string; apiKeyId: string; end: (reason: SessionEnd) => void }>();
  let isChecking = false;

  const check = async () => {
    if (isChecking || sessions.size === 0) return;
    isChecking = true;
    try {
      const known = [...sessions];
      const keys = new Map(known.map((session) => [`${session.tenantId}/${session.apiKeyId}`, session]));
      const valid = await findValidKeys(database, [...keys.values()]);
      for (const session of known) {
        if (!valid.has(`${session.tenantId}/${session.apiKeyId}`)) session.end('KEY_INVALID');
      }
    } catch (err) {
      log.warn({ err }, 'keys of open sessions could not be checked; it is tried again');
    } finally {
      isChecking = false;
    }
  };
  const timer = setInterval(() => void check(), keyCheckIntervalMs);
  timer.unref();

  return {
    add: ({ tenantId, apiKeyId }, end) => {
      if (apiKeyId === null) return () => {};
      const session = { tenantId, apiKeyId, end };
      sessions.add(session);
      return () => sessions.delete(session);
    },
    get count() {
      return sessions.size;
    },
    close: () => {
      clearInterval(timer);
      for (const session of [...sessions]) session.end('SHUTDOWN');
      sessions.clear();
    },
  };
}
