import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphqlLimits } from '../../../src/http/graphql/limits.ts';
import { addTenant, startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** `node` within `node`, as many levels as asked for: fields that the schema has. */
const deep = (levels: number) => {
  const pairs = Math.floor((levels - 3) / 2);
  const rest = (levels - 3) % 2;
  let inner = rest === 1 ? '__typename' : '';
  let text = rest === 1 ? `summary { ${inner} }` : '__typename';
  for (let pair = 0; pair < pairs; pair++) text = `summary { conversation { ${text} } }`;
  inner = text;
  return `{ conversations { nodes { ${inner} } } }`;
};

const doubling = (levels: number) =>
  `{ ...f0 } ${times(levels, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f${levels} on Query { __typename }`;

const hostile: [string, string][] = [
  [
    'a field under more aliases than allowed',
    `{ ${times(graphqlLimits.aliases + 1, (index) => `a${index}: conversations { totalCount }`)} }`,
  ],
  ['101 aliases of __typename', `{ ${times(101, (index) => `a${index}: __typename`)} }`],
  ['a depth of one too many', deep(graphqlLimits.depth + 1)],
  ['fragments in a circle', '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'],
  ['a fragment within itself', '{ ...a } fragment a on Query { __typename ...a }'],
  ['60 levels of doubling fragments', doubling(60)],
  ['60 levels of doubling fragments that nobody uses', doubling(60).replace('{ ...f0 }', '{ __typename }')],
  ['20,000 nested braces', '{ a '.repeat(20_000) + '}'.repeat(20_000)],
  ['20,000 nested lists', `{ a(b: ${'['.repeat(20_000)}${']'.repeat(20_000)}) }`],
  ['4,000 nested braces', '{ a '.repeat(1_900) + '}'.repeat(1_900)],
  ['one field 900 times', `{ ${times(900, () => '__typename')} }`],
  [
    'more tokens than allowed',
    `{ __typename } # ${'x'.repeat(10)}\n${times(graphqlLimits.tokens, (index) => `fragment f${index} on Query { __typename }`)}`,
  ],
  [
    'introspection in introspection',
    `{ __schema { types { ${'fields { type { '.repeat(12)} name ${'} }'.repeat(12)} } } }`,
  ],
  [
    'a great many directives',
    `{ ${times(graphqlLimits.directives + 1, (index) => `a${index}: __typename @skip(if: true)`)} }`,
  ],
];

describe('documents past the limits are refused', () => {
  test.each(hostile)('%s', async (_, query) => {
    const { count, result } = await gateway.countStatements(() => gateway.graphql(query), { tries: 3 });
    expect(result.status).toBe(400);
    expect(result.body.data).toBeUndefined();
    expect(result.body.errors?.length).toBeLessThanOrEqual(graphqlLimits.validationErrors + 1);
    for (const error of result.body.errors ?? []) {
      expect(error.extensions['code']).toMatch(/^GRAPHQL_(PARSE|VALIDATION)_FAILED$/);
    }
    // The key's alone: no resolver was called.
    expect(count).toBe(1);
  });

  test('ten unknown directives on one field are one error', async () => {
    const { status, body } = await gateway.graphql(`{ __typename ${times(10, (index) => `@d${index}`)} }`);
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(1);
  });

  test('`first` out of bounds in a variable is 400', async () => {
    const query = 'query ($first: Int) { conversations(first: $first) { totalCount } }';
    const { status, body } = await gateway.graphql(query, { first: 100_000 });
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code: 'BAD_REQUEST' });
  });

  test('what is just within the limits is answered', async () => {
    expect((await gateway.graphql(deep(graphqlLimits.depth))).body.errors).toBeUndefined();
    const aliases = times(graphqlLimits.aliases, (index) => `a${index}: __typename`);
    expect((await gateway.graphql(`{ ${aliases} }`)).status).toBe(200);
  });

  test("the introspection of GraphQL's own tools is answered", async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { status, body } = await gateway.graphql(query);
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
  });
});

