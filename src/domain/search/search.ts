import { createHash } from 'node:crypto';
import { Prisma } from '../../database/generated/client.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/keyset-cursor.ts';
import { isBoundedBy, type Page, type PageArgs, type PageWindow, readPageArgs, toPage } from '../../lib/paging.ts';
import { textProblem } from '../../lib/text.ts';
import { type ParsedQuery, parseQuery, queryMaxLength } from '../../lib/text-search/parse-query.ts';
import { toRankTsquery, toTsquery } from '../../lib/text-search/query.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { badCursor, type ConversationRow, conversationColumns } from '../conversations/conversations.ts';
import { type ConversationFilter, conversationCondition, literalConditions } from '../conversations/filter.ts';
import { BadRequestError } from '../errors.ts';
import { loadSnippets } from './snippets.ts';

/** Full-text search in titles, summaries, contents and messages. */

type SearchOrder = 'RELEVANCE' | 'NEWEST' | 'OLDEST';

type SearchArgs = { query: string; filter?: ConversationFilter | null | undefined };

/** A search that was read and may be asked: what it looks for, and where. */
export type SearchScope = {
  readonly query: ParsedQuery;
  /** `FROM … WHERE …` of all that it finds, `search` and `conversation` being the tables; null where nothing can. */
  readonly hits: Prisma.Sql | null;
  /** The same without the filter, over `search` alone. */
  readonly matches: Prisma.Sql;
  /** Of the row of `search`; equal for all where the query wants no word. */
  readonly rank: Prisma.Sql;
};

type SearchHit = { conversation: ConversationRow; rank: number };

export type SearchPage = Page<SearchHit> & {
  readonly scope: SearchScope;
  /** From the question to the page, in milliseconds. */
  readonly tookMs: number;
  /** The highest rank of the whole search, read once. */
  bestRank(): Promise<number>;
};

/**
 * Of messages, content, summary and title. One word in the title outweighs any number of it in the summary, and so
 * on: a word looked for in all its forms counts up to three times, and repeated up to 1.65 times as much as once.
 */
const weights = Prisma.sql`'{0.008, 0.04, 0.2, 1}'::float4[]`;

/** @throws ForbiddenError; BadRequestError where the query is blank or too long, or the filter cannot hold */
function openSearch(caller: Caller, { query, filter }: SearchArgs): SearchScope {
  requireScope(caller, 'conversations:read');
  const refuse = (problem: string) => new BadRequestError(`\`query\` ${problem}`, { query: [problem] });
  if (query.trim() === '') throw refuse('must not be blank');
  if (query.length > queryMaxLength) throw refuse(`must be at most ${queryMaxLength} characters long`);
  const problem = textProblem(query);
  if (problem !== null) throw refuse(problem);
  const condition = conversationCondition(caller, filter);
  const parsed = parseQuery(query);
  const matching = toTsquery(parsed);
  const ranking = toRankTsquery(parsed);
  const match = Prisma.sql`search.tenant_id = ${caller.tenantId} AND search.document @@ ${matching}::tsquery`;
  const hits = Prisma.sql`
    FROM conversation_search search
    JOIN conversation ON conversation.tenant_id = search.tenant_id AND conversation.id = search.conversation_id
    WHERE ${Prisma.join([match, condition, ...literalConditions(parsed.literals)], ' AND ')}`;
  return {
    query: parsed,
    hits: matching === null ? null : hits,
    matches: Prisma.sql`FROM conversation_search search WHERE ${match}`,
    // As float8 it is the same number in the database, in a cursor and back.
    rank:
      ranking === null
        ? Prisma.sql`0::float8`
        : Prisma.sql`ts_rank(${weights}, search.document, ${ranking}::tsquery)::float8`,
  };
}

/** 0 to 1; 1 for the best, and for all where nothing tells them apart. */
export function scoreOf(rank: number, best: number): number {
  return best > 0 ? Math.min(1, rank / best) : 1;
}

/**
 * A page of what a search finds; the best first, or by `createdAt`.
 * @throws ForbiddenError; BadRequestError on a bad query, cursor, size or filter
 */
