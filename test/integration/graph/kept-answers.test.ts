import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { updateConversation } from '../../../src/domain/conversations/writes.ts';
import { createApiKey, revokeApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { createConversation } from '../../testkit/conversations.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const page = '{ conversations(first: 5) { totalCount nodes { id title messages { nodes { content } } } } }';

eachDatabase('answers that are kept', (database) => {
  let gateway: TestGateway;
  let id: string;
  beforeAll(async () => {
    gateway = await startGateway({ database, env: { ANSWER_CACHE_MB: '1' } });
    ({ id } = await createConversation(gateway));
    const { summary } = gateway.app.database.prisma;
    await vi.waitUntil(async () => (await summary.count({ where: { status: 'COMPLETED' } })) === 1, 20_000);
  });
  afterAll(() => gateway?.close());

  const get = (query: string, headers: Record<string, string> = {}, apiKey = gateway.apiKey) =>
    gateway.fetch(`/graphql?${new URLSearchParams({ query })}`, {
      headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json', ...headers },
    });
  const rename = (title: string) => updateConversation(systemCaller(gateway.app, gateway.tenantId), id, { title });
  const figure = async (outcome: string) => {
    const text = await (await gateway.fetch('/metrics')).text();
    return Number(new RegExp(`^convograph_kept_answers_total{outcome="${outcome}"} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  };

  test('a kept answer is the same bytes, at the price of the statement that tells who asks', async () => {
    const first = await (await get(page)).text();
    const hits = await figure('hit');
    const again = await gateway.countStatements(async () => (await get(page)).text(), { tries: 3 });
    expect(again.result).toBe(first);
    expect(again.count, again.statements.join('\n')).toBe(1);
    expect(await figure('hit')).toBeGreaterThan(hits);
    expect(await (await gateway.fetch('/metrics')).text()).toMatch(/^convograph_kept_answers_bytes [1-9]/m);
  });

  test('the next change is in the next answer', async () => {
    for (const title of ['First', 'Second', 'First']) {
      await rename(title);
      for (const _ of [1, 2]) {
        expect((await gateway.graphql(`{ conversation(id: "${id}") { title } }`)).body.data).toEqual({
          conversation: { title },
        });
      }
    }
  });

  test('what is not in the log is read anew', async () => {
    const query = '{ viewer { rateLimit { remaining } } conversations { totalCount } }';
    const ask = async () => (await gateway.graphql<{ viewer: unknown }>(query)).body.data?.viewer;
    expect(await ask()).not.toEqual(await ask());
    const usual = await gateway.countStatements(
      () => get('{ conversations(filter: { search: "plan" }) { totalCount } }'),
      {
        tries: 3,
      },
    );
    expect(usual.count).toBeGreaterThan(1);
  });

  test('no other key, tenant, address or type is given an answer that is not its own', async () => {
    await get(page);
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const reader = await createApiKey(caller, { name: 'reader', scopes: ['conversations:read'] });
    const capabilities = async (apiKey: string) =>
      (await gateway.graphql(`{ conversation(id: "${id}") { capabilities } }`, {}, { apiKey })).body.data;
    expect(await capabilities(gateway.apiKey)).not.toEqual({ conversation: { capabilities: [] } });
    expect(await capabilities(reader.secret)).toEqual({ conversation: { capabilities: [] } });
    const other = await addTenant(gateway, `other-${database}`);
    expect(await (await get(page, {}, other.apiKey)).json()).toEqual({
      data: { conversations: { totalCount: 0, nodes: [] } },
    });
    const typed = await get(page, { accept: 'application/graphql-response+json' });
    expect(typed.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  test('a revoked key is refused by the next request, whatever is kept', async () => {
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const { apiKey, secret } = await createApiKey(caller, { name: 'short', scopes: ['conversations:read'] });
    expect((await get(page, {}, secret)).status).toBe(200);
    expect((await get(page, {}, secret)).status).toBe(200);
    await revokeApiKey(caller, apiKey.id);
    expect((await get(page, {}, secret)).status).toBe(401);
  });

  test('answers with errors and mutations are not kept', async () => {
    const partial = `{ conversations { totalCount } conversation(id: "${id}") { messages(first: -1) { totalCount } } }`;
    const before = [await figure('hit'), await figure('miss')];
    for (const _ of [1, 2, 3]) {
      expect((await gateway.graphql(partial)).body.errors).toHaveLength(1);
      expect((await gateway.graphql('{ conversations(first: 1000) { totalCount } }')).body.errors).toHaveLength(1);
      expect((await gateway.graphql('mutation { __typename }')).body.data).toEqual({ __typename: 'Mutation' });
    }
    expect([await figure('hit'), await figure('miss')]).toEqual(before);
  });

  test('each of a batch is answered for itself', async () => {
    const ask = (query: string) =>
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify([{ query }, { query: '{ __typename }' }]),
      });
    for (const _ of [1, 2])
      expect(await (await ask(page)).json()).toMatchObject([{}, { data: { __typename: 'Query' } }]);
  });

  test('a client that has the answer is told so by 304, until it changes', async () => {
    await rename('Told');
    const tagOf = async () => (await get(page)).headers.get('etag') ?? '';
    const tag = await tagOf();
    expect(tag).toMatch(/^W\/"[\w-]{27}"$/);
    expect(await tagOf()).toBe(tag);
    for (const given of [tag, `"other", ${tag}`, tag.replace('W/', ''), '*']) {
      const known = await get(page, { 'if-none-match': given });
      expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await get(page, { 'if-none-match': tag, accept: '*/*' })).status).toBe(304);
    await rename('Told anew');
    const changed = await get(page, { 'if-none-match': tag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
    expect(changed.headers.get('cache-control')).toBe('private, no-cache');
    expect((await get('{ viewer { scopes } }')).headers.has('etag')).toBe(false);
  });
});
