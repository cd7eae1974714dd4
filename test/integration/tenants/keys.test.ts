import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addTenant,
  createDatabase,
  eachDatabase,
  newTestKey,
  startGateway,
  type TestGateway,
} from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { openGraphqlSocket } from '../../testkit/servers/raw-socket.ts';

const createDocument = /* GraphQL */ `
  mutation ($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on CreateApiKeyPayload { secret apiKey { id name prefix scopes createdAt lastUsedAt expiresAt revokedAt } }
      ... on ValidationError { message fields { field messages } }
    }
  }
`;
const revokeDocument = /* GraphQL */ `
  mutation ($id: ID!) {
    revokeApiKey(input: { id: $id }) {
      __typename
      ... on RevokeApiKeyPayload { apiKey { id revokedAt } }
      ... on NotFoundError { message }
    }
  }
`;
const updateDocument = /* GraphQL */ `
  mutation ($input: UpdateApiKeyInput!) {
    updateApiKey(input: $input) {
      __typename
      ... on UpdateApiKeyPayload { apiKey { id name expiresAt scopes } }
      ... on ValidationError { fields { field messages } }
      ... on NotFoundError { message }
    }
  }
`;

type Created = {
  createApiKey: {
    __typename: string;
    secret: string;
    apiKey: { id: string; prefix: string };
    fields: { field: string; messages: string[] }[];
  };
};
type Revoked = { revokeApiKey: { __typename: string; apiKey: { id: string; revokedAt: string } } };

async function makeKey(gateway: TestGateway, scopes = ['conversations:read']) {
  const { body } = await gateway.graphql<Created>(createDocument, { input: { name: 'made', scopes } });
  if (!body.data) throw new Error(JSON.stringify(body));
  return body.data.createApiKey;
}

