import { Prisma } from '../../database/generated/client.ts';
import { dayMs } from '../../lib/time/durations.ts';
import type { App, Caller } from '../app.ts';
import { systemCaller } from '../caller.ts';
import { transact } from '../unit-of-work.ts';

/** The making of an export, from PROCESSING to COMPLETED or FAILED, and its end. Each step holds once. */

/**
 * Tells how far an export is, where that is further than was told before.
 * @returns whether it is still wanted: false once it is no longer PROCESSING
 */
export function reportExportProgress(caller: Caller, id: string, progress: number): Promise<boolean> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const { count } = await unit.tx.export.updateMany({
      where: { tenantId, id, status: 'PROCESSING', progress: { lt: progress } },
      data: { progress },
    });
    if (count > 0) {
      unit.emit({ type: 'export.changed', subjectId: id, data: { status: 'PROCESSING', progress } });
      return true;
    }
    return (await unit.tx.export.count({ where: { tenantId, id, status: 'PROCESSING' } })) > 0;
  });
}

/**
 * Makes a whole file the export's: from here on it can be had.
 * @returns false where the export is no longer PROCESSING: the file is nobody's
 */
export function completeExport(
  caller: Caller,
  id: string,
  file: { storageKey: string; sizeBytes: number; conversationCount: number },
): Promise<boolean> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const { count } = await unit.tx.export.updateMany({
      where: { tenantId, id, status: 'PROCESSING' },
      data: {
        status: 'COMPLETED',
        progress: 1,
        storageKey: file.storageKey,
        sizeBytes: BigInt(file.sizeBytes),
        conversationCount: file.conversationCount,
        completedAt: unit.now,
      },
    });
    if (count > 0) {
      unit.emit({ type: 'export.changed', subjectId: id, data: { status: 'COMPLETED', progress: 1 } });
    }
    return count > 0;
  });
}

/** Ends an export that is PROCESSING, with the reason in words fit for a user. */
export function failExport(caller: Caller, id: string, reason: string): Promise<void> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const { count } = await unit.tx.export.updateMany({
      where: { tenantId, id, status: 'PROCESSING' },
      data: { status: 'FAILED', error: reason, completedAt: unit.now },
    });
    if (count === 0) return;
    const row = await unit.tx.export.findUnique({ where: { tenantId_id: { tenantId, id } } });
    const progress = row?.progress ?? 0;
    unit.emit({ type: 'export.changed', subjectId: id, data: { status: 'FAILED', progress } });
  });
}

const batchSize = 100;
/** One that no worker has brought to an end by then never will be: its job has used up its tries. */
const givenUpAfterMs = dayMs;

/**
 * Ends what is over at `now`: completed exports past their time become EXPIRED, their files going by a job enqueued
 * with that; those that were never finished are FAILED. @returns how many there were
 */
export async function endExports(app: App, now: Date, signal: AbortSignal): Promise<number> {
  let ended = 0;
  for (;;) {
    signal.throwIfAborted();
    const due = await app.database.prisma.export.findMany({
      where: {
        OR: [
          { status: 'COMPLETED', expiresAt: { lte: now } },
          { status: 'PROCESSING', createdAt: { lte: new Date(now.getTime() - givenUpAfterMs) } },
        ],
      },
      select: { tenantId: true, id: true, status: true },
      take: batchSize,
    });
    for (const { tenantId, id, status } of due) {
      const caller = systemCaller(app, tenantId);
      if (status === 'COMPLETED') await expireExport(caller, id);
      else await failExport(caller, id, 'The export could not be finished within a day; ask for it again');
    }
    ended += due.length;
    if (due.length < batchSize) return ended;
  }
}

/**
 * Ends exports that may hold what is being erased, with their files: those that were asked for at or after `since`, and
 * those whose filter holds `text`. The caller removes the files, and a job does should it die.
 * @returns how many ended, and the files' keys
 */
export function endExportsHolding(
  caller: Caller,
  { since, text }: { since: Date | null; text: string | null },
): Promise<{ exports: number; storageKeys: string[] }> {
  const { tenantId } = caller;
  const filter = text === null ? null : JSON.stringify(text).slice(1, -1);
  return transact(caller, async (unit) => {
    const rows = await unit.tx.$queryRaw<{ id: string; status: string; progress: number; storageKey: string | null }[]>`
      SELECT id, status::text, progress, storage_key AS "storageKey" FROM export
      WHERE tenant_id = ${tenantId} AND (
        (status IN ('PROCESSING', 'COMPLETED') AND created_at >= ${since}::timestamptz)
        OR strpos(lower(filter::text), lower(${filter}::text)) > 0)
      ORDER BY id FOR UPDATE`;
    const storageKeys: string[] = [];
    for (const { id, status, progress, storageKey } of rows) {
      const ended = endedBy(status);
      await unit.tx.export.update({
        where: { tenantId_id: { tenantId, id } },
        data: { ...ended, storageKey: null, ...(filter !== null && { filter: Prisma.DbNull }) },
      });
      if (ended !== null)
        unit.emit({ type: 'export.changed', subjectId: id, data: { status: ended.status, progress } });
      if (storageKey !== null) storageKeys.push(storageKey);
    }
    if (storageKeys.length > 0) unit.enqueue({ name: 'delete-files', data: { keys: storageKeys } });
    return { exports: rows.length, storageKeys };
  });
}

/** Null where it has ended already. */
function endedBy(status: string) {
  if (status === 'COMPLETED') return { status: 'EXPIRED' as const };
  if (status !== 'PROCESSING') return null;
  return { status: 'FAILED' as const, error: 'Something that it may hold was erased meanwhile; ask for it again' };
}

function expireExport(caller: Caller, id: string): Promise<void> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const row = await unit.tx.export.findUnique({ where: { tenantId_id: { tenantId, id } } });
    if (row?.status !== 'COMPLETED') return;
    const { count } = await unit.tx.export.updateMany({
      where: { tenantId, id, status: 'COMPLETED' },
      data: { status: 'EXPIRED', storageKey: null },
    });
    if (count === 0) return;
    unit.emit({ type: 'export.changed', subjectId: id, data: { status: 'EXPIRED', progress: row.progress } });
    if (row.storageKey !== null) unit.enqueue({ name: 'delete-files', data: { keys: [row.storageKey] } });
  });
}
