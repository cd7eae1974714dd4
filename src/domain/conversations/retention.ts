import { dayMs } from '../../lib/time/durations.ts';
import type { App } from '../app.ts';
import { systemCaller } from '../caller.ts';
import { localProvider } from '../providers.ts';
import { transact } from '../unit-of-work.ts';
import { readConversations } from './conversations.ts';
import { removeConversations } from './store.ts';

/** Deleted in one transaction: no lock is held for long. */
const batchSize = 50;

/**
 * Deletes conversations of the gateway's own whose last activity is longer ago at `now` than their tenant keeps them,
 * as if each had been deleted by hand. Mirrored ones follow their upstream: deleted here alone, they would come back.
 * @returns how many
 */
export async function applyRetention(app: App, now: Date, signal: AbortSignal): Promise<number> {
  const tenants = await app.database.prisma.tenant.findMany({
    where: { retentionDays: { not: null } },
    select: { id: true, retentionDays: true },
  });
  let removed = 0;
  for (const { id, retentionDays } of tenants) {
    const before = new Date(now.getTime() - (retentionDays ?? 0) * dayMs);
    for (let count = batchSize; count === batchSize; removed += count) {
      signal.throwIfAborted();
      count = await removeSome(app, id, before);
    }
  }
  return removed;
}

function removeSome(app: App, tenantId: string, before: Date): Promise<number> {
  const caller = systemCaller(app, tenantId);
  return transact(caller, async (unit) => {
    // One that somebody writes to just now is no longer old: the next time tells.
    const due = await unit.tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM conversation
      WHERE tenant_id = ${tenantId} AND provider = ${localProvider} AND activity_at < ${before}
      ORDER BY activity_at, id LIMIT ${batchSize} FOR UPDATE SKIP LOCKED`;
    const rows = await readConversations(
      caller,
      unit.tx,
      due.map(({ id }) => id),
    );
    return removeConversations(unit, tenantId, rows);
  });
}
