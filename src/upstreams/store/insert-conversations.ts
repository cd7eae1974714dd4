import type { Prisma } from '../../database/generated/client.ts';
import type { Caller } from '../../domain/app.ts';
import {
  type ConversationTexts,
  emitConversation,
  indexTexts,
  searchTextOf,
} from '../../domain/conversations/store.ts';
import { enqueueMaking, firstOwnSummary } from '../../domain/conversations/summary-lifecycle.ts';
import { canDo } from '../../domain/providers.ts';
import type { Unit } from '../../domain/unit-of-work.ts';
import { newId } from '../../lib/id.ts';
import type { DatedConversation, DatedMessage } from '../clients/records.ts';
import { columnsOf, metadataOf, newAttachment, newMessage, type SyncMarkers } from './columns.ts';
import { firstSummaries } from './store-summaries.ts';

/** New conversations: a few statements for any number of them. */

/** Where conversations are stored from. */
export type StoredUpstream = { id: string; provider: string };

type Draft = {
  id: string;
  record: DatedConversation;
  marks: SyncMarkers;
  summaries: Prisma.SummaryCreateManyInput[];
  summaryId: string | null;
};

/** @returns their ids by the upstream's; without those that another transaction inserted at the same moment */
export async function insertConversations(
  unit: Unit,
  caller: Caller,
  upstream: StoredUpstream,
  given: readonly { record: DatedConversation; marks: SyncMarkers }[],
): Promise<Map<string, string>> {
  if (given.length === 0) return new Map();
  const { tenantId } = caller;
  const isSummarized = canDo(caller.app.providers, upstream.provider, 'SUMMARIZE');
  const drafts = given.map(({ record, marks }): Draft => {
    const id = newId('conversation');
    const { rows, summaryId } = isSummarized
      ? firstSummaries(unit, caller, upstream.provider, id, record)
      : ownSummary(firstOwnSummary(unit, caller, id));
    return { id, record, marks, summaries: rows, summaryId };
  });
  const created = await unit.tx.conversation.createManyAndReturn({
    data: drafts.map((draft) => rowOf(tenantId, upstream, draft, isSummarized)),
    skipDuplicates: true,
    select: { id: true },
  });
  const createdIds = new Set(created.map(({ id }) => id));
  const inserted = drafts.filter(({ id }) => createdIds.has(id));
  await insertMessages(
    unit,
    tenantId,
    inserted.map(({ id, record }) => ({ id, messages: record.messages, from: 0, ids: new Map() })),
  );
  const attachments = inserted.flatMap(({ id, record }) =>
    // One that is told of twice is one.
    [...new Map(record.attachments.map((each) => [each.externalId, each])).values()].map((attachment) =>
      newAttachment(tenantId, id, attachment, record.updatedAt),
    ),
  );
  if (attachments.length > 0) await unit.tx.attachment.createMany({ data: attachments });
  const summaries = inserted.flatMap((draft) => draft.summaries);
  if (summaries.length > 0) await unit.tx.summary.createMany({ data: summaries });
  if (inserted.length > 0) await indexTexts(unit.tx, tenantId, inserted.map(textsOf));
  for (const draft of inserted) {
    unit.countBytes('conversations', columnsOf(draft.record).sizeBytes);
    tell(unit, tenantId, draft, !isSummarized);
  }
  return new Map(inserted.map(({ id, record }) => [record.externalId, id]));
}

/** Each one's `messages`, from position `from` on; those with a known external id in `ids` keep their id. */
export async function insertMessages(
  unit: Unit,
  tenantId: string,
  all: readonly {
    id: string;
    messages: readonly DatedMessage[];
    from: number;
    ids: ReadonlyMap<string, string>;
  }[],
): Promise<void> {
  const rows = all.flatMap(({ id, messages, from, ids }) => {
    // Of two messages with one id, the first is the one that was known.
    const left = new Map(ids);
    return messages.map((message, index) => {
      const known = message.externalId === null ? undefined : left.get(message.externalId);
      if (message.externalId !== null) left.delete(message.externalId);
      return newMessage(tenantId, id, message, from + index, known);
    });
  });
  if (rows.length > 0) await unit.tx.message.createMany({ data: rows });
}

function rowOf(
  tenantId: string,
  upstream: StoredUpstream,
  { id, record, marks, summaries, summaryId }: Draft,
  isSummarized: boolean,
): Prisma.ConversationCreateManyInput {
  const shown = summaries.find((summary) => summary.id === summaryId && summary.status === 'COMPLETED');
  return {
    tenantId,
    id,
    provider: upstream.provider,
    upstreamId: upstream.id,
    externalId: record.externalId,
    status: isSummarized ? record.status : 'PROCESSING',
    summaryId,
    sentiment: shown?.sentiment ?? null,
    topics: shown === undefined ? [] : (record.summary?.topics ?? []),
    ...columnsOf(record),
    ...metadataOf(record.metadata),
    ...marks,
  };
}

/** What this gateway makes of a conversation whose API makes none. */
function ownSummary(row: ReturnType<typeof firstOwnSummary>) {
  return { rows: [row], summaryId: row.id };
}

function textsOf({ id, record, summaries }: Draft): ConversationTexts {
  const isShown = summaries[0]?.status === 'COMPLETED' && record.summary !== null;
  return {
    id,
    title: record.title,
    summary: isShown && record.summary !== null ? searchTextOf(record.summary) : null,
    content: record.content,
    messages: record.messages.map(({ content }) => content),
  };
}

function tell(unit: Unit, tenantId: string, { id, summaries }: Draft, isOwn: boolean): void {
  emitConversation(unit, 'created', id);
  summaries.forEach(({ id: summaryId, status }, index) => {
    const previousStatus = summaries[index - 1]?.status ?? null;
    unit.emit({ type: 'summary.changed', subjectId: summaryId, data: { conversationId: id, status, previousStatus } });
    if (isOwn) enqueueMaking(unit, tenantId, id, summaryId);
  });
}
