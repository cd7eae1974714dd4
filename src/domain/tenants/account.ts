import type { ConversationSource } from '../../database/generated/enums.ts';
import { addDays } from '../../lib/time/time-zone.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { checkDateRange, conversationCondition, type DateRange } from '../conversations/list/filter.ts';
import type { StatsGroup } from '../stats/stats.ts';

/** What a tenant has and uses. */

export type AccountRow = {
  id: string;
  email: string;
  plan: string;
  createdAt: Date;
  usedBytes: bigint;
  /** 0: none. */
  limitBytes: bigint;
};

/** @throws ForbiddenError */
export async function getAccount(caller: Caller): Promise<AccountRow> {
  requireScope(caller, 'admin');
  const { prisma } = caller.app.database;
  const [row] = await prisma.$queryRaw<(Omit<AccountRow, 'limitBytes'> & { limitBytes: bigint | null })[]>`
    SELECT tenant.id, tenant.email, tenant.plan, tenant.created_at AS "createdAt",
      state.conversations_bytes + state.attachments_bytes AS "usedBytes", tenant.storage_limit_bytes AS "limitBytes"
    FROM tenant JOIN tenant_state state ON state.tenant_id = tenant.id
    WHERE tenant.id = ${caller.tenantId}`;
  if (row === undefined) throw new Error(`tenant ${caller.tenantId} has no state`);
  return { ...row, limitBytes: row.limitBytes ?? caller.app.settings.storageLimitBytes };
}

/** Requests of the tenant on the present UTC day, this one included. @throws ForbiddenError */
export async function countRequestsToday(caller: Caller): Promise<number> {
  requireScope(caller, 'admin');
  const today = utcDay(new Date());
  return (await countRequests(caller, { from: today, to: today })).reduce((sum, { count }) => sum + count, 0);
}

/** UTC days, both included. */
type UsagePeriod = { from: string; to: string };

export type UsageRow = UsagePeriod & {
  totalConversations: number;
  conversationsBySource: StatsGroup<ConversationSource | null>[];
  /** What is stored now. */
  conversationsBytes: bigint;
  attachmentsBytes: bigint;
  totalApiRequests: number;
  /** Endpoints without requests are left out. */
  apiRequestsByEndpoint: StatsGroup<string>[];
};

/**
 * The days that a range names, or the present calendar month. An open end is the month's first day, or today.
 * @throws BadRequestError where `from` lies after `to`
 */
export function usagePeriod(range: DateRange | null | undefined, now: Date): UsagePeriod {
  checkDateRange(range, 'range');
  const today = utcDay(now);
  const from = range?.from ?? firstOfMonth(range?.to ?? today);
  if (range?.to != null) return { from, to: range.to };
  if (range?.from != null && from <= today) return { from, to: today };
  if (range?.from != null) return { from, to: from };
  return { from, to: lastOfMonth(today) };
}

/** Conversations created and requests made in the range, most first. @throws ForbiddenError, BadRequestError */
export async function getUsage(caller: Caller, range: DateRange | null | undefined): Promise<UsageRow> {
  requireScope(caller, 'admin');
  const period = usagePeriod(range, new Date());
  const { prisma } = caller.app.database;
  const [sources, state, requests] = await Promise.all([
    prisma.$queryRaw<{ value: ConversationSource | null; count: bigint }[]>`
      SELECT conversation.source AS "value", count(*) AS "count" FROM conversation
      WHERE ${conversationCondition(caller, { created: period })} GROUP BY 1 ORDER BY 2 DESC, 1 NULLS LAST`,
    prisma.tenantState.findUniqueOrThrow({ where: { tenantId: caller.tenantId } }),
    countRequests(caller, period),
  ]);
  const conversationsBySource = sources.map(({ value, count }) => ({ value, count: Number(count) }));
  return {
    ...period,
    totalConversations: sumOf(conversationsBySource),
    conversationsBySource,
    conversationsBytes: state.conversationsBytes,
    attachmentsBytes: state.attachmentsBytes,
    totalApiRequests: sumOf(requests),
    apiRequestsByEndpoint: requests,
  };
}

/** By endpoint, most first. What this process has counted is written down first; other servers' last 2 s may miss. */
async function countRequests(caller: Caller, { from, to }: UsagePeriod): Promise<StatsGroup<string>[]> {
  const { database, usage } = caller.app;
  await usage.flush();
  const counts = new Map<string, number>();
  const add = (endpoint: string, requests: number) => counts.set(endpoint, (counts.get(endpoint) ?? 0) + requests);
  for (const { endpoint, requests } of usage.pending(caller.tenantId, from, to)) add(endpoint, requests);
  const rows = await database.prisma.$queryRaw<{ endpoint: string; requests: bigint }[]>`
    SELECT endpoint, sum(requests)::bigint AS "requests" FROM usage_count
    WHERE tenant_id = ${caller.tenantId} AND day BETWEEN ${from}::text::date AND ${to}::text::date GROUP BY 1`;
  for (const { endpoint, requests } of rows) add(endpoint, Number(requests));
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function sumOf(groups: readonly StatsGroup<unknown>[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function utcDay(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 8)}01`;
}

function lastOfMonth(day: string): string {
  return addDays(firstOfMonth(addDays(firstOfMonth(day), 31)), -1);
}
