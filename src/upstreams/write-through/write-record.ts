import type { Tx } from '../../database/database.ts';
import type { Prisma } from '../../database/generated/client.ts';
import type { Caller, UpstreamConversationChange, UpstreamConversationDraft } from '../../domain/app.ts';
import type { Unit } from '../../domain/unit-of-work.ts';
import { newId } from '../../lib/id.ts';

/**
 * Writes to upstreams are recorded before they are sent and settled with what they change here, so that one whose
 * outcome nobody knows (a broken connection, a dead process) is looked up later, and never sent a second time.
 */

/** What was known of the conversation when the write was sent. `updatedAt`: ISO 8601. */
export type StateBefore = { fingerprint: string | null; updatedAt: string };

export type WriteRequest =
  | {
      kind: 'create';
      draft: UpstreamConversationDraft;
      /** Conversations there with the same text that were known before it was sent: none of them is its own. */
      known: string[];
      idempotencyKey: string | null;
    }
  | { kind: 'update'; externalId: string; change: UpstreamConversationChange; before: StateBefore }
  | { kind: 'delete'; externalId: string }
  | {
      kind: 'regenerate';
      externalId: string;
      language: string;
      style: 'CONCISE' | 'DETAILED' | 'BULLETS';
      before: StateBefore & { version: number };
    }
  | { kind: 'upload'; externalId: string; filename: string; known: string[]; sizeBytes?: number }
  | { kind: 'delete-attachment'; externalId: string; attachmentId: string; attachmentExternalId: string };

/** What is added to a request while it goes its way. */
type Progress = {
  /** When its outcome became unknown, ISO 8601. */
  unknownAt?: string;
  /** The upstream's id of what it made: no other write may take that for its own. */
  claimed?: string;
  failure?: WriteFailure;
};

/** Why nothing was applied. */
export type WriteFailure = {
  message: string;
  httpStatus: number | null;
  retryAfterMs: number | null;
  fields: Record<string, string[]> | null;
};

export type WriteRecord = {
  id: string;
  upstreamId: string;
  conversationId: string | null;
  state: 'SENDING' | 'APPLIED' | 'NOT_APPLIED' | 'UNKNOWN';
  request: WriteRequest & Progress;
  createdAt: Date;
};

/** Longer than any write of that kind can take: its process is dead. Sending has its own deadlines, well below. */
const sendingLimitMs = { other: 60_000, upload: 300_000 } as const;

export function sendingLimitOf(kind: WriteRequest['kind']): number {
  return kind === 'upload' ? sendingLimitMs.upload : sendingLimitMs.other;
}

/** Above the orphan checks, most of which find nothing to do. */
export const reconcilePriority = 5;

/** Records a write that is about to be sent, with the job that looks after it should this process die. */
export async function insertWrite(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  conversationId: string | null,
  request: WriteRequest,
): Promise<string> {
  const { tenantId } = caller;
  const id = newId('upstreamWrite');
  await unit.tx.upstreamWrite.create({
    data: {
      tenantId,
      id,
      upstreamId,
      kind: request.kind,
      conversationId,
      request: request as unknown as Prisma.InputJsonObject,
      createdAt: unit.now,
    },
  });
  unit.enqueue({
    name: 'reconcile-upstream-write',
    key: `${id} orphan`,
    data: { tenantId, writeId: id },
    startAfter: new Date(unit.now.getTime() + sendingLimitOf(request.kind)),
  });
  return id;
}

export async function findWrite(caller: Caller, id: string): Promise<WriteRecord | null> {
  const row = await caller.app.database.prisma.upstreamWrite.findUnique({
    where: { tenantId_id: { tenantId: caller.tenantId, id } },
    select: { id: true, upstreamId: true, conversationId: true, state: true, request: true, createdAt: true },
  });
  return row as unknown as WriteRecord | null;
}

/** Locks a write that is not settled yet. @returns whether it still is open */
export async function lockOpenWrite(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ state: WriteRecord['state'] }[]>`
    SELECT state FROM upstream_write WHERE tenant_id = ${tenantId} AND id = ${id} FOR NO KEY UPDATE`;
  return rows[0]?.state === 'SENDING' || rows[0]?.state === 'UNKNOWN';
}

/** It was done. `claimed`: the upstream's id of what it made. */
export async function settleApplied(
  unit: Unit,
  tenantId: string,
  id: string,
  made: { conversationId?: string; claimed?: string } = {},
): Promise<void> {
  const progress: Progress = made.claimed === undefined ? {} : { claimed: made.claimed };
  await unit.tx.$executeRaw`
    UPDATE upstream_write SET state = 'APPLIED', settled_at = ${unit.now}::timestamptz, error = NULL,
      conversation_id = coalesce(${made.conversationId ?? null}, conversation_id),
      request = request || ${JSON.stringify(progress)}::jsonb
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state IN ('SENDING', 'UNKNOWN')`;
}

/** Nothing was done: its idempotency key may be used again. */
export async function settleNotApplied(unit: Unit, tenantId: string, id: string, failure: WriteFailure): Promise<void> {
  const progress: Progress = { failure };
  const rows = await unit.tx.$queryRaw<{ key: string | null }[]>`
    UPDATE upstream_write SET state = 'NOT_APPLIED', settled_at = ${unit.now}::timestamptz, error = ${failure.message},
      request = request || ${JSON.stringify(progress)}::jsonb
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state IN ('SENDING', 'UNKNOWN')
    RETURNING request->>'idempotencyKey' AS "key"`;
  const key = rows[0]?.key;
  if (key == null) return;
  await unit.tx.idempotencyRecord.deleteMany({
    where: { tenantId, operation: 'createConversation', key, answer: { equals: { writeId: id } } },
  });
}

/** Nobody knows whether it was done: a job finds out, beginning now. */
export async function markUnknown(
  unit: Unit,
  tenantId: string,
  id: string,
  error: string,
  known: { sizeBytes?: number } = {},
): Promise<void> {
  const progress: Progress = { unknownAt: unit.now.toISOString(), ...known };
  const count = await unit.tx.$executeRaw`
    UPDATE upstream_write SET state = 'UNKNOWN', error = ${error},
      request = request || ${JSON.stringify(progress)}::jsonb
    WHERE tenant_id = ${tenantId} AND id = ${id} AND state = 'SENDING'`;
  if (count > 0) {
    unit.enqueue({
      name: 'reconcile-upstream-write',
      key: id,
      data: { tenantId, writeId: id },
      priority: reconcilePriority,
    });
  }
}

/** Longer than idempotency keys are kept. */
const keptHours = 48;

/** Removes records of writes that were settled long ago. @returns how many */
export async function pruneUpstreamWrites(caller: Pick<Caller, 'app'>): Promise<number> {
  const { count } = await caller.app.database.prisma.upstreamWrite.deleteMany({
    where: { settledAt: { lt: new Date(Date.now() - keptHours * 3_600_000) } },
  });
  return count;
}
