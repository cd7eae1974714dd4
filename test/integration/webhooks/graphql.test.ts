import { expect, test } from 'vitest';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { testWebhook } from '../../../src/domain/webhooks/deliveries.ts';
import { addTenant, eachDatabase, startGateway } from '../../testkit/gateway.ts';
import { soon, useWebhooks } from '../../testkit/servers/webhooks.ts';

const createDocument = /* GraphQL */ `
  mutation ($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      __typename
      ... on CreateWebhookPayload { secret webhook { id url events description active createdAt deliveries { totalCount } } }
      ... on ValidationError { message fields { field messages } }
    }
  }
`;

type Created = { createWebhook: { __typename: string; secret: string; webhook: { id: string } } };

function missing(body: unknown): never {
  throw new Error(`no data: ${JSON.stringify(body)}`);
}

eachDatabase('webhooks over GraphQL', (database) => {
  const world = useWebhooks(database);
  const { make, deliveriesOf } = world;
  const create = (input: object, apiKey = world.gateway.apiKey) =>
    world.gateway.graphql<Created>(createDocument, { input }, { apiKey });

  test('the secret is shown once, and kept encrypted', async () => {
    const { body } = await create({ url: world.receiver.url, events: ['summary.failed'], description: 'mine' });
    const { secret, webhook } = body.data?.createWebhook ?? missing(body);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    expect(webhook).toMatchObject({
      id: expect.stringMatching(/^whk_/),
      url: world.receiver.url,
      events: ['summary.failed'],
      description: 'mine',
      active: true,
      deliveries: { totalCount: 0 },
    });
    const stored = await world.gateway.app.database.prisma.webhook.findFirstOrThrow({ where: { id: webhook.id } });
    expect(JSON.stringify(stored)).not.toContain(secret.slice(6));
    const { body: read } = await world.gateway.graphql(
      'query ($id: ID!) { node(id: $id) { __typename id ... on Webhook { events } } webhooks { id } }',
      { id: webhook.id },
    );
    expect(read.data).toEqual({
      node: { __typename: 'Webhook', id: webhook.id, events: ['summary.failed'] },
      webhooks: [{ id: webhook.id }],
    });
  });

  test.each([
    [{ url: 'ftp://example.com/x', events: ['api_key.created'] }, 'input.url'],
    [{ url: 'nonsense', events: ['api_key.created'] }, 'input.url'],
    [{ url: 'https://user:secret@example.com/', events: ['api_key.created'] }, 'input.url'],
    [{ url: `https://example.com/${'x'.repeat(2_100)}`, events: ['api_key.created'] }, 'input.url'],
    [{ url: 'https://8.8.8.8/', events: [] }, 'input.events'],
    [{ url: 'https://8.8.8.8/', events: ['conversation.*'] }, 'input.events'],
    [{ url: 'https://8.8.8.8/', events: ['api_key.created'], description: 'a\0b' }, 'input.description'],
  ])('%j is refused', async (input, field) => {
    const { body } = await create(input);
    expect(body.data?.createWebhook).toMatchObject({ __typename: 'ValidationError', fields: [{ field }] });
  });

  test('addresses that are not public are refused where private networks are not allowed', async () => {
    await using strict = await startGateway({ database, env: { ALLOW_PRIVATE_NETWORK: 'false' } });
    for (const host of [
      '127.1',
      '2130706433',
      '[::ffff:7f00:1]',
      '0',
      '169.254.169.254',
      '10.0.0.1',
      'localhost',
      '[::1]',
    ]) {
      const input = { url: `http://${host}/hook`, events: ['api_key.created'] };
      const { body } = await strict.graphql<Created>(createDocument, { input });
      expect(body.data?.createWebhook, host).toMatchObject({
        __typename: 'ValidationError',
        fields: [{ field: 'input.url' }],
      });
    }
    const input = { url: 'https://8.8.8.8/hook', events: ['api_key.created'] };
    expect((await strict.graphql<Created>(createDocument, { input })).body.data?.createWebhook).toMatchObject({
      __typename: 'CreateWebhookPayload',
    });
  });

  test('a tenant has ten at most, also when they are made at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => create({ url: world.receiver.url, events: ['api_key.created'], active: false })),
    );
    const names = answers.map(({ body }) => body.data?.createWebhook.__typename);
    expect(names.filter((name) => name === 'CreateWebhookPayload')).toHaveLength(10);
    expect(names.filter((name) => name === 'ValidationError')).toHaveLength(2);
  });

  test("an unknown id and another tenant's read the same, to the byte", async () => {
    const { webhook } = await make(['api_key.created']);
    const sent = await testWebhook(world.caller, webhook.id, 'api_key.created');
    const other = await addTenant(world.gateway, `reader-${database}`);
    const document = `mutation ($webhook: ID!, $delivery: ID!) {
      updateWebhook(input: { id: $webhook, active: false }) { __typename ... on Error { message } }
      testWebhook(input: { id: $webhook, eventType: "api_key.created" }) { __typename ... on Error { message } }
      retryWebhookDelivery(input: { id: $delivery }) { __typename ... on Error { message } }
      deleteWebhook(input: { id: $webhook }) { __typename ... on Error { message } } }`;
    const ask = async (variables: object) => {
      const { body } = await world.gateway.graphql(document, variables as Record<string, unknown>, {
        apiKey: other.apiKey,
      });
      return JSON.stringify(body);
    };
    const foreign = await ask({ webhook: webhook.id, delivery: sent.id });
    expect(foreign).toBe(
      await ask({ webhook: `${webhook.id.slice(0, -4)}0000`, delivery: `${sent.id.slice(0, -4)}0000` }),
    );
    expect(foreign.match(/NotFoundError/g)).toHaveLength(4);
    expect(await ask({ webhook: 'a\0b', delivery: 'a\0b' })).toBe(foreign);
  });

  test('a key without the scope admin may do none of it', async () => {
    const { webhook } = await make(['api_key.created']);
    const { secret } = await createApiKey(world.caller, { name: 'reader', scopes: ['read', 'write', 'delete'] });
    for (const document of [
      '{ webhooks { id } }',
      `mutation { deleteWebhook(input: { id: "${webhook.id}" }) { __typename } }`,
      `mutation { testWebhook(input: { id: "${webhook.id}", eventType: "api_key.created" }) { __typename } }`,
      `mutation { createWebhook(input: { url: "https://8.8.8.8", events: ["api_key.created"] }) { __typename } }`,
    ]) {
      const { body } = await world.gateway.graphql(document, {}, { apiKey: secret });
      expect(body.errors?.[0]?.extensions['code'], document).toBe('FORBIDDEN');
    }
    const { body } = await world.gateway.graphql(`{ node(id: "${webhook.id}") { id } }`, {}, { apiKey: secret });
    expect(body.data).toEqual({ node: null });
  });

  test('deliveries are paged newest first, and read together for all webhooks', async () => {
    const hooks = [await make(['api_key.created']), await make(['api_key.created'])];
    for (let count = 0; count < 3; count++) {
      for (const { webhook } of hooks) await testWebhook(world.caller, webhook.id, 'api_key.created');
    }
    await expect.poll(() => world.receiver.received.length, soon).toBe(6);
    const document = `query ($after: String) { webhooks { id deliveries(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id eventType } } } }`;
    type Read = {
      webhooks: {
        id: string;
        deliveries: {
          totalCount: number;
          pageInfo: { hasNextPage: boolean; endCursor: string };
          nodes: { id: string }[];
        };
      }[];
    };
    const { statements, result } = await world.gateway.countStatements(() => world.gateway.graphql<Read>(document));
    // Workers ask for deliveries too, each of one webhook.
    const pages = statements.filter((sql) => /webhook_delivery/.test(sql) && /LATERAL|COUNT\(/i.test(sql));
    expect(pages, 'one for all pages, one for all counts').toHaveLength(2);
    const first = result.body.data?.webhooks[0]?.deliveries;
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const next = await world.gateway.graphql<Read>(document, { after: first?.pageInfo.endCursor });
    const rest = next.body.data?.webhooks[0]?.deliveries;
    expect(rest).toMatchObject({ pageInfo: { hasNextPage: false } });
    const ids = [...(first?.nodes ?? []), ...(rest?.nodes ?? [])].map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids).toEqual((await deliveriesOf(hooks[0]?.webhook.id ?? '')).map(({ id }) => id));
  });
});