describe('without introspection', () => {
  let closed: TestGateway;
  beforeAll(async () => {
    closed = await startGateway({ env: { INTROSPECTION: 'false', GRAPHIQL: 'false' } });
  });
  afterAll(() => closed.close());

  test('the schema is not told', async () => {
    expect((await closed.graphql('{ __schema { types { name } } }')).status).toBe(400);
    expect((await closed.graphql('{ __type(name: "Query") { name } }')).status).toBe(400);
    expect((await closed.graphql('{ __typename }')).status).toBe(200);
  });

  test('no name is suggested for a misspelt one', async () => {
    const misspelt: [string, Record<string, unknown>][] = [
      ['{ conversation }', {}],
      ['{ conversatons { totalCount } }', {}],
      ['{ conversations(frst: 1) { totalCount } }', {}],
      ['{ conversations { totalCoun } }', {}],
      ['query ($f: ConversationFiltr) { conversations(filter: $f) { totalCount } }', {}],
      ['query ($f: ConversationFilter) { conversations(filter: $f) { totalCount } }', { f: { provider: ['LOCAL'] } }],
      ['query ($f: ConversationFilter) { conversations(filter: $f) { totalCount } }', { f: { providers: ['LOCL'] } }],
      ['{ conversations(filter: { providers: [LOCL] }) { totalCount } }', {}],
    ];
    for (const [query, variables] of misspelt) {
      const { status, body } = await closed.graphql(query, variables);
      expect(status).toBe(400);
      expect(JSON.stringify(body)).not.toMatch(/did you mean/i);
    }
  });

  test('a browser gets no GraphiQL', async () => {
    const response = await closed.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
  });
});

describe('requests a minute', () => {
  test('a tenant past its limit gets 429 with the wait, others do not', async () => {
    const { apiKey, tenantId } = await addTenant(gateway, 'limited');
    await gateway.app.database.prisma.tenant.update({ where: { id: tenantId }, data: { requestsPerMinute: 3 } });
    const ask = () => gateway.graphql('{ __typename }', undefined, { apiKey });
    const statuses = (await Promise.all([ask(), ask(), ask()])).map((answer) => answer.status);
    expect(statuses).toEqual([200, 200, 200]);
    const { status, headers, body } = await ask();
    const seconds = body.errors?.[0]?.extensions['retryAfterSeconds'];
    expect(status).toBe(429);
    expect(body.errors?.[0]?.extensions['code']).toBe('RATE_LIMIT_EXCEEDED');
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(headers.get('retry-after')).toBe(String(seconds));
    expect((await gateway.graphql('{ __typename }')).status).toBe(200);
  });

  test('a limit a day holds beside that a minute', async () => {
    const { apiKey, tenantId } = await addTenant(gateway, 'daily');
    await gateway.app.database.prisma.tenant.update({ where: { id: tenantId }, data: { requestsPerDay: 1 } });
    const ask = () => gateway.graphql('{ __typename }', undefined, { apiKey });
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
  });

  test('every request is counted, by tenant, day and endpoint', async () => {
    const { apiKey, tenantId } = await addTenant(gateway, 'counted');
    for (let index = 0; index < 3; index++) await gateway.graphql('{ __typename }', undefined, { apiKey });
    const today = new Date().toISOString().slice(0, 10);
    const pending = gateway.app.usage.pending(tenantId, today, today);
    await gateway.app.usage.flush();
    await gateway.graphql('{ __typename }', undefined, { apiKey });
    await gateway.app.usage.flush();
    const rows = await gateway.app.database.prisma.usageCount.findMany({ where: { tenantId } });
    expect(pending.every((line) => line.day === today && line.endpoint === '/graphql')).toBe(true);
    expect(rows.map((row) => [row.endpoint, row.requests])).toEqual([['/graphql', 4n]]);
  });
});
