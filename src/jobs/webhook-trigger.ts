import type { App } from '../domain/app.ts';
import type { JobRequest } from '../domain/jobs.ts';
import { findWebhooksDue } from '../domain/webhooks/attempts.ts';
import { findTenantsBehind } from '../domain/webhooks/dispatch.ts';

/** Changes that come within this long of each other are looked at together. */
const gatherMs = 100;
/** How often everything is looked at: wake-ups may be lost, and retries wake nobody. */
const sweepMs = 6_000;
const maxDue = 500;

/**
 * Starts the sending of webhooks in a worker: enqueues a dispatch for tenants whose log has grown past a webhook's
 * place, and a delivery for webhooks with something due. Every worker does so, and what is done twice has no effect.
 *
 * Writes pay nothing for it: the log itself is what is to be worked off, a webhook's place in it says how far that is
 * done, wake-ups make it quick, and the sweep makes it certain.
 * @returns what stops it
 */
export function startWebhookTrigger(app: App): () => Promise<void> {
  const woken = new Set<string>();
  let gathering: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  const enqueue = async (jobs: readonly JobRequest[]) => {
    if (jobs.length > 0) await app.database.transaction((tx) => app.enqueue.within(tx, jobs));
  };
  const enqueueBehind = async (among: readonly string[] | null) => {
    const tenants = await findTenantsBehind(app, among);
    await enqueue(tenants.map((tenantId) => ({ name: 'dispatch-webhooks', key: tenantId, data: { tenantId } })));
  };
  const enqueueDue = async () => {
    const webhooks = await findWebhooksDue(app, maxDue);
    await enqueue(webhooks.map((data) => ({ name: 'deliver-webhook', data })));
  };
  /** One after another; a failure is told, and made good by the next sweep. */
  const run = (look: () => Promise<void>) => {
    running = running.then(async () => {
      if (isStopped) return;
      try {
        await look();
      } catch (err) {
        app.log.warn({ err }, 'what webhooks are to be told could not be looked up; it is tried again');
      }
    });
  };

  const stopListening = app.wakeUps.onWake((tenantId) => {
    // Null says that some were lost: the sweep asks for all.
    if (tenantId === null) return;
    woken.add(tenantId);
    gathering ??= setTimeout(() => {
      gathering = null;
      const among = [...woken];
      woken.clear();
      run(() => enqueueBehind(among));
    }, gatherMs);
  });
  const timer = setInterval(
    () =>
      run(async () => {
        await enqueueBehind(null);
        await enqueueDue();
      }),
    sweepMs,
  );

  return async () => {
    isStopped = true;
    stopListening();
    clearInterval(timer);
    if (gathering !== null) clearTimeout(gathering);
    await running;
  };
}
