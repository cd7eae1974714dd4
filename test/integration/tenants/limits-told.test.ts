import { afterAll, beforeAll, expect, test } from 'vitest';
import { costLimit } from '../../../src/http/graphql/cost.ts';
import { addTenant, startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const nested = `query Nested($first: Int) {
  conversations(first: $first) { nodes { messages(first: $first) { nodes { conversation {
    messages(first: $first) { nodes { id } } } } } } }
}`;

test('an operation that costs too much is refused with cost and limit, and reaches no resolver', async () => {
  const { count, result } = await gateway.countStatements(() => gateway.graphql(nested, { first: 100 }), { tries: 3 });
  expect(result.status).toBe(400);
  expect(result.body.data).toBeUndefined();
  const [error] = result.body.errors ?? [];
  expect(error?.extensions).toEqual({
    code: 'GRAPHQL_VALIDATION_FAILED',
    cost: { requested: expect.any(Number), limit: costLimit },
  });
  expect(error?.message).toContain(String(costLimit));
  // The key's alone.
  expect(count).toBe(1);
  expect((await gateway.graphql(nested, { first: 2 })).body.errors).toBeUndefined();
});

test('the cost is told to those who ask for it', async () => {
  const query = '{ conversations(first: 3) { nodes { id } } }';
  const told = await gateway.graphql(query, {}, { headers: { 'x-graphql-cost': 'report' } });
  expect(told.body).toEqual({
    data: { conversations: { nodes: [] } },
    extensions: expect.objectContaining({ cost: { requested: 4, limit: costLimit } }),
  });
  const { body } = await gateway.graphql(query);
  expect((body as { extensions?: Record<string, unknown> }).extensions?.['cost']).toBeUndefined();
  expect(await (await gateway.fetch('/metrics')).text()).toMatch(/^convograph_graphql_cost_count [1-9]/m);
});

test('the graph and REST tell each limit, what is left of it, and when to come back', async () => {
  const { apiKey, tenantId } = await addTenant(gateway, 'told');
  const limits = { requestsPerMinute: 3, requestsPerDay: 50 };
  await gateway.app.database.prisma.tenant.update({ where: { id: tenantId }, data: limits });
  const ask = async (path: '/graphql' | '/v1/conversations') => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ __typename }' });
    const response = await gateway.fetch(path, path === '/graphql' ? { method: 'POST', headers, body } : { headers });
    const { status } = response;
    return {
      status,
      policy: response.headers.get('ratelimit-policy'),
      left: response.headers.get('ratelimit'),
      response,
    };
  };
  const policy = '"minute";q=3;w=60, "day";q=50;w=86400';
  const left = (minute: number, day: number) =>
    expect.stringMatching(new RegExp(`^"minute";r=${minute};t=\\d{1,2}, "day";r=${day};t=\\d{5}$`));
  expect(await ask('/graphql')).toMatchObject({ status: 200, policy, left: left(2, 49) });
  expect(await ask('/v1/conversations')).toMatchObject({ status: 200, policy, left: left(1, 48) });
  expect(await ask('/graphql')).toMatchObject({ status: 200, policy, left: left(0, 47) });
  for (const path of ['/graphql', '/v1/conversations'] as const) {
    const refused = await ask(path);
    expect(refused).toMatchObject({ status: 429, policy, left: left(0, 47) });
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
});
