import { newId } from '../../lib/id.ts';
import { byteLengthOf } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { asReader, requireScope } from '../caller.ts';
import { UnsupportedError } from '../errors.ts';
import { runOncePerKey } from '../idempotency.ts';
import { localProvider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { type ConversationRow, getConversation } from './conversations.ts';
import { type MessageInput, validateAppend } from './input.ts';
import { loadMessages, type MessageRow, responseTimesOf } from './messages.ts';
import { emitConversation, indexConversation, lockAndGetConversation, previewOf } from './store.ts';
import { beginOwnSummary } from './summary-lifecycle.ts';

type TimedMessage = { role: MessageInput['role']; content: string; createdAt: Date };

/** Messages without a time bear that of the one before, or now: times never run backwards by default. */
export function withCreatedAt(messages: readonly MessageInput[], now: Date, latest: Date | null): TimedMessage[] {
  let previous = latest !== null && latest > now ? latest : now;
  return messages.map(({ role, content, createdAt }) => {
    previous = createdAt ?? previous;
    return { role, content, createdAt: previous };
  });
}

export async function insertMessages(
  unit: Unit,
  tenantId: string,
  conversationId: string,
  position: number,
  messages: readonly TimedMessage[],
): Promise<string[]> {
  const rows = messages.map((message, index) => ({
    tenantId,
    id: newId('message'),
    conversationId,
    position: position + index,
    ...message,
  }));
  if (rows.length > 0) await unit.tx.message.createMany({ data: rows });
  return rows.map(({ id }) => id);
}

/**
 * Adds messages to the end of a LOCAL conversation and has it summarised anew.
 * @throws ValidationError, NotFoundError, QuotaExceededError, ConflictError, UnsupportedError
 */
export async function appendMessages(
  caller: Caller,
  input: { conversationId: string; messages: readonly MessageInput[]; idempotencyKey?: string | null | undefined },
): Promise<{ conversation: ConversationRow; messages: MessageRow[] }> {
  requireScope(caller, 'conversations:write');
  validateAppend(input.messages, input.idempotencyKey);
  const { idempotencyKey, ...request } = input;
  const call = { operation: 'appendMessages', key: idempotencyKey, request };
  const { messageIds } = await transact(caller, (unit) =>
    runOncePerKey(unit, caller.tenantId, call, async () => ({ messageIds: await insertAppended(unit, caller, input) })),
  );
  const reader = asReader(caller);
  const [conversation, messages] = await Promise.all([
    getConversation(reader, input.conversationId),
    loadMessages(reader, messageIds),
  ]);
  return { conversation, messages: messages.sort((a, b) => a.position - b.position) };
}

async function insertAppended(
  unit: Unit,
  caller: Caller,
  input: { conversationId: string; messages: readonly MessageInput[] },
): Promise<string[]> {
  const { tenantId } = caller;
  const row = await lockAndGetConversation(unit, caller, input.conversationId);
  if (row.provider !== localProvider) {
    throw new UnsupportedError('Messages can be added to LOCAL conversations only', row.provider);
  }
  const messages = withCreatedAt(input.messages, unit.now, row.lastMessageAt);
  const ids = await insertMessages(unit, tenantId, row.id, row.messageCount, messages);
  const all = await unit.tx.message.findMany({
    where: { tenantId, conversationId: row.id },
    orderBy: { position: 'asc' },
    select: { role: true, content: true, createdAt: true },
  });
  const responses = responseTimesOf(all);
  const times = messages.map(({ createdAt }) => createdAt.getTime());
  const last = new Date(Math.max(row.lastMessageAt?.getTime() ?? 0, ...times));
  const addedBytes = byteLengthOf(...messages.map(({ content }) => content));
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id: row.id } },
    data: {
      messageCount: all.length,
      lastMessageAt: last,
      activityAt: last,
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
