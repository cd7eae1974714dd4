import type { ObjectRef } from '@pothos/core';
import type { Page } from '../lib/paging.ts';
import { defaultPageSize, maxPageSize } from '../lib/paging.ts';
import { builder, type Types } from './builder.ts';

const settled = <Value>(value: Value | (() => Value | Promise<Value>)): Value | Promise<Value> =>
  value instanceof Function ? value() : value;

export const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'Where a page lies in its list.',
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether more comes after it. Looked up only when asked for.',
      resolve: (page) => settled(page.hasNextPage),
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether more comes before it. Looked up only when asked for.',
      resolve: (page) => settled(page.hasPreviousPage),
    }),
    startCursor: t.string({
      nullable: true,
      description: "The first edge's cursor.",
      resolve: (page) => page.edges[0]?.cursor ?? null,
    }),
    endCursor: t.string({
      nullable: true,
      description: "The last edge's cursor: `after` for the next page.",
      resolve: (page) => page.edges.at(-1)?.cursor ?? null,
    }),
  }),
});

/** A connection and its edges over a type, `XConnection` and `XEdge`. */
export function connectionOf<Row>(name: string, plural: string, node: ObjectRef<Types, Row>) {
  const edge = builder.objectRef<{ cursor: string; node: Row }>(`${name}Edge`);
  edge.implement({
    description: `One of the ${plural}, with its place in the list.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place: `after` or `before` for the pages beside it.' }),
      node: t.field({ type: node, description: 'Itself.', resolve: (row) => row.node as never }),
    }),
  });
  const connection = builder.objectRef<Page<Row>>(`${name}Connection`);
  connection.implement({
    description: `A page of ${plural}.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'With their cursors.', resolve: (page) => page.edges as never }),
      nodes: t.field({
        type: [node],
        description: 'Without cursors.',
        resolve: (page) => page.edges.map((row) => row.node) as never,
      }),
      pageInfo: t.field({ type: PageInfo, description: 'Where it lies in the list.', resolve: (page) => page }),
      totalCount: t.int({
        description: 'Length of the whole list. Counted only when asked for.',
        resolve: (page) => page.totalCount(),
      }),
    }),
  });
  return connection;
}

/** What the arguments of lists say of themselves. */
export const pageArgDescriptions = {
  first: `How many, from the beginning or after \`after\`; ${defaultPageSize} where neither is given, from 1 to ${maxPageSize}.`,
  after: 'A cursor of the same list: what comes after it.',
  last: `How many, from the end or before \`before\`; from 1 to ${maxPageSize}.`,
  before: 'A cursor of the same list: what comes before it.',
};
