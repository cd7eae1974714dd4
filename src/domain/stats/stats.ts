import type { ConversationSource, Sentiment } from '../../database/generated/enums.ts';
import { dayOf, daysBetween, daysIn } from '../../lib/time/time-zone.ts';
import type { Caller } from '../app.ts';
import { BadRequestError } from '../errors.ts';
import type { Provider } from '../providers.ts';
import { type Figure, readBuckets, readFigures, readTopics } from './figures.ts';
import type { StatsScope } from './scope.ts';

/** Figures over the conversations that started in a span of time, and over their messages. */

export type StatsTotals = {
  totalConversations: number;
  totalMessages: number;
  avgMessagesPerConversation: number;
  /** From a user's message to the assistant's next one; null where there is no such pair. */
  avgResponseTimeMs: number | null;
};

/** Ten years and the leap days. */
export const maxStatsDays = 36_600;

const figuresRead = new WeakMap<StatsScope, Promise<Figure[]>>();

/** Read once, whichever of them are asked for. */
function figuresOf(caller: Caller, scope: StatsScope): Promise<Figure[]> {
  const figures = figuresRead.get(scope) ?? readFigures(caller, scope);
  figuresRead.set(scope, figures);
  return figures;
}

export async function getStatsTotals(caller: Caller, scope: StatsScope): Promise<StatsTotals> {
  const every = (await figuresOf(caller, scope)).find(({ dimension }) => dimension === 'EVERY');
  const conversations = Number(every?.conversations ?? 0n);
  const messages = Number(every?.messages ?? 0n);
  const responses = Number(every?.responses ?? 0n);
  return {
    totalConversations: conversations,
    totalMessages: messages,
    avgMessagesPerConversation: conversations === 0 ? 0 : messages / conversations,
    avgResponseTimeMs: responses === 0 ? null : Number(every?.responseMs ?? 0n) / responses,
  };
}

export type StatsGroup<Value> = { value: Value; count: number };

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
  const groups = (await figuresOf(caller, scope)).filter(({ dimension }) => dimension === column.toUpperCase());
  return groups
    .map(({ value, conversations }) => ({ value: value as GroupValues[Column], count: Number(conversations) }))
    .sort((a, b) => b.count - a.count || compareValues(a.value, b.value));
}

/** Nothing comes last. */
function compareValues(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}

/** The topics of most conversations, most first. */
export async function countTopics(caller: Caller, scope: StatsScope, first: number): Promise<StatsGroup<string>[]> {
  const topics = await readTopics(caller, scope, first);
  return topics.map(({ value, conversations }) => ({ value, count: Number(conversations) }));
}

export type DayCount = { date: string; conversations: number; messages: number };

/**
 * Every day of the span, those without conversations included; messages count for the day that their conversation
 * started on. Days' bounds are computed here, so that any database knows the same time zones.
 * @throws BadRequestError where the span has more than `maxStatsDays` days
 */
export async function countByDay(caller: Caller, scope: StatsScope): Promise<DayCount[]> {
  const { from, to, timeZone } = scope;
  if (from >= to) return [];
  const firstDay = dayOf(from, timeZone);
  const lastDay = dayOf(new Date(to.getTime() - 1), timeZone);
  const count = daysBetween(firstDay, lastDay);
  if (count > maxStatsDays) {
    throw new BadRequestError(`\`byDay\` covers at most ${maxStatsDays} days, and this is ${count}: give a range`);
  }
  const days = daysIn(timeZone, firstDay, count);
  const rows = await readBuckets(
    caller,
    scope,
    days.map(({ start }) => start),
  );
  const byBucket = new Map(rows.map((row) => [row.bucket, row]));
  return days.map(({ date }, index) => ({
    date,
    conversations: Number(byBucket.get(index + 1)?.conversations ?? 0n),
    messages: Number(byBucket.get(index + 1)?.messages ?? 0n),
  }));
}
