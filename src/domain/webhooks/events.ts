import { createHash, randomBytes } from 'node:crypto';
import type { ConversationFacts, LoggedEvent, StorageFacts } from '../../events/log.ts';
import type { Caller } from '../app.ts';
import { readConversations } from '../conversations/conversations.ts';
import { loadSummaries, type SummaryRow } from '../conversations/summaries.ts';
import { loadApiKeys } from '../tenants/api-keys.ts';
import { sampleData } from './samples.ts';
import { isWebhookEventType, type WebhookEventType } from './webhooks.ts';

/** An event as it is sent: the same id and the same body, byte by byte, to every webhook and at every attempt. */
export type WebhookEvent = { id: string; type: WebhookEventType; body: string };

/** What a logged event is to webhooks; null where they are not told of it. */
export function webhookTypeOf(event: LoggedEvent): WebhookEventType | null {
  if (event.type === 'summary.changed') {
    if (event.data.status === 'PROCESSING') return null;
    return event.data.status === 'COMPLETED' ? 'summary.generated' : 'summary.failed';
  }
  return isWebhookEventType(event.type) ? event.type : null;
}

/** Named by its place in the tenant's log: the same however often it is made. */
function webhookEventId(tenantId: string, seq: bigint): string {
  return `evt_${createHash('sha256').update(`${tenantId}/${seq}`).digest('hex').slice(0, 26)}`;
}

/** An event of that type that nothing has happened for. */
export function sampleEvent(type: WebhookEventType, now: Date): WebhookEvent {
  const id = `evt_${randomBytes(13).toString('hex')}`;
  return { id, type, body: bodyOf(id, type, now, sampleData(type, toSecond(now))) };
}

/**
 * Logged events as webhooks are told of them, with what the database says now, by their place in the log. Missing are
 * those that webhooks are not told of, and summaries and keys that are gone.
 */
export async function toWebhookEvents(
  caller: Caller,
  events: readonly LoggedEvent[],
): Promise<Map<bigint, WebhookEvent>> {
  const told = events.flatMap((event) => {
    const type = webhookTypeOf(event);
    return type === null ? [] : [{ event, type }];
  });
  const sources = await readSources(
    caller,
    told.map(({ event }) => event),
  );
  const found = told.flatMap(({ event, type }): [bigint, WebhookEvent][] => {
    const data = dataOf(event, sources);
    if (data === null) return [];
    const id = webhookEventId(caller.tenantId, event.seq);
    return [[event.seq, { id, type, body: bodyOf(id, type, event.occurredAt, data) }]];
  });
  return new Map(found);
}

function bodyOf(id: string, type: WebhookEventType, createdAt: Date, data: unknown): string {
  return JSON.stringify({ id, type, created_at: toSecond(createdAt), data });
}

type ToldConversation = {
  title: string;
  source: string | null;
  createdAt: string;
  status: string;
  summaryId: string | null;
};

type Sources = {
  conversations: ReadonlyMap<string, ToldConversation>;
  summaries: ReadonlyMap<string, SummaryRow>;
  keys: ReadonlyMap<string, { id: string; name: string; prefix: string; scopes: string[] }>;
};

async function readSources(caller: Caller, events: readonly LoggedEvent[]): Promise<Sources> {
  const idsOf = (...types: LoggedEvent['type'][]) => [
    ...new Set(events.flatMap((event) => (types.includes(event.type) ? [event.subjectId] : []))),
  ];
  const conversationIds = idsOf('conversation.created', 'conversation.updated');
  const rows =
    conversationIds.length === 0 ? [] : await readConversations(caller, caller.app.database.prisma, conversationIds);
  const conversations = new Map<string, ToldConversation>(
    rows.map((row) => [row.id, { ...row, createdAt: row.createdAt.toISOString() }]),
  );
  const firstSeq = events[0]?.seq ?? 0n;
  const gone = conversationIds.filter((id) => !conversations.has(id));
  for (const [id, facts] of await readLastFacts(caller, gone, firstSeq)) {
    conversations.set(id, { ...facts, summaryId: null });
  }
  const summaryIds = [...rows.flatMap(({ summaryId }) => summaryId ?? []), ...idsOf('summary.changed')];
  const summaries = summaryIds.length === 0 ? [] : await loadSummaries(caller, [...new Set(summaryIds)]);
  const keyIds = idsOf('api_key.created', 'api_key.revoked');
  const keys = keyIds.length === 0 ? [] : await loadApiKeys(caller, keyIds);
  return {
    conversations,
    summaries: new Map(summaries.map((row) => [row.id, row])),
    keys: new Map(keys.map((row) => [row.id, row])),
  };
}

