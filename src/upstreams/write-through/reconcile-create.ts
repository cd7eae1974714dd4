import { Prisma } from '../../database/generated/client.ts';
import type { Caller, UpstreamConversationDraft } from '../../domain/app.ts';
import { emitConversation } from '../../domain/conversations/store.ts';
import type { Unit } from '../../domain/unit-of-work.ts';
import { canonicalJson } from '../../lib/json.ts';
import type { ListPage } from '../clients/client.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { partReadable } from '../clients/records.ts';
import { mirrorConversation, type Writable, writeMirrored } from '../conversation/mirror-conversation.ts';
import { watchNewestSummary } from '../conversation/watch-summary.ts';
import type { CallOptions } from '../http/http.ts';
import { lockOpenWrite, settleApplied, type WriteRecord, type WriteRequest } from './write-record.ts';

/**
 * Finds out what became of a create: whether a conversation with its text, made about when it was sent, is there that
 * was not known before and that no other write has made. Identical creates are told apart by number: each takes one.
 */

/** How far the upstream's clock may be off, and how long after it was sent it may still have been made. */
const clockToleranceMs = 60_000;
const pageSize = 100;
const maxPages = 200;
const maxTwins = 1_000;

export type CreateRecord = WriteRecord & {
  request: Extract<WriteRequest, { kind: 'create' }> & { unknownAt?: string };
};

/** FOUND: the write is settled. ABSENT: it is not there now. UNDECIDED: another write may turn out to have made it. */
export type Look = 'FOUND' | 'ABSENT' | 'UNDECIDED';

/** The upstream's ids of conversations with the draft's text that are mirrored already, of the last minutes. */
export async function knownTwins(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  draft: UpstreamConversationDraft,
): Promise<string[]> {
  const from = new Date(unit.now.getTime() - 5 * clockToleranceMs);
  const rows = await readTwins(unit, caller, upstreamId, draft, from, null);
  return rows.map(({ externalId }) => externalId);
}

export async function lookForCreate(
  caller: Caller,
  { account, client }: Writable,
  record: CreateRecord,
  call: CallOptions,
): Promise<Look> {
  const window = windowOf(record);
  const first = await claim(caller, account.id, record);
  if (first !== 'ABSENT') return first;
  const seen = new Set<string>();
  let position: string | null = null;
  for (let page = 1; page <= maxPages; page++) {
    const list: ListPage = await client.list({ position, size: pageSize, order: 'CREATED' }, call);
    await recordDrift(caller, account.id, list.drift);
    const { readable } = partReadable(list.items);
    const within = readable.filter(({ externalId, createdAt }) => {
      const isWithin = createdAt === null || (createdAt >= window.from && createdAt <= window.to);
      return isWithin && !seen.has(externalId);
    });
    for (const { externalId } of within) seen.add(externalId);
    const unknown = await notMirrored(
      caller,
      account.id,
      nearestFirst(within, record.createdAt).map(({ externalId }) => externalId),
    );
    for (const externalId of unknown) {
      const read = await mirrorConversation(caller, account, client, externalId, { call });
      if (read.kind !== 'MIRRORED' || !isTwin(read.record, record.request.draft)) continue;
      const claimed = await claim(caller, account.id, record);
      if (claimed !== 'ABSENT') return claimed;
    }
    const isPast =
      readable.length > 0 && readable.every((item) => item.createdAt !== null && item.createdAt < window.from);
    position = list.next;
    if (isPast || position === null) break;
  }
  // A sync may have mirrored it since the first look.
  return claim(caller, account.id, record);
}

function windowOf({ createdAt, request }: CreateRecord): { from: Date; to: Date } {
  const end = request.unknownAt === undefined ? createdAt : new Date(request.unknownAt);
  // Upstream times are whole seconds, cut off.
  return {
    from: new Date(createdAt.getTime() - clockToleranceMs - 1_000),
    to: new Date(end.getTime() + clockToleranceMs),
  };
}

function nearestFirst<T extends { createdAt: Date | null }>(items: readonly T[], at: Date): T[] {
  const distance = (item: T) => Math.abs((item.createdAt ?? at).getTime() - at.getTime());
  return items.toSorted((a, b) => distance(a) - distance(b));
}

async function notMirrored(caller: Caller, upstreamId: string, externalIds: readonly string[]): Promise<string[]> {
  const rows = await caller.app.database.prisma.conversation.findMany({
    where: { tenantId: caller.tenantId, upstreamId, externalId: { in: [...externalIds] } },
    select: { externalId: true },
  });
  const known = new Set(rows.map(({ externalId }) => externalId));
  return externalIds.filter((id) => !known.has(id));
}

