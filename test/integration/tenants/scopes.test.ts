import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Scope, scopes } from '../../../src/domain/app.ts';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { webhookEventTypes } from '../../../src/domain/webhooks/webhooks.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, startConnected } from '../upstreams/connected.ts';

eachDatabase('what each scope opens, and what a refusal leaves of an answer', (database) => {
  let connected: Connected;
  let conversationId: string;
  const keys = new Map<Scope, string>();
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database }, api: { conversations: [{ title: 'Mirrored' }] } });
    for (const scope of scopes) {
      keys.set(scope, (await createApiKey(connected.caller, { name: scope, scopes: [scope] })).secret);
    }
    const { body } = await connected.gateway.graphql<{ conversations: { nodes: { id: string }[] } }>(
      '{ conversations { nodes { id } } }',
    );
    conversationId = body.data?.conversations.nodes[0]?.id ?? '';
  });
  afterAll(() => connected?.close());

  const isAdmin = (scope: Scope) => scope === 'admin' || scope === '*';
  const isReader = (scope: Scope) => scope === 'conversations:read' || scope === '*';
  const ask = async (scope: Scope, query: string) => {
    const { status, body } = await connected.gateway.graphql(query, {}, { apiKey: keys.get(scope) ?? '' });
    const refused = (body.errors ?? []).map(({ path, extensions }) => [extensions['code'], path?.join('.')]);
    return { status, data: body.data, refused };
  };

  const roots = [
    ['account', 'account { id }', isAdmin],
    ['usage', 'usage { totalApiRequests }', isAdmin],
    ['apiKeys', 'apiKeys { name }', isAdmin],
    ['webhooks', 'webhooks { url }', isAdmin],
    ['upstreams', 'upstreams { name }', (scope: Scope) => isAdmin(scope) || isReader(scope)],
  ] as const;

  test.each(scopes)('with %s, a root field that is refused is null, and the others stay', async (scope) => {
    const { status, data, refused } = await ask(
      scope,
      `{ viewer { scopes } ${roots.map(([, field]) => field).join(' ')} }`,
    );
    expect(status).toBe(200);
    expect(data).toMatchObject({ viewer: { scopes: [scope] } });
    for (const [name, , isOpen] of roots) {
      if (isOpen(scope)) expect(data?.[name], name).not.toBeNull();
      else expect(data?.[name], name).toBeNull();
    }
    const closed = roots.filter(([, , isOpen]) => !isOpen(scope)).map(([name]) => ['FORBIDDEN', name]);
    expect(refused.toSorted()).toEqual(closed.toSorted());
  });

  const ways = [
    ['upstreams', () => 'upstreams', 'upstreams.0'],
    ['node', () => `node(id: "${connected.upstreamId}") { ... on Upstream`, 'node'],
    ['nodes', () => `nodes(ids: ["${connected.upstreamId}"]) { ... on Upstream`, 'nodes.0'],
    ['conversation', () => `conversation(id: "${conversationId}") { id upstream`, 'conversation.upstream'],
  ] as const;
  const through = (way: string, fields: string) => `{ ${way} { ${fields} } ${way.includes('{') ? '}' : ''} }`;

  test.each(ways)('by %s a reader sees where conversations come from, and how fresh that is', async (_name, way) => {
    const fields = 'id provider name status conversationCount lastSyncedAt lastSync { finishedAt scanned } createdAt';
    const asReader = await ask('conversations:read', through(way(), fields));
    expect(asReader.refused).toEqual([]);
    expect(JSON.stringify(asReader.data)).toContain('"provider":"AI_MY_CHATS"');
    expect(asReader.data).toEqual((await ask('*', through(way(), fields))).data);
  });

  test.each(ways)(
    'by %s a reader is refused what the account is, each thing by itself where it can be null',
    async (_name, way, path) => {
      const can = through(way(), 'name remoteTenant lastError { message } drift { path }');
      const asReader = await ask('conversations:read', can);
      const paths = ['remoteTenant', 'lastError', 'drift'].map((field) => ['FORBIDDEN', `${path}.${field}`]);
      expect(asReader.refused.toSorted()).toEqual(paths.toSorted());
      expect(JSON.stringify(asReader.data)).toContain(
        '"name":"AI My Chats","remoteTenant":null,"lastError":null,"drift":null',
      );
      expect((await ask('*', can)).refused).toEqual([]);

      for (const field of ['baseUrl', 'webhookUrl']) {
        const { status, data, refused } = await ask(
          'conversations:read',
          `${through(way(), field).slice(0, -1)} viewer { scopes } }`,
        );
        expect(refused).toEqual([['FORBIDDEN', `${path}.${field}`]]);
        expect({ status, data }).toMatchObject({ status: 200, data: { viewer: { scopes: ['conversations:read'] } } });
        expect((await ask('*', through(way(), field))).refused).toEqual([]);
      }
    },
  );

  test('a conversation stays where its upstream is refused', async () => {
    const { data } = await ask(
      'conversations:read',
      `{ conversation(id: "${conversationId}") { title upstream { baseUrl } } }`,
    );
    expect(data).toEqual({ conversation: { title: 'Mirrored', upstream: null } });
  });

  test('of several nodes, one that is refused takes no other', async () => {
    const { body } = await connected.gateway.graphql<{ apiKeys: { id: string }[] }>('{ apiKeys { id } }');
    const ids = [conversationId, body.data?.apiKeys[0]?.id];
    const { data, refused } = await ask('conversations:read', `{ nodes(ids: ${JSON.stringify(ids)}) { id } }`);
    expect(data).toEqual({ nodes: [{ id: conversationId }, null] });
    expect(refused).toEqual([['FORBIDDEN', 'nodes.1']]);
  });

  test.each(scopes.filter((scope) => !isReader(scope)))('with %s, conversations are refused', async (scope) => {
    for (const field of ['conversations { totalCount }', 'exports { totalCount }', 'stats { totalMessages }']) {
      const { data, refused } = await ask(scope, `{ ${field} }`);
      expect({ data, code: refused[0]?.[0] }).toEqual({ data: null, code: 'FORBIDDEN' });
    }
  });
});

test('what is said of scopes and of event types lists each', () => {
  const descriptionOf = (type: string, field: string) => {
    const named = schema.getType(type);
    if (named === undefined || !('getFields' in named)) throw new Error(`there is no type ${type}`);
    return named.getFields()[field]?.description ?? '';
  };
  for (const [type, field] of [
    ['Viewer', 'scopes'],
    ['ApiKey', 'scopes'],
    ['CreateApiKeyInput', 'scopes'],
  ] as const) {
    for (const scope of scopes) expect(descriptionOf(type, field), type).toContain(`\`${scope}\``);
  }
  for (const [type, field] of [
    ['Webhook', 'events'],
    ['CreateWebhookInput', 'events'],
    ['UpdateWebhookInput', 'events'],
    ['TestWebhookInput', 'eventType'],
    ['WebhookDelivery', 'eventType'],
  ] as const) {
    for (const event of webhookEventTypes) expect(descriptionOf(type, field), type).toContain(`\`${event}\``);
  }
});
