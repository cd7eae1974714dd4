import { Prisma } from '../../database/generated/client.ts';
import type { ExportedConversation, ExportMeta } from '../../exports/records.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { type AttachmentRow, loadConversationAttachments } from '../conversations/attachments.ts';
import { type ConversationRow, loadConversations } from '../conversations/conversations.ts';
import { type ConversationFilter, conversationCondition } from '../conversations/list/filter.ts';
import { loadAllMessages, type MessageRow } from '../conversations/messages.ts';
import { loadSummaries, type SummaryRow } from '../conversations/summaries.ts';
import type { StatsScope } from '../stats/scope.ts';
import { countByColumn, getStatsTotals } from '../stats/stats.ts';

/**
 * What an export reads. It holds the conversations that were made, in their own API, at or before the instant it was
 * asked for, and that the filter holds for when their turn comes; oldest first, by the time they were made, then by
 * id. Each is read whole in one moment, and the moments follow one another: one that changes meanwhile is told as it
 * is at its turn, one that is deleted before it is left out, and one that is mirrored meanwhile is told where its
 * place still lies ahead. None is told twice.
 */
export type ExportScope = { filter: ConversationFilter | null; until: Date };

/** Keys that are read at once. */
const keysAtOnce = 500;
/** Conversations are read whole for as many as have so much text together, or for one that has more. */
const bytesAtOnce = 1_048_576;
const conversationsAtOnce = 50;

type Place = { id: string; createdAt: Date; sizeBytes: bigint };

function scopeCondition(caller: Caller, { filter, until }: ExportScope): Prisma.Sql {
  return Prisma.sql`${conversationCondition(caller, filter)} AND conversation.created_at <= ${until}::timestamptz`;
}

/** What an export is of, counted before it is made: for its title page, and for its progress. */
export async function readExportFigures(caller: Caller, scope: ExportScope): Promise<ExportMeta['figures']> {
  requireScope(caller, 'conversations:read');
  const condition = scopeCondition(caller, scope);
  const [row] = await caller.app.database.prisma.$queryRaw<{ from: Date | null; to: Date | null }[]>`
    SELECT min(conversation.started_at) AS "from", max(conversation.started_at) AS "to"
    FROM conversation WHERE ${condition}`;
  const { from, to } = row ?? { from: null, to: null };
  const span = { from: from ?? scope.until, to: to ?? scope.until, timeZone: 'UTC' };
  const stats: StatsScope = { ...span, condition, isFiltered: true, isAllTime: false, endsNow: false };
  const totals = await getStatsTotals(caller, stats);
  const sentiments = await countByColumn(caller, stats, 'sentiment');
  const providers = await countByColumn(caller, stats, 'provider');
  return {
    conversations: totals.totalConversations,
    messages: totals.totalMessages,
    from,
    to,
    bySentiment: Object.fromEntries(sentiments.flatMap(({ value, count }) => (value === null ? [] : [[value, count]]))),
    byProvider: Object.fromEntries(providers.map(({ value, count }) => [value, count])),
  };
}

