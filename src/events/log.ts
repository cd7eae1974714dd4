import type { Database, Tx } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';

/** What the events of each type tell. `subjectId` is the id of what changed. */
type EventData = {
  'conversation.created': Record<string, never>;
  'conversation.updated': Record<string, never>;
  /** What filters of subscriptions can still ask about one that is gone, and what webhooks tell of it. */
  'conversation.deleted': ConversationFacts;
  /** `subjectId` is the summary's. */
  'summary.changed': { conversationId: string; status: SummaryStatus; previousStatus: SummaryStatus | null };
  'export.changed': { status: string; progress: number };
  'import.changed': { status: string; progress: number };
  'upstream.changed': { status: string };
  'api_key.created': { name: string };
  'api_key.revoked': { name: string };
  /** `subjectId` is the tenant's. */
  'storage.limit_reached': StorageFacts;
  'storage.limit_exceeded': StorageFacts;
};

type SummaryStatus = 'PROCESSING' | 'COMPLETED' | 'FAILED';
export type StorageFacts = { usedBytes: number; limitBytes: number };
export type ConversationFacts = {
  provider: string;
  upstreamId: string | null;
  status: string;
  source: string | null;
  segment: string | null;
  sentiment: string | null;
  topics: string[];
  /** Not told by events of before 0.2. */
  messageCount?: number;
  title: string;
  createdAt: string;
  startedAt: string;
  updatedAt: string;
};

export type EventType = keyof EventData;

export type NewEvent = {
  [Type in EventType]: { type: Type; subjectId: string; data: EventData[Type] };
}[EventType];

export type LoggedEvent = NewEvent & { seq: bigint; occurredAt: Date };

/** What a transaction adds to a tenant's counters; see `appendEvents`. */
type StateChange = { conversationsBytes?: bigint; attachmentsBytes?: bigint };

type TenantCounters = {
  conversationsBytes: bigint;
  attachmentsBytes: bigint;
  /** What the tenant's row says it may store; null: what the deployment says. */
  storageLimitBytes: bigint | null;
};

type LogEnd = TenantCounters & { seq: bigint };
type Appended = { tenantId: string; events: readonly NewEvent[]; change: StateChange; occurredAt: Date };

/**
 * The parts of a WITH that write events, numbered without gaps. The lock on the tenant's row is held until the commit,
 * so the order of the numbers is the order of the commits: no reader passes an event by. `state` has the counters as
 * they are then; no row where `only` does not hold of them, and then nothing is written.
 */
export function eventParts({ tenantId, events, change, occurredAt }: Appended, only = Prisma.sql`true`): Prisma.Sql {
  const { conversationsBytes = 0n, attachmentsBytes = 0n } = change;
  return Prisma.sql`state AS (
      UPDATE tenant_state SET
        event_seq = event_seq + ${events.length}::int,
        conversations_bytes = greatest(conversations_bytes + ${conversationsBytes}::bigint, 0),
        attachments_bytes = greatest(attachments_bytes + ${attachmentsBytes}::bigint, 0)
      WHERE tenant_id = ${tenantId} AND ${only}
      RETURNING event_seq, conversations_bytes, attachments_bytes
    ), written AS (
      INSERT INTO event (tenant_id, seq, type, subject_id, data, occurred_at)
      SELECT ${tenantId}, state.event_seq - ${events.length}::int + given.number, given.type, given.subject_id,
        given.data::jsonb, ${occurredAt}::timestamptz
      FROM state, unnest(${events.map(({ type }) => type)}::text[], ${events.map(({ subjectId }) => subjectId)}::text[],
        ${events.map(({ data }) => JSON.stringify(data))}::text[])
        WITH ORDINALITY AS given (type, subject_id, data, number)
    )`;
}

/**
 * Writes events at the end of the transaction `tx`. `along` is another INSERT, for the same way to the database.
 * @returns the counters as they are after it, and the last number
 */
export async function appendEvents(tx: Tx, appended: Appended, along: Prisma.Sql | null = null): Promise<LogEnd> {
  const { tenantId } = appended;
  const [state] = await tx.$queryRaw<LogEnd[]>`
    WITH ${eventParts(appended)}${along === null ? Prisma.empty : Prisma.sql`, along AS (${along})`}
    SELECT event_seq AS "seq", conversations_bytes AS "conversationsBytes", attachments_bytes AS "attachmentsBytes",
      (SELECT storage_limit_bytes FROM tenant WHERE tenant.id = ${tenantId}) AS "storageLimitBytes"
    FROM state`;
  if (state === undefined) throw new Error(`tenant ${tenantId} has no state`);
  return state;
}

/** Where a tenant's log ends and where it begins: events up to `pruned` are no longer kept. */
export async function readLogBounds(database: Database, tenantId: string): Promise<{ head: bigint; pruned: bigint }> {
  const [state] = await database.read<{ head: bigint; pruned: bigint }>(Prisma.sql`
    SELECT event_seq AS "head", events_pruned_seq AS "pruned" FROM tenant_state WHERE tenant_id = ${tenantId}`);
  return state ?? { head: 0n, pruned: 0n };
}

/** The next events after `after`, in order, `limit` at most. */
export async function readEvents(
  database: Database,
  tenantId: string,
  after: bigint,
  limit: number,
): Promise<LoggedEvent[]> {
  return database.read<LoggedEvent>(Prisma.sql`
    SELECT seq, type, subject_id AS "subjectId", data, occurred_at AS "occurredAt" FROM event
    WHERE tenant_id = ${tenantId} AND seq > ${after} ORDER BY seq LIMIT ${limit}`);
}

/**
 * Removes events from before `before` and notes where each tenant's log begins now.
 * @returns how many were removed
 */
export async function pruneEvents(database: Database, before: Date): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.$executeRaw`
      UPDATE tenant_state SET events_pruned_seq = greatest(events_pruned_seq, old.seq)
      FROM (SELECT tenant_id, max(seq) AS seq FROM event WHERE occurred_at < ${before} GROUP BY tenant_id) old
      WHERE tenant_state.tenant_id = old.tenant_id`;
    return tx.$executeRaw`
      DELETE FROM event USING tenant_state
      WHERE event.tenant_id = tenant_state.tenant_id AND event.seq <= tenant_state.events_pruned_seq`;
  });
}
