import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphqlRequests, typenameQuery as query } from '../../testkit/calls/graphql-requests.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway.close());

const { post } = createGraphqlRequests(() => gateway);

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
