import { Prisma } from '../../database/generated/client.ts';
import { dayMs } from '../../lib/time/durations.ts';
import { lastInstantMs } from '../../lib/time/time-zone.ts';
import type { Caller } from '../app.ts';
import type { StatsScope } from './scope.ts';

/**
 * Where statistics read: from the counts that are kept (`conversation_count`, see `conversations/counters.ts`) where
 * they are over all of a tenant's conversations, from the conversations where there is a filter. Kept are whole days
 * and quarters of an hour in UTC; what a span begins or ends with in the middle of one is counted from the
 * conversations, so figures are exact whatever the span and the time zone.
 */

export type Dimension = 'EVERY' | 'PROVIDER' | 'SOURCE' | 'SEGMENT' | 'SENTIMENT';

/** Of the conversations that have `value` in `dimension`; of all where that is EVERY. */
export type Figure = {
  dimension: Dimension;
  value: string | null;
  conversations: bigint;
  messages: bigint;
  responseMs: bigint;
  responses: bigint;
};

const quarterMs = 900_000;

/** All figures but topics and days, in one statement. */
export function readFigures(caller: Caller, scope: StatsScope): Promise<Figure[]> {
  const statement = scope.isFiltered
    ? Prisma.sql`
      SELECT (ARRAY['SENTIMENT', 'SEGMENT', 'SOURCE', 'PROVIDER', 'EVERY'])[
          CASE grouping(provider, source, segment, sentiment)
            WHEN 14 THEN 1 WHEN 13 THEN 2 WHEN 11 THEN 3 WHEN 7 THEN 4 ELSE 5 END] AS "dimension",
        coalesce(provider, source::text, segment, sentiment::text) AS "value", count(*) AS "conversations",
        coalesce(sum(message_count), 0)::bigint AS "messages",
        coalesce(sum(response_time_total_ms), 0)::bigint AS "responseMs",
        coalesce(sum(response_count), 0)::bigint AS "responses"
      FROM conversation WHERE ${scope.condition}
      GROUP BY GROUPING SETS ((), (provider), (source), (segment), (sentiment))`
    : Prisma.sql`
      SELECT dimension AS "dimension", value AS "value", sum(conversations)::bigint AS "conversations",
        sum(messages)::bigint AS "messages", sum(response_ms)::bigint AS "responseMs",
        sum(responses)::bigint AS "responses"
      FROM (${namedParts(caller, scope, ['EVERY', 'PROVIDER', 'SOURCE', 'SEGMENT', 'SENTIMENT'])}) part
      GROUP BY 1, 2 HAVING sum(conversations) <> 0`;
  return caller.app.database.read<Figure>(statement);
}

export type TopicFigure = { value: string; conversations: bigint };

/** The topics of most conversations, most first; each once for a conversation. */
export function readTopics(caller: Caller, scope: StatsScope, first: number): Promise<TopicFigure[]> {
  const parts = scope.isFiltered
    ? Prisma.sql`SELECT topic AS value, 1 AS conversations
      FROM conversation CROSS JOIN LATERAL (SELECT DISTINCT unnest(conversation.topics) AS topic) topics
      WHERE ${scope.condition}`
    : namedParts(caller, scope, ['TOPIC']);
  return caller.app.database.read<TopicFigure>(Prisma.sql`
    SELECT value AS "value", sum(conversations)::bigint AS "conversations" FROM (${parts}) part
    GROUP BY 1 HAVING sum(conversations) <> 0 ORDER BY 2 DESC, value COLLATE "C" LIMIT ${first}`);
}

export type BucketFigure = { bucket: number; conversations: bigint; messages: bigint };

/** By the intervals that begin at `starts`, ascending, the first of them bucket 1. */
export function readBuckets(caller: Caller, scope: StatsScope, starts: readonly Date[]): Promise<BucketFigure[]> {
  const unitMs = [dayMs, quarterMs].find((unit) => starts.every((start) => start.getTime() % unit === 0));
  // Where clocks once were set to the sun, days begin within quarters.
  const parts =
    scope.isFiltered || unitMs === undefined
      ? Prisma.sql`
        SELECT started_at AS at, 1 AS conversations, message_count AS messages
        FROM conversation WHERE ${scope.condition}`
      : partsByTime(caller, scope, unitMs);
  return caller.app.database.read<BucketFigure>(Prisma.sql`
    SELECT width_bucket(at, ${[...starts]}::timestamptz[]) AS "bucket", sum(conversations)::bigint AS "conversations",
      sum(messages)::bigint AS "messages"
    FROM (${parts}) part GROUP BY 1`);
}

/** `from` included, `to` not; `sign` says whether what lies between is added or taken away. */
type Edge = { from: Date; to: Date; sign: 1 | -1 };

