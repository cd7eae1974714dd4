import type { Prisma } from '../../database/generated/client.ts';
import type { SummaryStyle } from '../../database/generated/enums.ts';
import { newId } from '../../lib/id.ts';
import { canonicalJson } from '../../lib/json.ts';
import { byteLengthOf, isStorable } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { asReader, requireScope } from '../caller.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { runOncePerKey } from '../idempotency.ts';
import { canDo, labelOf, localProvider, requireCapability } from '../providers.ts';
import { insertAtOnce, transact, type UnitNotes } from '../unit-of-work.ts';
import { type ConversationRow, getConversation, loadConversations } from './conversations.ts';
import {
  type CreateConversationInput,
  canonicalLanguage,
  checkMetadata,
  collectProblems,
  type UpdateConversationInput,
  validateCreate,
  validateUpdate,
} from './input.ts';
import { withCreatedAt } from './message-writes.ts';
import { insertionOfOwn, insertOwn, type OwnConversation } from './own.ts';
import { emitConversation, indexConversation, lockAndGetConversation, removeConversations } from './store.ts';
import { loadSummaries, type SummaryRow } from './summaries.ts';
import { beginOwnSummary } from './summary-lifecycle.ts';

/**
 * Makes a conversation: LOCAL, or in the upstream that is named, where its API lets others make some. Its summary is begun with it.
 * @throws ValidationError, NotFoundError, QuotaExceededError, ConflictError, UnsupportedError, UpstreamError
 */
export async function createConversation(caller: Caller, input: CreateConversationInput): Promise<ConversationRow> {
  requireScope(caller, 'conversations:write');
  validateCreate(input);
  if (input.upstreamId == null) return createLocal(caller, input);
  const { id } = await createUpstream(caller, input);
  return getConversation(asReader(caller), id);
}

async function createLocal(caller: Caller, input: CreateConversationInput): Promise<ConversationRow> {
  const { idempotencyKey, ...request } = input;
  if (idempotencyKey == null) {
    return insertAtOnce<ConversationRow>(caller, (notes) => insertionOfOwn(notes, caller, newOwn(notes, input)));
  }
  const call = { operation: 'createConversation', key: idempotencyKey, request };
  let made: ConversationRow | null = null;
  const { id } = await transact(caller, (unit) => {
    made = null;
    return runOncePerKey(unit, caller.tenantId, call, async () => {
      made = await insertOwn(unit, caller, newOwn(unit, input));
      return { id: made.id };
    });
  });
  // Made by an earlier call of this key, it may have changed since.
  return made ?? getConversation(asReader(caller), id);
}

async function createUpstream(caller: Caller, input: CreateConversationInput): Promise<{ id: string }> {
  const upstreamId = input.upstreamId ?? '';
  if (input.messages != null) {
    throw new ValidationError({ messages: ['A conversation in an upstream takes content, not messages'] });
  }
  if (input.segment != null)
    throw new ValidationError({ segment: ['A conversation in an upstream has no segment of ours'] });
  const draft = {
    title: input.title,
    content: input.content ?? '',
    source: input.source ?? ('API' as const),
    metadata: input.metadata ?? null,
  };
  return caller.app.upstreams.createConversation(caller, upstreamId, draft, input.idempotencyKey ?? null);
}

function newOwn({ now }: UnitNotes, input: CreateConversationInput): OwnConversation {
  const messages = withCreatedAt(input.messages ?? [], now, null);
  const startedAt = messages.reduce(
    (first, { createdAt }) => (createdAt < first ? createdAt : first),
    messages[0]?.createdAt ?? now,
  );
  return {
    id: newId('conversation'),
    title: input.title,
    content: input.content ?? null,
    source: input.source ?? 'API',
    segment: input.segment ?? null,
    metadata: input.metadata ?? null,
    createdAt: now,
    startedAt,
    messages,
  };
}

