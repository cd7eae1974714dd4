import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RestGateway, startRest } from './rest.ts';
import { keyWith, seed } from './seed.ts';

let gateway: RestGateway;

beforeAll(async () => {
  gateway = await startRest();
  await seed(gateway, { title: 'There', content: 'Here.' });
});
afterAll(() => gateway.close());

describe('Animam: bad requests', () => {
  const base = '/tenants/test/conversations';
  const time = 'must be a day, such as 2024-01-31, or a time, such as 2024-01-31T10:30:00Z';
  const cases: [path: string, error: string][] = [
    ['?page=0', 'page must be a whole number from 1'],
    ['?limit=0', 'limit must be a whole number from 1 to 100'],
    ['?limit=101', 'limit must be a whole number from 1 to 100'],
    ['?page=0&limit=101', 'page must be a whole number from 1; limit must be a whole number from 1 to 100'],
    ['?from=soon', `from ${time}`],
    ['?to=2024-02-30', `to ${time}`],
    ['?from=2024-01-31T10:30:00', `from ${time}`],
    ['?from=0000-01-01', `from ${time}`],
    ['?from=2024-02-01&to=2024-01-31', 'from must not be after to'],
    ['?from=2024-01-31T10:30:01Z&to=2024-01-31T10:30:00Z', 'from must not be after to'],
    ['?segment=%00', 'segment must not contain NUL characters'],
    ['/export', 'from is required; to is required'],
    ['/export?from=2024-01-01', 'to is required'],
    ['/export?from=2024-01-01&to=2024-01-31&format=xml', 'format must be one of csv, json'],
    ['/export?from=2024-01-01&to=2024-01-31&raw=1', 'raw must be one of true, false'],
    ['/export?from=2024-02-01&to=2024-01-31', 'from must not be after to'],
    ['/stats?period=0d', 'period must be 24h, or 1d to 365d'],
    ['/stats?period=366d', 'period must be 24h, or 1d to 365d'],
    ['/stats?period=7', 'period must be 24h, or 1d to 365d'],
    ['/stats?period=', 'period must be 24h, or 1d to 365d'],
  ];
  test.each(cases)('%s is 400', async (query, error) => {
    const { status, body } = await gateway.ask('GET', base + query);
    expect({ status, body }).toEqual({ status: 400, body: { error } });
  });

  test('what is not there is 404, another method 405 with Allow', async () => {
    expect(await gateway.ask('GET', `${base}/conv_none`)).toMatchObject({
      status: 404,
      body: { error: 'Conversation not found' },
    });
    expect(await gateway.ask('GET', `${base}/%00`)).toMatchObject({
      status: 404,
      body: { error: 'Conversation not found' },
    });
    expect(await gateway.ask('GET', `${base}/x/y`)).toMatchObject({
      status: 404,
      body: { error: 'There is nothing at this path' },
    });
    const { status, headers } = await gateway.ask('DELETE', base);
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  test('a slug that is not the key’s tenant is 403, whether there is such a tenant or not', async () => {
    const { addTenant } = await import('../../testkit/gateway.ts');
    await addTenant(gateway, 'neighbour');
    const answers = await Promise.all(
      ['neighbour', 'nobody', '%zz'].map((slug) => gateway.ask('GET', `/tenants/${slug}/conversations`)),
    );
    for (const { status, text } of answers) {
      expect({ status, text }).toEqual({ status: 403, text: '{"error":"This API key is not one of this tenant"}' });
    }
  });

  test('no key and an unknown one are 401; an expired, a revoked one and one without the scope 403', async () => {
    const past = new Date(Date.now() - 1_000);
    const ask = async (apiKey: string | null) => (await gateway.ask('GET', base, { apiKey })).status;
    expect(await ask(null)).toBe(401);
    expect(await ask('ak_unknown_unknown_unknown')).toBe(401);
    expect(await ask(await keyWith(gateway, ['*'], { expiresAt: past }))).toBe(403);
    expect(await ask(await keyWith(gateway, ['*'], { revokedAt: past }))).toBe(403);
    expect(await ask(await keyWith(gateway, ['conversations:write']))).toBe(403);
    expect(await ask(await keyWith(gateway, ['conversations:read']))).toBe(200);
  });
});
