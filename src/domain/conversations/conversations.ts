import type { Tx } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, ConversationStatus, Sentiment } from '../../database/generated/enums.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/keyset-cursor.ts';
import { type Page, type PageArgs, readPageArgs, toPage } from '../../lib/paging.ts';
import { isStorable } from '../../lib/text.ts';
import type { Caller, Scope } from '../app.ts';
import { requireScope } from '../caller.ts';
import { BadRequestError, NotFoundError } from '../errors.ts';
import { canDo, type Provider } from '../providers.ts';
import { conversationCount } from './counters.ts';
import { type ConversationFilter, conversationCondition } from './filter.ts';

export type ConversationRow = {
  id: string;
  provider: Provider;
  upstreamId: string | null;
  externalId: string | null;
  title: string;
  content: string | null;
  preview: string;
  source: ConversationSource | null;
  status: ConversationStatus;
  segment: string | null;
  sessionId: string | null;
  metadata: Record<string, unknown> | null;
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date;
  lastMessageAt: Date | null;
  activityAt: Date;
  messageCount: number;
  sizeBytes: bigint;
  /** Grows with each change of the text. */
  textVersion: number;
  /** The summary shown. */
  summaryId: string | null;
  sentiment: Sentiment | null;
  topics: string[];
};

/** The columns of a ConversationRow, of the table `conversation` under that name. */
export const conversationColumns = Prisma.sql`
  conversation.id, conversation.provider, conversation.upstream_id AS "upstreamId",
  conversation.external_id AS "externalId", conversation.title, conversation.content, conversation.preview,
  conversation.source, conversation.status, conversation.segment, conversation.session_id AS "sessionId",
  conversation.metadata, conversation.created_at AS "createdAt", conversation.updated_at AS "updatedAt",
  conversation.started_at AS "startedAt", conversation.last_message_at AS "lastMessageAt",
  conversation.activity_at AS "activityAt", conversation.message_count AS "messageCount",
  conversation.size_bytes AS "sizeBytes", conversation.text_version AS "textVersion", conversation.summary_id AS "summaryId", conversation.sentiment,
  conversation.topics`;

type ConversationOrderField = 'CREATED_AT' | 'UPDATED_AT' | 'STARTED_AT' | 'LAST_MESSAGE_AT';
export type ConversationOrder = { field: ConversationOrderField; direction: 'ASC' | 'DESC' };

const orderColumns = {
  CREATED_AT: { column: 'created_at', key: 'createdAt' },
  UPDATED_AT: { column: 'updated_at', key: 'updatedAt' },
  STARTED_AT: { column: 'started_at', key: 'startedAt' },
  LAST_MESSAGE_AT: { column: 'activity_at', key: 'activityAt' },
} as const;

const defaultOrder: ConversationOrder = { field: 'CREATED_AT', direction: 'DESC' };

/** A page of the tenant's conversations, by key. @throws BadRequestError on a bad cursor, size or filter */
export async function listConversations(
  caller: Caller,
  args: PageArgs & {
    filter?: ConversationFilter | null | undefined;
    orderBy?: ConversationOrder | null | undefined;
  },
): Promise<Page<ConversationRow>> {
  requireScope(caller, 'conversations:read');
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const order = args.orderBy ?? defaultOrder;
  const { column, key } = orderColumns[order.field];
  const orderName = `${order.field}.${order.direction}`;
  const condition = conversationCondition(caller, args.filter);
  const { prisma } = caller.app.database;

  const cursorOf = (row: ConversationRow) =>
    encodeKeyset({ order: orderName, value: row[key].toISOString(), id: row.id });
  /** Rows strictly beyond a cursor, in the list's order. */
  const beyond = (cursor: string, side: 'before' | 'after') => {
    const place = decodeKeyset(cursor, orderName);
    const value = place === null ? null : new Date(place.value);
    if (place === null || value === null || Number.isNaN(value.getTime())) throw badCursor(side);
    const operator = Prisma.raw((side === 'after') === (order.direction === 'ASC') ? '>' : '<');
    return Prisma.sql`(conversation.${Prisma.raw(column)}, conversation.id) ${operator} (${value}::timestamptz, ${place.id})`;
  };
  const bounds = [condition];
  if (window.after !== null) bounds.push(beyond(window.after, 'after'));
  if (window.before !== null) bounds.push(beyond(window.before, 'before'));
  const direction = Prisma.raw((order.direction === 'ASC') !== window.isBackward ? 'ASC' : 'DESC');
  const rows = await prisma.$queryRaw<ConversationRow[]>`
    SELECT ${conversationColumns} FROM conversation
    WHERE ${Prisma.join(bounds, ' AND ')}
    ORDER BY conversation.${Prisma.raw(column)} ${direction}, conversation.id ${direction}
    LIMIT ${window.size + 1}`;

  return toPage(window, rows, cursorOf, {
    hasBeyond: async (cursor, side) => {
      const found = await prisma.$queryRaw<unknown[]>`
        SELECT 1 FROM conversation WHERE ${condition} AND ${beyond(cursor, side)} LIMIT 1`;
      return found.length > 0;
    },
    totalCount: () => countConversations(caller, args.filter),
  });
}

