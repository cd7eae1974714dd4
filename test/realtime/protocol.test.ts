import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticate, createApiKey, revokeApiKey } from '../../src/domain/tenants/api-keys.ts';
import { graphqlLimits } from '../../src/http/graphql/limits.ts';
import { addTenant, newTestKey, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket, openRawSocket } from '../testkit/servers/raw-socket.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const subscription = 'subscription { summaryStatusChanged { __typename } }';
const subscribe = (id: string, query = subscription) => ({ type: 'subscribe', id, payload: { query } });

const create = (title: string) =>
  gateway.graphql(
    `mutation ($input: CreateConversationInput!) {
      createConversation(input: $input) { ... on CreateConversationPayload { conversation { id } } }
    }`,
    { input: { title, content: 'My order arrived broken. I would like a refund.' } },
  );

async function makeKey(expiresAt: Date | null = null) {
  const owner = await authenticate(gateway.app, gateway.apiKey, '');
  return { owner, ...(await createApiKey(owner, { name: 'Listener', scopes: ['*'], expiresAt })) };
}

describe('misuse closes the socket', () => {
  test.each([
    'not JSON',
    '[]',
    '"text"',
    '{}',
    '{"type":"unknown"}',
    '{"type":"subscribe","id":"1"}',
    '{"type":"subscribe","payload":{"query":"{a}"}}',
  ])('%s: 4400', async (message) => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(message);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  test('JSON nested past the limit: 4400', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(`{"type":"ping","payload":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  test('subscribing before the acknowledgement: 4401', async () => {
    await using socket = await openRawSocket(gateway.wsUrl);
    socket.send(subscribe('1'));
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test('a second connection_init: 4429', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send({ type: 'connection_init' });
    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  test('no connection_init for three seconds: 4408', async () => {
    await using socket = await openRawSocket(gateway.wsUrl);
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  test('an id in use: 4409', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(subscribe('1'));
    socket.send(subscribe('1'));
    expect(await socket.closed).toMatchObject({ code: 4409 });
  });

  test('a frame of 2 MB: 1009', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(subscribe('1', `{ __typename } # ${'x'.repeat(2_000_000)}`));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  test.each([
    ['no key', undefined],
    ['an unknown key', { authorization: `Bearer ${newTestKey()}` }],
    ['a number for a key', { authorization: 1 }],
  ])('%s: 4403', async (_, payload) => {
    await using socket = await openRawSocket(gateway.wsUrl);
    socket.send({ type: 'connection_init', ...(payload && { payload }) });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });
});

test('X-API-Key is taken in connection_init and in the upgrade, and the one in connection_init counts', async () => {
  const wrong = newTestKey();
  const open = async (upgradeKey: string | null, initKey: string | null) => {
    const socket = await openRawSocket(gateway.wsUrl, upgradeKey === null ? {} : { 'X-API-Key': upgradeKey });
    socket.send({ type: 'connection_init', ...(initKey !== null && { payload: { 'X-API-Key': initKey } }) });
    return socket;
  };
  for (const [upgradeKey, initKey] of [
    [null, gateway.apiKey],
    [gateway.apiKey, null],
    [wrong, gateway.apiKey],
  ] as const) {
    await using socket = await open(upgradeKey, initKey);
    expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
    socket.send(subscribe('1', '{ account { id } }'));
    const answer = await socket.next();
    expect(answer).toEqual({ type: 'next', id: '1', payload: { data: { account: { id: gateway.tenantId } } } });
  }
  for (const [upgradeKey, initKey] of [
    [null, wrong],
    [wrong, null],
    [gateway.apiKey, wrong],
  ] as const) {
    await using socket = await open(upgradeKey, initKey);
    expect(await socket.closed).toMatchObject({ code: 4403 });
  }
});

describe('what fails in one operation leaves the socket open', () => {
  test('a syntax error, an unknown field and a hostile document are `error` messages', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    const bad: [string, string][] = [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{ a '.repeat(20_000) + '}'.repeat(20_000), 'GRAPHQL_PARSE_FAILED'],
      [`{ ${'__typename '.repeat(900)} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ];
    for (const [index, [query, code]] of bad.entries()) {
      socket.send(subscribe(String(index), query));
      expect(await socket.next()).toMatchObject({
        type: 'error',
        id: String(index),
        payload: [{ extensions: { code } }],
      });
    }
    expect(JSON.stringify(socket.messages)).not.toContain('"http"');
    socket.send(subscribe('last', '{ __typename }'));
    expect(await socket.next()).toEqual({ type: 'next', id: 'last', payload: { data: { __typename: 'Query' } } });
    expect(await socket.next()).toEqual({ type: 'complete', id: 'last' });
  });

  test('the name of no operation, and none where there are several', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    const query = 'query A { __typename } query B { __typename }';
    for (const operationName of ['C', undefined]) {
      socket.send({ type: 'subscribe', id: '1', payload: { query, operationName } });
      const refusal = { message: expect.stringContaining('operation'), extensions: { code: 'BAD_REQUEST' } };
      expect(await socket.next()).toMatchObject({ type: 'error', id: '1', payload: [refusal] });
    }
    socket.send({ type: 'subscribe', id: '1', payload: { query, operationName: 'B' } });
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } });
  });

  test('ids that nothing can have are of nothing', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    const ofMany = [
      ['conversationChanged', 'conversationIds'],
      ['summaryStatusChanged', 'conversationIds'],
      ['upstreamStatusChanged', 'upstreamIds'],
      ['exportStatusChanged', 'exportIds'],
    ];
    for (const [field, argument] of ofMany) {
      const query = `subscription ($ids: [ID!]) { ${field}(${argument}: $ids) { __typename } }`;
      socket.send({ type: 'subscribe', id: `${field}`, payload: { query, variables: { ids: ['\0', 'a\0b'] } } });
    }
    // Answered behind them.
    socket.send(subscribe('last', '{ __typename }'));
    expect(await socket.next()).toMatchObject({ type: 'next', id: 'last' });
    await create('Heard by nobody');
    expect(socket.messages.filter(({ type }) => type === 'error')).toEqual([]);
  });

  test('one subscription over the limit of a socket', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    for (let id = 0; id < graphqlLimits.operationsPerSocket; id++) socket.send(subscribe(String(id)));
    socket.send(subscribe('one more'));
    expect(await socket.next(({ id }) => id === 'one more')).toMatchObject({ type: 'error' });
    socket.send({ type: 'complete', id: '0' });
    socket.send(subscribe('again', '{ __typename }'));
    expect(await socket.next(({ id }) => id === 'again')).toMatchObject({ type: 'next' });
  });

  test('past the rate limit each operation is refused, with the wait', async () => {
    const { apiKey, tenantId } = await addTenant(gateway, 'limited');
    await gateway.app.database.prisma.tenant.update({ where: { id: tenantId }, data: { requestsPerMinute: 1 } });
    await using socket = await openGraphqlSocket(gateway.wsUrl, apiKey);
    socket.send(subscribe('1', '{ __typename }'));
    expect(await socket.next()).toMatchObject({ type: 'next' });
    socket.send(subscribe('2', '{ __typename }'));
    expect(await socket.next(({ id }) => id === '2')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMIT_EXCEEDED', retryAfterSeconds: expect.any(Number) } }],
    });
  });
});

describe('events', () => {
  test('are pushed over a socket until it is told to stop', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(
      subscribe(
        '1',
        'subscription { conversationChanged { ... on ConversationChange { cursor kind conversation { title } } } }',
      ),
    );
    // Answered in order: the subscription stands once a query behind it has run.
    socket.send(subscribe('2', '{ __typename }'));
    await socket.next(({ id, type }) => id === '2' && type === 'complete');
    await create('Pushed');
    expect(await socket.next(({ type }) => type === 'next')).toMatchObject({
      id: '1',
      payload: {
        data: {
          conversationChanged: { cursor: expect.any(String), kind: 'CREATED', conversation: { title: 'Pushed' } },
        },
      },
    });
    socket.send({ type: 'complete', id: '1' });
    await expect
      .poll(async () => (await gateway.fetch('/metrics')).text())
      .toContain('convograph_subscriptions_open{transport="ws"} 0');
  });

  test('are pushed as server-sent events', async () => {
    const stop = new AbortController();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({
        query: 'subscription { conversationChanged { ... on ConversationChange { conversation { title } } } }',
      }),
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader?.read())?.value ?? '';
    await create('Sent');
    while (!text.includes('Sent')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('event: next\ndata: {"data":{"conversationChanged":{"conversation":{"title":"Sent"}}}}\n\n');
    stop.abort();
    await expect
      .poll(async () => (await gateway.fetch('/metrics')).text())
      .toContain('convograph_subscriptions_open{transport="sse"} 0');
  });
});

describe('a key that is no longer valid', () => {
  test('closes its sockets within five seconds of being revoked, and no others', async () => {
    const { owner, apiKey, secret } = await makeKey();
    await using socket = await openGraphqlSocket(gateway.wsUrl, secret);
    await using other = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send(subscribe('1'));
    await revokeApiKey(owner, apiKey.id);
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 5_000).unref());
    expect(await Promise.race([socket.closed, late])).toMatchObject({ code: 4403 });
    other.send(subscribe('1', '{ __typename }'));
    expect(await other.next()).toMatchObject({ type: 'next' });
  });

  test('closes its sockets when it expires', async () => {
    const { secret } = await makeKey(new Date(Date.now() + 1_500));
    await using socket = await openGraphqlSocket(gateway.wsUrl, secret);
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  test('ends its streams, with UNAUTHORIZED', async () => {
    const { owner, apiKey, secret } = await makeKey();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: subscription }),
    });
    await revokeApiKey(owner, apiKey.id);
    const text = await response.text();
    expect(text).toContain('"code":"UNAUTHORIZED"');
    expect(text).toMatch(/event: complete\ndata:\n\n$/);
  });
});
