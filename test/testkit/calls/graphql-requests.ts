import type { TestGateway } from '../gateway.ts';

/** A request that every gateway answers. */
export const typenameQuery = JSON.stringify({ query: '{ __typename }' });

/** Requests to /graphql by hand, with the gateway's key, from a client that knows GraphQL's own media type. */
export function createGraphqlRequests(gateway: () => TestGateway) {
  const withKey = () => ({
    authorization: `Bearer ${gateway().apiKey}`,
    accept: 'application/graphql-response+json',
  });
  return {
    post: (body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
      gateway().fetch('/graphql', {
        method: 'POST',
        headers: { ...withKey(), 'content-type': 'application/json', ...headers },
        body,
      }),
    get: (search: string, headers: Record<string, string> = {}): Promise<Response> =>
      gateway().fetch(`/graphql?${search}`, { headers: { ...withKey(), ...headers } }),
    /** The body's own content type is sent. */
    send: (body: FormData | URLSearchParams, headers: Record<string, string> = {}): Promise<Response> =>
      gateway().fetch('/graphql', { method: 'POST', headers: { ...withKey(), ...headers }, body }),
  };
}
