import type { Tx } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, ConversationStatus, Sentiment } from '../../database/generated/enums.ts';
import { anyText } from '../../database/planning.ts';
import { columnNames, selectColumns, type Table } from '../../database/table.ts';
import { isStorable } from '../../lib/text.ts';
import type { Caller, Scope } from '../app.ts';
import { requireScope } from '../caller.ts';
import { NotFoundError } from '../errors.ts';
import { canDo, type Provider } from '../providers.ts';

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

export const conversationTable: Table<ConversationRow> = {
  name: 'conversation',
  columns: {
    id: ['id'],
    provider: ['provider'],
    upstreamId: ['upstream_id'],
    externalId: ['external_id'],
    title: ['title'],
    content: ['content'],
    preview: ['preview'],
    source: ['source'],
    status: ['status'],
    segment: ['segment'],
    sessionId: ['session_id'],
    metadata: ['metadata'],
    createdAt: ['created_at', 'instant'],
    updatedAt: ['updated_at', 'instant'],
    startedAt: ['started_at', 'instant'],
    lastMessageAt: ['last_message_at', 'instant'],
    activityAt: ['activity_at', 'instant'],
    messageCount: ['message_count'],
    sizeBytes: ['size_bytes', 'bigint'],
    textVersion: ['text_version'],
    summaryId: ['summary_id'],
    sentiment: ['sentiment'],
    topics: ['topics'],
  },
};

/** The columns of a ConversationRow, of the table `conversation` under that name. */
export const conversationColumns = selectColumns(conversationTable);

/** The conversations of these ids, in no order; unknown ones are left out. Rows have these columns, or all. */
export async function loadConversations(
  caller: Caller,
  ids: readonly string[],
  columns?: ReadonlySet<keyof ConversationRow>,
): Promise<ConversationRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<ConversationRow>(byIds(caller, ids, columns));
}

/** As `loadConversations`, inside a transaction and without a scope: for what the domain does itself. */
export function readConversations(caller: Caller, tx: Tx, ids: readonly string[]): Promise<ConversationRow[]> {
  return tx.$queryRaw<ConversationRow[]>(byIds(caller, ids));
}

function byIds(caller: Caller, ids: readonly string[], columns?: ReadonlySet<keyof ConversationRow>): Prisma.Sql {
  return Prisma.sql`
    SELECT ${selectColumns(conversationTable, columnNames(conversationTable, columns))} FROM conversation
    WHERE conversation.tenant_id = ${caller.tenantId} AND conversation.id = ${anyText(ids)}`;
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
  const [row] = await caller.app.database.read<ConversationRow>(Prisma.sql`
    SELECT ${conversationColumns} FROM conversation
    WHERE conversation.tenant_id = ${caller.tenantId} AND conversation.external_id = ${key.externalId}
      AND conversation.provider = ${key.provider} ${inUpstream}
    ORDER BY conversation.upstream_id LIMIT 1`);
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
