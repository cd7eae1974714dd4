import type { Logger } from 'pino';
import type { App, Caller } from '../domain/app.ts';
import { asReader } from '../domain/caller.ts';
import { createLoaders, type Loaders } from './loaders.ts';

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
};

/** Of a filter, what leaves upstreams out. */
export type UpstreamFilter = {
  upstreamIds?: readonly string[] | null | undefined;
  providers?: readonly string[] | null | undefined;
};

/** `loaders`: those of others who read the same, where there are some. */
export function createContext(
  caller: Caller,
  requestId: string,
  loaders: Loaders = createLoaders(asReader(caller)),
): Context {
  return {
    caller,
    app: caller.app,
    requestId,
    log: caller.app.log,
    loaders,
    involvedUpstreams: new Set(),
    involvedFilters: [],
  };
}
