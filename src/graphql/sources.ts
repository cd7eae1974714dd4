import { type GraphQLSchema, getOperationAST, isObjectType } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { localProvider, type Provider } from '../domain/providers.ts';
import type { UpstreamState } from '../domain/standing.ts';
import { loadAllUpstreams } from '../domain/upstreams/upstreams.ts';
import type { Context, UpstreamFilter } from './context.ts';

/** What of an answer tells which upstreams have a part in it. */
export type Involved = Pick<Context, 'involvedUpstreams' | 'involvedFilters'>;

/** What `extensions.sources` of an answer tells of each upstream that it holds something of, or may miss something of. */
export type AnswerSource = {
  upstreamId: string;
  provider: Provider;
  status: string;
  /** Whole seconds since the last sync that went through; null before the first. */
  ageSeconds: number | null;
};

/** Notes in the context which upstreams an answer's objects come from. Changes the schema given, and gives it back. */
export function trackUpstreams(schema: GraphQLSchema): GraphQLSchema {
  const note = (name: string, upstreamOf: (row: never) => string | null) => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`the graph has no type ${name}`);
    // Asked once for each object of an answer, whichever query it came by; the type itself is never in doubt.
    type.isTypeOf = (row: unknown, ctx: Context) => {
      const upstreamId = upstreamOf(row as never);
      if (upstreamId !== null) ctx.involvedUpstreams.add(upstreamId);
      return true;
    };
  };
  note('Conversation', (row: { upstreamId: string | null }) => row.upstreamId);
  note('Upstream', (row: { id: string }) => row.id);
  return schema;
}

/** Once it was allowed and read: notes that an answer tells what there is among the conversations that a filter holds for. */
export function noteFilter(ctx: Context, filter: UpstreamFilter | null | undefined): void {
  const { upstreamIds, providers, search } = filter ?? {};
  // Documents of the search are made anew where newer rules make others: no event tells of that.
  if (search != null) ctx.isFresh = true;
  if (providers == null || providers.some((provider) => provider !== localProvider)) {
    ctx.involvedFilters.push({ upstreamIds, providers });
  }
}

function holdsFor({ upstreamIds, providers }: UpstreamFilter, { id, provider }: UpstreamState): boolean {
  return (upstreamIds == null || upstreamIds.includes(id)) && (providers == null || providers.includes(provider));
}

/**
 * Adds `extensions.sources` to answers of queries and mutations: how fresh each upstream's part is. What a request over
 * HTTP came with tells that for queries; otherwise it is one statement at most, and none where no upstream has a part
 * in the answer. An answer that has it not is not held up by it.
 */
export function useSources(): Plugin<Context> {
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result, setResult }) => {
        const ctx: Context = args.contextValue;
        const isInvolved = ctx.involvedUpstreams.size > 0 || ctx.involvedFilters.length > 0;
        if (Symbol.asyncIterator in result || !isInvolved) return;
        const tell = (sources: readonly AnswerSource[]) => {
          if (sources.length > 0) setResult({ ...result, extensions: { ...result.extensions, sources } });
        };
        const isQuery = getOperationAST(args.document, args.operationName)?.operation === 'query';
        if (isQuery && ctx.standing !== null) return tell(sourcesNow(ctx, ctx.standing.upstreams));
        return readSources(ctx).then(tell);
      },
    }),
  };
}

async function readSources(ctx: Context): Promise<AnswerSource[]> {
  try {
    if (ctx.involvedFilters.length > 0) return sourcesNow(ctx, await loadAllUpstreams(ctx.caller));
    const rows = await ctx.loaders.upstream.loadMany([...ctx.involvedUpstreams]);
    return sourcesOf(
      rows.flatMap((row) => {
        if (row instanceof Error) throw row;
        // Null: one that was disconnected meanwhile.
        return row ?? [];
      }),
    );
  } catch (err) {
    ctx.log.warn({ err, requestId: ctx.requestId }, 'the sources of an answer could not be told');
    return [];
  }
}

/** Of these upstreams, what an answer tells of those that have a part in it. */
export function sourcesNow(involved: Involved, upstreams: readonly UpstreamState[]): AnswerSource[] {
  return sourcesOf(involvedOf(involved, upstreams));
}

/** Of these upstreams, those that have a part in an answer. */
export function involvedOf(
  { involvedUpstreams, involvedFilters }: Involved,
  upstreams: readonly UpstreamState[],
): UpstreamState[] {
  return upstreams.filter(
    (upstream) => involvedUpstreams.has(upstream.id) || involvedFilters.some((filter) => holdsFor(filter, upstream)),
  );
}

function sourcesOf(upstreams: readonly UpstreamState[]): AnswerSource[] {
  const now = Date.now();
  return upstreams.map(({ id: upstreamId, provider, status, lastSyncedAt }) => {
    const ageSeconds = lastSyncedAt === null ? null : Math.max(0, Math.floor((now - lastSyncedAt.getTime()) / 1_000));
    return { upstreamId, provider, status, ageSeconds };
  });
}
