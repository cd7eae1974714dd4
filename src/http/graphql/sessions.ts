import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../../domain/app.ts';
import { findValidKeys } from '../../domain/tenants/api-keys.ts';

/** How soon a revoked or expired key ends what was opened with it. */
export const keyCheckIntervalMs = 2_000;

/** What outlives the check of its key at the start: a socket, or a stream. */
export type Session = { endForInvalidKey(): void };

export type Sessions = {
  add(caller: Caller, session: Session): void;
  remove(caller: Caller, session: Session): void;
  readonly count: number;
  /** Looks after none any more. */
  close(): void;
};

type Known = { tenantId: string; apiKeyId: string; sessions: Set<Session> };

/** Asks every two seconds, by one statement, which keys of open sessions are still valid; the others' are ended. */
export function createSessions(database: Database, log: Logger): Sessions {
  const keys = new Map<string, Known>();
  let isChecking = false;

  const check = async () => {
    if (isChecking || keys.size === 0) return;
    isChecking = true;
    try {
      const known = [...keys];
      const valid = await findValidKeys(database, [...keys.values()]);
      for (const [name, { sessions }] of known) {
        if (!valid.has(name)) for (const session of [...sessions]) session.endForInvalidKey();
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
    add: ({ tenantId, apiKeyId }, session) => {
      if (apiKeyId === null) return;
      const name = `${tenantId}/${apiKeyId}`;
      const known = keys.get(name) ?? { tenantId, apiKeyId, sessions: new Set() };
      known.sessions.add(session);
      keys.set(name, known);
    },
    remove: ({ tenantId, apiKeyId }, session) => {
      const name = `${tenantId}/${apiKeyId}`;
      const known = keys.get(name);
      known?.sessions.delete(session);
      if (known?.sessions.size === 0) keys.delete(name);
    },
    get count() {
      return [...keys.values()].reduce((sum, { sessions }) => sum + sessions.size, 0);
    },
    close: () => {
      clearInterval(timer);
      keys.clear();
    },
  };
}
