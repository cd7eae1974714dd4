import { Prisma } from '../../../database/generated/client.ts';
import type { ConversationSource, ConversationStatus, Sentiment } from '../../../database/generated/enums.ts';
import { anyText } from '../../../database/planning.ts';
import type { ConversationFacts } from '../../../events/log.ts';
import { jsonProblem } from '../../../lib/text.ts';
import { parseWords } from '../../../lib/text-search/parse-query.ts';
import { toWordsTsquery } from '../../../lib/text-search/query.ts';
import type { Caller } from '../../app.ts';
import { BadRequestError } from '../../errors.ts';
import type { Provider } from '../../providers.ts';

/** Conditions joined by AND; a list holds where any of its items does. Absent and null are the same. */
export type ConversationFilter = {
  ids?: string[] | null | undefined;
  providers?: Provider[] | null | undefined;
  upstreamIds?: string[] | null | undefined;
  statuses?: ConversationStatus[] | null | undefined;
  sources?: ConversationSource[] | null | undefined;
  segments?: string[] | null | undefined;
  sentiments?: Sentiment[] | null | undefined;
  topics?: string[] | null | undefined;
  /** Days of `startedAt` in UTC, both included. */
  started?: DateRange | null | undefined;
  /** Instants of `startedAt`: from included, to excluded. */
  startedBetween?: { from?: Date; to?: Date } | null | undefined;
  /** Days of `createdAt` in UTC, both included. */
  created?: DateRange | null | undefined;
  updatedSince?: Date | null | undefined;
  /** Both included. */
  messageCount?: { min?: number | null | undefined; max?: number | null | undefined } | null | undefined;
  /** What the metadata holds, at any depth. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Words that the title or the content holds. */
  search?: string | null | undefined;
};

/** Calendar days, `2024-01-31`. */
export type DateRange = { from?: string | null | undefined; to?: string | null | undefined };

const maxListLength = 100;
const maxSearchLength = 500;

/** What is known of a conversation that is gone. */
export type FilterFacts = ConversationFacts & { id: string };

/** One condition of a filter, said twice: of the table `conversation`, and of what the event of a deletion tells. */
type Condition<Value> = {
  sql: (value: Value, caller: Caller) => Prisma.Sql;
  isMet: (value: Value, facts: FilterFacts) => boolean;
};

type Values = { [Name in keyof ConversationFilter]-?: NonNullable<ConversationFilter[Name]> };
type Conditions = { [Name in keyof Values]: Condition<Values[Name]> };

/** Of a text or a JSON value that the event of a deletion does not tell: nobody can say any more. */
const isForgotten = () => true;

const conditions: Conditions = {
  ids: oneOf('id', 'text', (facts) => facts.id),
  providers: oneOf('provider', 'text', (facts) => facts.provider),
  upstreamIds: oneOf('upstream_id', 'text', (facts) => facts.upstreamId),
  statuses: oneOf('status', 'text[]::"ConversationStatus"', (facts) => facts.status),
  sources: oneOf('source', 'text[]::"ConversationSource"', (facts) => facts.source),
  segments: oneOf('segment', 'text', (facts) => facts.segment),
  sentiments: oneOf('sentiment', 'text[]::"Sentiment"', (facts) => facts.sentiment),
  topics: {
    sql: (topics) => Prisma.sql`conversation.topics && ${topics}::text[]`,
    isMet: (topics, facts) => topics.some((topic) => facts.topics.includes(topic)),
  },
  started: onDays('started_at', (facts) => facts.startedAt),
  startedBetween: {
    sql: ({ from, to }) =>
      allOf([
        from && Prisma.sql`conversation.started_at >= ${from}::timestamptz`,
        to && Prisma.sql`conversation.started_at < ${to}::timestamptz`,
      ]),
    isMet: ({ from, to }, { startedAt }) =>
      (from === undefined || new Date(startedAt) >= from) && (to === undefined || new Date(startedAt) < to),
  },
  created: onDays('created_at', (facts) => facts.createdAt),
  updatedSince: {
    sql: (since) => Prisma.sql`conversation.updated_at >= ${since}::timestamptz`,
    isMet: (since, { updatedAt }) => new Date(updatedAt) >= since,
  },
  messageCount: {
    sql: ({ min, max }) =>
      allOf([
        min != null && Prisma.sql`conversation.message_count >= ${min}::int`,
        max != null && Prisma.sql`conversation.message_count <= ${max}::int`,
      ]),
    // Events of before it was told do not have it.
    isMet: ({ min, max }, { messageCount }) =>
      messageCount === undefined || ((min == null || messageCount >= min) && (max == null || messageCount <= max)),
  },
  metadata: {
    sql: (part) =>
      Object.keys(part).length === 0
        ? Prisma.sql`true`
        : Prisma.sql`conversation.metadata::jsonb @> ${JSON.stringify(part)}::jsonb`,
    isMet: isForgotten,
  },
  search: {
    sql: searchCondition,
    isMet: isForgotten,
  },
};

