import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphqlRequests, typenameQuery as query } from '../../testkit/calls/graphql-requests.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway.close());

const { post, send } = createGraphqlRequests(() => gateway);

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