export async function searchConversations(
  caller: Caller,
  args: SearchArgs & PageArgs & { orderBy?: SearchOrder | null | undefined },
): Promise<SearchPage> {
  const startedAt = performance.now();
  const scope = openSearch(caller, args);
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const order = args.orderBy ?? 'RELEVANCE';
  const orderName = order === 'RELEVANCE' ? `RELEVANCE.${shortHash(args.query)}` : order;
  const bounds = {
    after: window.after === null ? null : placeOf('after', window.after, order, orderName),
    before: window.before === null ? null : placeOf('before', window.before, order, orderName),
  };
  const rows = scope.hits === null ? [] : await readHits(caller, scope, order, window, bounds);
  const cursorOf = ({ conversation, rank }: SearchHit) => {
    const value = order === 'RELEVANCE' ? String(rank) : conversation.createdAt.toISOString();
    return encodeKeyset({ order: orderName, value, id: conversation.id });
  };
  const page = toPage(window, rows, cursorOf, {
    hasBeyond: isBoundedBy(window),
    totalCount: () => countHits(caller, scope),
  });
  const tookMs = performance.now() - startedAt;
  let best: Promise<number> | null = null;
  const isFromTop = order === 'RELEVANCE' && window.after === null && !window.isBackward;
  const first = isFromTop ? rows[0] : undefined;
  return {
    ...page,
    scope,
    tookMs,
    bestRank: () => {
      best ??= first === undefined ? readBestRank(caller, scope) : Promise.resolve(first.rank);
      return best;
    },
  };
}

type Place = { value: string; id: string };

function placeOf(side: 'after' | 'before', cursor: string, order: SearchOrder, orderName: string): Place {
  const place = decodeKeyset(cursor, orderName);
  // In no other writing than it was given out in: the database reads numbers and dates in ways of its own.
  const isRank = String(Number(place?.value)) === place?.value && Number.isFinite(Number(place.value));
  const isPlace = order === 'RELEVANCE' ? isRank : isInstant(place?.value ?? '');
  if (place === null || !isPlace) throw badCursor(side);
  return place;
}

/** Fewer are found first and sorted then; of more, the sorted ones are looked through until a page is full. */
const fewHits = 1_000;

