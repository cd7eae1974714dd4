import { createHash } from 'node:crypto';
import { Prisma } from '../../database/generated/client.ts';
import { planned } from '../../database/planning.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/pages/keyset-cursor.ts';
import {
  isBoundedBy,
  type Page,
  type PageArgs,
  type PageWindow,
  readPageArgs,
  toPage,
} from '../../lib/pages/paging.ts';
import type { Caller } from '../app.ts';
import { type ConversationRow, conversationColumns } from '../conversations/conversations.ts';
import { BadRequestError, badCursor } from '../errors.ts';
import { type FacetName, type Facets, facetColumns, facetValues, toFacets } from './facets.ts';
import { type Hits, openSearch, type SearchArgs, type SearchScope } from './scope.ts';
import { loadSnippets } from './snippets.ts';

/** Full-text search in titles, summaries, contents and messages. */

type SearchOrder = 'RELEVANCE' | 'NEWEST' | 'OLDEST';

type SearchHit = { conversation: ConversationRow; rank: number };

export type SearchPage = Page<SearchHit> & {
  readonly scope: SearchScope;
  /** From the question to the page, in milliseconds. */
  readonly tookMs: number;
  /** The highest rank of the whole search, read once. */
  bestRank(): Promise<number>;
  /** What was counted with the page; null where nothing was. */
  readonly facets: Facets | null;
};

/** 0 to 1; 1 for the best, and for all where nothing tells them apart. */
export function scoreOf(rank: number, best: number): number {
  return best > 0 ? Math.min(1, rank / best) : 1;
}

/**
 * A page of what a search finds; the best first, or by `createdAt`. `facets` are counted in the same pass where the whole
 * result is gone through for the page.
 * @throws ForbiddenError; BadRequestError on a bad query, cursor, size or filter
 */
