import { isScalarType, isSpecifiedScalarType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { createWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { untilSummarised } from '../../testkit/conversations.ts';
import { addTenant, eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, startConnected } from '../upstreams/connected.ts';

eachDatabase('what the graph finds by its id', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database }, api: { conversations: [] } });
  });
  afterAll(() => connected?.close());

  const ask = async (query: string, apiKey = connected.gateway.apiKey, variables = {}) => {
    const { body } = await connected.gateway.graphql(query, variables, { apiKey });
    return { data: body.data, codes: (body.errors ?? []).map(({ extensions }) => extensions['code']) };
  };

  test("an upstream and a webhook; null for unknown ids, another tenant's, and what is no id", async () => {
    const { gateway, caller, upstreamId } = connected;
    const { webhook } = await createWebhook(caller, { url: 'http://127.0.0.1:9', events: ['api_key.created'] });
    const both = (upstream: string, hook: string, apiKey?: string) =>
      ask('query ($upstream: ID!, $hook: ID!) { upstream(id: $upstream) { id } webhook(id: $hook) { id } }', apiKey, {
        upstream,
        hook,
      });
    expect((await both(upstreamId, webhook.id)).data).toEqual({
      upstream: { id: upstreamId },
      webhook: { id: webhook.id },
    });
    const nothing = { data: { upstream: null, webhook: null }, codes: [] };
    const other = await addTenant(gateway, `other-${database}`);
    expect(await both(upstreamId, webhook.id, other.apiKey)).toEqual(nothing);
    for (const id of ['', 'nonsense', 'a\0b', '\ud800', webhook.id.replace('whk', 'up')]) {
      expect(await both(id, id === '' ? id : upstreamId), JSON.stringify(id)).toEqual(nothing);
    }
    for (const field of ['conversation', 'export']) {
      expect(await ask(`{ ${field}(id: "a\\u0000b") { id } }`)).toEqual({ data: { [field]: null }, codes: [] });
    }
  });

  test('what a key may not see is refused, and the rest of the answer stays', async () => {
    const { caller, upstreamId } = connected;
    const { webhook } = await createWebhook(caller, { url: 'http://127.0.0.1:9', events: ['api_key.created'] });
    const query = `{ viewer { scopes } upstream(id: "${upstreamId}") { name } webhook(id: "${webhook.id}") { url } }`;
    const keyWith = async (scope: string) => (await createApiKey(caller, { name: scope, scopes: [scope] })).secret;
    expect(await ask(query, await keyWith('read'))).toMatchObject({
      data: { upstream: { name: 'AI My Chats' }, webhook: null },
      codes: ['FORBIDDEN'],
    });
    expect(await ask(query, await keyWith('write'))).toMatchObject({
      data: { viewer: { scopes: ['conversations:write'] }, upstream: null, webhook: null },
      codes: ['FORBIDDEN', 'FORBIDDEN'],
    });
    expect((await ask(query, await keyWith('admin'))).codes).toEqual([]);
  });

  test('action items and citations have ids that stay, each its own', async () => {
    const { gateway } = connected;
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const { id } = await createConversation(caller, {
      title: 'Refund for order 1042',
      messages: [
        { role: 'USER', content: 'My order 1042 arrived broken. Can I get a refund for it, please?' },
        { role: 'ASSISTANT', content: 'I am sorry to hear that. I will send you the refund by Friday.' },
        { role: 'USER', content: 'Great. Please also send me a new one. I will call you on Monday.' },
      ],
    });
    await untilSummarised(gateway, 1);
    type Part = { id: string; citation?: { id: string } | null };
    const read = async () => {
      const { body } = await gateway.graphql<{
        conversation: { summary: { id: string; actionItems: Part[]; citations: Part[] } };
      }>(
        `{ conversation(id: "${id}") { summary { id actionItems { id text citation { id quote } } citations { id } } } }`,
      );
      return body.data?.conversation.summary;
    };
    const summary = await read();
    const parts = [...(summary?.actionItems ?? []), ...(summary?.citations ?? [])];
    const ids = parts.flatMap(({ id: own, citation }) => (citation ? [own, citation.id] : [own]));
    expect(summary?.actionItems.length).toBeGreaterThan(0);
    expect(summary?.citations.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    for (const own of ids) expect(own.startsWith(`${summary?.id}:`)).toBe(true);
    expect(await read()).toEqual(summary);
  });
});

test('every scalar of the graph says where it is specified', () => {
  const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
  expect(own.map(({ name }) => name).sort()).toEqual(['DateTime', 'Date', 'File', 'JSONObject', 'SafeInt'].sort());
  for (const scalar of own) {
    expect(isScalarType(scalar) && scalar.specifiedByURL, scalar.name).toMatch(/^https:\/\//);
  }
});
