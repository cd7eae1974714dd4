import { request as nodeRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway.close());

const query = JSON.stringify({ query: '{ __typename }' });

function post(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return gateway.fetch('/graphql', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.apiKey}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...headers,
    },
    body,
  });
}

function get(search: string, headers: Record<string, string> = {}): Promise<Response> {
  return gateway.fetch(`/graphql?${search}`, {
    headers: {
      authorization: `Bearer ${gateway.apiKey}`,
      accept: 'application/graphql-response+json',
      ...headers,
    },
  });
}

describe('requests', () => {
  test('a query is answered by POST and by GET', async () => {
    for (const response of [await post(query), await get('query={__typename}')]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
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

describe('forms', () => {
  const multipart = (
    map: string,
    operations = '{"query":"query ($file: String) { __typename }","variables":{"file":null}}',
  ) => {
    const form = new FormData();
    form.set('operations', operations);
    form.set('map', map);
    form.set('0', new File(['hello'], 'hello.txt', { type: 'text/plain' }));
    return form;
  };
  const send = (body: FormData | URLSearchParams, headers: Record<string, string> = {}) =>
    gateway.fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.apiKey}`, accept: 'application/graphql-response+json', ...headers },
      body,
    });

  test('a form without a key and without the CSRF header is 403, and says which header', async () => {
    for (const body of [multipart('{}', query), new URLSearchParams({ query })]) {
      const response = await gateway.fetch('/graphql', { method: 'POST', body });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('graphql-require-preflight');
    }
  });

  test.each([
    ['no browser', {}],
    ['the own origin', { origin: 'OWN' }],
    ['an origin of CORS_ORIGINS', { origin: 'https://app.example.com' }],
  ])('a form that bears a key is read: from %s', async (_, headers) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('OWN', gateway.url)]),
    );
    const response = await send(multipart('{}', query), sent);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each(['https://evil.example.com', 'null', 'http://127.0.0.1:1'])(
    'a form with a key that a proxy may have put in is 403 from the unknown origin %s',
    async (origin) => {
      const response = await send(multipart('{}', query), { origin });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('CORS_ORIGINS');
      expect((await send(multipart('{}', query), { origin, 'graphql-require-preflight': '1' })).status).toBe(200);
    },
  );

  test.each(['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf'])(
    'with %s they are read',
    async (name) => {
      const response = await send(new URLSearchParams({ query: '{ __typename }' }), { [name]: '1' });
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
      expect((await send(multipart('{}', query), { [name]: '1' })).status).toBe(200);
    },
  );

  test.each([
    '{"0":["variables.__proto__.file"]}',
    '{"0":["__proto__.polluted"]}',
    '{"0":["constructor.prototype.polluted"]}',
    '{"0":["variables.none"]}',
    '{"1":["variables.file"]}',
    '{"0":"variables.file"}',
    '[]',
    'x',
  ])('the map %s is 400, and changes no object', async (map) => {
    const response = await send(multipart(map), { 'graphql-require-preflight': '1' });
    expect(response.status).toBe(400);
    expect('polluted' in {}).toBe(false);
  });

  test('a multipart request that ends too early is 400', async () => {
    const response = await post('--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{', {
      'content-type': 'multipart/form-data; boundary=x',
      'graphql-require-preflight': '1',
    });
    expect(response.status).toBe(400);
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

describe('browsers', () => {
  test('a foreign origin gets no CORS header', async () => {
    const response = await post(query, { origin: 'https://evil.example.com' });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    const preflight = await gateway.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example.com', 'access-control-request-method': 'POST' },
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('an origin of CORS_ORIGINS may call, without credentials', async () => {
    const origin = 'https://app.example.com';
    const preflight = await gateway.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const response = await post(query, { origin });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('a browser that opens /graphql gets GraphiQL, and may load nothing from elsewhere', async () => {
    const response = await gateway.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = await response.text();
    expect(html).toContain('query Conversations');
    expect(html).not.toContain(gateway.apiKey);
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="?https?:/);
  });
});

/** What a request by hand is answered: for what no client writes. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(request));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('what clients and balancers write by hand', () => {
  test('a check by HTTP/1.0 names no host', async () => {
    for (const path of ['/readyz', '/healthz']) {
      expect(await raw(`GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test.each([
    ['/v1/conversations/%2e%2e/account', /"code":"not_found"/],
    ['/v1/conversations/%2E%2E/account', /"code":"not_found"/],
    ['/v1/conversations/.%2e/account', /"code":"not_found"/],
    ['/v1/conversations/../account', /"code":"not_found"/],
    ['/v1/%2e/account', /"code":"not_found"/],
    ['/v1/conversations/..%2faccount', /"code":"not_found"/],
    ['/tenants/test/%2e%2e/test/conversations', /"error":"There is nothing at this path"/],
    ['/x/%2e%2e/graphql?query={__typename}', /nothing at this path/],
    ['http://gateway.example/v1/x/%2e%2e/account', /nothing at this path/],
  ])('%s is 404: who stands before may read it otherwise', async (path, words) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.apiKey}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toMatch(words);
  });

  test('dots that are no segments of their own are left alone', async () => {
    const headers = { authorization: `Bearer ${gateway.apiKey}` };
    expect((await gateway.fetch('/v1/account?x=/../', { headers })).status).toBe(200);
    expect(await (await gateway.fetch('/v1/conversations/a..b', { headers })).text()).toMatch(
      /Conversation not found/i,
    );
  });

  test('401 says how to be let in, in every part', async () => {
    for (const path of ['/graphql?query={__typename}', '/v1/account', '/tenants/test/conversations']) {
      const response = await gateway.fetch(path);
      expect(response.status, path).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="convograph"');
    }
  });
});
