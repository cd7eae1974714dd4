import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { App, Caller } from '../domain/app.ts';
import { asReader } from '../domain/caller.ts';
import type { Standing } from '../domain/standing.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { type AskedFields, askedFieldsOf } from './reading/asked-fields.ts';

/** What resolvers get: one an operation. */
export type Context = {
  readonly caller: Caller;
  readonly app: App;
  readonly requestId: string;
  readonly log: Logger;
  readonly loaders: Loaders;
  /** Ids of the upstreams that objects of the answer come from, noted as the answer is made. */
  readonly involvedUpstreams: Set<string>;
  /** What was looked for among all conversations: where nothing is found, that too depends on the upstreams. */
  readonly involvedFilters: UpstreamFilter[];
  /** Where the tenant stood when a request over HTTP came in; null for operations of a socket, which lives on. */
  readonly standing: Standing | null;
  /** Whether its loaders are its own, and may hold what its document asks for alone. */
  readonly hasOwnLoaders: boolean;
  /** What the operation's document asks for; null until it is executed, and where loaders are shared. */
  asked: AskedFields | null;
  /** Whether its answer holds what may change without an event: it is not kept, whichever fields it asks for. */
  isFresh: boolean;
};

/** Of a filter, what leaves upstreams out, and what looks at the search's documents. */
export type UpstreamFilter = {
  search?: string | null | undefined;
  upstreamIds?: readonly string[] | null | undefined;
  providers?: readonly string[] | null | undefined;
};

/** `shared`: loaders of others who read the same, where there are some; what they hold is whole, for any document. */
export function createContext(
  caller: Caller,
  requestId: string,
  { standing = null, shared }: { standing?: Standing | null; shared?: Loaders | undefined } = {},
): Context {
  const ctx: Context = {
    caller,
    app: caller.app,
    requestId,
    log: caller.app.log,
    loaders: shared ?? createLoaders(asReader(caller), () => ctx.asked),
    hasOwnLoaders: shared === undefined,
    involvedUpstreams: new Set(),
    involvedFilters: [],
    standing,
    asked: null,
    isFresh: false,
  };
  return ctx;
}

/** Tells each operation's context what its document asks for, before anything of it is read. */
export function useAskedFields(): Plugin<Context> {
  const note = ({ args }: { args: { schema: GraphQLSchema; document: DocumentNode; contextValue: Context } }) => {
    if (args.contextValue.hasOwnLoaders) args.contextValue.asked = askedFieldsOf(args.schema, args.document);
  };
  return { onExecute: note, onSubscribe: note };
}
