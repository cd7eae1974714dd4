import { Prisma } from '../../database/generated/client.ts';
import type { ConversationSource, ConversationStatus, Provider, Sentiment } from '../../database/generated/enums.ts';
import { parseWords } from '../../lib/text-search/parse-query.ts';
import { toWordsTsquery } from '../../lib/text-search/query.ts';
import type { Caller } from '../app.ts';
import { BadRequestError } from '../errors.ts';

/** Conditions joined by AND; a list holds where any of its items does. Absent and null are the same. */
export type ConversationFilter = {
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
  /** Words that the title or the content holds. */
  search?: string | null | undefined;
};

/** Calendar days, `2024-01-31`. */
export type DateRange = { from?: string | null | undefined; to?: string | null | undefined };

const maxListLength = 100;
const maxSearchLength = 500;

/**
 * The condition on the table `conversation`, under that name, of the caller's tenant.
 * @throws BadRequestError where the filter cannot hold by its form: `from` after `to`, a list of more than 100
 */
export function conversationCondition(caller: Caller, filter: ConversationFilter | null | undefined): Prisma.Sql {
  const parts: Prisma.Sql[] = [Prisma.sql`conversation.tenant_id = ${caller.tenantId}`];
  if (filter == null) return parts[0] as Prisma.Sql;
  checkFilter(filter);

  const oneOf = (column: string, values: readonly string[] | null | undefined, type: string) => {
    if (values == null) return;
    parts.push(Prisma.sql`conversation.${Prisma.raw(column)} = ANY(${[...values]}::${Prisma.raw(type)}[])`);
  };
  oneOf('provider', filter.providers, 'text[]::"Provider"');
  oneOf('upstream_id', filter.upstreamIds, 'text');
  oneOf('status', filter.statuses, 'text[]::"ConversationStatus"');
  oneOf('source', filter.sources, 'text[]::"ConversationSource"');
  oneOf('segment', filter.segments, 'text');
  oneOf('sentiment', filter.sentiments, 'text[]::"Sentiment"');
  if (filter.topics != null) parts.push(Prisma.sql`conversation.topics && ${[...filter.topics]}::text[]`);
  parts.push(...dayCondition('started_at', filter.started), ...dayCondition('created_at', filter.created));
  if (filter.startedBetween?.from) {
    parts.push(Prisma.sql`conversation.started_at >= ${filter.startedBetween.from}::timestamptz`);
  }
  if (filter.startedBetween?.to) {
    parts.push(Prisma.sql`conversation.started_at < ${filter.startedBetween.to}::timestamptz`);
  }
  if (filter.updatedSince != null)
    parts.push(Prisma.sql`conversation.updated_at >= ${filter.updatedSince}::timestamptz`);
  if (filter.search != null) parts.push(searchCondition(caller, filter.search));
  return Prisma.join(parts, ' AND ');
}

function dayCondition(column: 'started_at' | 'created_at', range: DateRange | null | undefined): Prisma.Sql[] {
  const parts: Prisma.Sql[] = [];
  const name = Prisma.raw(`conversation.${column}`);
  if (range?.from != null) parts.push(Prisma.sql`${name} >= ${startOfDay(range.from)}::timestamptz`);
  if (range?.to != null)
    parts.push(Prisma.sql`${name} < ${new Date(startOfDay(range.to).getTime() + dayMs)}::timestamptz`);
  return parts;
}

const dayMs = 86_400_000;

export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}

function searchCondition(caller: Caller, search: string): Prisma.Sql {
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
    ...(filter.upstreamIds ?? []),
    ...(filter.segments ?? []),
    ...(filter.topics ?? []),
    filter.search ?? '',
  ];
  if (texts.some((text) => text.includes('\0'))) throw new BadRequestError('`filter` must not contain NUL characters');
  if ((filter.search?.length ?? 0) > maxSearchLength) {
    throw new BadRequestError(`\`filter.search\` may be at most ${maxSearchLength} characters long`);
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
