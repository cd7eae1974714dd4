import { setImmediate } from 'node:timers/promises';
import type { Database } from '../../../database/database.ts';
import { Prisma } from '../../../database/generated/client.ts';
import type { Caller } from '../../app.ts';
import { type ConversationFilter, conversationCondition } from './filter.ts';

/**
 * How many conversations there are, kept rather than counted. Triggers of `conversation` note every change of what is
 * counted in the transaction that makes it (`conversation_change`); noted changes are folded into the counts
 * (`conversation_count`) later. A statement that adds up both is exact in whatever moment it reads.
 */

/** Filters that one counter answers, as columns of `conversation_change` and dimensions of `conversation_count`. */
const counted = {
  providers: { column: 'provider', dimension: 'PROVIDER' },
  upstreamIds: { column: 'upstream_id', dimension: 'UPSTREAM' },
  statuses: { column: 'status', dimension: 'STATUS' },
  sources: { column: 'source', dimension: 'SOURCE' },
  segments: { column: 'segment', dimension: 'SEGMENT' },
  sentiments: { column: 'sentiment', dimension: 'SENTIMENT' },
} as const;

/**
 * How many conversations a filter holds for, as an expression of type bigint: from the counters where there is no
 * filter, or one condition that they are kept by; counted otherwise.
 * @throws BadRequestError where the filter cannot hold by its form
 */
export function conversationCount(caller: Caller, filter: ConversationFilter | null | undefined): Prisma.Sql {
  const condition = conversationCondition(caller, filter);
  const given = Object.entries(filter ?? {}).filter(([, value]) => value != null);
  const [name, value] = given[0] ?? [];
  if (given.length === 0) return sumOf(caller, 'EVERY', Prisma.sql`true`, Prisma.sql`true`);
  if (given.length === 1 && name === 'topics' && Array.isArray(value) && value.length === 1) {
    const [topic] = value;
    return sumOf(caller, 'TOPIC', Prisma.sql`key = count_key(${topic})`, Prisma.sql`${topic} = ANY(topics)`);
  }
  const counter =
    given.length === 1 && name !== undefined && name in counted ? counted[name as keyof typeof counted] : null;
  if (counter === null || !Array.isArray(value)) {
    return Prisma.sql`(SELECT count(*) FROM conversation WHERE ${condition})`;
  }
  const keys = Prisma.sql`key = ANY(ARRAY(SELECT count_key(value) FROM unnest(${value}::text[]) value))`;
  return sumOf(caller, counter.dimension, keys, Prisma.sql`${Prisma.raw(counter.column)} = ANY(${value}::text[])`);
}

function sumOf(caller: Caller, dimension: string, keys: Prisma.Sql, changes: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    coalesce((SELECT sum(conversations) FROM conversation_count
      WHERE tenant_id = ${caller.tenantId} AND grain = 'ALL' AND dimension = ${dimension} AND ${keys}), 0)
    + coalesce((SELECT sum(conversations) FROM conversation_change
      WHERE tenant_id = ${caller.tenantId} AND ${changes}), 0))::bigint`;
}

/** Changes folded in one statement: some tens of milliseconds on the embedded database. */
const foldSize = 500;

/** Folds what has been noted for a tenant until less than a portion is left, unless another process does. */
export async function foldCounts(database: Database, tenantId: string, signal: AbortSignal): Promise<void> {
  for (let taken = foldSize; taken === foldSize && !signal.aborted; ) {
    const [row] = await database.prisma.$queryRaw<{ taken: number }[]>`
      SELECT fold_conversation_changes(${tenantId}, ${foldSize}::int) AS "taken"`;
    taken = row?.taken ?? 0;
    // The embedded database answers without ever giving way to requests.
    await setImmediate();
  }
}

/** Tenants for which changes wait to be folded. */
export async function findTenantsToFold(database: Database): Promise<string[]> {
  const rows = await database.prisma.$queryRaw<{ tenantId: string }[]>`
    SELECT DISTINCT tenant_id AS "tenantId" FROM conversation_change`;
  return rows.map(({ tenantId }) => tenantId);
}