/** Settles the write with a mirrored conversation that can only be its own, or as good as its own. */
function claim(caller: Caller, upstreamId: string, record: CreateRecord): Promise<Look> {
  const { tenantId } = caller;
  const { draft, known } = record.request;
  return writeMirrored(caller, async (unit) => {
    // One claim at a time for each upstream: no two writes take the same conversation.
    await unit.tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${upstreamId}, 0))::text`;
    if (!(await lockOpenWrite(unit.tx, tenantId, record.id))) return 'FOUND';
    const { from, to } = windowOf(record);
    const twins = await readTwins(unit, caller, upstreamId, draft, from, to);
    const fresh = nearestFirst(
      twins.filter(({ externalId }) => !known.includes(externalId)),
      record.createdAt,
    );
    if (fresh.length === 0) return 'ABSENT';
    // After the conversations were read: one that a write still under way has made is then seen to be under way, or
    // to have been claimed.
    if (await isTwinUnderWay(unit, caller, upstreamId, record)) return 'UNDECIDED';
    const claimed = await readClaimed(
      unit,
      caller,
      upstreamId,
      fresh.map(({ externalId }) => externalId),
    );
    const own = fresh.find(({ externalId }) => !claimed.has(externalId));
    if (own === undefined) return 'ABSENT';
    if (draft.metadata !== null && own.metadata === null) {
      await unit.tx.conversation.updateMany({
        where: { tenantId, id: own.id },
        data: { metadata: draft.metadata as Prisma.InputJsonObject },
      });
      emitConversation(unit, 'updated', own.id);
    }
    await watchNewestSummary(unit, tenantId, own.id);
    await settleApplied(unit, tenantId, record.id, { conversationId: own.id, claimed: own.externalId });
    return 'FOUND';
  });
}

type Twin = { id: string; externalId: string; createdAt: Date; metadata: Record<string, unknown> | null };

/** Mirrored conversations made in a span of time whose text is the draft's. */
async function readTwins(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  draft: UpstreamConversationDraft,
  from: Date,
  to: Date | null,
): Promise<Twin[]> {
  const rows = await unit.tx.$queryRaw<(Twin & { title: string; content: string | null; source: string | null })[]>`
    SELECT id, external_id AS "externalId", created_at AS "createdAt", title, content, source, metadata
    FROM conversation
    WHERE tenant_id = ${caller.tenantId} AND upstream_id = ${upstreamId} AND title = ANY(${[draft.title, draft.title.trim()]}::text[])
      AND created_at >= ${from}::timestamptz
      ${to === null ? Prisma.empty : Prisma.sql`AND created_at <= ${to}::timestamptz`}
    ORDER BY created_at, id LIMIT ${maxTwins}`;
  return rows.filter((row) => isTwin(row, draft));
}

/** Whether a conversation holds what the draft does; what its API does not show of it speaks for neither. */
function isTwin(
  record: { title: string; content: string | null; source: string | null; metadata: Record<string, unknown> | null },
  draft: UpstreamConversationDraft,
): boolean {
  const { metadata } = record;
  const isSameMetadata =
    metadata === null ||
    Object.entries(draft.metadata ?? {}).every(
      ([key, value]) => Object.hasOwn(metadata, key) && canonicalJson(metadata[key]) === canonicalJson(value),
    );
  return (
    normal(record.title) === normal(draft.title) &&
    normal(record.content ?? '') === normal(draft.content) &&
    (record.source === null || record.source === draft.source) &&
    isSameMetadata
  );
}

/** Servers like to change line ends, and to cut spaces off. */
function normal(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim();
}

async function isTwinUnderWay(unit: Unit, caller: Caller, upstreamId: string, record: CreateRecord): Promise<boolean> {
  const rows = await unit.tx.$queryRaw<unknown[]>`
    SELECT 1 FROM upstream_write
    WHERE tenant_id = ${caller.tenantId} AND upstream_id = ${upstreamId} AND state = 'SENDING' AND kind = 'create'
      AND id <> ${record.id} AND request->'draft'->>'title' = ${record.request.draft.title} LIMIT 1`;
  return rows.length > 0;
}

async function readClaimed(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  externalIds: readonly string[],
): Promise<Set<string>> {
  const rows = await unit.tx.$queryRaw<{ claimed: string }[]>`
    SELECT request->>'claimed' AS "claimed" FROM upstream_write
    WHERE tenant_id = ${caller.tenantId} AND upstream_id = ${upstreamId} AND state = 'APPLIED' AND kind = 'create'
      AND request->>'claimed' = ANY(${[...externalIds]}::text[])`;
  return new Set(rows.map(({ claimed }) => claimed));
}
