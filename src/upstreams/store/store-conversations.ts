import type { Prisma } from '../../database/generated/client.ts';
import type { Caller } from '../../domain/app.ts';
import { readConversations } from '../../domain/conversations/conversations.ts';
import {
  emitConversation,
  indexConversation,
  removeConversations,
  withoutWords,
} from '../../domain/conversations/store.ts';
import { beginOwnSummary } from '../../domain/conversations/summary-lifecycle.ts';
import { canDo } from '../../domain/providers.ts';
import type { Unit } from '../../domain/unit-of-work.ts';
import { canonicalJson } from '../../lib/json.ts';
import {
  type DatedConversation,
  type DatedMessage,
  fingerprint,
  type MirroredConversation,
  toDated,
} from '../clients/records.ts';
import { attachmentColumnsOf, columnsOf, metadataOf, newAttachment, type SyncMarkers } from './columns.ts';
import { insertConversations, insertMessages, type StoredUpstream } from './insert-conversations.ts';
import { followSummary } from './store-summaries.ts';

/** How records of an upstream become rows of ours: the one way in for syncs, webhooks and writes. */

export type StoredChange = { id: string; change: 'created' | 'updated' | 'unchanged' };

/** What was stored of a conversation at some time; null: nothing. */
export type StoredMark = { fingerprint: string | null } | null;

export type Seen = {
  listFingerprint?: string | null;
  generation?: number;
  /**
   * What was stored before the record was asked for. Where that is no longer so, somebody wrote it meanwhile from a
   * newer answer perhaps: the record is not applied, and the next round reads the conversation again.
   */
  expected?: StoredMark;
};

export type Given = { record: MirroredConversation; seen?: Seen };

/**
 * Writes what an upstream tells of a conversation; nothing where it tells what is stored already. Metadata that it
 * does not tell of stays as it is. Where its API makes no summaries, a changed text is summarised anew here.
 */
export async function storeConversation(
  unit: Unit,
  caller: Caller,
  upstream: StoredUpstream,
  record: MirroredConversation,
  seen: Omit<Seen, 'expected'> = {},
): Promise<StoredChange> {
  const [applied] = await storeConversations(unit, caller, upstream, [{ record, seen }]);
  if (applied == null) throw new Error('a record was neither applied nor overtaken');
  return applied;
}

type Present = { id: string; externalId: string; fingerprint: string | null };

/**
 * The same for several conversations, each once: new ones take a few statements together, and so do unchanged ones.
 * @returns what became of each, in their order; null where it was overtaken
 */
export async function storeConversations(
  unit: Unit,
  caller: Caller,
  upstream: StoredUpstream,
  given: readonly Given[],
): Promise<(StoredChange | null)[]> {
  const results = new Map<Given, StoredChange | null>();
  const fresh: Given[] = [];
  const same: { id: string; marks: SyncMarkers }[] = [];
  const overtaken: string[] = [];
  const present = await lockPresent(unit, caller.tenantId, upstream.id, given);
  for (const each of given) {
    const { record, seen = {} } = each;
    const row = present.get(record.externalId);
    const print = fingerprint(record);
    if (row === undefined) {
      if (seen.expected == null) fresh.push(each);
      // Somebody removed it while it was read.
      else results.set(each, null);
    } else if (row.fingerprint === print) {
      same.push({ id: row.id, marks: marksOf(print, seen) });
      results.set(each, { id: row.id, change: 'unchanged' });
    } else if (seen.expected !== undefined && seen.expected?.fingerprint !== row.fingerprint) {
      overtaken.push(row.id);
      results.set(each, null);
    } else {
      await update(unit, caller, upstream, row.id, record, marksOf(print, seen));
      results.set(each, { id: row.id, change: 'updated' });
    }
  }
  await mark(unit, caller.tenantId, same);
  if (overtaken.length > 0) {
    await unit.tx.conversation.updateMany({
      where: { tenantId: caller.tenantId, id: { in: overtaken } },
      data: { listFingerprint: null },
    });
  }
  const inserted = await insertConversations(
    unit,
    caller,
    upstream,
    fresh.map(({ record, seen = {} }) => ({
      record: toDated(record, unit.now),
      marks: marksOf(fingerprint(record), seen),
    })),
  );
  const raced = fresh.filter(({ record }) => !inserted.has(record.externalId));
  for (const each of fresh) {
    const id = inserted.get(each.record.externalId);
    if (id !== undefined) results.set(each, { id, change: 'created' });
  }
  // Inserted by another transaction that has committed since: now they are there.
  const late = raced.length === 0 ? [] : await storeConversations(unit, caller, upstream, raced);
  for (const [index, each] of raced.entries()) results.set(each, late[index] ?? null);
  return given.map((each) => results.get(each) ?? null);
}

