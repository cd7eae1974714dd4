import type { App } from '../domain/app.ts';
import type { JobRequest } from '../domain/jobs.ts';
import { hourMs } from '../lib/durations.ts';

const tickMs = 1_000;
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

  const tick = async () => {
    await enqueueDueSyncs(app);
    if (Date.now() < cleanUpAt) return;
    await app.database.transaction((tx) => app.enqueue(tx, [{ name: 'clean-up', key: 'clean-up', data: {} }]));
    cleanUpAt = Date.now() + cleanUpEveryMs;
  };

  const timer = setInterval(() => {
    running ??= tick()
      .catch((err: unknown) => app.log.warn({ err }, 'what is due could not be enqueued; it is tried again'))
      .finally(() => {
        running = null;
      });
  }, tickMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Each due upstream once, the longest due first, by whichever worker comes first. */
async function enqueueDueSyncs(app: App): Promise<void> {
  const now = new Date();
  const isAnyDue = await app.database.prisma.upstream.findFirst({
    where: { nextSyncAt: { lte: now }, isDisconnecting: false },
    select: { id: true },
  });
  if (isAnyDue === null) return;
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
    await app.enqueue(tx, jobs);
  });
}
