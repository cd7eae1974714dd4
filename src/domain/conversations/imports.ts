import type { Prisma } from '../../database/generated/client.ts';
import { idFrom, idKind, newId } from '../../lib/id.ts';
import { byteLengthOf, codePointCount, firstWords, isBlank, jsonProblem, textProblem } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { localProvider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { responseTimesOf } from './messages.ts';
import { emitConversation, indexConversation, lockConversation, previewOf } from './store.ts';
import { beginOwnSummary } from './summary-lifecycle.ts';

/** A conversation out of a file, to be kept as one of the gateway's own. */
export type ImportedConversation = {
  /** What tells it from all others, the same each time the same file is read. */
  identity: string;
  /** Its id where the file is this gateway's own export: what it was exported from is not doubled. */
  id: string | null;
  title: string;
  /** Null where there are messages. */
  content: string | null;
  source: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB' | null;
  segment: string | null;
  metadata: Record<string, unknown> | null;
  startedAt: Date | null;
  messages: readonly ImportedMessage[];
};

export type ImportedMessage = {
  role: 'USER' | 'ASSISTANT' | 'SYSTEM';
  content: string;
  /** Null where the file does not tell: that of the message before it. */
  createdAt: Date | null;
};

/** What became of it. EXTENDED: it was there, and messages were added; DIFFERENT: it was there, and is not what the file says. */
export type ImportOutcome = 'IMPORTED' | 'EXTENDED' | 'UNCHANGED' | 'DIFFERENT';

const maxTitleLength = 200;
const messagesAtOnce = 1_000;

/** Why it cannot be kept, in words; null where it can. */
export function importProblem(conversation: ImportedConversation): string | null {
  if (conversation.content === null && conversation.messages.length === 0) return 'it has neither content nor messages';
  const texts = [conversation.title, conversation.segment ?? '', conversation.content ?? ''];
  for (const text of [...texts, ...conversation.messages.map(({ content }) => content)]) {
    const problem = textProblem(text);
    if (problem !== null) return `a text ${problem}`;
  }
  const problem = conversation.metadata === null ? null : jsonProblem(conversation.metadata);
  return problem === null ? null : `its metadata ${problem}`;
}

/**
 * Keeps a conversation, once: what is there already stays, and gets the messages that a longer version of it has more.
 * With `isDryRun` nothing is written, and the outcome is what it would be.
 * @throws ForbiddenError, QuotaExceededError
 */
export function importConversation(
  caller: Caller,
  conversation: ImportedConversation,
  isDryRun: boolean,
): Promise<ImportOutcome> {
  requireScope(caller, 'conversations:write');
  const id =
    conversation.id !== null && idKind(conversation.id) === 'conversation'
      ? conversation.id
      : idFrom('conversation', `${caller.tenantId}/${conversation.identity}`);
  return transact(caller, async (unit) => {
    const isThere = await lockConversation(unit.tx, caller.tenantId, id);
    if (isThere) return extend(unit, caller, id, conversation, isDryRun);
    if (!isDryRun) await insert(unit, caller, id, conversation);
    return 'IMPORTED';
  });
}

/** With a time for each message, none before the one it follows where it is not told. */
function withTimes(messages: readonly ImportedMessage[], from: Date) {
  let last = from;
  return messages.map(({ role, content, createdAt }) => {
    last = createdAt ?? last;
    return { role, content, createdAt: last };
  });
}

async function insert(unit: Unit, caller: Caller, id: string, conversation: ImportedConversation): Promise<void> {
  const { tenantId } = caller;
  const start = conversation.startedAt ?? conversation.messages.find((each) => each.createdAt !== null)?.createdAt;
  const messages = withTimes(conversation.messages, start ?? unit.now);
  const times = messages.map(({ createdAt }) => createdAt.getTime());
  const startedAt = start ?? unit.now;
  const last = times.length === 0 ? null : new Date(times.reduce((max, time) => Math.max(max, time), 0));
  const responses = responseTimesOf(messages);
  const title = titleOf(conversation);
  const sizeBytes = byteLengthOf(title, conversation.content, ...messages.map(({ content }) => content));
  await unit.tx.conversation.create({
    data: {
      tenantId,
      id,
      provider: localProvider,
      title,
      content: conversation.content,
      preview: previewOf(conversation.content, messages),
      source: conversation.source,
      status: 'PROCESSING',
      segment: conversation.segment,
      ...(conversation.metadata !== null && { metadata: conversation.metadata as Prisma.InputJsonObject }),
      createdAt: startedAt,
      updatedAt: unit.now,
      startedAt,
      lastMessageAt: last,
      activityAt: last ?? startedAt,
      messageCount: messages.length,
      responseTimeTotalMs: responses.totalMs,
      responseCount: responses.count,
      sizeBytes,
    },
  });
  await insertMessages(unit, tenantId, id, 0, messages);
  await indexConversation(unit.tx, tenantId, id);
  unit.countBytes('conversations', sizeBytes);
  emitConversation(unit, 'created', id);
  await beginOwnSummary(unit, caller, id);
}

/** Its own, or the first words of what it says; never too long, never empty. */
function titleOf({ title, content, messages }: ImportedConversation): string {
  const own = title.trim();
  if (isBlank(own)) return firstWords(content ?? messages[0]?.content ?? '', maxTitleLength) || 'Untitled';
  return codePointCount(own) <= maxTitleLength ? own : firstWords(own, maxTitleLength);
}

async function extend(
  unit: Unit,
  caller: Caller,
  id: string,
  conversation: ImportedConversation,
  isDryRun: boolean,
): Promise<ImportOutcome> {
  const { tenantId } = caller;
  const row = await unit.tx.conversation.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } });
  const kept = await unit.tx.message.findMany({
    where: { tenantId, conversationId: id },
    orderBy: { position: 'asc' },
    select: { role: true, content: true, createdAt: true },
  });
  if (conversation.messages.length === 0) return row.content === conversation.content ? 'UNCHANGED' : 'DIFFERENT';
  const isSame = kept.every((message, index) => {
    const given = conversation.messages[index];
    return given !== undefined && given.role === message.role && given.content === message.content;
  });
  if (!isSame) return 'DIFFERENT';
  if (kept.length === conversation.messages.length) return 'UNCHANGED';
  if (row.provider !== localProvider) return 'DIFFERENT';
  if (isDryRun) return 'EXTENDED';

  const added = withTimes(conversation.messages.slice(kept.length), row.lastMessageAt ?? row.startedAt);
  await insertMessages(unit, tenantId, id, kept.length, added);
  const all = [...kept, ...added];
  const responses = responseTimesOf(all);
  const last = new Date(all.reduce((max, { createdAt }) => Math.max(max, createdAt.getTime()), 0));
  const addedBytes = byteLengthOf(...added.map(({ content }) => content));
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id } },
    data: {
      messageCount: all.length,
      lastMessageAt: last,
      activityAt: last,
      updatedAt: unit.now,
      responseTimeTotalMs: responses.totalMs,
      responseCount: responses.count,
      sizeBytes: { increment: addedBytes },
      textVersion: { increment: 1 },
    },
  });
  await indexConversation(unit.tx, tenantId, id);
  unit.countBytes('conversations', addedBytes);
  emitConversation(unit, 'updated', id);
  await beginOwnSummary(unit, caller, id);
  return 'EXTENDED';
}

async function insertMessages(
  unit: Unit,
  tenantId: string,
  conversationId: string,
  from: number,
  messages: readonly { role: ImportedMessage['role']; content: string; createdAt: Date }[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += messagesAtOnce) {
    await unit.tx.message.createMany({
      data: messages.slice(start, start + messagesAtOnce).map((message, index) => ({
        tenantId,
        id: newId('message'),
        conversationId,
        position: from + start + index,
        ...message,
      })),
    });
  }
}
