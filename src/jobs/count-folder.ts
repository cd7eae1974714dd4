import type { App } from '../domain/app.ts';
import { findTenantsToFold, foldCounts } from '../domain/conversations/list/counters.ts';

/** Changes that come within this long of each other are folded together. */
const gatherMs = 2_000;
/** How often all tenants are looked at: wake-ups may be lost. */
const sweepMs = 60_000;

/**
 * Folds noted changes into the counts of conversations, so that reads add up few: soon after a tenant's log has grown,
 * and now and then for all. Every worker does so; what counts tell does not depend on it.
 * @returns what stops it
 */
export function startCountFolder(app: App): () => Promise<void> {
  const woken = new Set<string>();
  const stopping = new AbortController();
  let gathering: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();

  const run = (find: () => Promise<Iterable<string>>) => {
    running = running.then(async () => {
      try {
        if (stopping.signal.aborted) return;
        for (const tenantId of await find()) await foldCounts(app.database, tenantId, stopping.signal);
      } catch (err) {
        if (!stopping.signal.aborted) app.log.warn({ err }, 'counts could not be folded; it is tried again');
      }
    });
  };
  const sweep = () => run(() => findTenantsToFold(app.database));

  const stopListening = app.wakeUps.onWake((tenantId) => {
    if (tenantId === null) return;
    woken.add(tenantId);
    gathering ??= setTimeout(() => {
      gathering = null;
      const tenants = [...woken];
      woken.clear();
      run(async () => tenants);
    }, gatherMs);
  });
  const timer = setInterval(sweep, sweepMs);
  sweep();

  return async () => {
    stopping.abort();
    stopListening();
    clearInterval(timer);
    if (gathering !== null) clearTimeout(gathering);
    await running;
  };
}
