import type { ObjectRef } from '@pothos/core';
import type { Page } from '../lib/pages/paging.ts';
import { defaultPageSize, maxPageSize } from '../lib/pages/paging.ts';
import { builder, type Types } from './builder.ts';

/** What costs a statement of its own is a function of the page, called only where the field is asked for. */
const resolveLazy = <Value>(value: Value | (() => Value | Promise<Value>)): Value | Promise<Value> =>
  value instanceof Function ? value() : value;

export const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'Where a page lies in its list.',
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: 'Whether more comes after it. Looked up only when asked for.',
      resolve: (page) => resolveLazy(page.hasNextPage),
    }),
    hasPreviousPage: t.boolean({
      description: 'Whether more comes before it. Looked up only when asked for.',
      resolve: (page) => resolveLazy(page.hasPreviousPage),
    }),
    startCursor: t.string({
      nullable: true,
      description: "The first edge's cursor: `before` for the page before.",
      resolve: (page) => page.edges[0]?.cursor,
    }),
    endCursor: t.string({
      nullable: true,
      description: "The last edge's cursor: `after` for the next page.",
      resolve: (page) => page.edges.at(-1)?.cursor,
    }),
  }),
});

/** A connection and its edges over a type, `XConnection` and `XEdge`. */
export function connectionOf<Row>(name: string, plural: string, node: ObjectRef<Types, Row>) {
  const edge = builder.objectRef<{ cursor: string; node: Row }>(`${name}Edge`).implement({
    description: `One of the ${plural}, with its place in the list.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place: `after` or `before` for the pages beside it.' }),
      node: t.field({ type: node, description: 'What stands at this place.', resolve: (row) => row.node as never }),
    }),
  });
  return builder.objectRef<Page<Row>>(`${name}Connection`).implement({
    description: `A page of ${plural}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: `The ${plural} of the page, with their cursors.`,
        resolve: (page) => page.edges as never,
      }),
      nodes: t.field({
        type: [node],
        description: `The ${plural} of the page, without cursors.`,
        resolve: (page) => page.nodes as never,
      }),
      pageInfo: t.field({ type: PageInfo, description: 'Where it lies in the list.', resolve: (page) => page }),
      totalCount: t.int({
        description: 'Length of the whole list. Counted only when asked for.',
        resolve: (page) => page.totalCount(),
      }),
    }),
  });
}

/** The arguments of every list. */
export const pageArgs = builder.args((t) => ({
  first: t.int({
    description: `How many, from the beginning or after \`after\`; ${defaultPageSize} where neither is given, from 1 to ${maxPageSize}.`,
  }),
  after: t.string({ description: 'A cursor of the same list: what comes after it.' }),
  last: t.int({ description: `How many, from the end or before \`before\`; from 1 to ${maxPageSize}.` }),
  before: t.string({ description: 'A cursor of the same list: what comes before it.' }),
}));