eachDatabase('API keys over GraphQL', (database) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ database });
  });
  afterAll(() => gateway.close());

  const statusWith = async (apiKey: string, url = gateway.url) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    await response.text();
    return response.status;
  };

  test('a new key opens the tenant with its scopes, and its secret is not shown again', async () => {
    const { secret, apiKey } = await makeKey(gateway, ['read', 'admin']);
    expect(apiKey).toMatchObject({
      name: 'made',
      scopes: ['conversations:read', 'admin'],
      prefix: secret.slice(0, 10),
    });
    const { body } = await gateway.graphql(
      '{ viewer { scopes apiKey { id } } apiKeys { id prefix } }',
      {},
      { apiKey: secret },
    );
    expect(body.data).toMatchObject({ viewer: { scopes: ['admin', 'conversations:read'], apiKey: { id: apiKey.id } } });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  test.each([
    [{ name: ' ', scopes: ['admin'] }, 'input.name'],
    [{ name: '\u3164', scopes: ['admin'] }, 'input.name'],
    [{ name: 'a\0b', scopes: ['admin'] }, 'input.name'],
    [{ name: 'x'.repeat(101), scopes: ['admin'] }, 'input.name'],
    [{ name: 'x', scopes: [] }, 'input.scopes'],
    [{ name: 'x', scopes: ['root'] }, 'input.scopes'],
    [{ name: 'x', scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt'],
  ])('%j is refused', async (input, field) => {
    const { body } = await gateway.graphql<Created>(createDocument, { input });
    expect(body.data?.createApiKey).toMatchObject({ __typename: 'ValidationError', fields: [{ field }] });
  });

  test('a revoked key stops at once, and revoking it again changes nothing', async () => {
    const { secret, apiKey } = await makeKey(gateway);
    expect(await statusWith(secret)).toBe(200);
    const { body } = await gateway.graphql<Revoked>(revokeDocument, { id: apiKey.id });
    expect(body.data?.revokeApiKey.apiKey).toEqual({ id: apiKey.id, revokedAt: expect.stringMatching(/Z$/) });
    expect(await statusWith(secret)).toBe(401);
    const again = await gateway.graphql<Revoked>(revokeDocument, { id: apiKey.id });
    expect(again.body).toEqual(body);
  });

  const update = async (input: Record<string, unknown>) => {
    const { body } = await gateway.graphql<{ updateApiKey: Record<string, unknown> }>(updateDocument, { input });
    if (!body.data) throw new Error(JSON.stringify(body));
    return body.data.updateApiKey;
  };

  test('a key is renamed and its end moved, each without the other, and it keeps opening until then', async () => {
    const { secret, apiKey } = await makeKey(gateway);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const kept = { id: apiKey.id, scopes: ['conversations:read'] };
    expect(await update({ id: apiKey.id, name: ' renamed ' })).toMatchObject({
      apiKey: { ...kept, name: 'renamed', expiresAt: null },
    });
    expect(await update({ id: apiKey.id, expiresAt })).toMatchObject({ apiKey: { name: 'renamed', expiresAt } });
    expect(await update({ id: apiKey.id, name: null })).toMatchObject({ apiKey: { name: 'renamed', expiresAt } });
    expect(await statusWith(secret)).toBe(200);
    expect(await update({ id: apiKey.id, expiresAt: null })).toMatchObject({ apiKey: { expiresAt: null } });
  });

  test('a key whose end has come is refused, and opens again when its end is moved', async () => {
    const { secret, apiKey } = await makeKey(gateway);
    await gateway.app.database.prisma.apiKey.updateMany({
      where: { id: apiKey.id },
      data: { expiresAt: new Date(Date.now() - 1_000) },
    });
    expect(await statusWith(secret)).toBe(401);
    await update({ id: apiKey.id, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await statusWith(secret)).toBe(200);
  });

  test('a change that cannot be taken changes nothing, and says what is wrong', async () => {
    const { secret, apiKey } = await makeKey(gateway);
    const past = '2020-01-01T00:00:00Z';
    for (const [change, field] of [
      [{ name: '' }, 'input.name'],
      [{ name: 'x'.repeat(101) }, 'input.name'],
      [{ name: 'fine', expiresAt: past }, 'input.expiresAt'],
    ] as const) {
      const refused = { __typename: 'ValidationError', fields: [{ field }] };
      expect(await update({ id: apiKey.id, ...change })).toMatchObject(refused);
    }
    expect(await update({ id: apiKey.id })).toMatchObject({ apiKey: { name: 'made', expiresAt: null } });
    await gateway.graphql(revokeDocument, { id: apiKey.id });
    expect(await update({ id: apiKey.id, expiresAt: null })).toMatchObject({ fields: [{ field: 'input.expiresAt' }] });
    expect(await update({ id: apiKey.id, name: 'leaked' })).toMatchObject({ apiKey: { name: 'leaked' } });
    expect(await statusWith(secret)).toBe(401);
  });

  test("an unknown id, another tenant's and one that is none read the same, to the byte", async () => {
    const { apiKey } = await makeKey(gateway);
    const other = await addTenant(gateway, 'other');
    const asks = [
      (id: string) => gateway.graphql(revokeDocument, { id }, { apiKey: other.apiKey }),
      (id: string) => gateway.graphql(updateDocument, { input: { id, name: 'x' } }, { apiKey: other.apiKey }),
    ];
    for (const ask of asks) {
      const foreign = JSON.stringify((await ask(apiKey.id)).body);
      expect(foreign).toContain('NotFoundError');
      for (const id of [`${apiKey.id.slice(0, -4)}0000`, 'nonsense', 'a\0b', '']) {
        expect(JSON.stringify((await ask(id)).body)).toBe(foreign);
      }
    }
  });

  test('making, changing and revoking keys needs the scope admin', async () => {
    const { secret, apiKey } = await makeKey(gateway, ['read', 'write', 'delete']);
    for (const [document, variables] of [
      [createDocument, { input: { name: 'x', scopes: ['*'] } }],
      [updateDocument, { input: { id: apiKey.id, name: 'x' } }],
      [revokeDocument, { id: apiKey.id }],
    ] as const) {
      const { body } = await gateway.graphql(document, variables, { apiKey: secret });
      expect(body.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
    expect(await statusWith(secret)).toBe(200);
  });

  test('a socket that a revoked key opened is closed', async () => {
    const { secret, apiKey } = await makeKey(gateway);
    await using socket = await openGraphqlSocket(gateway.wsUrl, secret);
    socket.send({
      type: 'subscribe',
      id: '1',
      payload: { query: 'subscription { conversationChanged { __typename } }' },
    });
    await gateway.graphql(revokeDocument, { id: apiKey.id });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });
});

describe.runIf(process.env['TEST_DATABASE_URL'] !== undefined)('API keys across processes, on postgres', () => {
  test('a key revoked on one server stops at once on another, and its socket there is closed within 5 s', async () => {
    const shared = await createDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-second-'));
    try {
      const apiKey = newTestKey();
      await using first = await startGateway({ databaseUrl: shared.url, env: { BOOTSTRAP_API_KEY: apiKey } });
      await using second = spawnGateway(dataDir, {
        DATABASE_URL: shared.url,
        SECRET_KEY: 'a secret of the tests alone, 32+',
        BOOTSTRAP_TENANT: 'test',
        BOOTSTRAP_API_KEY: apiKey,
        ROLE: 'web',
      });
      const url = await second.ready();
      const { secret, apiKey: made } = await makeKey(first);
      const ask = async () => {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
        const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
        await response.text();
        return response.status;
      };
      expect(await ask()).toBe(200);
      await using socket = await openGraphqlSocket(`${url.replace('http', 'ws')}/graphql`, secret);
      socket.send({
        type: 'subscribe',
        id: '1',
        payload: { query: 'subscription { conversationChanged { __typename } }' },
      });
      const { body } = await first.graphql<Revoked>(revokeDocument, { id: made.id });
      const revokedAt = performance.now();
      expect(body.data?.revokeApiKey.__typename).toBe('RevokeApiKeyPayload');
      expect(await ask()).toBe(401);
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(performance.now() - revokedAt).toBeLessThan(5_000);
    } finally {
      await shared.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 60_000);
});
