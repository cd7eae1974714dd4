import type { Tx } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import { appendEvents, eventParts, type NewEvent } from '../events/log.ts';
import type { Caller } from './app.ts';
import { lineOf, lineWritten } from './audit/acts.ts';
import type { JobRequest } from './jobs.ts';
import { checkStorageLimit, isQuietStep, storageEvents } from './storage-limit.ts';

/** What goes with what is written: it is there if and only if that is. */
export type UnitNotes = {
  /** The instant that everything written in this unit bears. */
  readonly now: Date;
  emit(event: NewEvent): void;
  enqueue(job: JobRequest): void;
  /** Counts bytes stored; negative where they are freed. */
  countBytes(kind: 'conversations' | 'attachments', bytes: bigint): void;
};

/** One transaction with all that goes with it. */
export type Unit = UnitNotes & { readonly tx: Tx };

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
  const { database, enqueue } = caller.app;
  let written: Written = { seq: null, events: [], lineId: null };
  const result = await database.transaction(async (tx) => {
    const { notes, events, jobs, bytes } = takeNotes();
    const value = await body({ ...notes, tx });
    if (jobs.length > 0) await enqueue.within(tx, jobs);
    const line = lineOf(caller, { at: notes.now, events, value });
    const end = { now: notes.now, events, bytes, isOverQuotaAllowed: options.isOverQuotaAllowed ?? false };
    const seq = await writeEnd(tx, caller, end, line?.insert(Prisma.empty) ?? null);
    written = { seq, events, lineId: line?.id ?? null };
    return value;
  });
  tellWritten(caller, written);
  return result;
}

/** INSERTs that need nothing of what is there, as parts of a WITH, and a row of what they wrote. */
export type Insertion = {
  /** `from`: to be the FROM of each, or of one that the others take their rows from; empty where there is no condition. */
  parts(from: Prisma.Sql): Prisma.Sql;
  columns: Prisma.Sql;
  table: Prisma.Sql;
};

/** Writes an insertion within a unit's transaction. @returns its row */
export async function insertWithin<Row>(unit: Unit, { parts, columns, table }: Insertion): Promise<Row> {
  const [row] = await unit.tx.$queryRaw<[Row]>`WITH ${parts(Prisma.empty)} SELECT ${columns} FROM ${table}`;
  return row;
}

/** The tenant's row, which all its writers want, is locked for as long as such a statement runs: what is long has a transaction. */
const largestAtOnce = 65_536n;

/**
 * As `transact`, for what is one insertion: that, its events, jobs and counters are one statement, and so one way to the
 * database. Where it is large, or more is to be said of the tenant's storage, it is a transaction like any other.
 * @throws QuotaExceededError
 */
export async function insertAtOnce<Row>(
  caller: Caller,
  prepare: (notes: UnitNotes) => Promise<Insertion>,
): Promise<Row> {
  const { tenantId, app } = caller;
  const { notes, events, jobs, bytes } = takeNotes();
  const insertion = await prepare(notes);
  const insertInTransaction = () =>
    transact(caller, (unit) => {
      for (const event of events) unit.emit(event);
      for (const job of jobs) unit.enqueue(job);
      unit.countBytes('conversations', bytes.conversations);
      unit.countBytes('attachments', bytes.attachments);
      return insertWithin<Row>(unit, insertion);
    });
  if (bytes.conversations + bytes.attachments > largestAtOnce) return insertInTransaction();
  const { parts, columns, table } = insertion;
  const line = lineOf(caller, { at: notes.now, events, value: null });
  const change = { conversationsBytes: bytes.conversations, attachmentsBytes: bytes.attachments };
  const isQuiet = isQuietStep(tenantId, bytes.conversations + bytes.attachments, app.settings.storageLimitBytes);
  const from = Prisma.sql`FROM state`;
  const [row] = await app.database.write<Row & { unitSeq: bigint }>(Prisma.sql`
    WITH ${eventParts({ tenantId, events, change, occurredAt: notes.now }, isQuiet)}, ${parts(from)},
    ${app.enqueue.along(jobs, Prisma.sql`state`)}${line === null ? Prisma.empty : Prisma.sql`, line AS (${line.insert(from)})`}
    SELECT ${columns}, (SELECT event_seq FROM state) AS "unitSeq" FROM ${table}
    WHERE (SELECT count(*) FROM woken) >= 0`);
  if (row === undefined) return insertInTransaction();
  const { unitSeq, ...inserted } = row;
  tellWritten(caller, { seq: unitSeq, events, lineId: line?.id ?? null });
  return inserted as Row;
}

function takeNotes() {
  const events: NewEvent[] = [];
  const jobs: JobRequest[] = [];
  const bytes = { conversations: 0n, attachments: 0n };
  const notes: UnitNotes = {
    now: new Date(),
    emit: (event) => events.push(event),
    enqueue: (job) => jobs.push(job),
    countBytes: (kind, count) => {
      bytes[kind] += count;
    },
  };
  return { notes, events, jobs, bytes };
}

/** `seq`: the number of the last event; null where there is none. */
type Written = { seq: bigint | null; events: readonly NewEvent[]; lineId: string | null };

/** What follows a commit. */
function tellWritten(caller: Caller, { seq, events, lineId }: Written): void {
  lineWritten(caller, lineId);
  if (seq !== null) caller.app.wakeUps.wake(caller.tenantId, seq);
  for (const event of events) logEvent(caller, event);
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
  const state = await appendEvents(tx, { tenantId, events, change, occurredAt: now }, line);
  const after = state.conversationsBytes + state.attachmentsBytes;
  const step = { before: after - added, after, limit: state.storageLimitBytes ?? app.settings.storageLimitBytes };
  checkStorageLimit(step, isOverQuotaAllowed);
  const told = storageEvents(tenantId, step);
  events.push(...told);
  if (told.length > 0) return (await appendEvents(tx, { tenantId, events: told, change: {}, occurredAt: now })).seq;
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
