import { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, Sentiment } from '../../database/generated/enums.ts';
import { dayMs } from '../../lib/durations.ts';
import { addDays, dayOf, daysBetween, isTimeZone, startOfDayIn } from '../../lib/time-zone.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import {
  type ConversationFilter,
  checkDateRange,
  conversationCondition,
  type DateRange,
} from '../conversations/filter.ts';
import { BadRequestError } from '../errors.ts';
import type { Provider } from '../providers.ts';

/** Figures over the conversations that started in a span of time, and over their messages. */

type StatsPeriod = 'LAST_24_HOURS' | 'LAST_7_DAYS' | 'LAST_30_DAYS' | 'LAST_90_DAYS' | 'ALL_TIME';

/** `from` included, `to` not. Days are those of `timeZone`. */
type StatsSpan = { from: Date; to: Date; timeZone: string };

/** What the figures are taken over: a span, of the conversations that a condition holds for. */
export type StatsScope = StatsSpan & { condition: Prisma.Sql };

export type StatsTotals = {
  totalConversations: number;
  totalMessages: number;
  avgMessagesPerConversation: number;
  /** From a user's message to the assistant's next one; null where there is no such pair. */
  avgResponseTimeMs: number | null;
};

const periodDays = { LAST_7_DAYS: 7, LAST_30_DAYS: 30, LAST_90_DAYS: 90 } as const;
/** Ten years and the leap days. */
export const maxStatsDays = 36_600;

/**
 * The span that a range or a period names. A period of days ends now and has today as its last day; ALL_TIME begins
 * with the oldest conversation's day. `range` wins; where one of its ends is open, it is ALL_TIME's.
 * @throws BadRequestError on an unknown time zone, or `from` after `to`
 */
export async function openStats(
  caller: Caller,
  args: {
    period?: StatsPeriod | null | undefined;
    range?: DateRange | null | undefined;
    filter?: ConversationFilter | null | undefined;
    timeZone?: string | null | undefined;
  },
): Promise<StatsScope> {
  requireScope(caller, 'conversations:read');
  const timeZone = args.timeZone ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    throw new BadRequestError('`timeZone` must be an IANA time zone, such as Europe/Berlin');
  }
  checkDateRange(args.range, 'range');
  const base = conversationCondition(caller, args.filter);
  const now = new Date();
  const today = dayOf(now, timeZone);
  const { range } = args;
  const period = args.period ?? 'LAST_7_DAYS';

  let from: Date | null = null;
  let to = now;
  if (range?.from != null || range?.to != null) {
    if (range.from != null) from = startOfDayIn(range.from, timeZone);
    if (range.to != null) to = startOfDayIn(addDays(range.to, 1), timeZone);
  } else if (period === 'LAST_24_HOURS') from = new Date(now.getTime() - dayMs);
  else if (period !== 'ALL_TIME') from = startOfDayIn(addDays(today, 1 - periodDays[period]), timeZone);
  if (from === null) {
    const [row] = await caller.app.database.prisma.$queryRaw<{ first: Date | null }[]>`
      SELECT min(conversation.started_at) AS "first" FROM conversation WHERE ${base}`;
    const first = row?.first ?? null;
    from = startOfDayIn(first === null ? today : dayOf(first, timeZone), timeZone);
    if (from > to) from = to;
  }
  return scopeOf(base, { from, to, timeZone });
}

function scopeOf(base: Prisma.Sql, span: StatsSpan): StatsScope {
  const condition = Prisma.sql`${base}
    AND conversation.started_at >= ${span.from}::timestamptz AND conversation.started_at < ${span.to}::timestamptz`;
  return { ...span, condition };
}

/** The last days, today included, as Animam's API counts them: UTC days, up to now. */
export async function openStatsOfDays(caller: Caller, days: number): Promise<StatsScope> {
  requireScope(caller, 'conversations:read');
  const now = new Date();
  const from = startOfDayIn(addDays(dayOf(now, 'UTC'), 1 - days), 'UTC');
  return scopeOf(conversationCondition(caller, null), { from, to: now, timeZone: 'UTC' });
}

