import { type GraphQLSchema, isObjectType } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from './context.ts';

/** What `extensions.sources` of an answer tells of each upstream that it holds something of. */
export type AnswerSource = {
  upstreamId: string;
  provider: 'AI_MY_CHATS' | 'ANIMAM';
  status: string;
  /** Whole seconds since the last sync that went through; null before the first. */
  ageSeconds: number | null;
};

/** Notes in the context which upstreams an answer's objects come from. Changes the schema given, and gives it back. */
export function notingUpstreams(schema: GraphQLSchema): GraphQLSchema {
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

/**
 * Adds `extensions.sources` to answers of queries and mutations: how fresh each upstream's part is. One statement at
 * most, and none where nothing of an upstream is in the answer. An answer that has it not is not held up by it.
 */
export function useSources(): Plugin<Context> {
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: async ({ result, setResult }) => {
        const ctx: Context = args.contextValue;
        if (Symbol.asyncIterator in result || ctx.involvedUpstreams.size === 0) return;
        const sources = await readSources(ctx);
        if (sources !== null) setResult({ ...result, extensions: { ...result.extensions, sources } });
      },
    }),
  };
}

async function readSources(ctx: Context): Promise<AnswerSource[] | null> {
  try {
    const now = Date.now();
    const rows = await ctx.loaders.upstream.loadMany([...ctx.involvedUpstreams]);
    return rows.flatMap((row) => {
      // One that was disconnected meanwhile.
      if (row === null) return [];
      if (row instanceof Error) throw row;
      const { id: upstreamId, provider, status, lastSyncedAt } = row;
      const ageSeconds = lastSyncedAt === null ? null : Math.max(0, Math.floor((now - lastSyncedAt.getTime()) / 1_000));
      return [{ upstreamId, provider, status, ageSeconds }];
    });
  } catch (err) {
    ctx.log.warn({ err, requestId: ctx.requestId }, 'the sources of an answer could not be told');
    return null;
  }
}
