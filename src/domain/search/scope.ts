import { Prisma } from '../../database/generated/client.ts';
import { textProblem } from '../../lib/text.ts';
import { type ParsedQuery, parseQuery, queryMaxLength } from '../../lib/text-search/parse-query.ts';
import { toRankTsquery, toTsquery } from '../../lib/text-search/query.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { type ConversationFilter, conversationCondition, literalConditions } from '../conversations/list/filter.ts';
import { BadRequestError } from '../errors.ts';

export type SearchArgs = { query: string; filter?: ConversationFilter | null | undefined };

/** A search that was read and may be asked: what it looks for, and where. */
export type SearchScope = {
  readonly query: ParsedQuery;
  /** Null where nothing can be found. */
  readonly hits: Hits | null;
};

/** Ways to all that a search finds, each a `FROM … WHERE …`. */
export type Hits = {
  /** `search` with `conversation_id` and `rank`; `conversation` beside it only where the filter asks something of it. */
  readonly ranked: Prisma.Sql;
  /** As `ranked`, with `conversation` in any case. */
  readonly rankedWithRows: Prisma.Sql;
  /** As `ranked`, without ranks: the documents are not read. */
  readonly counted: Prisma.Sql;
  /** `conversation`, without ranks. */
  readonly rows: Prisma.Sql;
  /** `search` alone, whatever the filter. */
  readonly matches: Prisma.Sql;
  /** `conversation` and the table `search`, to be gone through in an order of the former. */
  readonly inOrder: Prisma.Sql;
  /** Of a row of the table `search`; equal for all where the query wants no word. */
  readonly rank: Prisma.Sql;
};

/**
 * Of messages, content, summary and title. One word in the title outweighs any number of it in the summary, and so
 * on: a word looked for in all its forms counts up to three times, and repeated up to 1.65 times as much as once.
 */
const weights = Prisma.sql`'{0.008, 0.04, 0.2, 1}'::float4[]`;

/** `hasBeginnings`: `hel*` is any word that begins so. @throws ForbiddenError; BadRequestError where the query is blank or too long, or the filter cannot hold */
export function openSearch(
  caller: Caller,
  { query, filter }: SearchArgs,
  { hasBeginnings = false }: { hasBeginnings?: boolean } = {},
): SearchScope {
  requireScope(caller, 'conversations:read');
  const refuse = (problem: string) => new BadRequestError(`\`query\` ${problem}`, { query: [problem] });
  if (query.trim() === '') throw refuse('must not be blank');
  if (query.length > queryMaxLength) throw refuse(`must be at most ${queryMaxLength} characters long`);
  const problem = textProblem(query);
  if (problem !== null) throw refuse(problem);
  const condition = conversationCondition(caller, filter);
  const parsed = parseQuery(query, { hasBeginnings });
  const matching = toTsquery(parsed);
  if (matching === null) return { query: parsed, hits: null };
  const isFiltered = parsed.literals.length > 0 || Object.values(filter ?? {}).some((value) => value != null);
  const conditions = Prisma.join([condition, ...literalConditions(parsed.literals)], ' AND ');
  return { query: parsed, hits: hitsOf(caller, matching, toRankTsquery(parsed), conditions, isFiltered) };
}

function hitsOf(
  { tenantId }: Caller,
  matching: string,
  ranking: string | null,
  conditions: Prisma.Sql,
  isFiltered: boolean,
): Hits {
  const from = (rankedBy: string | null, hasRows: boolean) => {
    const search = Prisma.sql`FROM search_matches(${tenantId}, ${matching}::tsquery, ${rankedBy}::tsquery, ${weights}) search`;
    if (!hasRows) return search;
    return Prisma.sql`${search}
      JOIN conversation ON conversation.tenant_id = ${tenantId} AND conversation.id = search.conversation_id
      WHERE ${conditions}`;
  };
  return {
    ranked: from(ranking, isFiltered),
    rankedWithRows: from(ranking, true),
    counted: from(null, isFiltered),
    rows: from(null, true),
    matches: from(null, false),
    inOrder: Prisma.sql`FROM conversation_search search
      JOIN conversation ON conversation.tenant_id = search.tenant_id AND conversation.id = search.conversation_id
      WHERE search.tenant_id = ${tenantId} AND search.document @@ ${matching}::tsquery AND ${conditions}`,
    // As float8 it is the same number in the database, in a cursor and back.
    rank:
      ranking === null
        ? Prisma.sql`0::float8`
        : Prisma.sql`ts_rank(${weights}, search.document, ${ranking}::tsquery)::float8`,
  };
}