function marksOf(print: string, { listFingerprint, generation }: Seen): SyncMarkers {
  return {
    fingerprint: print,
    ...(listFingerprint !== undefined && { listFingerprint }),
    ...(generation !== undefined && { generation }),
  };
}

/** Those that are there, locked, in an order that all keep to. */
async function lockPresent(
  unit: Unit,
  tenantId: string,
  upstreamId: string,
  given: readonly Given[],
): Promise<Map<string, Present>> {
  const externalIds = given.map(({ record }) => record.externalId);
  const rows = await unit.tx.$queryRaw<Present[]>`
    SELECT id, external_id AS "externalId", fingerprint FROM conversation
    WHERE tenant_id = ${tenantId} AND upstream_id = ${upstreamId} AND external_id = ANY(${externalIds}::text[])
    ORDER BY external_id FOR NO KEY UPDATE`;
  return new Map(rows.map((row) => [row.externalId, row]));
}

async function mark(unit: Unit, tenantId: string, rows: readonly { id: string; marks: SyncMarkers }[]): Promise<void> {
  const marked = rows.filter(({ marks }) => marks.listFingerprint !== undefined || marks.generation !== undefined);
  if (marked.length === 0) return;
  const ids = marked.map(({ id }) => id);
  const lists = marked.map(({ marks }) => marks.listFingerprint ?? null);
  const generations = marked.map(({ marks }) => marks.generation ?? null);
  await unit.tx.$executeRaw`
    UPDATE conversation SET
      list_fingerprint = coalesce(mark.list, conversation.list_fingerprint),
      generation = coalesce(mark.generation, conversation.generation)
    FROM unnest(${ids}::text[], ${lists}::text[], ${generations}::int[]) AS mark (id, list, generation)
    WHERE conversation.tenant_id = ${tenantId} AND conversation.id = mark.id`;
}

/** Brings a conversation that is locked to what the record says. */
async function update(
  unit: Unit,
  caller: Caller,
  upstream: StoredUpstream,
  id: string,
  given: MirroredConversation,
  marks: SyncMarkers,
): Promise<void> {
  const { tenantId } = caller;
  const present = await unit.tx.conversation.findUniqueOrThrow({
    where: { tenantId_id: { tenantId, id } },
    include: { messages: { orderBy: { position: 'asc' } } },
  });
  const record = withKept(toDated(given, present.createdAt), present);
  const columns = columnsOf(record);
  const same = record.messages.findIndex((message, index) => !isSameMessage(present.messages[index], message));
  const kept = same === -1 ? Math.min(record.messages.length, present.messages.length) : same;
  if (kept < present.messages.length) {
    await unit.tx.message.deleteMany({ where: { tenantId, conversationId: id, position: { gte: kept } } });
  }
  const further = present.messages.slice(kept);
  const ids = new Map(
    further.toReversed().flatMap((row) => (row.externalId === null ? [] : [[row.externalId, row.id]])),
  );
  await insertMessages(unit, tenantId, [{ id, messages: record.messages.slice(kept), from: kept, ids }]);
  const areMessagesChanged = kept < record.messages.length || kept < present.messages.length;
  const isTextChanged = areMessagesChanged || present.content !== columns.content || present.title !== columns.title;
  const isSummarized = canDo(caller.app.providers, upstream.provider, 'SUMMARIZE');
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id } },
    data: {
      ...columns,
      ...metadataOf(record.metadata),
      ...marks,
      ...(isSummarized ? { status: record.status } : { updatedAt: laterThan(present.updatedAt, record, unit.now) }),
      ...(isTextChanged && { textVersion: { increment: 1 } }),
    },
  });
  unit.countBytes('conversations', columns.sizeBytes - present.sizeBytes);
  if (!record.unread?.includes('attachments')) await updateAttachments(unit, tenantId, id, record);
  emitConversation(unit, 'updated', id);
  const isIndexed = isSummarized && (await followSummary(unit, caller, upstream.provider, id, record));
  if (isTextChanged && !isIndexed) await indexConversation(unit.tx, tenantId, id);
  if (isTextChanged && !isSummarized) await beginOwnSummary(unit, caller, id);
}

