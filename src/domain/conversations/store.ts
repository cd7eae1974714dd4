import type { Database, Tx } from '../../database/database.ts';
import type { ConversationFacts } from '../../events/log.ts';
import { firstWords, isStorable } from '../../lib/text.ts';
import { documentRules, longDocumentLength, toTsvector, toTsvectorInTurns } from '../../lib/text-search/tsvector.ts';
import type { Caller } from '../app.ts';
import { NotFoundError } from '../errors.ts';
import type { Unit, UnitNotes } from '../unit-of-work.ts';
import { type ConversationRow, readConversations } from './conversations.ts';

/** What writing a conversation of any provider shares: locks, the search index, what events tell. */

const previewMaxLength = 200;

/** The first words of the content, or of the user's first message. */
export function previewOf(content: string | null, messages: readonly { role: string; content: string }[]): string {
  const first = messages.find(({ role }) => role === 'USER') ?? messages[0];
  return firstWords(content ?? first?.content ?? '', previewMaxLength);
}

/** Locks a conversation until the transaction ends: its writers follow one another. @returns whether it is there */
export async function lockConversation(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM conversation WHERE tenant_id = ${tenantId} AND id = ${id} FOR NO KEY UPDATE`;
  return rows.length > 0;
}

/** Writes the conversation's full-text index anew, from what the transaction sees. */
export async function indexConversation(tx: Tx, tenantId: string, id: string): Promise<void> {
  const conversation = await tx.conversation.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: {
      title: true,
      content: true,
      summaryId: true,
      messages: { select: { content: true }, orderBy: { position: 'asc' } },
    },
  });
  if (conversation === null) return;
  const summary =
    conversation.summaryId === null
      ? null
      : await tx.summary.findUnique({ where: { tenantId_id: { tenantId, id: conversation.summaryId } } });
  await indexTexts(tx, tenantId, [
    {
      id,
      title: conversation.title,
      summary: summary?.status === 'COMPLETED' ? searchTextOf(summary) : null,
      content: conversation.content,
      messages: conversation.messages.map((message) => message.content),
    },
  ]);
}

/** What of a completed summary is searched. */
export function searchTextOf(summary: { title: string | null; content: string | null; topics: string[] }): string {
  return [summary.title, summary.content, ...summary.topics].join('\n');
}

export type ConversationTexts = {
  id: string;
  title: string;
  /** The search text of the summary shown; null where none has completed. */
  summary: string | null;
  content: string | null;
  messages: string[];
};

/** What is searched of a conversation, as the index holds it. */
export async function documentOf({ id: _, ...fields }: ConversationTexts): Promise<string> {
  const length = fields.messages.reduce((sum, text) => sum + text.length, fields.content?.length ?? 0);
  return length < longDocumentLength ? toTsvector(fields) : toTsvectorInTurns(fields);
}

/** Writes the full-text index of conversations whose texts are at hand, in one statement. */
export async function indexTexts(tx: Tx, tenantId: string, all: readonly ConversationTexts[]): Promise<void> {
  const documents: string[] = [];
  for (const texts of all) documents.push(await documentOf(texts));
  await tx.$executeRaw`
    INSERT INTO conversation_search (tenant_id, conversation_id, document, rules)
    SELECT ${tenantId}, texts.id, texts.document::tsvector, ${documentRules}::int
    FROM unnest(${all.map(({ id }) => id)}::text[], ${documents}::text[]) AS texts (id, document)
    ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET document = excluded.document, rules = excluded.rules`;
}

const reindexBatch = 50;

/**
 * Makes documents anew that older rules made, for `forMs` at most: until then they are found as they were.
 * @returns how many
 */
export async function reindexOutdated(database: Database, forMs: number, signal: AbortSignal): Promise<number> {
  const until = Date.now() + forMs;
  let count = 0;
  while (Date.now() < until && !signal.aborted) {
    const rows = await database.prisma.$queryRaw<{ tenantId: string; id: string }[]>`
      SELECT tenant_id AS "tenantId", conversation_id AS "id" FROM conversation_search
      WHERE rules < ${documentRules}::int LIMIT ${reindexBatch}`;
    for (const { tenantId, id } of rows) {
      await database.transaction(async (tx) => {
        if (await lockConversation(tx, tenantId, id)) await indexConversation(tx, tenantId, id);
      });
      count++;
    }
    if (rows.length < reindexBatch) break;
  }
  return count;
}

export function emitConversation(unit: UnitNotes, kind: 'created' | 'updated', id: string): void {
  unit.emit({ type: `conversation.${kind}`, subjectId: id, data: {} });
}

/** What the event of a deletion tells, since nothing else can any more. */
export function factsOf(row: ConversationRow): ConversationFacts {
  return {
    provider: row.provider,
    upstreamId: row.upstreamId,
    status: row.status,
    source: row.source,
    segment: row.segment,
    sentiment: row.sentiment,
    topics: row.topics,
    messageCount: row.messageCount,
    title: row.title,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** In place of the title of what was erased. */
export const erasedTitle = 'Erased';

/** What the event of an erasure tells: that it is gone, and no word of it. */
export function withoutWords(row: ConversationRow): ConversationRow {
  return { ...row, title: erasedTitle, segment: null, topics: [] };
}

/**
 * Removes conversations with all that is theirs: rows now, files by a job that is enqueued with them.
 * @returns how many there were
 */
export async function removeConversations(
  unit: Unit,
  tenantId: string,
  rows: readonly ConversationRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const files = await unit.tx.attachment.findMany({
    where: { tenantId, conversationId: { in: ids }, storageKey: { not: null } },
    select: { storageKey: true, sizeBytes: true },
  });
  const { count } = await unit.tx.conversation.deleteMany({ where: { tenantId, id: { in: ids } } });
  for (const row of rows) {
    unit.countBytes('conversations', -row.sizeBytes);
    unit.emit({ type: 'conversation.deleted', subjectId: row.id, data: factsOf(row) });
  }
  for (const file of files) unit.countBytes('attachments', -file.sizeBytes);
  const keys = files.flatMap(({ storageKey }) => storageKey ?? []);
  if (keys.length > 0) unit.enqueue({ name: 'delete-files', data: { keys } });
  return count;
}

/** The conversation, locked. @throws NotFoundError */
export async function lockAndGetConversation(unit: Unit, caller: Caller, id: string): Promise<ConversationRow> {
  const isThere = isStorable(id) && (await lockConversation(unit.tx, caller.tenantId, id));
  const [row] = isThere ? await readConversations(caller, unit.tx, [id]) : [];
  if (row === undefined) throw new NotFoundError('Conversation');
  return row;
}