/** Whole units from `from` to `to`, and what is to be counted beside them to make them the span. */
type Cover = { from: Date; to: Date; edges: [Edge, Edge] };

function coverOf({ from, to, endsNow }: StatsScope, unitMs: number): Cover {
  const start = nearest(from, unitMs);
  // Of what began after now there is hardly anything: less is counted from the end of the unit than from its start.
  const end = endsNow ? new Date(Math.ceil(to.getTime() / unitMs) * unitMs) : nearest(to, unitMs);
  if (start >= end) return { from, to: from, edges: [edge(from, to, 1), edge(to, to, 1)] };
  return {
    from: start,
    to: end,
    edges: [
      start < from ? edge(start, from, -1) : edge(from, start, 1),
      to < end ? edge(to, end, -1) : edge(end, to, 1),
    ],
  };
}

function edge(from: Date, to: Date, sign: 1 | -1): Edge {
  return { from, to, sign };
}

function nearest(instant: Date, unitMs: number): Date {
  // No later than can be said: the last instant of all is nearer to a day of the year 10000.
  const units = Math.min(Math.round(instant.getTime() / unitMs), Math.floor(lastInstantMs / unitMs));
  return new Date(units * unitMs);
}

/** Rows of dimension, value and measures that add up to the figures. */
function namedParts(caller: Caller, scope: StatsScope, dimensions: readonly (Dimension | 'TOPIC')[]): Prisma.Sql {
  const { tenantId } = caller;
  const cover = coverOf(scope, dayMs);
  const within = (column: string) =>
    scope.isAllTime
      ? Prisma.sql`true`
      : Prisma.sql`${Prisma.raw(column)} >= ${cover.from}::timestamptz AND ${Prisma.raw(column)} < ${cover.to}::timestamptz`;
  const edges = scope.isAllTime
    ? Prisma.sql`SELECT -1 AS sign, conversation.* FROM conversation
        WHERE tenant_id = ${tenantId} AND started_at >= ${scope.to}::timestamptz`
    : Prisma.join(
        cover.edges.map((each) => edgeRows(caller, each)),
        ' UNION ALL ',
      );
  return Prisma.sql`
    SELECT dimension, value, conversations, messages, response_ms, responses FROM conversation_count
    WHERE tenant_id = ${tenantId} AND grain = ${scope.isAllTime ? 'ALL' : 'DAY'}
      AND dimension = ANY(${[...dimensions]}::text[]) AND ${within('starts_at')}
    UNION ALL
    SELECT named.dimension, named.value, change.conversations, change.messages, change.response_ms, change.responses
    FROM (
      SELECT provider, source, segment, sentiment, topics, conversations, messages, response_ms, responses
      FROM conversation_change WHERE tenant_id = ${tenantId} AND ${within('quarter')}
      UNION ALL
      SELECT provider, source::text, segment, sentiment::text, topics, sign, sign * message_count,
        sign * response_time_total_ms, sign * response_count
      FROM (${edges}) edge
    ) change
    CROSS JOIN LATERAL count_dimensions(change.provider, NULL, NULL, change.source, change.segment, change.sentiment,
      change.topics) named
    WHERE named.dimension = ANY(${[...dimensions]}::text[])`;
}

/** Rows of an instant and measures that add up to the figures; the instant tells the unit, no more. */
function partsByTime(caller: Caller, scope: StatsScope, unitMs: number): Prisma.Sql {
  const { tenantId } = caller;
  const { from, to, edges } = coverOf(scope, unitMs);
  return Prisma.sql`
    SELECT starts_at AS at, conversations, messages FROM conversation_count
    WHERE tenant_id = ${tenantId} AND grain = ${unitMs === dayMs ? 'DAY' : 'QUARTER'} AND dimension = 'EVERY'
      AND starts_at >= ${from}::timestamptz AND starts_at < ${to}::timestamptz
    UNION ALL
    SELECT quarter, conversations, messages FROM conversation_change
    WHERE tenant_id = ${tenantId} AND quarter >= ${from}::timestamptz AND quarter < ${to}::timestamptz
    UNION ALL
    SELECT started_at, sign, sign * message_count
    FROM (${Prisma.join(
      edges.map((each) => edgeRows(caller, each)),
      ' UNION ALL ',
    )}) edge`;
}

function edgeRows(caller: Caller, { from, to, sign }: Edge): Prisma.Sql {
  return Prisma.sql`SELECT ${sign}::int AS sign, conversation.* FROM conversation
    WHERE tenant_id = ${caller.tenantId} AND started_at >= ${from}::timestamptz AND started_at < ${to}::timestamptz`;
}
