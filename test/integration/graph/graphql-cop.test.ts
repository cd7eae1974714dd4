import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

/**
 * What graphql-cop (https://github.com/dolevf/graphql-cop) asks a server, and by what it tells that something is wrong:
 * asked here of a running gateway, as the tool asks it, once without a key and once with `-H` and one.
 */
type Asked = { status: number; text: string; json: unknown };
type Ask = {
  post(body: unknown): Promise<Asked>;
  request(method: string, path: string, query?: string): Promise<Asked>;
};
type Answer = { data?: Record<string, unknown>; errors?: { message: string; extensions?: Record<string, unknown> }[] };

function asker(gateway: TestGateway, apiKey: string | null): Ask {
  const send = async (path: string, init: RequestInit) => {
    const headers = { accept: '*/*', ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }), ...init.headers };
    const response = await gateway.fetch(path, { ...init, headers });
    const text = await response.text();
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {}
    return { status: response.status, text, json };
  };
  return {
    post: (body) =>
      send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    request: (method, path, query) =>
      send(query === undefined ? path : `${path}?${new URLSearchParams({ query })}`, { method }),
  };
}

const repeated = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');
const answerOf = ({ json }: Asked) => (json ?? {}) as Answer;
const typesOf = (asked: Asked) =>
  (answerOf(asked).data?.['__schema'] as { types?: unknown[] } | undefined)?.types ?? [];

/** Each tells whether the tool would flag it. */
const checks: Record<string, (ask: Ask) => Promise<boolean>> = {
  'alias overloading': async ({ post }) => {
    const query = `query { ${repeated(101, (index) => `alias${index}:__typename`)} }`;
    return answerOf(await post({ query })).data?.['alias100'] !== undefined;
  },
  'batch queries': async ({ post }) => {
    const { json } = await post(Array.from({ length: 11 }, () => ({ query: 'query { __typename }' })));
    return Array.isArray(json) && json.length >= 10;
  },
  'directive overloading': async ({ post }) => {
    const { errors = [] } = answerOf(await post({ query: `query { __typename ${'@aa'.repeat(10)} }` }));
    return errors.length === 10;
  },
  'field duplication': async ({ post }) => {
    const query = `query { ${repeated(500, () => '__typename')} }`;
    return answerOf(await post({ query })).data?.['__typename'] !== undefined;
  },
  'circular introspection': async ({ post }) => {
    const inner = 'type { fields { type { fields { type { fields { type { name } } } } } } }';
    return typesOf(await post({ query: `query { __schema { types { fields { ${inner} } } } }` })).length > 25;
  },
  introspection: async ({ post }) =>
    typesOf(await post({ query: 'query { __schema { types { name fields { name } } } }' })).length > 0,
  'field suggestions': async ({ post }) =>
    (await post({ query: 'query { __schema { directive } }' })).text.includes('Did you mean'),
  GraphiQL: async ({ request }) => {
    const pages = await Promise.all(
      ['/graphiql', '/playground', '/console', '/graphql'].map((path) => request('GET', path)),
    );
    return pages.some(({ text }) => /graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/.test(text));
  },
  'queries by GET': async ({ request }) =>
    answerOf(await request('GET', '/graphql', '{__typename}')).data?.['__typename'] !== undefined,
  'mutations by GET': async ({ request }) =>
    answerOf(await request('GET', '/graphql', 'mutation {__typename}')).data?.['__typename'] !== undefined,
  'url-encoded POST': async ({ request }) =>
    answerOf(await request('POST', '/graphql', 'query {__typename}')).data?.['__typename'] !== undefined,
  tracing: async ({ post }) => {
    const { text } = await post({ query: 'query { __typename }' });
    return /"tracing"|"exception"|stacktrace/i.test(text);
  },
  'unhandled errors': async ({ post }) =>
    /"exception"|stacktrace/i.test((await post({ query: 'qwerty cop { abc }' })).text),
};

async function flagged(gateway: TestGateway, apiKey: string | null): Promise<string[]> {
  const ask = asker(gateway, apiKey);
  const found: string[] = [];
  for (const [name, isWrong] of Object.entries(checks)) if (await isWrong(ask)) found.push(name);
  return found;
}

test('without a key graphql-cop flags nothing', async () => {
  await using gateway = await startGateway();
  expect(await flagged(gateway, null)).toEqual([]);
});

test('with a key it flags what settings open, and nothing once they are closed but queries by GET, which carry the key', async () => {
  await using open = await startGateway();
  // INTROSPECTION=true, as it is for those who write a client.
  expect(await flagged(open, open.apiKey)).toEqual(['introspection', 'field suggestions', 'queries by GET']);
  await using closed = await startGateway({ env: { INTROSPECTION: 'false', GRAPHIQL: 'false' } });
  expect(await flagged(closed, closed.apiKey)).toEqual(['queries by GET']);
  // A page of elsewhere cannot send the key along without asking first, and is told no.
  const asked = await closed.fetch(`/graphql?${new URLSearchParams({ query: '{__typename}' })}`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://elsewhere.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(asked.headers.get('access-control-allow-origin')).toBeNull();
});

test('with the list of documents as the only one it flags nothing at all', async () => {
  const list = 'src/console/generated/persisted-documents.json';
  await using gateway = await startGateway({ env: { PERSISTED_DOCUMENTS: list, PERSISTED_DOCUMENTS_ONLY: 'true' } });
  expect(await flagged(gateway, gateway.apiKey)).toEqual([]);
});
