import DataLoader from 'dataloader';
import type { Caller } from '../domain/app.ts';
import {
  type AttachmentRow,
  loadAttachments,
  loadConversationAttachments,
} from '../domain/conversations/attachments.ts';
import { type ConversationRow, loadConversations } from '../domain/conversations/conversations.ts';
import { type ConversationReading, loadRelated, type Related } from '../domain/conversations/list/reading.ts';
import {
  loadAllMessages,
  loadMessagePages,
  loadMessages,
  type MessageRow,
  transcriptOf,
} from '../domain/conversations/messages.ts';
import { loadSummaries, loadSummaryPages, type SummaryRow } from '../domain/conversations/summaries.ts';
import { type ExportRow, loadExports } from '../domain/exports/exports.ts';
import { type ImportRow, loadImports } from '../domain/imports/imports.ts';
import { type ApiKeyRow, loadApiKeys } from '../domain/tenants/api-keys.ts';
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
import type { Page, PageArgs } from '../lib/pages/paging.ts';
import { isStorable } from '../lib/text.ts';
import type { AskedFields } from './reading/asked-fields.ts';
import { conversationColumnsAsked } from './reading/conversation-reading.ts';

/** Most ids in one statement. */
const maxBatchSize = 1_000;

/** What reads a batch, told as a span. */
function spansOf({ app: { tracing } }: Caller) {
  return <Keys, Others extends unknown[], Rows>(
    name: string,
    read: (keys: readonly Keys[], ...others: Others) => Promise<Rows>,
  ) =>
    (keys: readonly Keys[], ...others: Others) =>
      tracing.inSpan(`load ${name}`, { attributes: { 'convograph.keys': keys.length } }, () => read(keys, ...others));
}

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

/** What is asked for in groups: each group is read in one statement, and fails alone. */
function grouped<Request, Value>(
  keyOf: (request: Request) => { group: string; request: string },
  load: (group: readonly Request[], first: Request) => Promise<readonly Value[]>,
) {
  const cacheKeyOf = (request: Request) => keyOf(request).request;
  return new DataLoader<Request, Value, string>(
    async (requests) => {
      const results = new Map<string, Value | Error>();
      const readGroup = async (group: readonly Request[]) => {
        try {
          const loaded = await load(group, group[0] as Request);
          for (const [index, request] of group.entries()) results.set(cacheKeyOf(request), loaded[index] as Value);
        } catch (err) {
          for (const request of group) results.set(cacheKeyOf(request), err as Error);
        }
      };
      await Promise.all([...Map.groupBy(requests, (request) => keyOf(request).group).values()].map(readGroup));
      return requests.map((request) => results.get(cacheKeyOf(request)) as Value | Error);
    },
    { maxBatchSize, cacheKeyFn: cacheKeyOf },
  );
}

/** Pages of a parent's rows: those asked for with the same arguments are read in one statement. */
function pages<Parent extends { id: string }, Row>(
  load: (parents: readonly Parent[], args: PageArgs) => Promise<Page<Row>[]>,
) {
  return grouped<{ parent: Parent; args: PageArgs }, Page<Row>>(
    (request) => ({ group: argsKey(request.args), request: pageKey(request) }),
    (group, { args }) =>
      load(
        group.map(({ parent }) => parent),
        args,
      ),
  );
}

function pageKey({ parent, args }: { parent: { id: string }; args: PageArgs }): string {
  return `${parent.id} ${argsKey(args)}`;
}

/** By the object: an operation's arguments are the same one for each parent. */
const argsKeys = new WeakMap<PageArgs, string>();

function argsKey(args: PageArgs): string {
  let key = argsKeys.get(args);
  if (key === undefined) {
    const { first, after, last, before } = args;
    key = JSON.stringify([first ?? null, after ?? null, last ?? null, before ?? null]);
    argsKeys.set(args, key);
  }
  return key;
}

/** A loader that may be given values beforehand: `take` has those at once, without a promise and without a batch. */
function primeable<Key, Value, Id>(loader: DataLoader<Key, Value, Id>, idOf: (key: Key) => Id) {
  const primed = new Map<Id, Value>();
  const take = (key: Key): Value | Promise<Value> => primed.get(idOf(key)) ?? loader.load(key);
  return {
    take,
    load: async (key: Key): Promise<Value> => take(key),
    prime: (key: Key, value: NonNullable<Value>): void => {
      primed.set(idOf(key), value);
    },
  };
}

const itself = (id: string) => id;

/** What an operation's loaders read for. `askedOf` tells what its document asks for: rows of conversations hold no more. */
type LoadScope = { caller: Caller; askedOf: () => AskedFields | null; load: ReturnType<typeof spansOf> };

/** Of conversations and what is shown with them: what one statement reads is given to all of these. */
const conversationLoaders = {
  conversation: ({ caller, askedOf, load }: LoadScope) =>
    primeable(
      byId<ConversationRow>(
        load('conversations', (ids) => loadConversations(caller, ids, conversationColumnsAsked(askedOf()))),
      ),
      itself,
    ),
  summary: ({ caller, load }: LoadScope) =>
    primeable(byId<SummaryRow>(load('summaries', (ids) => loadSummaries(caller, ids))), itself),
  messagePage: ({ caller, load }: LoadScope) =>
    primeable(
      pages<ConversationRow, MessageRow>(load('messages', (rows, args) => loadMessagePages(caller, rows, args))),
      pageKey,
    ),
  attachments: ({ caller, load }: LoadScope) =>
    primeable(
      byParent<AttachmentRow>(
        load('attachments', (ids) => loadConversationAttachments(caller, ids)),
        (row) => row.conversationId,
      ),
      itself,
    ),
};

