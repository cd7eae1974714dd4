import type DataLoader from 'dataloader';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { requireScope } from '../domain/caller.ts';
import { type IdKind, idKind } from '../lib/id.ts';
import { maxPageSize } from '../lib/pages/paging.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { graphqlError } from './errors.ts';
import { Node } from './refs.ts';

type NodeLoader = {
  typeName: string;
  /** Of which a key must have one to see things of this kind; none: whatever the loader says. */
  scopes: readonly ('conversations:read' | 'admin')[];
  load: (ctx: Context, id: string, info: GraphQLResolveInfo) => Promise<{ id: string } | null>;
};

const nodeLoaders = new Map<IdKind, NodeLoader>();

/** Makes things of a kind reachable by `node`; each type's file calls it once. */
export function registerNode(
  kind: IdKind,
  typeName: string,
  scopes: NodeLoader['scopes'],
  load: NodeLoader['load'],
): void {
  nodeLoaders.set(kind, { typeName, scopes, load });
}

/** A row's parent, which is there as long as the row is. @throws where it was removed in this very moment */
export async function loadedParent<Row>(
  loader: Pick<DataLoader<string, Row | null>, 'load'>,
  id: string,
): Promise<Row> {
  const row = await loader.load(id);
  if (row === null)
    throw new GraphQLError('It was removed while it was being read', { extensions: { code: 'BAD_REQUEST' } });
  return row;
}

Node.implement({
  description:
    'Anything with a global id. Ids are typed and prefixed (`conv_…`, `msg_…`, `sum_…`, `att_…`, `exp_…`, `imp_…`), ' +
    'the same in GraphQL and REST.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Its global id, `conv_…` or another kind.' }) }),
  resolveType: ({ id }) => {
    const kind = idKind(id);
    return (kind === null ? undefined : nodeLoaders.get(kind)?.typeName) ?? null;
  },
});

/** An unknown id, one of another tenant and one that is no id at all are all null. */
async function findNode(ctx: Context, id: string, info: GraphQLResolveInfo): Promise<{ id: string } | null> {
  const kind = idKind(id);
  const loader = kind === null ? undefined : nodeLoaders.get(kind);
  if (loader === undefined) return null;
  // Before anything is looked up: a missing scope says nothing of what is there.
  const [scope, ...others] = loader.scopes;
  if (scope !== undefined) requireScope(ctx.caller, scope, ...others);
  return loader.load(ctx, id, info);
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'Anything by its global id; null where there is no such thing.',
    args: { id: t.arg.id({ required: true, description: 'Its global id, `conv_…` or another kind.' }) },
    resolve: (_root, { id }, ctx, info) => findNode(ctx, id, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `Up to ${maxPageSize} things by their global ids, in the same order; null for each that is not there or is refused.`,
    args: { ids: t.arg.idList({ required: true, description: 'Their global ids, of any kinds.' }) },
    resolve: (_root, { ids }, ctx, info) => {
      if (ids.length > maxPageSize) {
        throw graphqlError('BAD_REQUEST', `\`ids\` may hold at most ${maxPageSize} ids, and holds ${ids.length}`);
      }
      return ids.map((id) => findNode(ctx, id, info));
    },
  }),
}));
