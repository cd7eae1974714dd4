import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import type { ClientOptions } from 'graphql-ws';
import { createResumingClient } from './graphql-ws.ts';

/** What the cache cannot know of fragments on a subscription's event. */
const possibleTypes = {
  ConversationEvent: ['ConversationChange', 'StreamGap'],
  SummaryStatusEvent: ['SummaryStatusChange', 'StreamGap'],
  ExportStatusEvent: ['ExportStatusChange', 'StreamGap'],
  UpstreamStatusEvent: ['UpstreamStatusChange', 'StreamGap'],
};

/** An Apollo Client whose subscriptions lose nothing: `address` is the gateway's, `http://127.0.0.1:4000`. */
export function createApolloClient(
  address: string,
  apiKey: string,
  webSocket: Pick<ClientOptions, 'webSocketImpl'> = {},
): ApolloClient {
  const authorization = `Bearer ${apiKey}`;
  const sockets = createResumingClient({
    url: `${address.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization },
    ...webSocket,
  });
  return new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      new HttpLink({ uri: `${address}/graphql`, headers: { authorization } }),
    ),
  });
}
