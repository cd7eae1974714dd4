import { Prisma } from '../../database/generated/client.ts';
import { dayMs } from '../../lib/time/durations.ts';
import { addDays, dayOf, isTimeZone, startOfDayIn } from '../../lib/time/time-zone.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import {
  type ConversationFilter,
  checkDateRange,
  conversationCondition,
  type DateRange,
} from '../conversations/list/filter.ts';
import { BadRequestError } from '../errors.ts';

type StatsPeriod = 'LAST_24_HOURS' | 'LAST_7_DAYS' | 'LAST_30_DAYS' | 'LAST_90_DAYS' | 'ALL_TIME';

/** `from` included, `to` not. Days are those of `timeZone`. */
type StatsSpan = { from: Date; to: Date; timeZone: string };

/** What the figures are taken over: a span, of the conversations that a condition holds for. */
export type StatsScope = StatsSpan & {
  condition: Prisma.Sql;
  /** Whether the condition leaves any out beside the span. */
  isFiltered: boolean;
  /** Whether no conversation began before the span. */
  isAllTime: boolean;
  endsNow: boolean;
};

const periodDays = { LAST_7_DAYS: 7, LAST_30_DAYS: 30, LAST_90_DAYS: 90 } as const;
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
  let isAllTime = false;
  if (range?.from != null || range?.to != null) {
    if (range.from != null) from = startOfDayIn(range.from, timeZone);
    if (range.to != null) to = startOfDayIn(addDays(range.to, 1), timeZone);
  } else if (period === 'LAST_24_HOURS') from = new Date(now.getTime() - dayMs);
  else if (period !== 'ALL_TIME') from = startOfDayIn(addDays(today, 1 - periodDays[period]), timeZone);
  if (from === null) {
    isAllTime = range == null || (range.from == null && range.to == null);
    const [row] = await caller.app.database.read<{ first: Date | null }>(
      Prisma.sql`SELECT min(conversation.started_at) AS "first" FROM conversation WHERE ${base}`,
    );
    const first = row?.first ?? null;
    from = startOfDayIn(first === null ? today : dayOf(first, timeZone), timeZone);
    if (from > to) from = to;
  }
  const isFiltered = Object.values(args.filter ?? {}).some((value) => value != null);
  return scopeOf(base, { from, to, timeZone, isFiltered, isAllTime, endsNow: to === now });
}

function scopeOf(base: Prisma.Sql, span: Omit<StatsScope, 'condition'>): StatsScope {
  const condition = Prisma.sql`${base}
    AND conversation.started_at >= ${span.from}::timestamptz AND conversation.started_at < ${span.to}::timestamptz`;
  return { ...span, condition };
}

/** The last days, today included, as Animam's API counts them: UTC days, up to now. */
export async function openStatsOfDays(caller: Caller, days: number): Promise<StatsScope> {
  requireScope(caller, 'conversations:read');
  const now = new Date();
  const from = startOfDayIn(addDays(dayOf(now, 'UTC'), 1 - days), 'UTC');
  const span = { from, to: now, timeZone: 'UTC', isFiltered: false, isAllTime: false, endsNow: true };
  return scopeOf(conversationCondition(caller, null), span);
}
