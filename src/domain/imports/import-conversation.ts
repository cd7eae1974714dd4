import type { Tx } from '../../database/database.ts';
import { idFrom, idKind } from '../../lib/id.ts';
import { codePointCount, firstWords, isBlank, jsonProblem, textProblem } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { extendOwn, insertOwn, readOwnMessages } from '../conversations/own.ts';
import { lockConversation } from '../conversations/store.ts';
import { localProvider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';

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

/** Remembers what a dry run would have kept by now. */
export type Rehearsal = {
  /** What becomes of a conversation that the file had before; null where it had none such. */
  again(id: string, conversation: ImportedConversation): ImportOutcome | null;
};

export type KeepOptions = {
  /** Nothing is written, and the outcome is what it would be. */
  isDryRun: boolean;
  /** Of a dry run: what the file had before. */
  rehearsal?: Rehearsal;
  /** Called in each transaction before anything is written in it; what it throws ends the transaction. */
  hold?: (tx: Tx) => Promise<void>;
};

/**
 * Keeps a conversation, once: what is there already stays, and gets the messages that a longer version of it has more.
 * @throws ForbiddenError, QuotaExceededError
 */
export function importConversation(
  caller: Caller,
  conversation: ImportedConversation,
  { isDryRun, rehearsal, hold }: KeepOptions,
): Promise<ImportOutcome> {
  requireScope(caller, 'conversations:write');
  const id =
    conversation.id !== null && idKind(conversation.id) === 'conversation'
      ? conversation.id
      : idFrom('conversation', `${caller.tenantId}/${conversation.identity}`);
  return transact(caller, async (unit) => {
    await hold?.(unit.tx);
    const isThere = await lockConversation(unit.tx, caller.tenantId, id);
    if (isThere) return extend(unit, caller, id, conversation, isDryRun);
    if (isDryRun) return rehearsal?.again(id, conversation) ?? 'IMPORTED';
    await insert(unit, caller, id, conversation);
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
  const { content, source, segment, metadata } = conversation;
  const told = conversation.startedAt ?? conversation.messages.find((each) => each.createdAt !== null)?.createdAt;
  const startedAt = told ?? unit.now;
  const messages = withTimes(conversation.messages, startedAt);
  const title = titleOf(conversation);
  const draft = { id, title, content, source, segment, metadata, createdAt: startedAt, startedAt, messages };
  await insertOwn(unit, caller, draft);
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
  const kept = await readOwnMessages(unit, tenantId, id);
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
  await extendOwn(unit, caller, row, kept, added);
  return 'EXTENDED';
}