/** @throws ValidationError, NotFoundError, UnsupportedError, UpstreamError */
export async function updateConversation(
  caller: Caller,
  id: string,
  input: UpdateConversationInput,
): Promise<ConversationRow> {
  requireScope(caller, 'conversations:write');
  validateUpdate(input);
  const reader = asReader(caller);
  const row = await getConversation(reader, id);
  const { providers } = caller.app;
  requireCapability(providers, row.provider, 'UPDATE');
  if (row.provider !== localProvider) {
    if (input.segment !== undefined) {
      throw new ValidationError({ segment: [`${labelOf(providers, row.provider)} has no segments`] });
    }
    await caller.app.upstreams.updateConversation(caller, id, {
      ...(input.title != null && { title: input.title }),
      ...(input.metadata != null && { metadata: input.metadata }),
    });
  } else await updateLocal(caller, id, input);
  return getConversation(reader, id);
}

function updateLocal(caller: Caller, id: string, input: UpdateConversationInput): Promise<void> {
  return transact(caller, async (unit) => {
    const { tenantId } = caller;
    const row = await lockAndGetConversation(unit, caller, id);
    const addedBytes = input.title == null ? 0n : byteLengthOf(input.title) - byteLengthOf(row.title);
    const metadata = input.metadata == null ? null : mergeMetadata(row.metadata, input.metadata);
    if (metadata !== null) {
      const problems = collectProblems();
      checkMetadata(problems, metadata);
      problems.done();
    }
    const isSame =
      (input.title == null || input.title === row.title) &&
      (input.segment === undefined || input.segment === row.segment) &&
      (metadata === null || canonicalJson(metadata) === canonicalJson(row.metadata ?? {}));
    if (isSame) return;
    await unit.tx.conversation.update({
      where: { tenantId_id: { tenantId, id } },
      data: {
        ...(input.title != null && { title: input.title }),
        ...(input.segment !== undefined && { segment: input.segment }),
        ...(metadata !== null && { metadata: metadata as Prisma.InputJsonObject }),
        sizeBytes: { increment: addedBytes },
        updatedAt: unit.now,
      },
    });
    unit.countBytes('conversations', addedBytes);
    if (input.title != null) await indexConversation(unit.tx, tenantId, id);
    emitConversation(unit, 'updated', id);
  });
}

/** Merged, key by key, into what is there; a key given null is removed. */
export function mergeMetadata(
  present: Record<string, unknown> | null,
  change: Record<string, unknown>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(present ?? {}));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Takes messages, summaries and files along. @throws NotFoundError, UnsupportedError, UpstreamError */
export async function deleteConversation(caller: Caller, id: string): Promise<void> {
  requireScope(caller, 'conversations:delete');
  const row = await getConversation(asReader(caller), id);
  requireCapability(caller.app.providers, row.provider, 'DELETE');
  if (row.provider !== localProvider) return caller.app.upstreams.deleteConversation(caller, id);
  await transact(caller, async (unit) => {
    const locked = await lockAndGetConversation(unit, caller, id);
    await removeConversations(unit, caller.tenantId, [locked]);
  });
}

/**
 * Begins a new version of the summary, upstream where its API makes it; one under way is answered again.
 * @throws ValidationError, NotFoundError, UnsupportedError, UpstreamError
 */
export async function regenerateSummary(
  caller: Caller,
  input: { conversationId: string; language?: string | null | undefined; style?: SummaryStyle | null | undefined },
): Promise<SummaryRow> {
  requireScope(caller, 'conversations:write');
  const language = canonicalLanguage(input.language ?? 'en');
  const style = input.style ?? 'CONCISE';
  const reader = asReader(caller);
  const [conversation] = isStorable(input.conversationId)
    ? await loadConversations(reader, [input.conversationId])
    : [];
  if (conversation === undefined) throw new NotFoundError('Conversation');
  const { provider } = conversation;
  const isMadeUpstream = provider !== localProvider && canDo(caller.app.providers, provider, 'SUMMARIZE');
  const id = isMadeUpstream
    ? (await caller.app.upstreams.regenerateSummary(caller, conversation.id, { language, style })).id
    : await transact(caller, async (unit) => {
        await lockAndGetConversation(unit, caller, conversation.id);
        return beginOwnSummary(unit, caller, conversation.id, { language, style });
      });
  const [summary] = await loadSummaries(reader, [id]);
  if (summary === undefined) throw new NotFoundError('Conversation');
  return summary;
}