type Made<Makers extends Record<string, (...args: never[]) => unknown>> = {
  readonly [Name in keyof Makers]: ReturnType<Makers[Name]>;
};
type ConversationLoaders = Made<typeof conversationLoaders>;

/** Gives the loaders what was read along with conversations: fields find it there, and read nothing of their own. */
export function primeRelated(
  loaders: ConversationLoaders,
  all: readonly Related[],
  { messages: asked }: ConversationReading,
): void {
  for (const { row, messages, summary, attachments } of all) {
    loaders.conversation.prime(row.id, row);
    if (messages !== undefined && asked !== undefined) {
      loaders.messagePage.prime({ parent: row, args: asked.args }, messages);
    }
    if (summary != null) loaders.summary.prime(summary.id, summary);
    if (attachments !== undefined) loaders.attachments.prime(row.id, attachments);
  }
}

/** Conversations with what is read along with them: those of one reading come by one statement. */
function createReadings({ caller, load }: LoadScope, loaders: ConversationLoaders) {
  const keyOf = ({ messages, summary, attachments }: ConversationReading) =>
    `${messages && argsKey(messages.args)} ${summary !== undefined} ${attachments !== undefined}`;
  return grouped<{ id: string; reading: ConversationReading }, ConversationRow | null>(
    ({ id, reading }) => ({ group: keyOf(reading), request: `${id} ${keyOf(reading)}` }),
    async (group, { reading }) => {
      const ids = group.map(({ id }) => id);
      const related = await load('conversations', (each: readonly string[]) => loadRelated(caller, each, reading))(ids);
      primeRelated(loaders, related, reading);
      const rows = new Map(related.map(({ row }) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    },
  );
}

const makers = {
  ...conversationLoaders,
  conversationWith: createReadings,
  message: ({ caller, load }: LoadScope) => byId<MessageRow>(load('messages', (ids) => loadMessages(caller, ids))),
  attachment: ({ caller, load }: LoadScope) =>
    byId<AttachmentRow>(load('attachments', (ids) => loadAttachments(caller, ids))),
  export: ({ caller, load }: LoadScope) => byId<ExportRow>(load('exports', (ids) => loadExports(caller, ids))),
  import: ({ caller, load }: LoadScope) => byId<ImportRow>(load('imports', (ids) => loadImports(caller, ids))),
  upstream: ({ caller, load }: LoadScope) => byId<UpstreamRow>(load('upstreams', (ids) => loadUpstreams(caller, ids))),
  summaryPage: ({ caller }: LoadScope) =>
    pages<{ id: string }, SummaryRow>((rows, args) =>
      loadSummaryPages(
        caller,
        rows.map(({ id }) => id),
        args,
      ),
    ),
  apiKey: ({ caller, load }: LoadScope) => byId<ApiKeyRow>(load('keys', (ids) => loadApiKeys(caller, ids))),
  webhook: ({ caller, load }: LoadScope) => byId<WebhookRow>(load('webhooks', (ids) => loadWebhooks(caller, ids))),
  webhookDelivery: ({ caller, load }: LoadScope) =>
    byId<WebhookDeliveryRow>(load('deliveries', (ids) => loadDeliveries(caller, ids))),
  webhookDeliveryPage: ({ caller }: LoadScope) =>
    pages<{ id: string }, WebhookDeliveryRow>((rows, args) =>
      loadDeliveryPages(
        caller,
        rows.map(({ id }) => id),
        args,
      ),
    ),
  transcript: ({ caller }: LoadScope) =>
    new DataLoader<string, string>(async (ids) => {
      const groups = Map.groupBy(await loadAllMessages(caller, ids), (row) => row.conversationId);
      return ids.map((id) => transcriptOf(groups.get(id) ?? []));
    }),
  upstreamDrift: ({ caller }: LoadScope) =>
    byParent<UpstreamDriftRow>(
      (ids) => loadUpstreamDrift(caller, ids),
      (row) => row.upstreamId,
    ),
  upstreamConversationCount: ({ caller }: LoadScope) =>
    new DataLoader<string, number>(async (ids) => {
      const counts = new Map((await countUpstreamConversations(caller, ids)).map((row) => [row.upstreamId, row.count]));
      return ids.map((id) => counts.get(id) ?? 0);
    }),
  lastSync: ({ caller }: LoadScope) =>
    new DataLoader<string, SyncRunRow | null>(async (ids) => {
      const runs = new Map((await loadLastSyncs(caller, ids)).map((run) => [run.upstreamId, run]));
      return ids.map((id) => runs.get(id) ?? null);
    }),
};

export type Loaders = Made<typeof makers>;

/** Each is made when somebody asks for it: an operation uses few of them. */
class LazyLoaders {
  readonly scope: LoadScope;
  readonly made: Record<string, unknown> = {};

  constructor(scope: LoadScope) {
    this.scope = scope;
  }
}
for (const [name, make] of Object.entries(makers)) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      this.made[name] ??= make(this.scope, this as unknown as Loaders);
      return this.made[name];
    },
  });
}

/** One set an operation: what is asked for in the same tick is read together. */
export function createLoaders(caller: Caller, askedOf: () => AskedFields | null = () => null): Loaders {
  return new LazyLoaders({ caller, askedOf, load: spansOf(caller) }) as unknown as Loaders;
}
