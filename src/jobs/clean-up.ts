import type { App } from '../domain/app.ts';
import { pruneAuditLog } from '../domain/audit/log.ts';
import { applyRetention } from '../domain/conversations/retention.ts';
import { reindexOutdated } from '../domain/conversations/store.ts';
import { endExports } from '../domain/exports/lifecycle.ts';
import { idempotencyHours } from '../domain/idempotency.ts';
import { cleanUpImports } from '../domain/imports/lifecycle.ts';
import { pruneDeliveries } from '../domain/webhooks/attempts.ts';
import { pruneEvents } from '../events/log.ts';
import { hourMs, minuteMs } from '../lib/time/durations.ts';
import { pruneRateUsage } from '../upstreams/http/rate-usage-store.ts';
import { pruneUpstreamWrites } from '../upstreams/write-through/write-record.ts';
import type { JobHandler } from './queue.ts';

/** An upstream may send the same webhook again for as long as this. */
const inboundWebhookHours = 72;
/** How long the logs of webhooks' deliveries and of syncs go back. */
const logDays = 30;
const syncRunDays = 7;
/** The rest is done the next time. */
const reindexForMs = 5 * minuteMs;
/** Daily: it goes through all files. */
const sweepEveryMs = 24 * hourMs;

/** Removes what is kept for a time only: conversations past their tenant's retention, exports, word of imports, events, first answers, the logs of audits, webhooks, writes and syncs. */
export function createCleanUpHandler(app: App): JobHandler<'clean-up'> {
  return async (_data, signal) => {
    const before = (hours: number) => new Date(Date.now() - hours * hourMs);
    await endExports(app, new Date(), signal);
    await cleanUpImports(app, new Date(), signal);
    const aged = await applyRetention(app, new Date(), signal);
    if (aged > 0) app.log.info({ conversations: aged }, 'conversations past their retention were deleted');
    const events = await pruneEvents(app.database, before(app.settings.eventRetentionHours));
    const { prisma } = app.database;
    await prisma.idempotencyRecord.deleteMany({ where: { createdAt: { lt: before(idempotencyHours) } } });
    await prisma.inboundWebhook.deleteMany({
      where: { receivedAt: { lt: before(inboundWebhookHours) }, handledAt: { not: null } },
    });
    await pruneAuditLog(app, new Date());
    await pruneDeliveries(app, before(logDays * 24));
    await pruneUpstreamWrites({ app });
    await pruneRateUsage(app.database, before(24));
    // The newest of each upstream stays, however long ago it was.
    await prisma.$executeRaw`
      DELETE FROM sync_run run WHERE run.started_at < ${before(syncRunDays * 24)} AND EXISTS (
        SELECT 1 FROM sync_run later WHERE later.tenant_id = run.tenant_id AND later.upstream_id = run.upstream_id
          AND later.started_at > run.started_at)`;
    // One that waits already is left as it is: its time comes a day after the last sweep, whoever cleans up meanwhile.
    const sweepAt = new Date(Date.now() + sweepEveryMs);
    await app.database.transaction((tx) =>
      app.enqueue.within(tx, [{ name: 'sweep-files', key: 'sweep-files', startAfter: sweepAt, data: {} }]),
    );
    const reindexed = await reindexOutdated(app.database, reindexForMs, signal);
    if (reindexed > 0) app.log.info({ reindexed }, 'documents of the search were made anew by newer rules');
    if (events > 0) app.log.debug({ events }, 'events past their retention were removed');
  };
}