type Kept = Pick<MirroredConversation, 'title' | 'content' | 'source' | 'segment'>;

/** What came and could not be read says nothing of what it was: that stays. */
function withKept(record: DatedConversation, present: Kept): DatedConversation {
  const { unread = [] } = record;
  if (unread.length === 0) return record;
  const kept = (['title', 'content', 'source', 'segment'] as const).filter((field) => unread.includes(field));
  // Of a new conversation, a content that is no text is kept beside it.
  const { content: _, ...metadata } = record.metadata ?? {};
  return {
    ...record,
    ...Object.fromEntries(kept.map((field) => [field, present[field]])),
    ...(record.metadata !== null && unread.includes('content') && { metadata }),
  };
}

/** Where an API does not tell when a conversation changed, by a message alone say, it is when that was seen. */
function laterThan(before: Date, { updatedAt }: DatedConversation, now: Date): Date {
  return updatedAt > before ? updatedAt : now;
}

type MessageRow = {
  externalId: string | null;
  role: string;
  content: string;
  createdAt: Date;
  metadata: Prisma.JsonValue;
};

function isSameMessage(row: MessageRow | undefined, message: DatedMessage): boolean {
  return (
    row !== undefined &&
    row.externalId === message.externalId &&
    row.role === message.role &&
    row.content === message.content &&
    row.createdAt.getTime() === message.createdAt.getTime() &&
    canonicalJson(row.metadata) === canonicalJson(message.metadata)
  );
}

async function updateAttachments(unit: Unit, tenantId: string, id: string, record: DatedConversation): Promise<void> {
  const present = await unit.tx.attachment.findMany({ where: { tenantId, conversationId: id } });
  const told = new Map(record.attachments.map((attachment) => [attachment.externalId, attachment]));
  const gone = present.filter((row) => row.externalId !== null && !told.has(row.externalId));
  if (gone.length > 0) {
    await unit.tx.attachment.deleteMany({ where: { tenantId, id: { in: gone.map((row) => row.id) } } });
  }
  const known = new Map(present.map((row) => [row.externalId, row]));
  const added = [...told.values()].filter(({ externalId }) => !known.has(externalId));
  if (added.length > 0) {
    const rows = added.map((attachment) => newAttachment(tenantId, id, attachment, record.updatedAt));
    await unit.tx.attachment.createMany({ data: rows, skipDuplicates: true });
  }
  for (const attachment of told.values()) {
    const row = known.get(attachment.externalId);
    if (row === undefined) continue;
    const columns = attachmentColumnsOf(attachment);
    // An address is kept up to date even where only its signature differs: old ones expire.
    const isSame =
      row.filename === columns.filename &&
      row.sizeBytes === columns.sizeBytes &&
      row.upstreamUrl === columns.upstreamUrl &&
      (attachment.mimeType === null || row.mimeType === attachment.mimeType);
    if (isSame) continue;
    await unit.tx.attachment.update({
      where: { tenantId_id: { tenantId, id: row.id } },
      data: { ...columns, mimeType: attachment.mimeType ?? row.mimeType },
    });
  }
}

/** Removes what is gone upstream. `isErased`: no word of it stays in the log. @returns how many there were */
export async function removeMirrored(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  externalIds: readonly string[],
  isErased = false,
): Promise<number> {
  const found = await unit.tx.conversation.findMany({
    where: { tenantId: caller.tenantId, upstreamId, externalId: { in: [...externalIds] } },
    select: { id: true },
  });
  const ids = found.map(({ id }) => id);
  const rows = await readConversations(caller, unit.tx, ids);
  return removeConversations(unit, caller.tenantId, isErased ? rows.map(withoutWords) : rows);
}