export function badCursor(side: 'before' | 'after'): BadRequestError {
  return new BadRequestError(`\`${side}\` is not a cursor of this list in this order`, {
    [side]: ['is not a cursor of this list in this order'],
  });
}

/** Pages by number, for the REST lists: `total` conversations, and those of one page, `page` from 1. */
export async function pageConversations(
  caller: Caller,
  args: { filter: ConversationFilter; order: ConversationOrder; page: number; size: number },
): Promise<{ rows: ConversationRow[]; total: number }> {
  requireScope(caller, 'conversations:read');
  const column = Prisma.raw(orderColumns[args.order.field].column);
  const direction = Prisma.raw(args.order.direction);
  const rows = await caller.app.database.prisma.$queryRaw<ConversationRow[]>`
    SELECT ${conversationColumns} FROM conversation
    WHERE ${conversationCondition(caller, args.filter)}
    ORDER BY conversation.${column} ${direction}, conversation.id ${direction}
    LIMIT ${args.size} OFFSET ${(args.page - 1) * args.size}`;
  return { rows, total: await countConversations(caller, args.filter) };
}

async function countConversations(caller: Caller, filter: ConversationFilter | null | undefined): Promise<number> {
  requireScope(caller, 'conversations:read');
  const [row] = await caller.app.database.read<{ count: bigint }>(
    Prisma.sql`SELECT ${conversationCount(caller, filter)} AS "count"`,
  );
  return Number(row?.count ?? 0n);
}

/** The conversations of these ids, in no order; unknown ones are left out. */
export async function loadConversations(caller: Caller, ids: readonly string[]): Promise<ConversationRow[]> {
  requireScope(caller, 'conversations:read');
  return readConversations(caller, caller.app.database.prisma, ids);
}

/** As `loadConversations`, inside a transaction and without a scope: for what the domain does itself. */
export function readConversations(caller: Caller, tx: Tx, ids: readonly string[]): Promise<ConversationRow[]> {
  return tx.$queryRaw<ConversationRow[]>`
    SELECT ${conversationColumns} FROM conversation
    WHERE conversation.tenant_id = ${caller.tenantId} AND conversation.id = ANY(${[...ids]}::text[])`;
}

/** @throws NotFoundError */
export async function getConversation(caller: Caller, id: string): Promise<ConversationRow> {
  const [row] = isStorable(id) ? await loadConversations(caller, [id]) : [];
  if (row === undefined) throw new NotFoundError('Conversation');
  return row;
}

/** By the id that its own API gave it; the oldest mirrored one where several upstreams have it and none is named. */
export async function findConversationByExternalId(
  caller: Caller,
  key: { provider: Provider; externalId: string; upstreamId?: string | null | undefined },
): Promise<ConversationRow | null> {
  requireScope(caller, 'conversations:read');
  if (!isStorable(key.externalId) || !isStorable(key.upstreamId ?? '')) return null;
  const inUpstream =
    key.upstreamId == null ? Prisma.empty : Prisma.sql`AND conversation.upstream_id = ${key.upstreamId}`;
  const [row] = await caller.app.database.prisma.$queryRaw<ConversationRow[]>`
    SELECT ${conversationColumns} FROM conversation
    WHERE conversation.tenant_id = ${caller.tenantId} AND conversation.external_id = ${key.externalId}
      AND conversation.provider = ${key.provider} ${inUpstream}
    ORDER BY conversation.upstream_id LIMIT 1`;
  return row ?? null;
}

type ConversationCapability = 'UPDATE' | 'DELETE' | 'SUMMARIZE' | 'ATTACH';

/**
 * What the caller can do to a conversation: what its API can and the caller's scopes allow. All can be summarised: by
 * their API, or by this gateway where that makes no summaries.
 */
export function capabilitiesOf(caller: Caller, provider: Provider): ConversationCapability[] {
  const { providers } = caller.app;
  const may = (scope: Scope) => caller.scopes.has('*') || caller.scopes.has(scope);
  const capabilities: ConversationCapability[] = [];
  if (may('conversations:write') && canDo(providers, provider, 'UPDATE')) capabilities.push('UPDATE');
  if (may('conversations:delete') && canDo(providers, provider, 'DELETE')) capabilities.push('DELETE');
  if (may('conversations:write')) capabilities.push('SUMMARIZE');
  if (may('conversations:write') && canDo(providers, provider, 'ATTACH')) capabilities.push('ATTACH');
  return capabilities;
}