async function hasFewHits(caller: Caller, { matches }: SearchScope): Promise<boolean> {
  const [row] = await caller.app.database.prisma.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS "count" FROM (SELECT 1 ${matches} LIMIT ${fewHits}) found`;
  return (row?.count ?? 0n) < fewHits;
}

async function readHits(
  caller: Caller,
  scope: SearchScope,
  order: SearchOrder,
  { size, isBackward }: PageWindow,
  { after, before }: { after: Place | null; before: Place | null },
): Promise<SearchHit[]> {
  const { hits, rank } = scope;
  const key = order === 'RELEVANCE' ? rank : Prisma.sql`conversation.created_at`;
  const type = Prisma.raw(order === 'RELEVANCE' ? 'float8' : 'timestamptz');
  const isAscending = order === 'OLDEST';
  const direction = Prisma.raw(isAscending !== isBackward ? 'ASC' : 'DESC');
  const beyond = (place: Place | null, isUp: boolean) =>
    place === null
      ? Prisma.sql`true`
      : Prisma.sql`(found.key, found.id) ${Prisma.raw(isUp ? '>' : '<')} (${place.value}::text::${type}, ${place.id})`;
  // Left to itself, the planner looks all conversations through by date for a word that hardly any of them has.
  const isMaterialized = order === 'RELEVANCE' || (await hasFewHits(caller, scope));
  // Rows are read whole, and by date ranked, only for the page.
  const rows = await caller.app.database.prisma.$queryRaw<(ConversationRow & { rank: number })[]>`
    WITH found AS ${Prisma.raw(isMaterialized ? 'MATERIALIZED' : 'NOT MATERIALIZED')} (
      SELECT ${key} AS key, conversation.id ${hits}
    ), page AS (
      SELECT found.key, found.id FROM found
      WHERE ${beyond(after, isAscending)} AND ${beyond(before, !isAscending)}
      ORDER BY found.key ${direction}, found.id ${direction} LIMIT ${size + 1}
    )
    SELECT ${conversationColumns}, ${order === 'RELEVANCE' ? Prisma.sql`page.key` : rank} AS "rank"
    FROM page
    JOIN conversation ON conversation.tenant_id = ${caller.tenantId} AND conversation.id = page.id
    JOIN conversation_search search ON search.tenant_id = ${caller.tenantId} AND search.conversation_id = page.id
    ORDER BY page.key ${direction}, page.id ${direction}`;
  return rows.map(({ rank: value, ...conversation }) => ({ conversation, rank: value }));
}

async function readBestRank(caller: Caller, { hits, rank }: SearchScope): Promise<number> {
  if (hits === null) return 0;
  const [row] = await caller.app.database.prisma.$queryRaw<{ best: number | null }[]>`
    SELECT max(${rank}) AS "best" ${hits}`;
  return row?.best ?? 0;
}

async function countHits(caller: Caller, { hits }: SearchScope): Promise<number> {
  if (hits === null) return 0;
  const [row] = await caller.app.database.prisma.$queryRaw<{ count: bigint }[]>`SELECT count(*) AS "count" ${hits}`;
  return Number(row?.count ?? 0n);
}

const restOrders = { relevance: 'RELEVANCE', created_at: 'OLDEST', '-created_at': 'NEWEST' } as const;

/** How REST names the orders. */
type SearchSort = keyof typeof restOrders;

type NumberedHit = { conversation: ConversationRow; score: number; snippet: string };

/**
 * Pages by number, for REST: `total` found, and those of one page, `page` from 1, with scores and snippets.
 * @throws ForbiddenError; BadRequestError on a bad query or filter
 */
export async function pageSearch(
  caller: Caller,
  args: SearchArgs & { sort: SearchSort; page: number; size: number },
): Promise<{ hits: NumberedHit[]; total: number; tookMs: number }> {
  const startedAt = performance.now();
  const scope = openSearch(caller, args);
  const order = restOrders[args.sort];
  const { rows, total, best } =
    scope.hits === null
      ? { rows: [], total: 0, best: 0 }
      : await readNumbered(caller, { ...scope, hits: scope.hits }, order, args);
  const snippets = await loadSnippets(
    caller,
    scope.query,
    rows.map(({ conversation }) => conversation),
  );
  const hits = rows.map(({ conversation, rank }, index) => ({
    conversation,
    score: scoreOf(rank, best),
    snippet: snippets[index] ?? '',
  }));
  return { hits, total, tookMs: performance.now() - startedAt };
}

async function readNumbered(
  caller: Caller,
  { hits, rank }: SearchScope & { hits: Prisma.Sql },
  order: SearchOrder,
  { page, size }: { page: number; size: number },
): Promise<{ rows: SearchHit[]; total: number; best: number }> {
  const key = Prisma.raw(order === 'RELEVANCE' ? 'found.rank' : 'found.created_at');
  const direction = Prisma.raw(order === 'OLDEST' ? 'ASC' : 'DESC');
  // A page past the end has no rows, and yet a total: the one row of `whole` is always there.
  const rows = await caller.app.database.prisma.$queryRaw<
    (Partial<ConversationRow> & { rank: number | null; total: bigint; best: number | null })[]
  >`
    WITH found AS MATERIALIZED (SELECT conversation.id, conversation.created_at, ${rank} AS rank ${hits}),
    whole AS (SELECT count(*) AS total, max(found.rank) AS best FROM found),
    page AS (
      SELECT found.id, found.rank, row_number() OVER (ORDER BY ${key} ${direction}, found.id ${direction}) AS place
      FROM found ORDER BY place LIMIT ${size} OFFSET ${(page - 1) * size}
    )
    SELECT ${conversationColumns}, page.rank AS "rank", whole.total AS "total", whole.best AS "best"
    FROM whole LEFT JOIN page ON true
    LEFT JOIN conversation ON conversation.tenant_id = ${caller.tenantId} AND conversation.id = page.id
    ORDER BY page.place`;
  const found = rows.flatMap(({ rank: value, total: _total, best: _best, ...conversation }) =>
    value === null ? [] : [{ conversation: conversation as ConversationRow, rank: value }],
  );
  return { rows: found, total: Number(rows[0]?.total ?? 0n), best: rows[0]?.best ?? 0 };
}

/** As `toISOString` writes those of years that have four digits. */
function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
