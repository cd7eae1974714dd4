import type { Caller } from '../app.ts';
import { asReader, requireScope } from '../caller.ts';
import { UnsupportedError } from '../errors.ts';
import { runOncePerKey } from '../idempotency.ts';
import { localProvider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { type ConversationRow, getConversation } from './conversations.ts';
import { type MessageInput, validateAppend } from './input.ts';
import { loadMessages, type MessageRow } from './messages.ts';
import { extendOwn, type OwnMessage, readOwnMessages } from './own.ts';
import { lockAndGetConversation } from './store.ts';

/** Messages without a time bear that of the one before, or now: times never run backwards by default. */
export function withCreatedAt(messages: readonly MessageInput[], now: Date, latest: Date | null): OwnMessage[] {
  let previous = latest !== null && latest > now ? latest : now;
  return messages.map(({ role, content, createdAt }) => {
    previous = createdAt ?? previous;
    return { role, content, createdAt: previous };
  });
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
  return extendOwn(unit, caller, row, await readOwnMessages(unit, tenantId, row.id), messages);
}
