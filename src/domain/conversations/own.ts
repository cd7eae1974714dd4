import type { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, MessageRole } from '../../database/generated/enums.ts';
import { newId } from '../../lib/id.ts';
import { byteLengthOf } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { localProvider } from '../providers.ts';
import type { Unit } from '../unit-of-work.ts';
import { responseTimesOf } from './messages.ts';
import { emitConversation, indexConversation, indexTexts, previewOf } from './store.ts';
import { beginOwnSummary } from './summary-lifecycle.ts';

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

/** Writes it with its messages and its place in the search, tells of it, and begins its summary. */
export async function insertOwn(unit: Unit, caller: Caller, conversation: OwnConversation): Promise<void> {
  const { tenantId } = caller;
  const { messages, metadata, ...rest } = conversation;
  const lastMessageAt = latestOf(messages, null);
  const responses = responseTimesOf(messages);
  const texts = messages.map(({ content }) => content);
  const sizeBytes = byteLengthOf(rest.title, rest.content, ...texts);
  await unit.tx.conversation.create({
    data: {
      tenantId,
      ...rest,
      provider: localProvider,
      preview: previewOf(rest.content, messages),
      status: 'PROCESSING',
      ...(metadata !== null && { metadata: metadata as Prisma.InputJsonObject }),
      updatedAt: unit.now,
      lastMessageAt,
      activityAt: lastMessageAt ?? rest.startedAt,
      messageCount: messages.length,
      responseTimeTotalMs: responses.totalMs,
      responseCount: responses.count,
      sizeBytes,
    },
  });
  await insertMessages(unit, tenantId, rest.id, 0, messages);
  const { id, title, content } = rest;
  await indexTexts(unit.tx, tenantId, [{ id, title, content, summary: null, messages: texts }]);
  unit.countBytes('conversations', sizeBytes);
  emitConversation(unit, 'created', id);
  await beginOwnSummary(unit, caller, id);
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
