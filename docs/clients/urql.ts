import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import type { ClientOptions } from 'graphql-ws';
import { createResumingClient } from './graphql-ws.ts';

/** An urql client whose subscriptions lose nothing: `address` is the gateway's, `http://127.0.0.1:4000`. */
export function createUrqlClient(
  address: string,
  apiKey: string,
  webSocket: Pick<ClientOptions, 'webSocketImpl'> = {},
): Client {
  const authorization = `Bearer ${apiKey}`;
  const sockets = createResumingClient({
    url: `${address.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization },
    ...webSocket,
  });
  return new Client({
    url: `${address}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => {
            const payload = { query: query ?? '', ...(variables && { variables: { ...variables } }) };
            const unsubscribe = sockets.subscribe(payload, {
              next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
              error: (error) => sink.error(error),
              complete: () => sink.complete(),
            });
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
}
