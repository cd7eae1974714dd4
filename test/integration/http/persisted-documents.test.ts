import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { print } from 'graphql';
import { createClient, type FormattedExecutionResult } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

const query = 'query Named { conversations(first: 1) { totalCount } }';
const answer = { data: { conversations: { totalCount: 0 } } };
const byHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hash('sha256', text) } });
const notFound = {
  errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
};

const authorization = (gateway: TestGateway) => ({ authorization: `Bearer ${gateway.apiKey}` });

async function post(gateway: TestGateway, body: unknown, headers: Record<string, string> = {}) {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { ...authorization(gateway), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function get(gateway: TestGateway, fields: Record<string, unknown>) {
  const params = new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  const response = await gateway.fetch(`/graphql?${params}`, { headers: authorization(gateway) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What is told first, over a socket. */
async function overSocket(gateway: TestGateway, payload: object): Promise<FormattedExecutionResult | unknown> {
  const client = createClient({
    url: gateway.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: authorization(gateway),
    retryAttempts: 0,
  });
  try {
    return await new Promise((resolve, reject) => {
      client.subscribe({ query: '', ...payload }, { next: resolve, error: resolve, complete: () => reject() });
    });
  } finally {
    await client.dispose();
  }
}

/** The first events of a stream, as text. */
async function overEvents(gateway: TestGateway, body: object, until: RegExp): Promise<string> {
  const leaving = new AbortController();
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { ...authorization(gateway), 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (until.test(text)) break;
  }
  leaving.abort();
  return text;
}

describe('documents that clients bring themselves', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  test('a hash that nobody sent the text of is answered as clients know it, and kept by nobody between', async () => {
    const extensions = byHash('query NeverSent { __typename }');
    for (const { status, headers, body } of [
      await post(gateway, { extensions }),
      await post(gateway, { extensions }, { accept: 'application/graphql-response+json' }),
      await get(gateway, { extensions }),
    ]) {
      expect({ status, body }).toEqual({ status: 200, body: notFound });
      expect(headers.get('cache-control')).toBe('no-store');
    }
    expect(await overSocket(gateway, { extensions })).toEqual(notFound.errors);
    expect(await overEvents(gateway, { extensions }, /\}\n\n|\}$/)).toContain('"PersistedQueryNotFound"');
  });

  test('a text that was sent once with its hash is run by the hash alone, over each way', async () => {
    const extensions = byHash(query);
    expect((await post(gateway, { query, extensions })).body).toEqual(answer);
    expect((await post(gateway, { extensions })).body).toEqual(answer);
    expect((await post(gateway, { documentId: `sha256:${extensions.persistedQuery.sha256Hash}` })).body).toEqual(
      answer,
    );
    expect((await get(gateway, { extensions, operationName: 'Named' })).body).toEqual(answer);
    expect(await overSocket(gateway, { extensions })).toEqual(answer);
    const batch = [{ extensions }, { extensions: byHash('{ neverSent }') }, { query: '{ __typename }' }];
    expect((await post(gateway, batch)).body).toEqual([answer, notFound, { data: { __typename: 'Query' } }]);
  });

  test('a subscription is opened by its hash', async () => {
    const subscription = 'subscription { conversationsLive(first: 1) { __typename } }';
    const extensions = byHash(subscription);
    await overEvents(gateway, { query: subscription, extensions }, /event: next/);
    expect(await overEvents(gateway, { extensions }, /event: next/)).toContain('"conversationsLive"');
    expect(await overSocket(gateway, { extensions })).toEqual({
      data: { conversationsLive: { __typename: expect.any(String) } },
    });
  });

  test('a text under another hash is refused in words, and its place is not taken', async () => {
    const extensions = byHash('query Wanted { __typename }');
    const { status, body } = await post(gateway, { query: 'query Other { __typename }', extensions });
    expect(status).toBe(400);
    expect(body.errors[0]).toEqual({
      message: expect.stringContaining('is not the SHA-256 of "query"'),
      extensions: { code: 'BAD_REQUEST' },
    });
    expect((await post(gateway, { extensions })).body).toEqual(notFound);
  });

  test.each([
    [{ persistedQuery: { version: 2, sha256Hash: hash('sha256', query) } }, 'extensions.persistedQuery'],
    [{ persistedQuery: { version: 1 } }, 'extensions.persistedQuery'],
    [{ persistedQuery: { version: 1, sha256Hash: 7 } }, 'extensions.persistedQuery'],
    [{ persistedQuery: 'hash' }, 'query'],
  ])('%j is refused in words', async (extensions, word) => {
    const { status, body } = await post(gateway, { extensions });
    expect({ status, code: body.errors[0].extensions.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(body.errors[0].message).toContain(word);
  });

  test('a mutation by its hash is not run by GET', async () => {
    const mutation = 'mutation { createConversation(input: { title: "x", content: "x" }) { __typename } }';
    expect((await post(gateway, { query: mutation, extensions: byHash(mutation) })).status).toBe(200);
    expect((await get(gateway, { extensions: byHash(mutation) })).status).toBe(405);
  });

  test("Apollo Client's own link asks by hashes, by GET, and sends a text once", async () => {
    const sent: { method: string; hasText: boolean }[] = [];
    const http = new HttpLink({
      uri: `${gateway.url}/graphql`,
      headers: authorization(gateway),
      fetch: (url, init) => {
        const text = `${String(url)} ${String(init?.body ?? '')}`;
        sent.push({ method: init?.method ?? 'GET', hasText: text.includes('totalCount') });
        return fetch(url, init);
      },
    });
    const link = new PersistedQueryLink({ sha256: (text) => hash('sha256', text), useGETForHashedQueries: true });
    const client = new ApolloClient({ cache: new InMemoryCache(), link: link.concat(http) });
    const document = gql`query ByApollo { conversations(first: 2) { totalCount } }`;
    const ask = () => client.query<object>({ query: document, fetchPolicy: 'network-only' });
    for (let time = 0; time < 2; time++) {
      expect((await ask()).data).toMatchObject({ conversations: { totalCount: expect.any(Number) } });
    }
    expect(sent).toEqual([
      { method: 'GET', hasText: false },
      { method: 'POST', hasText: true },
      { method: 'GET', hasText: false },
    ]);
  });

  test('a server without them says so, as clients know it, and runs texts', async () => {
    await using without = await startGateway({ env: { AUTOMATIC_DOCUMENTS_MB: '0' } });
    const extensions = byHash(query);
    expect((await post(without, { query, extensions })).body).toEqual(answer);
    expect((await post(without, { extensions })).body).toEqual({
      errors: [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }],
    });
  });
});

describe('a list', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'convograph-list-'));
    await writeFile(path.join(folder, 'web.json'), JSON.stringify({ 'an-id-of-our-own': query }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is run by its ids, beside other documents', async () => {
    await using gateway = await startGateway({ env: { PERSISTED_DOCUMENTS: folder } });
    expect((await post(gateway, { documentId: 'an-id-of-our-own' })).body).toEqual(answer);
    expect((await get(gateway, { documentId: 'an-id-of-our-own' })).body).toEqual(answer);
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'an-id-of-our-own' } };
    expect((await post(gateway, { extensions })).body).toEqual(answer);
    expect(await overSocket(gateway, { documentId: 'an-id-of-our-own' })).toEqual(answer);
    expect((await post(gateway, { query: '{ __typename }' })).body).toEqual({ data: { __typename: 'Query' } });
    expect((await post(gateway, { documentId: 'another' })).body).toEqual(notFound);
  });

  describe('that is the only one', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await startGateway({ env: { PERSISTED_DOCUMENTS: folder, PERSISTED_DOCUMENTS_ONLY: 'true' } });
    });
    afterAll(() => gateway.close());

    test('lets nothing else through, whichever way it comes', async () => {
      const other = '{ viewer { tenant { name } } }';
      const refused = { message: expect.stringContaining('list'), extensions: { code: 'PERSISTED_QUERY_ONLY' } };
      for (const fields of [{ query: other }, { query: other, extensions: byHash(other) }]) {
        for (const { status, body } of [await post(gateway, fields), await get(gateway, fields)]) {
          expect({ status, body }).toEqual({ status: 403, body: { errors: [refused] } });
        }
        expect(await overSocket(gateway, fields)).toEqual([refused]);
      }
      const batch = await post(gateway, [{ query: other }, { documentId: 'an-id-of-our-own' }]);
      expect(batch.body).toEqual([{ errors: [refused] }, answer]);
      // What was sent with its hash was not kept.
      expect((await post(gateway, { extensions: byHash(other) })).body).toEqual(notFound);
    });

    test('runs by id and by text, also as a cache of a client sets it', async () => {
      expect((await post(gateway, { documentId: 'an-id-of-our-own' })).body).toEqual(answer);
      expect((await post(gateway, { query })).body).toEqual(answer);
      const client = new ApolloClient({
        cache: new InMemoryCache(),
        link: new HttpLink({ uri: `${gateway.url}/graphql`, headers: authorization(gateway) }),
      });
      const { data } = await client.query<object>({ query: gql(query) });
      expect(data).toMatchObject({ conversations: { totalCount: 0 } });
    });

    test("runs the console's own documents", async () => {
      const { CheckKeyDocument, InboxPageDocument } = await import('../../../src/console/generated/documents.ts');
      for (const document of [CheckKeyDocument, InboxPageDocument]) {
        const { status, body } = await post(gateway, { query: print(document), variables: { first: 1 } });
        expect({ status, errors: body.errors }).toEqual({ status: 200 });
      }
    });

    test('is told of by GraphiQL, in place of the docs', async () => {
      const page = await (await gateway.fetch('/graphql', { headers: { accept: 'text/html' } })).text();
      expect(page).toContain('This server runs the documents of its list alone');
    });
  });

  test('that cannot be read refuses the start, naming the file', async () => {
    const broken = path.join(folder, 'broken.txt');
    await writeFile(broken, 'not JSON');
    await expect(startGateway({ env: { PERSISTED_DOCUMENTS: broken } })).rejects.toThrow(/broken\.txt is no JSON/);
  });
});
