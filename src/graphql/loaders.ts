import DataLoader from 'dataloader';
import type { Caller } from '../domain/app.ts';
import {
  type AttachmentRow,
  loadAttachments,
  loadConversationAttachments,
} from '../domain/conversations/attachments.ts';
import { type ConversationRow, loadConversations } from '../domain/conversations/conversations.ts';
import {
  loadAllMessages,
  loadMessagePages,
  loadMessages,
  type MessageRow,
  transcriptOf,
} from '../domain/conversations/messages.ts';
import { loadSummaries, loadSummaryPages, type SummaryRow } from '../domain/conversations/summaries.ts';
import { type ExportRow, loadExports } from '../domain/exports/exports.ts';
import { loadUpstreamDrift, type UpstreamDriftRow } from '../domain/upstreams/drift.ts';
import {
  countUpstreamConversations,
  loadLastSyncs,
  loadUpstreams,
  type SyncRunRow,
  type UpstreamRow,
} from '../domain/upstreams/upstreams.ts';
import { loadDeliveries, loadDeliveryPages, type WebhookDeliveryRow } from '../domain/webhooks/deliveries.ts';
import { loadWebhooks, type WebhookRow } from '../domain/webhooks/webhooks.ts';
import type { Page, PageArgs } from '../lib/paging.ts';
import { isStorable } from '../lib/text.ts';

/** Most ids in one statement. */
const maxBatchSize = 1_000;

/** By id: null where there is none, as for what the database cannot even be asked for. */
function byId<Row extends { id: string }>(load: (ids: readonly string[]) => Promise<Row[]>) {
  return new DataLoader<string, Row | null>(
    async (ids) => {
      const known = ids.filter(isStorable);
      const rows = new Map((known.length === 0 ? [] : await load(known)).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    },
    { maxBatchSize },
  );
}

/** All rows of a parent, in the order they are read. */
function byParent<Row>(load: (ids: readonly string[]) => Promise<Row[]>, parentOf: (row: Row) => string) {
  return new DataLoader<string, Row[]>(
    async (ids) => {
      const groups = Map.groupBy(await load(ids), parentOf);
      return ids.map((id) => groups.get(id) ?? []);
    },
    { maxBatchSize },
  );
}

/** Pages of a parent's rows: those asked for with the same arguments are read in one statement. */
function pages<Parent extends { id: string }, Row>(
  load: (parents: readonly Parent[], args: PageArgs) => Promise<Page<Row>[]>,
) {
  const keyOf = ({ parent, args }: { parent: Parent; args: PageArgs }) => `${parent.id} ${argsKey(args)}`;
  return new DataLoader<{ parent: Parent; args: PageArgs }, Page<Row>, string>(
    async (requests) => {
      const groups = Map.groupBy(requests, ({ args }) => argsKey(args));
      const results = new Map<string, Page<Row> | Error>();
      await Promise.all(
        [...groups.values()].map(async (group) => {
          try {
            const loaded = await load(
              group.map(({ parent }) => parent),
              group[0]?.args ?? {},
            );
            for (const [index, page] of loaded.entries()) {
              const request = group[index];
              if (request !== undefined) results.set(keyOf(request), page);
            }
          } catch (err) {
            for (const request of group) results.set(keyOf(request), err as Error);
          }
        }),
      );
      return requests.map((request) => results.get(keyOf(request)) ?? new Error('a page was not loaded'));
    },
    { maxBatchSize, cacheKeyFn: keyOf },
  );
}

function argsKey({ first, after, last, before }: PageArgs): string {
  return JSON.stringify([first ?? null, after ?? null, last ?? null, before ?? null]);
}

/** One set an operation: what is asked for in the same tick is read together. */
export function createLoaders(caller: Caller) {
  return {
    conversation: byId<ConversationRow>((ids) => loadConversations(caller, ids)),
    message: byId<MessageRow>((ids) => loadMessages(caller, ids)),
    summary: byId<SummaryRow>((ids) => loadSummaries(caller, ids)),
    attachment: byId<AttachmentRow>((ids) => loadAttachments(caller, ids)),
    export: byId<ExportRow>((ids) => loadExports(caller, ids)),
    upstream: byId<UpstreamRow>((ids) => loadUpstreams(caller, ids)),
    messagePage: pages<ConversationRow, MessageRow>((rows, args) => loadMessagePages(caller, rows, args)),
    summaryPage: pages<{ id: string }, SummaryRow>((rows, args) =>
      loadSummaryPages(
        caller,
        rows.map(({ id }) => id),
        args,
      ),
    ),
    webhook: byId<WebhookRow>((ids) => loadWebhooks(caller, ids)),
    webhookDelivery: byId<WebhookDeliveryRow>((ids) => loadDeliveries(caller, ids)),
    webhookDeliveryPage: pages<{ id: string }, WebhookDeliveryRow>((rows, args) =>
      loadDeliveryPages(
        caller,
        rows.map(({ id }) => id),
        args,
      ),
    ),
    attachments: byParent<AttachmentRow>(
      (ids) => loadConversationAttachments(caller, ids),
      (row) => row.conversationId,
    ),
    transcript: new DataLoader<string, string>(async (ids) => {
      const groups = Map.groupBy(await loadAllMessages(caller, ids), (row) => row.conversationId);
      return ids.map((id) => transcriptOf(groups.get(id) ?? []));
    }),
    upstreamDrift: byParent<UpstreamDriftRow>(
      (ids) => loadUpstreamDrift(caller, ids),
      (row) => row.upstreamId,
    ),
    upstreamConversationCount: new DataLoader<string, number>(async (ids) => {
      const counts = new Map((await countUpstreamConversations(caller, ids)).map((row) => [row.upstreamId, row.count]));
      return ids.map((id) => counts.get(id) ?? 0);
    }),
    lastSync: new DataLoader<string, SyncRunRow | null>(async (ids) => {
      const runs = new Map((await loadLastSyncs(caller, ids)).map((run) => [run.upstreamId, run]));
      return ids.map((id) => runs.get(id) ?? null);
    }),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