function oneOf<Value extends string>(
  column: string,
  type: string,
  factOf: (facts: FilterFacts) => string | null,
): Condition<Value[]> {
  return {
    sql: (values) => Prisma.sql`conversation.${Prisma.raw(column)} = ${anyText(values, type)}`,
    isMet: (values, facts) => {
      const fact = factOf(facts);
      return values.some((value) => value === fact);
    },
  };
}

/** Days in UTC. Instants are kept to the millisecond, so a day's last one is known. */
function onDays(column: 'started_at' | 'created_at', instantOf: (facts: FilterFacts) => string): Condition<DateRange> {
  const name = Prisma.raw(`conversation.${column}`);
  return {
    sql: ({ from, to }) =>
      allOf([
        from != null && Prisma.sql`${name} >= ${startOfDay(from)}::timestamptz`,
        to != null && Prisma.sql`${name} <= ${endOfDay(to)}::timestamptz`,
      ]),
    isMet: ({ from, to }, facts) => {
      const instant = new Date(instantOf(facts));
      return (from == null || instant >= startOfDay(from)) && (to == null || instant <= endOfDay(to));
    },
  };
}

function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}

function endOfDay(day: string): Date {
  return new Date(`${day}T23:59:59.999Z`);
}

function allOf(parts: readonly (Prisma.Sql | false | null | undefined)[]): Prisma.Sql {
  const given = parts.filter(isGiven);
  return given.length === 0 ? Prisma.sql`true` : Prisma.join(given, ' AND ');
}

/**
 * The condition on the table `conversation`, under that name, of the caller's tenant.
 * @throws BadRequestError where the filter cannot hold by its form: `from` after `to`, a list of more than 100
 */
export function conversationCondition(caller: Caller, filter: ConversationFilter | null | undefined): Prisma.Sql {
  const ofTenant = Prisma.sql`conversation.tenant_id = ${caller.tenantId}`;
  if (filter == null) return ofTenant;
  checkFilter(filter);
  return Prisma.join([ofTenant, ...conditionNames.map((name) => sqlOf(name, filter, caller)).filter(isGiven)], ' AND ');
}

/** Whether a filter held for a conversation that is gone, by what its last event tells; `search` and `metadata` are not asked. */
export function matchesFacts(facts: FilterFacts, filter: ConversationFilter | null | undefined): boolean {
  return filter == null || conditionNames.every((name) => isMetBy(name, filter, facts));
}

/** Which of these conversations a filter holds for now. */
export async function matchingConversationIds(
  caller: Caller,
  ids: readonly string[],
  filter: ConversationFilter,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await caller.app.database.prisma.$queryRaw<{ id: string }[]>`
    SELECT conversation.id FROM conversation
    WHERE ${conversationCondition(caller, filter)} AND conversation.id = ${anyText(ids)}`;
  return rows.map(({ id }) => id);
}

const conditionNames = Object.keys(conditions) as (keyof Conditions)[];

