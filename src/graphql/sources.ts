import { type GraphQLSchema, isObjectType } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { localProvider, type Provider } from '../domain/providers.ts';
import { loadAllUpstreams, type UpstreamRow } from '../domain/upstreams/upstreams.ts';
import type { Context, UpstreamFilter } from './context.ts';

/** What `extensions.sources` of an answer tells of each upstream that it holds something of, or may miss something of. */
type AnswerSource = {
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
  const { upstreamIds, providers } = filter ?? {};
  if (providers == null || providers.some((provider) => provider !== localProvider)) {
    ctx.involvedFilters.push({ upstreamIds, providers });
  }
}

function holdsFor({ upstreamIds, providers }: UpstreamFilter, { id, provider }: UpstreamRow): boolean {
  return (upstreamIds == null || upstreamIds.includes(id)) && (providers == null || providers.includes(provider));
}

/**
 * Adds `extensions.sources` to answers of queries and mutations: how fresh each upstream's part is. One statement at
 * most, and none where no upstream has a part in the answer. An answer that has it not is not held up by it.
 */
export function useSources(): Plugin<Context> {
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: async ({ result, setResult }) => {
        const ctx: Context = args.contextValue;
        const isInvolved = ctx.involvedUpstreams.size > 0 || ctx.involvedFilters.length > 0;
        if (Symbol.asyncIterator in result || !isInvolved) return;
        const sources = await readSources(ctx);
        if (sources.length > 0) setResult({ ...result, extensions: { ...result.extensions, sources } });
      },
    }),
  };
}

async function readSources(ctx: Context): Promise<AnswerSource[]> {
  try {
    const now = Date.now();
    return (await readInvolved(ctx)).flatMap((row) => {
      // One that was disconnected meanwhile.
      if (row === null) return [];
      if (row instanceof Error) throw row;
      const { id: upstreamId, provider, status, lastSyncedAt } = row;
      const ageSeconds = lastSyncedAt === null ? null : Math.max(0, Math.floor((now - lastSyncedAt.getTime()) / 1_000));
      return [{ upstreamId, provider, status, ageSeconds }];
    });
  } catch (err) {
    ctx.log.warn({ err, requestId: ctx.requestId }, 'the sources of an answer could not be told');
    return [];
  }
}

async function readInvolved({ caller, loaders, involvedUpstreams, involvedFilters }: Context) {
  if (involvedFilters.length === 0) return loaders.upstream.loadMany([...involvedUpstreams]);
  const rows = await loadAllUpstreams(caller);
  return rows.filter((row) => involvedUpstreams.has(row.id) || involvedFilters.some((filter) => holdsFor(filter, row)));
}
