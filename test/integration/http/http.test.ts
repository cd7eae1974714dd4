import { request as nodeRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphqlRequests, typenameQuery as query } from '../../testkit/calls/graphql-requests.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway.close());

const { get, post } = createGraphqlRequests(() => gateway);

describe('requests', () => {
  test('a query is answered by POST and by GET', async () => {
    for (const response of [await post(query), await get('query={__typename}')]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
  });

  test('an answer tells its length; asked for as events it is a stream of one', async () => {
    for (const body of [query, `[${query}]`]) {
      const response = await post(body);
      const text = await response.text();
      expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(text));
    }
    const events = await post(query, { accept: 'text/event-stream' });
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    expect(await events.text()).toContain('event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete');
  });

  test.each(['image/png', 'text/html', 'application/json;q=0', 'text/html, application/xml'])(
    'Accept: %s is 406 in words, and nothing is run',
    async (accept) => {
      const create = `mutation { createConversation(input: { title: "Not taken", content: "It is not." }) { __typename } }`;
      const response = await post(JSON.stringify({ query: create }), { accept });
      expect(response.status).toBe(406);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
      const { body } = await gateway.graphql<{ conversations: { nodes: { title: string }[] } }>(
        '{ conversations(first: 100) { nodes { title } } }',
      );
      expect(body.data?.conversations.nodes.map(({ title }) => title)).not.toContain('Not taken');
    },
  );

  test.each([
    'Application/JSON',
    'application/*',
    'text/*, */*;q=0.1',
    'application/json; charset=utf-8',
    'multipart/*',
  ])('Accept: %s is answered', async (accept) => {
    const response = await post(query, { accept });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('{"data":{"__typename":"Query"}}');
  });

  test('a syntax error is 400, and 200 for those who accept application/json alone', async () => {
    const bad = JSON.stringify({ query: '{' });
    const response = await post(bad);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] });
    expect((await post(bad, { accept: 'application/json' })).status).toBe(200);
  });

  test('an unknown field is 400, with the code of validation', async () => {
    const response = await post(JSON.stringify({ query: '{ nothing }' }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  test('a variable of another type is 400', async () => {
    const response = await post(
      JSON.stringify({
        query: 'query ($n: Int) { conversations(first: $n) { totalCount } }',
        variables: { n: 'many' },
      }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('a body may begin with a byte-order mark, and an empty operationName names none', async () => {
    for (const response of [
      await post(`\ufeff${query}`),
      await post(JSON.stringify({ query: '{ __typename }', operationName: '' })),
      await get('query={__typename}&operationName='),
      await get('query={__typename}&operationName=&variables=&extensions='),
      await get('query={__typename}&variables=null&extensions=null'),
    ]) {
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
  });

  test('HEAD is answered as GET is, without a body', async () => {
    const page = await gateway.fetch('/graphql', { method: 'HEAD', headers: { accept: 'text/html' } });
    expect({ status: page.status, type: page.headers.get('content-type') }).toMatchObject({
      status: 200,
      type: expect.stringContaining('text/html'),
    });
    const answer = await gateway.fetch('/graphql?query={__typename}', {
      method: 'HEAD',
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  test('a mutation by GET is 405, and names POST', async () => {
    const response = await get(`query=${encodeURIComponent('mutation { __typename }')}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s is 405', async (method) => {
    const response = await gateway.fetch('/graphql', { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  test.each(['text/plain', 'application/graphql', 'application/xml'])('%s is 415', async (type) => {
    expect((await post(query, { 'content-type': type })).status).toBe(415);
  });

  test.each([
    ['a string', '"query"'],
    ['null', 'null'],
    ['no JSON', '{query'],
    ['nothing', ''],
    ['an empty batch', '[]'],
    ['variables that are a list', '{"query":"{ __typename }","variables":[]}'],
    ['variables that are a string', '{"query":"{ __typename }","variables":"{}"}'],
    ['a query that is a number', '{"query":1}'],
    ['an operation name that is a number', '{"query":"{ __typename }","operationName":1}'],
    ['the name of no operation', '{"query":"query A { __typename }","operationName":"B"}'],
    ['200 levels of lists', `{"query":"{ __typename }","variables":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`],
    ['no UTF-8', Buffer.from('{"query":"{ __typename } # caf\xe9"}', 'latin1')],
  ])('%s is 400', async (_, body) => {
    const response = await post(body);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 400,
      body: { errors: [expect.objectContaining({ message: expect.any(String) })] },
    });
  });

  test.each(['variables=x', 'variables=[]', 'query=', ''])('GET with "%s" is 400', async (search) => {
    expect((await get(search.startsWith('var') ? `query={__typename}&${search}` : search)).status).toBe(400);
  });

  test('ten operations in a batch are answered in order, eleven refused', async () => {
    const batch = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ query: '{ __typename }' })));
    const response = await post(batch(10));
    expect(await response.json()).toEqual(Array.from({ length: 10 }, () => ({ data: { __typename: 'Query' } })));
    expect((await post(batch(11))).status).toBe(400);
  });

  test('__proto__ in variables changes no object', async () => {
    const body =
      '{"query":"query ($f: ConversationFilter) { conversations(filter: $f) { totalCount } }","variables":{"f":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}}';
    expect((await post(body)).status).toBeLessThan(500);
    expect('polluted' in {}).toBe(false);
  });
});

describe('bodies', () => {
  test('a body over 1 MiB is 413, with its length told or not', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { a: 'x'.repeat(1_100_000) } });
    expect((await post(body)).status).toBe(413);
    const chunks = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < body.length; at += 65_536) {
          controller.enqueue(new TextEncoder().encode(body.slice(at, at + 65_536)));
        }
        controller.close();
      },
    });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = nodeRequest(
        `${gateway.url}/graphql`,
        { method: 'POST', headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' } },
        (response) => resolve(response.resume().statusCode),
      );
      sent.on('error', reject);
      (async () => {
        for await (const chunk of chunks) sent.write(chunk);
        sent.end();
      })().catch(reject);
    });
    expect(status).toBe(413);
  });

  test('a client that leaves halfway through its body is counted, and is no fault', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    await new Promise<void>((resolve) => {
      socket.write(
        `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.apiKey}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"query":',
        () => resolve(),
      );
    });
    const left = 'convograph_http_requests_total{route="/graphql",method="POST",status="499"} 1';
    socket.destroy();
    await expect.poll(async () => (await gateway.fetch('/metrics')).text(), { timeout: 15_000 }).toContain(left);
  });

  test('a compressed body is 415, whatever it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1_048_576, 0x20));
    const before = process.memoryUsage().rss;
    const response = await post(new Uint8Array(bomb), { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1_048_576);
  });

  test('a body sent a byte a second is 408', { timeout: 40_000 }, async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.apiKey}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
    );
    const drip = setInterval(() => socket.write(' '), 1_000);
    try {
      await expect.poll(() => answer, { timeout: 30_000 }).toMatch(/^HTTP\/1.1 408 /);
    } finally {
      clearInterval(drip);
      socket.destroy();
    }
  });
});
