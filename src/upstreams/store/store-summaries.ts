import type { Prisma } from '../../database/generated/client.ts';
import type { Caller } from '../../domain/app.ts';
import type { ActionItemRow } from '../../domain/conversations/summaries.ts';
import { beginSummary, completeVersion, failVersion } from '../../domain/conversations/summary-lifecycle.ts';
import { labelOf } from '../../domain/providers.ts';
import type { Unit } from '../../domain/unit-of-work.ts';
import { newId } from '../../lib/id.ts';
import type { DatedConversation, MirroredSummary } from '../clients/records.ts';

/** Summaries that an API makes: its versions are told apart by what they say. */

/** What a summary's `generator` says of one that an API made: the API's name in lower case, with hyphens. */
export function generatorOf(provider: string): string {
  return provider.toLowerCase().replaceAll('_', '-');
}

/** Why a summary FAILED that its API could not make. */
export function failureOf(caller: Caller, provider: string): string {
  return `${labelOf(caller.app.providers, provider)} could not make this summary`;
}

const defaultRequest = { language: 'en', style: 'CONCISE' as const };

/**
 * Follows the summary of a conversation that is locked: a new version where what is shown upstream differs from what
 * was last completed here, and one under way or failed where its status says so. @returns whether one was completed,
 * with which the conversation is indexed anew
 */
export async function followSummary(
  unit: Unit,
  caller: Caller,
  provider: string,
  conversationId: string,
  { status, summary, content, updatedAt }: DatedConversation,
): Promise<boolean> {
  const { tenantId } = caller;
  const versions = await unit.tx.summary.findMany({
    where: { tenantId, conversationId },
    orderBy: { version: 'desc' },
    take: 20,
  });
  const [newest] = versions;
  const completed = versions.find((version) => version.status === 'COMPLETED');
  const language = newest?.language ?? defaultRequest.language;
  const style = newest?.style ?? defaultRequest.style;
  const begin = async () => {
    const request = { language, style, generator: generatorOf(provider) };
    return { conversationId, summaryId: (await beginSummary(unit, tenantId, conversationId, request)).id };
  };
  const kept = { keepsConversation: true };
  const isShownNew = summary !== null && (completed === undefined || !isSameSummary(completed, summary));
  // Made anew with the same words: the one under way is done all the same.
  const isDone = summary !== null && status === 'COMPLETED' && newest?.status === 'PROCESSING';
  const isCompleted = isShownNew || isDone;
  let isUnderWay = newest?.status === 'PROCESSING';
  let isChanged = isCompleted;
  if (summary !== null && isCompleted) {
    await completeVersion(unit, tenantId, await begin(), resultOf(summary, content), kept);
    isUnderWay = false;
  }
  if (status === 'PROCESSING' && !isUnderWay) {
    await begin();
    isChanged = true;
  }
  if (status === 'FAILED' && (isCompleted || newest?.status !== 'FAILED')) {
    await failVersion(unit, tenantId, await begin(), failureOf(caller, provider), kept);
    isChanged = true;
  }
  // What the record tells of the conversation stands, whatever the steps of its summary set.
  if (isChanged) {
    await unit.tx.conversation.update({
      where: { tenantId_id: { tenantId, id: conversationId } },
      data: { status, updatedAt },
    });
  }
  return isCompleted;
}

/** The first versions of a conversation that is new here, oldest first, and which one it shows. */
export function firstSummaries(
  unit: Unit,
  caller: Caller,
  provider: string,
  conversationId: string,
  { status, summary, content }: DatedConversation,
) {
  const { tenantId } = caller;
  const rows: Prisma.SummaryCreateManyInput[] = [];
  const add = (columns: Partial<Prisma.SummaryCreateManyInput> & Pick<Prisma.SummaryCreateManyInput, 'status'>) => {
    const own = { tenantId, id: newId('summary'), conversationId, version: rows.length + 1, createdAt: unit.now };
    rows.push({ ...defaultRequest, ...own, generator: generatorOf(provider), ...columns });
  };
  if (summary !== null) {
    const { actionItems, citations, ...plain } = resultOf(summary, content);
    add({
      ...plain,
      status: 'COMPLETED',
      completedAt: unit.now,
      actionItems: actionItems as unknown as Prisma.InputJsonArray,
      citations: citations as unknown as Prisma.InputJsonArray,
    });
  }
  if (status === 'PROCESSING') add({ status });
  if (status === 'FAILED') add({ status, error: failureOf(caller, provider), completedAt: unit.now });
  return { rows, summaryId: rows[0]?.id ?? null };
}

function isSameSummary(
  row: {
    title: string | null;
    content: string | null;
    sentiment: string | null;
    topics: string[];
    actionItems: unknown;
  },
  summary: MirroredSummary,
): boolean {
  const items = (row.actionItems as ActionItemRow[]).map(({ text }) => text);
  return (
    row.title === (summary.title ?? '') &&
    row.content === (summary.content ?? '') &&
    row.sentiment === summary.sentiment &&
    JSON.stringify([row.topics, items]) === JSON.stringify([summary.topics, summary.actionItems])
  );
}

function resultOf(summary: MirroredSummary, content: string | null) {
  return {
    title: summary.title ?? '',
    content: summary.content ?? '',
    sentiment: summary.sentiment,
    topics: summary.topics,
    actionItems: summary.actionItems.map((text) => ({ text, citation: citationOf(text, content) })),
    citations: [],
  };
}

/** Where an action item stands word for word: the API itself does not tell. */
function citationOf(text: string, content: string | null) {
  const startOffset = text === '' ? -1 : (content?.indexOf(text) ?? -1);
  if (startOffset === -1) return null;
  return { quote: text, messageId: null, startOffset, endOffset: startOffset + text.length };
}