/** Files of the conversations that an export holds. */
export async function countExportAttachments(caller: Caller, scope: ExportScope): Promise<number> {
  requireScope(caller, 'conversations:read');
  const [row] = await caller.app.database.prisma.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS "count" FROM conversation
    JOIN attachment ON attachment.tenant_id = conversation.tenant_id AND attachment.conversation_id = conversation.id
    WHERE ${scopeCondition(caller, scope)}`;
  return Number(row?.count ?? 0n);
}

/**
 * The conversations of an export, whole. Read by key as they are asked for: memory grows with the longest
 * conversation, not with their number.
 * @throws ForbiddenError, or the signal's reason
 */
export async function* readExportConversations(
  caller: Caller,
  scope: ExportScope,
  signal: AbortSignal,
): AsyncGenerator<ExportedConversation, void, undefined> {
  requireScope(caller, 'conversations:read');
  for await (const ids of readPortions(caller, scope, signal)) {
    const [conversations, messages, attachments] = await Promise.all([
      loadConversations(caller, ids),
      loadAllMessages(caller, ids),
      loadConversationAttachments(caller, ids),
    ]);
    const summaryIds = conversations.flatMap(({ summaryId }) => summaryId ?? []);
    const summaries = new Map((await loadSummaries(caller, summaryIds)).map((row) => [row.id, row]));
    const rows = new Map(conversations.map((row) => [row.id, row]));
    const messagesOf = Map.groupBy(messages, ({ conversationId }) => conversationId);
    const attachmentsOf = Map.groupBy(attachments, ({ conversationId }) => conversationId);
    for (const id of ids) {
      const row = rows.get(id);
      if (row === undefined) continue;
      const summary = row.summaryId === null ? undefined : summaries.get(row.summaryId);
      yield toExported(row, messagesOf.get(id) ?? [], summary, attachmentsOf.get(id) ?? []);
      // What has been told is let go of before the portion's end.
      rows.delete(id);
      messagesOf.delete(id);
    }
  }
}

/** The files of the conversations of an export, in the order of those. */
export async function* readExportAttachments(
  caller: Caller,
  scope: ExportScope,
  signal: AbortSignal,
): AsyncGenerator<AttachmentRow, void, undefined> {
  requireScope(caller, 'conversations:read');
  for await (const places of readPlaces(caller, scope, signal)) {
    const ids = places.map(({ id }) => id);
    const groups = Map.groupBy(await loadConversationAttachments(caller, ids), (row) => row.conversationId);
    for (const id of ids) yield* groups.get(id) ?? [];
  }
}

/** Ids of conversations that are little enough to be read together. */
async function* readPortions(
  caller: Caller,
  scope: ExportScope,
  signal: AbortSignal,
): AsyncGenerator<string[], void, undefined> {
  for await (const places of readPlaces(caller, scope, signal)) {
    let ids: string[] = [];
    let bytes = 0;
    for (const { id, sizeBytes } of places) {
      const size = Number(sizeBytes);
      if (ids.length > 0 && (bytes + size > bytesAtOnce || ids.length === conversationsAtOnce)) {
        yield ids;
        ids = [];
        bytes = 0;
      }
      ids.push(id);
      bytes += size;
    }
    if (ids.length > 0) yield ids;
    signal.throwIfAborted();
  }
}

async function* readPlaces(
  caller: Caller,
  scope: ExportScope,
  signal: AbortSignal,
): AsyncGenerator<Place[], void, undefined> {
  const condition = scopeCondition(caller, scope);
  let last: Place | undefined;
  for (;;) {
    signal.throwIfAborted();
    const beyond =
      last === undefined
        ? Prisma.empty
        : Prisma.sql`AND (conversation.created_at, conversation.id) > (${last.createdAt}::timestamptz, ${last.id})`;
    const places = await caller.app.database.prisma.$queryRaw<Place[]>`
      SELECT conversation.id, conversation.created_at AS "createdAt", conversation.size_bytes AS "sizeBytes"
      FROM conversation WHERE ${condition} ${beyond}
      ORDER BY conversation.created_at, conversation.id LIMIT ${keysAtOnce}`;
    if (places.length > 0) yield places;
    if (places.length < keysAtOnce) return;
    last = places.at(-1);
  }
}

function toExported(
  row: ConversationRow,
  messages: readonly MessageRow[],
  summary: SummaryRow | undefined,
  attachments: readonly AttachmentRow[],
): ExportedConversation {
  return {
    id: row.id,
    provider: row.provider,
    externalId: row.externalId,
    title: row.title,
    content: row.content,
    source: row.source,
    status: row.status,
    segment: row.segment,
    sessionId: row.sessionId,
    metadata: row.metadata,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    lastMessageAt: row.lastMessageAt,
    messageCount: row.messageCount,
    messages: messages.map(({ id, role, content, position, createdAt }) => ({
      id,
      role,
      content,
      position,
      createdAt,
    })),
    summary: summary?.status === 'COMPLETED' ? toExportedSummary(summary) : null,
    attachments: attachments.map(({ id, filename, sizeBytes, mimeType }) => ({
      id,
      filename,
      sizeBytes: Number(sizeBytes),
      mimeType,
    })),
  };
}

function toExportedSummary(summary: SummaryRow): NonNullable<ExportedConversation['summary']> {
  const { title, content, sentiment, topics, language, generator, completedAt } = summary;
  const actionItems = summary.actionItems.map(({ text }) => text);
  return { title, content, sentiment, topics, actionItems, language, generator, completedAt };
}
