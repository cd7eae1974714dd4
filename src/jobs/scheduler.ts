import type { App } from '../domain/app.ts';
import type { JobRequest } from '../domain/jobs.ts';
import { hourMs } from '../lib/time/durations.ts';

const tickMs = 1_000;
/** How long is trusted that nothing is due that was not: others may have written it. A wake-up ends the trust. */
const restMs = 5_000;
const cleanUpEveryMs = 600_000;
const batchSize = 200;
/** Should a job be lost, its sync is enqueued anew after this. */
const guardMs = hourMs;

/**
 * Enqueues what is due by the clock: syncs, and the cleaning up. Every worker does so; a job's key keeps it from
 * waiting twice. @returns what stops it
 */
export function startScheduler(app: App): () => Promise<void> {
  let cleanUpAt = Date.now();
  let running: Promise<void> | null = null;

  let lookAt = 0;

  const tick = async () => {
    if (Date.now() >= lookAt) {
      lookAt = Date.now() + restMs;
      const next = await enqueueDueSyncs(app);
      if (next !== null) lookAt = Math.min(lookAt, next.getTime());
    }
    if (Date.now() < cleanUpAt) return;
    await app.database.transaction((tx) => app.enqueue.within(tx, [{ name: 'clean-up', key: 'clean-up', data: {} }]));
    cleanUpAt = Date.now() + cleanUpEveryMs;
  };

  const timer = setInterval(() => {
    running ??= tick()
      .catch((err: unknown) => app.log.warn({ err }, 'what is due could not be enqueued; it is tried again'))
      .finally(() => {
        running = null;
      });
  }, tickMs);
  // Connecting an account, or resuming it, is told.
  const stopListening = app.wakeUps.onWake(() => {
    lookAt = 0;
  });
  return async () => {
    stopListening();
    clearInterval(timer);
    await running;
  };
}

/** Each due upstream once, the longest due first, by whichever worker comes first. @returns when the next one is due */
async function enqueueDueSyncs(app: App): Promise<Date | null> {
  const now = new Date();
  const first = await app.database.prisma.upstream.findFirst({
    where: { nextSyncAt: { not: null }, isDisconnecting: false },
    orderBy: { nextSyncAt: 'asc' },
    select: { nextSyncAt: true },
  });
  const nextSyncAt = first?.nextSyncAt ?? null;
  if (nextSyncAt === null || nextSyncAt > now) return nextSyncAt;
  await app.database.transaction(async (tx) => {
    const due = await tx.$queryRaw<{ tenantId: string; id: string }[]>`
      UPDATE upstream SET next_sync_at = ${new Date(now.getTime() + guardMs)}::timestamptz
      FROM (
        SELECT tenant_id, id FROM upstream
        WHERE next_sync_at <= ${now}::timestamptz AND NOT is_disconnecting
        ORDER BY next_sync_at LIMIT ${batchSize} FOR NO KEY UPDATE SKIP LOCKED
      ) due
      WHERE upstream.tenant_id = due.tenant_id AND upstream.id = due.id
      RETURNING upstream.tenant_id AS "tenantId", upstream.id`;
    if (due.length === 0) return;
    const jobs = due.map(
      ({ tenantId, id }): JobRequest => ({
        name: 'sync-upstream',
        key: id,
        data: { tenantId, upstreamId: id },
      }),
    );
    await app.enqueue.within(tx, jobs);
  });
  return now;
}