/** What the log tells of conversations that are gone by now: their deletions stand after what happened before. */
async function readLastFacts(
  caller: Caller,
  ids: readonly string[],
  afterSeq: bigint,
): Promise<Map<string, ConversationFacts>> {
  if (ids.length === 0) return new Map();
  const rows = await caller.app.database.prisma.event.findMany({
    where: {
      tenantId: caller.tenantId,
      seq: { gte: afterSeq },
      type: 'conversation.deleted',
      subjectId: { in: [...ids] },
    },
    select: { subjectId: true, data: true },
  });
  return new Map(rows.map((row) => [row.subjectId, row.data as unknown as ConversationFacts]));
}

function dataOf(event: LoggedEvent, { conversations, summaries, keys }: Sources): unknown {
  switch (event.type) {
    case 'conversation.created':
    case 'conversation.updated': {
      const row = conversations.get(event.subjectId);
      if (row === undefined) return null;
      const summary = row.summaryId === null ? undefined : summaries.get(row.summaryId);
      return conversationData(event.subjectId, row, summary);
    }
    case 'conversation.deleted':
      return conversationData(event.subjectId, event.data, undefined);
    case 'summary.changed': {
      const summary = summaries.get(event.subjectId);
      if (summary === undefined) return null;
      return event.data.status === 'COMPLETED' ? generatedData(summary) : failedData(summary);
    }
    case 'storage.limit_reached':
    case 'storage.limit_exceeded':
      return storageData(event.type, event.data);
    case 'api_key.created':
    case 'api_key.revoked': {
      const key = keys.get(event.subjectId);
      return {
        api_key: { id: event.subjectId, name: event.data.name, ...(key && { prefix: key.prefix, scopes: key.scopes }) },
      };
    }
    default:
      return null;
  }
}

function conversationData(
  id: string,
  row: Pick<ToldConversation, 'title' | 'source' | 'createdAt' | 'status'>,
  summary: SummaryRow | undefined,
): unknown {
  const { title, status } = row;
  const source = row.source?.toLowerCase() ?? null;
  return {
    conversation: {
      id,
      title,
      source,
      created_at: toSecond(new Date(row.createdAt)),
      summary: summary?.status === 'COMPLETED' ? summaryData(summary) : null,
      status: status.toLowerCase(),
    },
  };
}

function summaryData({ title, content, sentiment, topics }: SummaryRow) {
  return { title, content, sentiment: sentiment?.toLowerCase() ?? null, topics };
}

function generatedData(summary: SummaryRow): unknown {
  return {
    conversation_id: summary.conversationId,
    summary: { ...summaryData(summary), action_items: summary.actionItems.map(({ text }) => text) },
  };
}

function failedData({ id, conversationId, error }: SummaryRow): unknown {
  return { conversation_id: conversationId, summary: { id, status: 'failed', error } };
}

const mebibyte = 1_048_576;

function storageData(type: 'storage.limit_reached' | 'storage.limit_exceeded', facts: StorageFacts): unknown {
  const { usedBytes, limitBytes } = facts;
  return {
    usage: {
      current_mb: Math.round(usedBytes / mebibyte),
      limit_mb: Math.round(limitBytes / mebibyte),
      percentage: Math.round((usedBytes / limitBytes) * 1_000) / 10,
    },
    recommendation:
      type === 'storage.limit_reached'
        ? 'Delete what is no longer needed, or raise the limit, before it is reached'
        : 'Delete what is no longer needed, or raise the limit: nothing more can be stored',
  };
}

function toSecond(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
