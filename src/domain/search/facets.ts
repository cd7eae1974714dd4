import { Prisma } from '../../database/generated/client.ts';
import type { Caller } from '../app.ts';
import type { SearchScope } from './scope.ts';

const facetNames = ['providers', 'sources', 'segments', 'sentiments', 'topics'] as const;
export type FacetName = (typeof facetNames)[number];
export type FacetValue = { value: string; count: number };
type Facets = Readonly<Partial<Record<FacetName, FacetValue[]>>>;

/** Of each facet the values that most conversations have. */
export const maxFacetValues = 50;

const columns = {
  providers: Prisma.sql`found.provider::text`,
  sources: Prisma.sql`found.source::text`,
  segments: Prisma.sql`found.segment`,
  sentiments: Prisma.sql`found.sentiment::text`,
} as const;

/**
 * How many conversations of the whole result have each value, most first, equals by value; those without a value are
 * left out. One statement, whichever facets are asked for.
 */
export async function countFacets(caller: Caller, { hits }: SearchScope, names: readonly FacetName[]): Promise<Facets> {
  const facets = Object.fromEntries(names.map((name) => [name, [] as FacetValue[]]));
  if (hits === null || names.length === 0) return facets;
  const parts = names.map((name) => {
    const value = name === 'topics' ? Prisma.sql`topic` : columns[name];
    const source = name === 'topics' ? Prisma.sql`found CROSS JOIN unnest(found.topics) topic` : Prisma.sql`found`;
    return Prisma.sql`(
      SELECT ${name}::text AS "name", ${value} AS "value", count(*) AS "count" FROM ${source}
      WHERE ${value} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, ${value} COLLATE "C" LIMIT ${maxFacetValues})`;
  });
  const rows = await caller.app.database.read<{ name: FacetName; value: string; count: bigint }>(Prisma.sql`
    WITH found AS MATERIALIZED (
      SELECT conversation.provider, conversation.source, conversation.segment, conversation.sentiment,
        conversation.topics ${hits.rows})
    ${Prisma.join(parts, ' UNION ALL ')}`);
  for (const { name, value, count } of rows) facets[name]?.push({ value, count: Number(count) });
  return facets;
}
