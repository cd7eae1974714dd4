import { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, MessageRole } from '../../database/generated/enums.ts';
import { newId } from '../../lib/id.ts';
import { byteLengthOf } from '../../lib/text.ts';
import { documentRules } from '../../lib/text-search/tsvector.ts';
import type { Caller } from '../app.ts';
import { localProvider } from '../providers.ts';
import { type Insertion, insertWithin, type Unit, type UnitNotes } from '../unit-of-work.ts';
import { type ConversationRow, conversationColumns } from './conversations.ts';
import { responseTimesOf } from './messages.ts';
import { documentOf, emitConversation, indexConversation, previewOf } from './store.ts';
import { beginOwnSummary, firstOwnSummary, startFirstOwnSummary } from './summary-lifecycle.ts';

/** How a conversation that lives here alone begins, and how it grows: inside a transaction, with all that follows. */

export type OwnMessage = { role: MessageRole; content: string; createdAt: Date };

export type OwnConversation = {
  id: string;
  title: string;
  content: string | null;
  source: ConversationSource | null;
  segment: string | null;
  metadata: Record<string, unknown> | null;
  createdAt: Date;
  startedAt: Date;
  messages: readonly OwnMessage[];
};

/** Far from the number of parameters that a statement may have. */
const messagesAtOnce = 1_000;

/**
 * What writes it with its messages and its place in the search, of which a unit tells, and begins its summary: one
 * statement, since each takes a way to the database and back, and Prisma's own of each would be seven. Gives its row.
 */
export async function insertionOfOwn(
  notes: UnitNotes,
  caller: Caller,
  conversation: OwnConversation,
): Promise<Insertion> {
  const { tenantId } = caller;
  const { messages, metadata, ...rest } = conversation;
  const lastMessageAt = latestOf(messages, null);
  const responses = responseTimesOf(messages);
  const texts = messages.map(({ content }) => content);
  const sizeBytes = byteLengthOf(rest.title, rest.content, ...texts);
  const { id, title, content, source, segment, createdAt, startedAt } = rest;
  const document = await documentOf({ id, title, content, summary: null, messages: texts });
  const summary = firstOwnSummary(notes, caller, id);
  notes.countBytes('conversations', sizeBytes);
  emitConversation(notes, 'created', id);
  startFirstOwnSummary(notes, caller, summary);
  const parts = (from: Prisma.Sql) => Prisma.sql`conversation_made AS (
      INSERT INTO conversation (tenant_id, id, provider, title, content, preview, source, status, segment, metadata,
        created_at, updated_at, started_at, last_message_at, activity_at, message_count, response_time_total_ms,
        response_count, size_bytes, summary_id)
      SELECT ${tenantId}, ${id}, ${localProvider}, ${title}, ${content}, ${previewOf(content, messages)},
        ${source}::"ConversationSource", 'PROCESSING'::"ConversationStatus", ${segment},
        ${metadata === null ? null : JSON.stringify(metadata)}::json, ${createdAt}::timestamptz,
        ${notes.now}::timestamptz, ${startedAt}::timestamptz, ${lastMessageAt}::timestamptz,
        ${lastMessageAt ?? startedAt}::timestamptz, ${messages.length}::int, ${responses.totalMs}::bigint,
        ${responses.count}::int, ${sizeBytes}::bigint, ${summary.id} ${from}
      RETURNING *
    ), messages_made AS (
      INSERT INTO message (tenant_id, id, conversation_id, position, role, content, created_at)
      SELECT made.tenant_id, given.id, made.id, given.number - 1, given.role::"MessageRole", given.content, given.at
      FROM conversation_made made, unnest(${messages.map(() => newId('message'))}::text[],
        ${messages.map(({ role }) => role)}::text[], ${texts}::text[],
        ${messages.map((each) => each.createdAt)}::timestamptz[])
        WITH ORDINALITY AS given (id, role, content, at, number)
    ), summary_begun AS (
      INSERT INTO summary (tenant_id, id, conversation_id, version, status, language, style, generator, created_at)
      SELECT made.tenant_id, made.summary_id, made.id, ${summary.version}::int, ${summary.status}::"SummaryStatus",
        ${summary.language}, ${summary.style}::"SummaryStyle", ${summary.generator}, ${summary.createdAt}::timestamptz
      FROM conversation_made made
    ), found_by AS (
      INSERT INTO conversation_search (tenant_id, conversation_id, document, rules)
      SELECT made.tenant_id, made.id, ${document}::tsvector, ${documentRules}::int FROM conversation_made made
    )`;
  return { parts, columns: conversationColumns, table: Prisma.sql`conversation_made conversation` };
}

/** Writes it within a transaction. @returns its row */
export async function insertOwn(unit: Unit, caller: Caller, conversation: OwnConversation): Promise<ConversationRow> {
  return insertWithin<ConversationRow>(unit, await insertionOfOwn(unit, caller, conversation));
}

/**
 * Writes messages behind those that are kept, and has the conversation summarised anew.
 * @returns the new messages' ids, in order
 */
export async function extendOwn(
  unit: Unit,
  caller: Caller,
  row: { id: string; content: string | null; lastMessageAt: Date | null },
  kept: readonly OwnMessage[],
  added: readonly OwnMessage[],
): Promise<string[]> {
  const { tenantId } = caller;
  const all = [...kept, ...added];
  const ids = await insertMessages(unit, tenantId, row.id, kept.length, added);
  const lastMessageAt = latestOf(added, row.lastMessageAt);
  const responses = responseTimesOf(all);
  const addedBytes = byteLengthOf(...added.map(({ content }) => content));
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id: row.id } },
    data: {
      messageCount: all.length,
      ...(lastMessageAt !== null && { lastMessageAt, activityAt: lastMessageAt }),
      updatedAt: unit.now,
      preview: previewOf(row.content, all),
      responseTimeTotalMs: responses.totalMs,
      responseCount: responses.count,
      sizeBytes: { increment: addedBytes },
      textVersion: { increment: 1 },
    },
  });
  unit.countBytes('conversations', addedBytes);
  await indexConversation(unit.tx, tenantId, row.id);
  emitConversation(unit, 'updated', row.id);
  await beginOwnSummary(unit, caller, row.id);
  return ids;
}

/** The messages of a conversation as they are kept, from the first on. */
export function readOwnMessages(unit: Unit, tenantId: string, conversationId: string): Promise<OwnMessage[]> {
  return unit.tx.message.findMany({
    where: { tenantId, conversationId },
    orderBy: { position: 'asc' },
    select: { role: true, content: true, createdAt: true },
  });
}

function latestOf(messages: readonly OwnMessage[], before: Date | null): Date | null {
  return messages.reduce((last, { createdAt }) => (last === null || createdAt > last ? createdAt : last), before);
}

async function insertMessages(
  unit: Unit,
  tenantId: string,
  conversationId: string,
  position: number,
  messages: readonly OwnMessage[],
): Promise<string[]> {
  const rows = messages.map((message, index) => ({
    tenantId,
    id: newId('message'),
    conversationId,
    position: position + index,
    ...message,
  }));
  for (let start = 0; start < rows.length; start += messagesAtOnce) {
    await unit.tx.message.createMany({ data: rows.slice(start, start + messagesAtOnce) });
  }
  return rows.map(({ id }) => id);
}