export async function getStatsTotals(caller: Caller, { condition }: StatsScope): Promise<StatsTotals> {
  const [row] = await caller.app.database.prisma.$queryRaw<
    { conversations: bigint; messages: bigint; responseMs: bigint; responses: bigint }[]
  >`
    SELECT count(*) AS "conversations", coalesce(sum(conversation.message_count), 0)::bigint AS "messages",
      coalesce(sum(conversation.response_time_total_ms), 0)::bigint AS "responseMs",
      coalesce(sum(conversation.response_count), 0)::bigint AS "responses"
    FROM conversation WHERE ${condition}`;
  const conversations = Number(row?.conversations ?? 0n);
  const messages = Number(row?.messages ?? 0n);
  const responses = Number(row?.responses ?? 0n);
  return {
    totalConversations: conversations,
    totalMessages: messages,
    avgMessagesPerConversation: conversations === 0 ? 0 : messages / conversations,
    avgResponseTimeMs: responses === 0 ? null : Number(row?.responseMs ?? 0n) / responses,
  };
}

export type StatsGroup<Value> = { value: Value; count: number };

const groupColumns = {
  segment: Prisma.sql`conversation.segment`,
  provider: Prisma.sql`conversation.provider`,
  source: Prisma.sql`conversation.source`,
  sentiment: Prisma.sql`conversation.sentiment`,
} as const;

type GroupValues = {
  segment: string | null;
  provider: Provider;
  source: ConversationSource | null;
  sentiment: Sentiment | null;
};

/** Conversations by a column's value, most first; null where it has none. */
export async function countByColumn<Column extends keyof GroupValues>(
  caller: Caller,
  scope: StatsScope,
  column: Column,
): Promise<StatsGroup<GroupValues[Column]>[]> {
  const rows = await caller.app.database.prisma.$queryRaw<{ value: GroupValues[Column]; count: bigint }[]>`
    SELECT ${groupColumns[column]} AS "value", count(*) AS "count" FROM conversation
    WHERE ${scope.condition} GROUP BY 1 ORDER BY 2 DESC, 1 ASC NULLS LAST`;
  return rows.map(({ value, count }) => ({ value, count: Number(count) }));
}

/** The topics of most conversations, most first. */
export async function countTopics(caller: Caller, scope: StatsScope, first: number): Promise<StatsGroup<string>[]> {
  const rows = await caller.app.database.prisma.$queryRaw<{ value: string; count: bigint }[]>`
    SELECT topic AS "value", count(*) AS "count" FROM conversation, unnest(conversation.topics) topic
    WHERE ${scope.condition} GROUP BY topic ORDER BY 2 DESC, topic COLLATE "C" LIMIT ${first}`;
  return rows.map(({ value, count }) => ({ value, count: Number(count) }));
}

export type DayCount = { date: string; conversations: number; messages: number };

/**
 * Every day of the span, those without conversations included; messages count for the day that their conversation
 * started on. Days' bounds are computed here, so that any database knows the same time zones.
 * @throws BadRequestError where the span has more than `maxStatsDays` days
 */
export async function countByDay(caller: Caller, scope: StatsScope): Promise<DayCount[]> {
  const { from, to, timeZone, condition } = scope;
  if (from >= to) return [];
  const firstDay = dayOf(from, timeZone);
  const lastDay = dayOf(new Date(to.getTime() - 1), timeZone);
  const count = daysBetween(firstDay, lastDay);
  if (count > maxStatsDays) {
    throw new BadRequestError(`\`byDay\` covers at most ${maxStatsDays} days, and this is ${count}: give a range`);
  }
  const days = Array.from({ length: count }, (_, index) => addDays(firstDay, index));
  const starts = days.map((day) => startOfDayIn(day, timeZone));
  const rows = await caller.app.database.prisma.$queryRaw<
    { bucket: number; conversations: bigint; messages: bigint }[]
  >`
    SELECT width_bucket(conversation.started_at, ${starts}::timestamptz[]) AS "bucket", count(*) AS "conversations",
      coalesce(sum(conversation.message_count), 0)::bigint AS "messages"
    FROM conversation WHERE ${condition} GROUP BY 1`;
  const byBucket = new Map(rows.map((row) => [row.bucket, row]));
  return days.map((date, index) => ({
    date,
    conversations: Number(byBucket.get(index + 1)?.conversations ?? 0n),
    messages: Number(byBucket.get(index + 1)?.messages ?? 0n),
  }));
}
