import type { Prisma } from '../../database/generated/client.ts';
import type { Sentiment, SummaryStatus, SummaryStyle } from '../../database/generated/enums.ts';
import { newId } from '../../lib/id.ts';
import type { Caller } from '../app.ts';
import { transact, type Unit, type UnitNotes } from '../unit-of-work.ts';
import { emitConversation, indexConversation, lockConversation } from './store.ts';
import type { ActionItemRow, CitationRow } from './summaries.ts';

/**
 * The making of a summary, from PROCESSING to COMPLETED or FAILED. Versions are never overwritten. The one shown
 * (`conversation.summaryId`) is the last that was completed; until one is, the newest that was begun.
 */

type SummaryRequest = { language: string; style: SummaryStyle; generator: string };

export type SummaryResult = {
  title: string;
  content: string;
  sentiment: Sentiment | null;
  topics: string[];
  actionItems: ActionItemRow[];
  citations: CitationRow[];
};

/**
 * Begins a new version for a conversation that the caller has locked or just made; one that is under way is
 * answered again. The job that makes it is the caller's to enqueue, where `isNew`.
 */
export async function beginSummary(
  unit: Unit,
  tenantId: string,
  conversationId: string,
  request: SummaryRequest,
): Promise<{ id: string; isNew: boolean }> {
  const [newest] = await unit.tx.summary.findMany({
    where: { tenantId, conversationId },
    orderBy: { version: 'desc' },
    take: 1,
    select: { id: true, version: true, status: true },
  });
  if (newest?.status === 'PROCESSING') return { id: newest.id, isNew: false };
  const id = newId('summary');
  await unit.tx.summary.create({
    data: {
      tenantId,
      id,
      conversationId,
      version: (newest?.version ?? 0) + 1,
      status: 'PROCESSING',
      createdAt: unit.now,
      ...request,
    },
  });
  const completedCount = await unit.tx.summary.count({ where: { tenantId, conversationId, status: 'COMPLETED' } });
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id: conversationId } },
    data: { status: 'PROCESSING', ...(completedCount === 0 && { summaryId: id }) },
  });
  tellBegun(unit, conversationId, id, newest?.status ?? null);
  return { id, isNew: true };
}

function tellBegun(unit: UnitNotes, conversationId: string, id: string, previousStatus: SummaryStatus | null): void {
  unit.emit({
    type: 'summary.changed',
    subjectId: id,
    data: { conversationId, status: 'PROCESSING', previousStatus },
  });
}

const ownDefaults = { language: 'en', style: 'CONCISE' } as const;

/** The first version that this gateway makes of a conversation: its row, which the caller writes along with that. */
export function firstOwnSummary(unit: UnitNotes, caller: Caller, conversationId: string) {
  return {
    tenantId: caller.tenantId,
    id: newId('summary'),
    conversationId,
    version: 1,
    status: 'PROCESSING',
    ...ownDefaults,
    generator: caller.app.settings.generator,
    createdAt: unit.now,
  } as const;
}

/** Tells of a first version, and enqueues its making. */
export function startFirstOwnSummary(unit: UnitNotes, caller: Caller, { id, conversationId }: FirstOwnSummary): void {
  tellBegun(unit, conversationId, id, null);
  enqueueMaking(unit, caller.tenantId, conversationId, id);
}

type FirstOwnSummary = ReturnType<typeof firstOwnSummary>;

export function enqueueMaking(unit: UnitNotes, tenantId: string, conversationId: string, summaryId: string): void {
  unit.enqueue({ name: 'summarize', key: summaryId, data: { tenantId, conversationId, summaryId } });
}

/** Begins a version that this gateway makes itself, and enqueues its making. */
export async function beginOwnSummary(
  unit: Unit,
  caller: Caller,
  conversationId: string,
  options: { language: string; style: SummaryStyle } = ownDefaults,
): Promise<string> {
  const { tenantId } = caller;
  const request = { ...options, generator: caller.app.settings.generator };
  const { id, isNew } = await beginSummary(unit, tenantId, conversationId, request);
  if (isNew) enqueueMaking(unit, tenantId, conversationId, id);
  return id;
}

