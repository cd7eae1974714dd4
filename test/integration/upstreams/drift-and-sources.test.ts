import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import type { Drift } from '../../../src/upstreams/clients/drift.ts';
import { recordDrift } from '../../../src/upstreams/clients/record-drift.ts';
import { addTenant, eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, create as createConversation, startConnected } from './connected.ts';

eachDatabase('what is told of upstreams', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({
      gateway: { database },
      api: { conversations: [{ title: 'Mirrored', summary: {} }] },
    });
  });
  afterAll(() => connected?.close());
  beforeEach(() => connected.gateway.app.database.prisma.upstreamDrift.deleteMany());

  const drift = (path: string, kind: Drift['kind'] = 'UNKNOWN'): Drift => ({
    resource: 'conversation.get',
    path,
    kind,
    expected: kind === 'UNKNOWN' ? null : 'string',
    actual: kind === 'MISSING' ? null : 'number',
  });
  const record = (drifts: Drift[]) => recordDrift(connected.caller, connected.upstreamId, drifts);
  const shown = async () => {
    const { body } = await connected.gateway.graphql<{ upstreams: { drift: Record<string, unknown>[] }[] }>(
      '{ upstreams { drift { resource path kind expected actual count firstSeenAt lastSeenAt } } }',
    );
    return body.data?.upstreams[0]?.drift ?? [];
  };

  test('differences are counted, most seen first', async () => {
    await record([drift('a'), drift('b', 'TYPE')]);
    await record([drift('b', 'TYPE'), drift('b', 'TYPE'), drift('c', 'MISSING')]);
    expect(await shown()).toMatchObject([
      { path: 'b', kind: 'TYPE', expected: 'string', actual: 'number', count: 3 },
      { path: 'a', kind: 'UNKNOWN', expected: null, count: 1 },
      { path: 'c', kind: 'MISSING', actual: null, count: 1 },
    ]);
  });

  test('counting takes one statement, and none where there is nothing to count', async () => {
    const { gateway } = connected;
    const { statements } = await gateway.countStatements(() => record([drift('a'), drift('b')]));
    expect(statements.filter((sql) => sql.includes('upstream_drift'))).toHaveLength(1);
    expect((await gateway.countStatements(() => record([]), { tries: 5 })).count).toBe(0);
  });

  test('counting at once in any order loses nothing', async () => {
    const all = ['a', 'b', 'c', 'd'].map((path) => drift(path));
    await Promise.all(Array.from({ length: 20 }, (_, index) => record(index % 2 === 0 ? all : all.toReversed())));
    expect((await shown()).map(({ count }) => count)).toEqual([20, 20, 20, 20]);
  });

  test('an API that makes up new names fills no table, and what is known is still counted', async () => {
    for (let round = 0; round < 12; round++) {
      await record(Array.from({ length: 50 }, (_, index) => drift(`made.up.${round}.${index}`)));
    }
    await record([drift('made.up.0.0')]);
    const rows = await shown();
    expect(rows.length).toBeLessThanOrEqual(550);
    expect(rows[0]).toMatchObject({ path: 'made.up.0.0', count: 2 });
  });

  test('an upstream that is gone is no failure', async () => {
    await recordDrift(connected.caller, 'up_01h455vb4pex5vsknk084sn02q', [drift('a')]);
    expect(await shown()).toEqual([]);
  });

  test('what a write finds different is counted', async () => {
    connected.api.script({
      method: 'GET',
      path: /conversations\/conv_/,
      answer: { kind: 'edit-answer', edit: (body) => ({ ...(body as object), mood: 'good' }) },
    });
    await createConversation(connected.gateway, {
      title: 'Drifts',
      content: 'Words.',
      upstreamId: connected.upstreamId,
    });
    connected.api.heal();
    expect(await shown()).toMatchObject([
      { resource: 'conversation.get', path: 'mood', kind: 'UNKNOWN', actual: 'string' },
    ]);
  });

  const sourcesOf = (body: unknown) => (body as { extensions?: { sources?: unknown[] } }).extensions?.sources;

  test('an answer tells how fresh the upstreams are that it holds something of, for no further statement', async () => {
    const { gateway, upstreamId } = connected;
    const query = '{ conversations { nodes { title } } }';
    const { result, count } = await gateway.countStatements(() => gateway.graphql(query), { tries: 5 });
    expect(sourcesOf(result.body)).toEqual([
      { upstreamId, provider: 'AI_MY_CHATS', status: 'HEALTHY', ageSeconds: expect.any(Number) },
    ]);
    const alone = await gateway.countStatements(
      () => gateway.graphql('{ conversations(filter: { providers: [LOCAL] }) { nodes { title } } }'),
      { tries: 5 },
    );
    expect(sourcesOf(alone.result.body)).toBeUndefined();
    expect(count).toBe(alone.count);
  });

  test('where nothing is found, that too is told of', async () => {
    const { gateway, upstreamId } = connected;
    const filter = `filter: { upstreamIds: ["${upstreamId}"] }`;
    for (const query of [
      `{ conversations(${filter}) { totalCount } }`,
      '{ conversations(filter: { search: "zzzz" }) { nodes { id } } }',
      `{ stats(period: ALL_TIME, ${filter}) { totalConversations } }`,
      '{ searchConversations(query: "zzzz") { totalCount } }',
    ]) {
      expect(sourcesOf((await gateway.graphql(query)).body), query).toMatchObject([{ upstreamId }]);
    }
    const { secret: apiKey } = await createApiKey(connected.caller, {
      name: 'Deletes alone',
      scopes: ['conversations:delete'],
      expiresAt: null,
    });
    const asks = [
      'conversations { totalCount }',
      'stats { totalConversations }',
      'searchConversations(query: "a") { totalCount }',
    ];
    for (const ask of asks) {
      const { body } = await gateway.graphql(`{ ${ask} }`, {}, { apiKey });
      expect(body.errors?.[0]?.extensions['code'], ask).toBe('FORBIDDEN');
      expect(sourcesOf(body), ask).toBeUndefined();
    }
    const elsewhere = '{ conversations(filter: { upstreamIds: ["up_other"] }) { totalCount } }';
    expect(sourcesOf((await gateway.graphql(elsewhere)).body)).toBeUndefined();
  });

  test('an upstream that is asked for itself, or that a mutation wrote to, is told of', async () => {
    const { gateway, upstreamId } = connected;
    expect(sourcesOf((await gateway.graphql('{ upstreams { name } }')).body)).toMatchObject([{ upstreamId }]);
    const made = await gateway.graphql(
      `mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { ... on CreateConversationPayload { conversation { id } } }
      }`,
      { input: { title: 'Written', content: 'Words.', upstreamId } },
    );
    expect(sourcesOf(made.body)).toMatchObject([{ upstreamId, provider: 'AI_MY_CHATS' }]);
  });

  test('a local conversation, and another tenant, are told of no upstream', async () => {
    const { gateway } = connected;
    const local = await gateway.graphql(
      'mutation { createConversation(input: { title: "Local", content: "Words." }) { __typename ... on CreateConversationPayload { conversation { id } } } }',
    );
    expect(local.body.data).toMatchObject({ createConversation: { __typename: 'CreateConversationPayload' } });
    expect(sourcesOf(local.body)).toBeUndefined();
    const other = await addTenant(gateway, `other-${database}`);
    const { body } = await gateway.graphql(
      '{ conversations { nodes { id } } upstreams { id } }',
      {},
      { apiKey: other.apiKey },
    );
    expect(body.data).toEqual({ conversations: { nodes: [] }, upstreams: [] });
    expect(sourcesOf(body)).toBeUndefined();
  });
});
