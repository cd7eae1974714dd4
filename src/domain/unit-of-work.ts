import type { Tx } from '../database/database.ts';
import { appendEvents, type NewEvent } from '../events/log.ts';
import type { Caller } from './app.ts';
import { lineWritten, writeLine } from './audit/acts.ts';
import type { JobRequest } from './jobs.ts';
import { enforceStorageLimit, storageEvents } from './storage-limit.ts';

/** One transaction with all that goes with it: its events, jobs and counters are written if and only if it commits. */
export type Unit = {
  readonly tx: Tx;
  /** The instant that everything written in this unit bears. */
  readonly now: Date;
  emit(event: NewEvent): void;
  enqueue(job: JobRequest): void;
  /** Counts bytes stored; negative where they are freed. */
  countBytes(kind: 'conversations' | 'attachments', bytes: bigint): void;
};

type UnitOptions = {
  /** What is stored counts, but is not refused: mirrored data, say. */
  isOverQuotaAllowed?: boolean;
};

/**
 * Runs `body` in one transaction. `body` may be run more than once, and has no effect but through the unit.
 * @throws QuotaExceededError where it would store more than the tenant may
 */
export async function transact<T>(
  caller: Caller,
  body: (unit: Unit) => Promise<T>,
  options: UnitOptions = {},
): Promise<T> {
  const { database, enqueue, wakeUps } = caller.app;
  let writtenSeq: bigint | null = null;
  let written: readonly NewEvent[] = [];
  let lineId: string | null = null;
  const result = await database.transaction(async (tx) => {
    const now = new Date();
    const events: NewEvent[] = [];
    const jobs: JobRequest[] = [];
    const bytes = { conversations: 0n, attachments: 0n };
    const value = await body({
      tx,
      now,
      emit: (event) => events.push(event),
      enqueue: (job) => jobs.push(job),
      countBytes: (kind, count) => {
        bytes[kind] += count;
      },
    });
    const hasBytes = bytes.conversations !== 0n || bytes.attachments !== 0n;
    if (hasBytes) {
      const added = bytes.conversations + bytes.attachments;
      const step = await enforceStorageLimit(caller, tx, added, options.isOverQuotaAllowed ?? false);
      for (const event of storageEvents(caller.tenantId, step)) events.push(event);
    }
    if (jobs.length > 0) await enqueue(tx, jobs);
    lineId = await writeLine(tx, caller, { at: now, events, value });
    if (events.length > 0 || hasBytes) {
      const change = { conversationsBytes: bytes.conversations, attachmentsBytes: bytes.attachments };
      const { seq } = await appendEvents(tx, caller.tenantId, events, change, now);
      writtenSeq = events.length > 0 ? seq : null;
    } else writtenSeq = null;
    written = events;
    return value;
  });
  lineWritten(caller, lineId);
  if (writtenSeq !== null) wakeUps.wake(caller.tenantId, writtenSeq);
  for (const event of written) logEvent(caller, event);
  return result;
}

/** What an operator looks for in the log, once it is certain. */
function logEvent({ app: { log }, tenantId }: Caller, event: NewEvent): void {
  const { type, subjectId } = event;
  if (type === 'upstream.changed') {
    log.info({ tenantId, upstreamId: subjectId, status: event.data.status }, "an upstream's status changed");
  }
  // Its progress is told to those who wait for it.
  if (type === 'export.changed' && event.data.status !== 'PROCESSING') {
    log.info({ tenantId, exportId: subjectId, status: event.data.status }, 'an export ended');
  }
  if (type === 'import.changed' && event.data.status !== 'PROCESSING') {
    log.info({ tenantId, importId: subjectId, status: event.data.status }, 'an import ended');
  }
}
