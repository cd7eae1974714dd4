import { Prisma } from '../../database/generated/client.ts';
import { planned } from '../../database/planning.ts';
import type { Caller } from '../app.ts';
import type { SearchScope } from './scope.ts';

export const facetNames = ['providers', 'sources', 'segments', 'sentiments', 'topics'] as const;
export type FacetName = (typeof facetNames)[number];
export type FacetValue = { value: string; count: number };
export type Facets = Readonly<Partial<Record<FacetName, FacetValue[]>>>;

/** Of each facet the values that most conversations have. */
export const maxFacetValues = 50;

const columns = {
  providers: Prisma.sql`found.provider::text`,
  sources: Prisma.sql`found.source::text`,
  segments: Prisma.sql`found.segment`,
  sentiments: Prisma.sql`found.sentiment::text`,
} as const;

/** What of a conversation is counted, as columns of `conversation`. */
export const facetColumns = Prisma.sql`conversation.provider, conversation.source, conversation.segment,
  conversation.sentiment, conversation.topics`;

type FacetRow = { name: FacetName; value: string; count: bigint | number };

/** The values of facets over the rows of `found`, which has `facetColumns`: a query of name, value and count. */
export function facetValues(names: readonly FacetName[]): Prisma.Sql {
  const parts = names.map((name) => {
    const value = name === 'topics' ? Prisma.sql`topic` : columns[name];
    const source = name === 'topics' ? Prisma.sql`found CROSS JOIN unnest(found.topics) topic` : Prisma.sql`found`;
    return Prisma.sql`(
      SELECT ${Prisma.raw(`'${name}'`)} AS "name", ${value} AS "value", count(*) AS "count" FROM ${source}
      WHERE ${value} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, ${value} COLLATE "C" LIMIT ${planned(maxFacetValues)})`;
  });
  return Prisma.join(parts, ' UNION ALL ');
}

/** Every facet of `names`, from rows in their order. */
export function toFacets(names: readonly FacetName[], rows: readonly FacetRow[]): Facets {
  const facets: Partial<Record<FacetName, FacetValue[]>> = Object.fromEntries(names.map((name) => [name, []]));
  for (const { name, value, count } of rows) facets[name]?.push({ value, count: Number(count) });
  return facets;
}

/**
 * How many conversations of the whole result have each value, most first, equals by value; those without a value are
 * left out. One statement, whichever facets are asked for.
 */
export async function countFacets(caller: Caller, { hits }: SearchScope, names: readonly FacetName[]): Promise<Facets> {
  if (hits === null || names.length === 0) return toFacets(names, []);
  const rows = await caller.app.database.read<FacetRow>(Prisma.sql`
    WITH found AS MATERIALIZED (SELECT ${facetColumns} ${hits.rows})
    ${facetValues(names)}`);
  return toFacets(names, rows);
}