function sqlOf<Name extends keyof Conditions>(
  name: Name,
  filter: ConversationFilter,
  caller: Caller,
): Prisma.Sql | null {
  const value = filter[name] as Values[Name] | null | undefined;
  return value == null ? null : conditions[name].sql(value, caller);
}

function isMetBy<Name extends keyof Conditions>(name: Name, filter: ConversationFilter, facts: FilterFacts): boolean {
  const value = filter[name] as Values[Name] | null | undefined;
  return value == null || conditions[name].isMet(value, facts);
}

function isGiven(part: Prisma.Sql | false | null | undefined): part is Prisma.Sql {
  return Boolean(part);
}

function searchCondition(search: string, caller: Caller): Prisma.Sql {
  const query = toWordsTsquery(search);
  if (query === null) return search.trim() === '' ? Prisma.sql`true` : Prisma.sql`false`;
  const indexed = Prisma.sql`EXISTS (
    SELECT 1 FROM conversation_search search
    WHERE search.tenant_id = ${caller.tenantId} AND search.conversation_id = conversation.id
      AND search.document @@ ${query}::tsquery)`;
  return Prisma.join([indexed, ...literalConditions(parseWords(search).literals)], ' AND ');
}

/**
 * What the index of words cannot tell: that the words with `%`, `_` or `\\` stand in the text as the query has them.
 * Conditions on the table `conversation`, none for most queries.
 */
export function literalConditions(literals: readonly string[]): Prisma.Sql[] {
  return literals.map((literal) => {
    // As `literalOf` does it.
    const has = (text: Prisma.Sql) =>
      Prisma.sql`strpos(lower(regexp_replace(normalize(${text}, NFKD), '[\\u0300-\\u036f]', '', 'g')), ${literal}) > 0`;
    return Prisma.sql`(${has(Prisma.sql`conversation.title`)}
      OR ${has(Prisma.sql`coalesce(conversation.content, '')`)}
      OR EXISTS (SELECT 1 FROM message WHERE message.tenant_id = conversation.tenant_id
        AND message.conversation_id = conversation.id AND ${has(Prisma.sql`message.content`)})
      OR EXISTS (SELECT 1 FROM summary WHERE summary.tenant_id = conversation.tenant_id
        AND summary.id = conversation.summary_id AND summary.status = 'COMPLETED'
        AND ${has(Prisma.sql`concat_ws(' ', summary.title, summary.content, array_to_string(summary.topics, ' '))`)}))`;
  });
}

function checkFilter(filter: ConversationFilter): void {
  for (const [name, value] of Object.entries(filter)) {
    if (Array.isArray(value) && value.length > maxListLength) {
      throw new BadRequestError(`\`filter.${name}\` may hold at most ${maxListLength} values`);
    }
  }
  const texts = [
    ...(filter.ids ?? []),
    ...(filter.upstreamIds ?? []),
    ...(filter.segments ?? []),
    ...(filter.topics ?? []),
    filter.search ?? '',
    filter.metadata ?? null,
  ];
  const problem = jsonProblem(texts);
  if (problem !== null) throw new BadRequestError(`\`filter\` ${problem}`);
  if ((filter.search?.length ?? 0) > maxSearchLength) {
    throw new BadRequestError(`\`filter.search\` may be at most ${maxSearchLength} characters long`);
  }
  const { min, max } = filter.messageCount ?? {};
  if (min != null && max != null && min > max) {
    throw new BadRequestError('`filter.messageCount.min` must not be above `filter.messageCount.max`');
  }
  checkDateRange(filter.started, 'filter.started');
  checkDateRange(filter.created, 'filter.created');
}

/** @throws BadRequestError where `from` lies after `to` */
export function checkDateRange(range: DateRange | null | undefined, name: string): void {
  if (range?.from != null && range.to != null && range.from > range.to) {
    throw new BadRequestError(`\`${name}.from\` must not be after \`${name}.to\``);
  }
}