/**
 * Completes a version, unless the conversation's text is no longer the one it was made of.
 * @returns false where the text has changed since `textVersion`: make it again; true where there is nothing more to do
 */
export function completeSummary(
  caller: Caller,
  key: { conversationId: string; summaryId: string; textVersion: number },
  result: SummaryResult,
): Promise<boolean> {
  return transact(caller, async (unit) => {
    const { tenantId } = caller;
    if (!(await lockConversation(unit.tx, tenantId, key.conversationId))) return true;
    const conversation = await unit.tx.conversation.findUniqueOrThrow({
      where: { tenantId_id: { tenantId, id: key.conversationId } },
      select: { textVersion: true },
    });
    if (conversation.textVersion !== key.textVersion) return false;
    await completeVersion(unit, tenantId, key, result);
    return true;
  });
}

/**
 * Completes a PROCESSING version inside a transaction that holds the conversation's lock; else does nothing.
 * `keepsConversation`: its status and time of change are an upstream's to tell.
 */
export async function completeVersion(
  unit: Unit,
  tenantId: string,
  key: { conversationId: string; summaryId: string },
  result: SummaryResult,
  options: { keepsConversation?: boolean } = {},
): Promise<void> {
  const { actionItems, citations, ...plain } = result;
  const { count } = await unit.tx.summary.updateMany({
    where: { tenantId, id: key.summaryId, status: 'PROCESSING' },
    data: {
      ...plain,
      actionItems: actionItems as unknown as Prisma.InputJsonArray,
      citations: citations as unknown as Prisma.InputJsonArray,
      status: 'COMPLETED',
      completedAt: unit.now,
    },
  });
  if (count === 0) return;
  await unit.tx.conversation.update({
    where: { tenantId_id: { tenantId, id: key.conversationId } },
    data: {
      summaryId: key.summaryId,
      sentiment: result.sentiment,
      topics: result.topics,
      ...(!options.keepsConversation && { status: 'COMPLETED', updatedAt: unit.now }),
    },
  });
  await indexConversation(unit.tx, tenantId, key.conversationId);
  emitOutcome(unit, key, 'COMPLETED');
}

/** Fails a version, with the reason in words fit for a user. The last completed one stays the one shown. */
export function failSummary(
  caller: Caller,
  key: { conversationId: string; summaryId: string },
  reason: string,
): Promise<void> {
  return transact(caller, async (unit) => {
    if (!(await lockConversation(unit.tx, caller.tenantId, key.conversationId))) return;
    await failVersion(unit, caller.tenantId, key, reason);
  });
}

/** Fails a PROCESSING version inside a transaction that holds the conversation's lock; else does nothing. */
export async function failVersion(
  unit: Unit,
  tenantId: string,
  key: { conversationId: string; summaryId: string },
  reason: string,
  options: { keepsConversation?: boolean } = {},
): Promise<void> {
  const { count } = await unit.tx.summary.updateMany({
    where: { tenantId, id: key.summaryId, status: 'PROCESSING' },
    data: { status: 'FAILED', error: reason, completedAt: unit.now },
  });
  if (count === 0) return;
  if (!options.keepsConversation) {
    await unit.tx.conversation.update({
      where: { tenantId_id: { tenantId, id: key.conversationId } },
      data: { status: 'FAILED', updatedAt: unit.now },
    });
  }
  emitOutcome(unit, key, 'FAILED');
}

function emitOutcome(
  unit: Unit,
  key: { conversationId: string; summaryId: string },
  status: 'COMPLETED' | 'FAILED',
): void {
  unit.emit({
    type: 'summary.changed',
    subjectId: key.summaryId,
    data: { conversationId: key.conversationId, status, previousStatus: 'PROCESSING' },
  });
  emitConversation(unit, 'updated', key.conversationId);
}
