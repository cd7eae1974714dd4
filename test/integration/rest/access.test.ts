import { expect, test } from 'vitest';
import { addTenant } from '../../testkit/gateway.ts';
import { startRest } from './rest.ts';
import { keyWith, seed } from './seed.ts';

test('no key, an unknown, a revoked and an expired one get the same 401, to the byte', async () => {
  await using gateway = await startRest();
  const past = new Date(Date.now() - 1_000);
  const keys = [
    null,
    'nonsense',
    'ak_unknown_unknown_unknown',
    await keyWith(gateway, ['*'], { expiresAt: past }),
    await keyWith(gateway, ['*'], { revokedAt: past }),
  ];
  for (const apiKey of keys) {
    const { status, text, headers } = await gateway.ask('GET', '/v1/conversations', { apiKey });
    expect({ status, text }).toEqual({
      status: 401,
      text: '{"error":{"code":"unauthorized","message":"A valid API key is required: Authorization: Bearer ak_…"}}',
    });
    for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) {
      expect(headers.get(name)).toMatch(/^\d+$/);
    }
  }
});

test('a key is also taken as X-API-Key', async () => {
  await using gateway = await startRest();
  const headers = { 'x-api-key': gateway.apiKey };
  expect((await gateway.ask('GET', '/v1/conversations', { apiKey: null, headers })).status).toBe(200);
});

test('each call needs its scope, and no other', async () => {
  await using gateway = await startRest();
  const calls = {
    'conversations:read': [
      ['GET', '/v1/conversations'],
      ['GET', '/v1/conversations/x'],
      ['POST', '/v1/conversations/search'],
      ['GET', '/v1/conversations/x/attachments'],
      ['GET', '/tenants/test/conversations'],
      ['GET', '/tenants/test/conversations/x'],
      ['GET', '/tenants/test/conversations/export'],
      ['GET', '/tenants/test/conversations/stats'],
    ],
    'conversations:write': [
      ['POST', '/v1/conversations'],
      ['PATCH', '/v1/conversations/x'],
      ['POST', '/v1/conversations/x/summaries'],
      ['POST', '/v1/conversations/x/attachments'],
      ['DELETE', '/v1/attachments/x'],
    ],
    'conversations:delete': [['DELETE', '/v1/conversations/x']],
    admin: [
      ['GET', '/v1/account'],
      ['GET', '/v1/account/usage'],
      ['GET', '/v1/webhooks'],
      ['POST', '/v1/webhooks'],
      ['GET', '/v1/webhooks/x'],
      ['PATCH', '/v1/webhooks/x'],
      ['DELETE', '/v1/webhooks/x'],
      ['POST', '/v1/webhooks/x/test'],
      ['GET', '/v1/webhooks/x/events'],
      ['POST', '/v1/webhooks/x/events/y/retry'],
    ],
  } as const;
  const scopes = Object.keys(calls) as (keyof typeof calls)[];
  for (const needed of scopes) {
    const having = await keyWith(gateway, [needed]);
    const lacking = await keyWith(
      gateway,
      scopes.filter((scope) => scope !== needed),
    );
    for (const [method, path] of calls[needed]) {
      expect([method, path, (await gateway.ask(method, path, { apiKey: having })).status]).not.toEqual([
        method,
        path,
        403,
      ]);
      const refused = await gateway.ask<{ error: unknown }>(method, path, { apiKey: lacking });
      const message = `This API key lacks the scope ${needed}`;
      const error = path.startsWith('/v1') ? { code: 'forbidden', message } : message;
      expect([method, path, refused.status, refused.body.error]).toEqual([method, path, 403, error]);
    }
  }
  const none = await keyWith(gateway, ['conversations:delete']);
  expect(await gateway.ask('GET', '/v1/auth/test', { apiKey: none })).toMatchObject({
    status: 200,
    body: { scopes: ['conversations:delete'] },
  });
});

test('a key that may only write sees what it wrote', async () => {
  await using gateway = await startRest();
  const apiKey = await keyWith(gateway, ['conversations:write']);
  const body = { title: 'Hello', content: 'World' };
  const created = await gateway.ask<{ id: string }>('POST', '/v1/conversations', { apiKey, body });
  expect(created.status).toBe(201);
  const path = `/v1/conversations/${created.body.id}`;
  expect(await gateway.ask('PATCH', path, { apiKey, body: { title: 'Bye' } })).toMatchObject({
    status: 200,
    body: { title: 'Bye', content: 'World' },
  });
  expect((await gateway.ask('POST', `${path}/summaries`, { apiKey })).status).toBe(202);
});