export async function searchConversations(
  caller: Caller,
  args: SearchArgs & PageArgs & { orderBy?: SearchOrder | null | undefined },
  facets: readonly FacetName[] = [],
): Promise<SearchPage> {
  const startedAt = performance.now();
  const scope = openSearch(caller, args, { hasBeginnings: true });
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const order = args.orderBy ?? 'RELEVANCE';
  const orderName = order === 'RELEVANCE' ? `RELEVANCE.${shortHash(args.query)}` : order;
  const bounds = {
    after: window.after === null ? null : placeOf('after', window.after, order, orderName),
    before: window.before === null ? null : placeOf('before', window.before, order, orderName),
  };
  const found = await readPage(caller, scope.hits, order, window, bounds, facets);
  const cursorOf = ({ conversation, rank }: SearchHit) => {
    const value = order === 'RELEVANCE' ? String(rank) : conversation.createdAt.toISOString();
    return encodeKeyset({ order: orderName, value, id: conversation.id });
  };
  const page = toPage(window, found.rows, cursorOf, {
    hasBeyond: isBoundedBy(window),
    totalCount: () => found.total ?? countHits(caller, scope),
  });
  const tookMs = performance.now() - startedAt;
  let best: Promise<number> | null = null;
  return {
    ...page,
    edges: page.edges,
    scope,
    tookMs,
    facets: found.facets,
    bestRank: () => {
      best ??= found.best === null ? readBestRank(caller, scope) : Promise.resolve(found.best);
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

/** Rows of a page, and of the whole search what was read with them. */
type Found = { rows: SearchHit[]; total: number | null; best: number | null; facets: Facets | null };

async function readPage(
  caller: Caller,
  hits: Hits | null,
  order: SearchOrder,
  { size, isBackward }: PageWindow,
  { after, before }: { after: Place | null; before: Place | null },
  facets: readonly FacetName[],
): Promise<Found> {
  if (hits === null) return { rows: [], total: 0, best: 0, facets: toFacets(facets, []) };
  const type = Prisma.raw(order === 'RELEVANCE' ? 'float8' : 'timestamptz');
  const isAscending = order === 'OLDEST';
  const beyond = (place: Place | null, isUp: boolean) =>
    place === null
      ? Prisma.sql`true`
      : Prisma.sql`(found.key, found.id) ${Prisma.raw(isUp ? '>' : '<')} (${place.value}::text::${type}, ${place.id})`;
  const cut = {
    condition: Prisma.sql`${beyond(after, isAscending)} AND ${beyond(before, !isAscending)}`,
    direction: isAscending === isBackward ? ('DESC' as const) : ('ASC' as const),
    limit: size + 1,
    offset: 0,
  };
  if (order !== 'RELEVANCE') {
    return { rows: await readByDate(caller, hits, cut), total: null, best: null, facets: null };
  }
  const found = Prisma.sql`SELECT search.conversation_id AS id, search.rank AS key, search.rank ${hits.ranked}`;
  return readWithWhole(caller, found, cut, facets);
}

/** What of `found` is wanted, in the order of its key and id. */
type Cut = { condition: Prisma.Sql; direction: 'ASC' | 'DESC'; limit: number; offset: number };

/**
 * Of `found`, with id, key and rank, those that are wanted, and how many there are and the highest rank of all. Rows of
 * conversations are read for the page alone.
 */
async function readWithWhole(
  caller: Caller,
  found: Prisma.Sql,
  { condition, direction, limit, offset }: Cut,
  facets: readonly FacetName[] = [],
): Promise<Found & { total: number; best: number }> {
  const order = Prisma.raw(direction);
  const hasFacets = facets.length > 0;
  const counted = hasFacets
    ? Prisma.sql`, counted AS (
      WITH found AS MATERIALIZED (
        SELECT ${facetColumns} FROM found
        JOIN conversation ON conversation.tenant_id = ${caller.tenantId} AND conversation.id = found.id
      ) SELECT json_agg(facet) AS facets FROM (${facetValues(facets)}) facet
    )`
    : Prisma.empty;
  // With the first row alone: the page's others would bear them for nothing.
  const facetsColumn = hasFacets
    ? Prisma.sql`, CASE WHEN row_number() OVER (ORDER BY page.key ${order}, page.id ${order}) = 1
        THEN (SELECT facets FROM counted) END AS "facets"`
    : Prisma.empty;
  // A page past the end has no rows, and yet a total: the one row of `whole` is always there.
  const rows = await caller.app.database.read<
    Partial<ConversationRow> & {
      rank: number | null;
      total: bigint;
      best: number | null;
      facets?: Parameters<typeof toFacets>[1] | null;
    }
  >(Prisma.sql`
    WITH found AS MATERIALIZED (${found}),
    whole AS (SELECT count(*) AS total, max(found.rank) AS best FROM found),
    page AS (
      SELECT found.id, found.key, found.rank FROM found
      WHERE ${condition} ORDER BY found.key ${order}, found.id ${order} LIMIT ${planned(limit)} OFFSET ${offset}
    )${counted}
    SELECT ${conversationColumns}, page.rank AS "rank", whole.total AS "total", whole.best AS "best"${facetsColumn}
    FROM whole LEFT JOIN page ON true
    LEFT JOIN conversation ON conversation.tenant_id = ${caller.tenantId} AND conversation.id = page.id
    ORDER BY page.key ${order}, page.id ${order}`);
  const hits = rows.flatMap(({ rank, total: _total, best: _best, facets: _facets, ...conversation }) =>
    rank === null ? [] : [{ conversation: conversation as ConversationRow, rank }],
  );
  const [first] = rows;
  return {
    rows: hits,
    total: Number(first?.total ?? 0n),
    best: first?.best ?? 0,
    facets: hasFacets ? toFacets(facets, first?.facets ?? []) : null,
  };
}

/** Fewer are found first and sorted then; of more, the sorted ones are looked through until a page is full. */
const fewHits = 1_000;

async function hasFewHits(caller: Caller, { matches }: Hits): Promise<boolean> {
  const [row] = await caller.app.database.read<{ count: bigint }>(Prisma.sql`
    SELECT count(*) AS "count" FROM (SELECT 1 ${matches} LIMIT ${fewHits}) found`);
  return (row?.count ?? 0n) < fewHits;
}

async function readByDate(caller: Caller, hits: Hits, { condition, direction, limit }: Cut): Promise<SearchHit[]> {
  const order = Prisma.raw(direction);
  // Left to itself, the planner looks all conversations through by date for a word that hardly any of them has.
  const found = (await hasFewHits(caller, hits))
    ? Prisma.sql`MATERIALIZED (SELECT conversation.created_at AS key, conversation.id ${hits.rows})`
    : Prisma.sql`NOT MATERIALIZED (SELECT conversation.created_at AS key, conversation.id ${hits.inOrder})`;
  // Rows are read whole, and ranked, only for the page.
  const rows = await caller.app.database.read<ConversationRow & { rank: number }>(Prisma.sql`
    WITH found AS ${found}, page AS (
      SELECT found.key, found.id FROM found
      WHERE ${condition} ORDER BY found.key ${order}, found.id ${order} LIMIT ${limit}
    )
    SELECT ${conversationColumns}, ${hits.rank} AS "rank" FROM page
    JOIN conversation ON conversation.tenant_id = ${caller.tenantId} AND conversation.id = page.id
    JOIN conversation_search search ON search.tenant_id = ${caller.tenantId} AND search.conversation_id = page.id
    ORDER BY page.key ${order}, page.id ${order}`);
  return rows.map(({ rank, ...conversation }) => ({ conversation, rank }));
}

async function readBestRank(caller: Caller, { hits }: SearchScope): Promise<number> {
  if (hits === null) return 0;
  const [row] = await caller.app.database.read<{ best: number | null }>(
    Prisma.sql`SELECT max(search.rank) AS "best" ${hits.ranked}`,
  );
  return row?.best ?? 0;
}

async function countHits(caller: Caller, { hits }: SearchScope): Promise<number> {
  if (hits === null) return 0;
  const [row] = await caller.app.database.read<{ count: bigint }>(
    Prisma.sql`SELECT count(*) AS "count" ${hits.counted}`,
  );
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
    scope.hits === null ? { rows: [], total: 0, best: 0 } : await readNumbered(caller, scope.hits, order, args);
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

function readNumbered(caller: Caller, hits: Hits, order: SearchOrder, { page, size }: { page: number; size: number }) {
  const found =
    order === 'RELEVANCE'
      ? Prisma.sql`SELECT search.conversation_id AS id, search.rank AS key, search.rank ${hits.ranked}`
      : Prisma.sql`SELECT conversation.id, conversation.created_at AS key, search.rank ${hits.rankedWithRows}`;
  const direction = order === 'OLDEST' ? 'ASC' : 'DESC';
  return readWithWhole(caller, found, {
    condition: Prisma.sql`true`,
    direction,
    limit: size,
    offset: (page - 1) * size,
  });
}

/** As `toISOString` writes those of years that have four digits. */
function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
