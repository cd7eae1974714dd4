import type { Tx } from '../database/database.ts';
import type { Prisma } from '../database/generated/client.ts';
import { appendEvents, type NewEvent } from '../events/log.ts';
import type { Caller } from './app.ts';
import { lineOf, lineWritten } from './audit/acts.ts';
import type { JobRequest } from './jobs.ts';
import { checkStorageLimit, storageEvents } from './storage-limit.ts';

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
    if (jobs.length > 0) await enqueue(tx, jobs);
    const line = lineOf(caller, { at: now, events, value });
    lineId = line?.id ?? null;
    const end = { now, events, bytes, isOverQuotaAllowed: options.isOverQuotaAllowed ?? false };
    writtenSeq = await writeEnd(tx, caller, end, line?.insert ?? null);
    written = events;
    return value;
  });
  lineWritten(caller, lineId);
  if (writtenSeq !== null) wakeUps.wake(caller.tenantId, writtenSeq);
  for (const event of written) logEvent(caller, event);
  return result;
}

type UnitEnd = {
  now: Date;
  events: NewEvent[];
  bytes: { conversations: bigint; attachments: bigint };
  isOverQuotaAllowed: boolean;
};

/**
 * Counts what was stored, and writes the events and the audit log's line, last of all and in one statement: the tenant's
 * row, which all its writers want, is locked for no longer than that and the commit take.
 * @returns the number of the last event; null where there is none
 */
async function writeEnd(
  tx: Tx,
  { app, tenantId }: Caller,
  { now, events, bytes, isOverQuotaAllowed }: UnitEnd,
  line: Prisma.Sql | null,
): Promise<bigint | null> {
  const added = bytes.conversations + bytes.attachments;
  const hasBytes = bytes.conversations !== 0n || bytes.attachments !== 0n;
  if (events.length === 0 && !hasBytes) {
    if (line !== null) await tx.$executeRaw(line);
    return null;
  }
  const change = { conversationsBytes: bytes.conversations, attachmentsBytes: bytes.attachments };
  const state = await appendEvents(tx, tenantId, events, change, now, line);
  const after = state.conversationsBytes + state.attachmentsBytes;
  const step = { before: after - added, after, limit: state.storageLimitBytes ?? app.settings.storageLimitBytes };
  checkStorageLimit(step, isOverQuotaAllowed);
  const told = storageEvents(tenantId, step);
  events.push(...told);
  if (told.length > 0) return (await appendEvents(tx, tenantId, told, {}, now)).seq;
  return events.length > 0 ? state.seq : null;
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
