import { type Client, fetchExchange, mapExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { createContext, useContext } from 'react';
import { possibleTypes } from '../generated/possible-types.ts';
import { type Connection, type ConnectionStore, createConnectionStore, useConnection } from './connection.ts';
import { createLive, type Live, subscribeResuming } from './live.ts';
import { refetchExchange } from './refetch.ts';
import { signOut } from './session.ts';
import { cacheUpdates } from './updates.ts';
import { codeOf, explainCode } from './words.ts';

/** All that pages ask the gateway by. */
export type Data = {
  apiKey: string;
  /** With the normalised cache: what one answer says of a thing, all pages show. */
  client: Client;
  /** Without: for lists that are longer than what may be kept. */
  lists: Client;
  live: Live;
  connection: ConnectionStore;
  close(): void;
};

/** Parts of what they belong to, without an id of their own. */
const embeddedTypes = [
  ...['Citation', 'ActionItem', 'UpstreamFault', 'SyncRun', 'Stats', 'DayCount', 'Viewer', 'FieldError'],
  ...['ProviderCount', 'SegmentCount', 'SourceCount', 'SentimentCount', 'FacetCount', 'SearchFacets'],
  'ImportLeftOut',
];

const refused = explainCode('UNAUTHORIZED', '');

export function createData(apiKey: string): Data {
  const connection = createConnectionStore();
  const socketUrl = new URL('/graphql', location.href.replace(/^http/, 'ws')).href;
  const live = createLive({ url: socketUrl, apiKey, connection, onRefused: () => signOut(refused) });
  const common = {
    url: '/graphql',
    preferGetMethod: false as const,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${apiKey}` } }),
  };
  const onError = mapExchange({
    onError: (error) => {
      if (codeOf(error) === 'UNAUTHORIZED') signOut(refused);
    },
  });
  const forward = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (observer) => ({
        unsubscribe: subscribeResuming(live, { ...request, query: request.query ?? '' }, observer),
      }),
    }),
  });
  const cache = cacheExchange({
    possibleTypes,
    updates: cacheUpdates,
    keys: Object.fromEntries(embeddedTypes.map((each) => [each, () => null])),
  });
  return {
    apiKey,
    client: new UrqlClient({
      ...common,
      exchanges: [refetchExchange(connection), cache, onError, fetchExchange, forward],
      requestPolicy: 'cache-and-network',
    }),
    lists: new UrqlClient({ ...common, exchanges: [onError, fetchExchange, forward], requestPolicy: 'network-only' }),
    live,
    connection,
    close: () => live.close(),
  };
}

export const DataContext = createContext<Data | null>(null);

export function useData(): Data {
  const data = useContext(DataContext);
  if (data === null) throw new Error('There is no gateway around this component');
  return data;
}

/** Whether the gateway answers. */
export function useGatewayState(): Connection {
  return useConnection(useData().connection);
}