test('past the limit it is 429, with Retry-After and the seconds, in each API’s words', async () => {
  await using gateway = await startRest({ env: { REQUESTS_PER_MINUTE: '2' } });
  const remaining = [];
  for (let i = 0; i < 2; i++) {
    remaining.push((await gateway.ask('GET', '/v1/conversations')).headers.get('x-ratelimit-remaining'));
  }
  expect(remaining).toEqual(['1', '0']);
  const { status, headers, body } = await gateway.ask<{ error: { code: string; retry_after: number } }>(
    'GET',
    '/v1/conversations',
  );
  const seconds = Number(headers.get('retry-after'));
  expect({ status, code: body.error.code, after: body.error.retry_after }).toEqual({
    status: 429,
    code: 'rate_limit_exceeded',
    after: seconds,
  });
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(headers.get('x-ratelimit-limit')).toBe('2');
  expect(headers.get('x-ratelimit-remaining')).toBe('0');
  const reset = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1_000;
  expect(Math.abs(reset - seconds)).toBeLessThan(2);
  const animam = await gateway.ask('GET', '/tenants/test/conversations');
  expect({ status: animam.status, retryAfter: animam.headers.get('retry-after') }).toMatchObject({ status: 429 });
  expect(animam.body).toEqual({ error: expect.stringContaining('Too many requests') });
});

test('another tenant’s conversation reads as an unknown one, to the byte, whatever is done with it', async () => {
  await using gateway = await startRest();
  const other = await addTenant(gateway, 'other');
  const theirs = await seed(gateway, { title: 'Secret', content: 'Secret words' }, other.tenantId);
  const calls: [string, (id: string) => string, unknown?][] = [
    ['GET', (id) => `/v1/conversations/${id}`],
    ['PATCH', (id) => `/v1/conversations/${id}`, { title: 'Mine' }],
    ['DELETE', (id) => `/v1/conversations/${id}`],
    ['POST', (id) => `/v1/conversations/${id}/summaries`, {}],
    ['GET', (id) => `/v1/conversations/${id}/attachments`],
    ['GET', (id) => `/tenants/test/conversations/${id}`],
  ];
  for (const [method, path, body] of calls) {
    const [known, unknown] = await Promise.all([
      gateway.ask(method, path(theirs), { body }),
      gateway.ask(method, path('conv_unknown'), { body }),
    ]);
    expect([method, known.status, known.text]).toEqual([method, 404, unknown.text]);
  }
  const lists = await Promise.all([
    gateway.ask('GET', '/v1/conversations'),
    gateway.ask('POST', '/v1/conversations/search', { body: { query: 'secret' } }),
    gateway.ask('GET', '/tenants/test/conversations'),
    gateway.ask('GET', '/tenants/test/conversations/export?from=2000-01-01&to=2100-01-01&format=json'),
  ]);
  for (const { status, text } of lists) {
    expect(status).toBe(200);
    expect(text).not.toContain(theirs);
  }
  const own = await gateway.ask('GET', `/v1/conversations/${theirs}`, { apiKey: other.apiKey });
  expect(own.body).toMatchObject({ title: 'Secret' });
});

test('each call counts once, under its endpoint’s name', async () => {
  await using gateway = await startRest();
  await gateway.ask('GET', '/v1/conversations');
  await gateway.ask('GET', '/v1/conversations/x');
  await gateway.ask('POST', '/v1/conversations/search', { body: { query: 'x' } });
  await gateway.ask('POST', '/v1/conversations/x/summaries');
  await gateway.ask('GET', '/v1/conversations/x/attachments');
  await gateway.ask('GET', '/v1/webhooks');
  await gateway.ask('GET', '/tenants/test/conversations/export?from=2024-01-01&to=2024-01-01');
  await gateway.ask('GET', '/v1/unknown');
  const { body } = await gateway.ask<{ api_requests: unknown }>('GET', '/v1/account/usage');
  expect(body.api_requests).toEqual({
    total: 8,
    by_endpoint: {
      '/conversations': 2,
      '/account': 1,
      '/attachments': 1,
      '/exports': 1,
      '/search': 1,
      '/summaries': 1,
      '/webhooks': 1,
    },
  });
});

test('searches take operators of the database literally', async () => {
  await using gateway = await startRest();
  await seed(gateway, { title: 'Plain', content: 'Nothing to see here' });
  for (const query of ["' OR 1=1 --", '%_', '\\', '(a+)+$']) {
    const listed = await gateway.ask<{ data: [] }>('GET', `/v1/conversations?search=${encodeURIComponent(query)}`);
    const found = await gateway.ask<{ data: [] }>('POST', '/v1/conversations/search', { body: { query } });
    expect([query, listed.status, listed.body.data, found.status, found.body.data]).toEqual([query, 200, [], 200, []]);
  }
});

test('keys that name prototypes are data, and change nothing', async () => {
  await using gateway = await startRest();
  const body = '{"title":"x","content":"y","metadata":{"__proto__":{"polluted":1},"constructor":{"a":1}}}';
  const { status } = await gateway.ask('POST', '/v1/conversations', { body });
  expect(status).toBe(201);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
