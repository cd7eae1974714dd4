import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { appendMessages } from '../../../src/domain/conversations/message-writes.ts';
import {
  createConversation,
  deleteConversation,
  updateConversation,
} from '../../../src/domain/conversations/writes.ts';
import { usagePeriod } from '../../../src/domain/tenants/account.ts';
import { authenticate, createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const accountDocument = /* GraphQL */ `
  { account { id email plan createdAt storage { usedBytes limitBytes } apiUsage { requestsToday limitPerDay } } }
`;
const usageDocument = /* GraphQL */ `
  query ($range: DateRange) {
    usage(range: $range) {
      from to totalConversations conversationsBySource { source conversations }
      storage { conversationsBytes attachmentsBytes totalBytes }
      totalApiRequests apiRequestsByEndpoint { endpoint requests }
    }
  }
`;

type Account = {
  account: {
    id: string;
    email: string;
    plan: string;
    storage: { usedBytes: number; limitBytes: number };
    apiUsage: { requestsToday: number; limitPerDay: number };
  };
};
type Usage = {
  usage: {
    from: string;
    to: string;
    totalConversations: number;
    conversationsBySource: { source: string | null; conversations: number }[];
    storage: { conversationsBytes: number; attachmentsBytes: number; totalBytes: number };
    totalApiRequests: number;
    apiRequestsByEndpoint: { endpoint: string; requests: number }[];
  };
};

const today = () => new Date().toISOString().slice(0, 10);

describe('the days of a usage', () => {
  const now = new Date('2024-02-10T23:59:59.999Z');
  test.each([
    [undefined, '2024-02-01', '2024-02-29'],
    [{}, '2024-02-01', '2024-02-29'],
    [{ from: '2024-01-05', to: '2024-01-31' }, '2024-01-05', '2024-01-31'],
    [{ from: '2024-01-05' }, '2024-01-05', '2024-02-10'],
    [{ from: '2024-03-05' }, '2024-03-05', '2024-03-05'],
    [{ to: '2023-12-24' }, '2023-12-01', '2023-12-24'],
  ])('%j', (range, from, to) => {
    expect(usagePeriod(range, now)).toEqual({ from, to });
  });
});

eachDatabase('account and usage', (database) => {
  let gateway: TestGateway;
  let caller: Caller;
  beforeAll(async () => {
    gateway = await startGateway({ database, env: { ROLE: 'web', STORAGE_LIMIT_MB: '7', REQUESTS_PER_DAY: '4321' } });
    caller = await authenticate(gateway.app, gateway.apiKey, gateway.url);
  });
  afterAll(() => gateway.close());

  const account = async (apiKey = gateway.apiKey) => {
    const { body } = await gateway.graphql<Account>(accountDocument, {}, { apiKey });
    if (!body.data) throw new Error(JSON.stringify(body.errors));
    return body.data.account;
  };
  const usage = async (range?: object, apiKey = gateway.apiKey) => {
    const { body } = await gateway.graphql<Usage>(usageDocument, { range }, { apiKey });
    if (!body.data) throw new Error(JSON.stringify(body.errors));
    return body.data.usage;
  };

  test("limits are the deployment's where the tenant's row sets none", async () => {
    expect(await account()).toMatchObject({
      id: gateway.tenantId,
      email: '',
      plan: 'standard',
      storage: { limitBytes: 7 * 1_048_576 },
      apiUsage: { limitPerDay: 4321 },
    });
    const { tenantId, apiKey } = await addTenant(gateway, 'special');
    await gateway.app.database.prisma.tenant.update({
      where: { id: tenantId },
      data: { storageLimitBytes: 9_000_000_000n, requestsPerDay: 99, plan: 'pro' },
    });
    expect(await account(apiKey)).toMatchObject({
      id: tenantId,
      plan: 'pro',
      storage: { usedBytes: 0, limitBytes: 9_000_000_000 },
      apiUsage: { requestsToday: 1, limitPerDay: 99 },
    });
  });

  test('storage is what recounting every byte gives, whatever was changed and deleted', async () => {
    const first = await createConversation(caller, { title: 'Grüße ✓', content: 'Ein Text mit ß und 🙂' });
    const second = await createConversation(caller, { title: 'b', messages: [{ role: 'USER', content: 'schön' }] });
    await appendMessages(caller, { conversationId: second.id, messages: [{ role: 'ASSISTANT', content: '漢字' }] });
    await updateConversation(caller, first.id, { title: 'Ein längerer Titel' });
    const third = await createConversation(caller, { title: 'goes', content: 'x'.repeat(5_000) });
    await deleteConversation(caller, third.id);
    const [row] = await gateway.app.database.prisma.$queryRaw<{ bytes: bigint }[]>`
      SELECT (SELECT sum(octet_length(title) + coalesce(octet_length(content), 0)) FROM conversation
          WHERE tenant_id = ${gateway.tenantId})
        + (SELECT sum(octet_length(content)) FROM message WHERE tenant_id = ${gateway.tenantId}) AS "bytes"`;
    const recounted = Number(row?.bytes);
    expect(recounted).toBeGreaterThan(0);
    expect((await account()).storage.usedBytes).toBe(recounted);
    expect((await usage()).storage).toEqual({
      conversationsBytes: recounted,
      attachmentsBytes: 0,
      totalBytes: recounted,
    });
  });

  test('every request counts at once, the one that asks included', async () => {
    const { apiKey } = await addTenant(gateway, 'counted');
    for (let count = 1; count <= 5; count++) expect((await account(apiKey)).apiUsage.requestsToday).toBe(count);
    expect(await usage(undefined, apiKey)).toMatchObject({
      totalApiRequests: 6,
      apiRequestsByEndpoint: [{ endpoint: '/graphql', requests: 6 }],
    });
    await Promise.all(Array.from({ length: 20 }, () => gateway.graphql('{ __typename }', {}, { apiKey })));
    expect((await usage({ from: today(), to: today() }, apiKey)).totalApiRequests).toBe(27);
    expect((await usage({ from: '2024-01-01', to: '2024-01-31' }, apiKey)).totalApiRequests).toBe(0);
  });

  test('endpoints are told most first, and ones without requests are left out', async () => {
    const { tenantId, apiKey } = await addTenant(gateway, 'endpoints');
    const day = new Date(`${today()}T00:00:00Z`);
    await gateway.app.database.prisma.usageCount.createMany({
      data: [
        { tenantId, day, endpoint: '/search', requests: 40 },
        { tenantId, day, endpoint: '/account', requests: 7 },
        { tenantId, day: new Date('2023-05-31'), endpoint: '/exports', requests: 3 },
      ],
    });
    gateway.app.usage.record(tenantId, '/account');
    expect((await usage(undefined, apiKey)).apiRequestsByEndpoint).toEqual([
      { endpoint: '/search', requests: 40 },
      { endpoint: '/account', requests: 8 },
      { endpoint: '/graphql', requests: 1 },
    ]);
    expect(await usage({ from: '2023-05-31', to: '2023-05-31' }, apiKey)).toMatchObject({ totalApiRequests: 3 });
  });

  test('conversations count by the UTC day they were created on, both ends included, and by source', async () => {
    const { tenantId, apiKey } = await addTenant(gateway, 'days');
    const owner = systemCaller(gateway.app, tenantId);
    const made = [
      ['2024-01-09T23:59:59.999Z', 'EMAIL'],
      ['2024-01-10T00:00:00.000Z', 'EMAIL'],
      ['2024-01-11T12:00:00.000Z', 'EMAIL'],
      ['2024-01-12T23:59:59.999Z', 'WEB'],
      ['2024-01-13T00:00:00.000Z', 'WEB'],
    ] as const;
    for (const [createdAt, source] of made) {
      const { id } = await createConversation(owner, { title: createdAt, content: 'x', source });
      await gateway.app.database.prisma.conversation.updateMany({ where: { id }, data: { createdAt } });
    }
    expect(await usage({ from: '2024-01-10', to: '2024-01-12' }, apiKey)).toMatchObject({
      from: '2024-01-10',
      to: '2024-01-12',
      totalConversations: 3,
      conversationsBySource: [
        { source: 'EMAIL', conversations: 2 },
        { source: 'WEB', conversations: 1 },
      ],
    });
    expect((await usage(undefined, apiKey)).totalConversations).toBe(0);
  });

  test('a range that ends before it begins is refused', async () => {
    const { body } = await gateway.graphql(usageDocument, { range: { from: '2024-02-01', to: '2024-01-31' } });
    expect(body.data).toEqual({ usage: null });
    expect(body.errors?.[0]).toMatchObject({ path: ['usage'], extensions: { code: 'BAD_REQUEST' } });
  });

  test('both need the scope admin', async () => {
    const { secret } = await createApiKey(caller, { name: 'reader', scopes: ['read', 'write', 'delete'] });
    for (const document of [accountDocument, usageDocument]) {
      const { body } = await gateway.graphql(document, {}, { apiKey: secret });
      expect(body.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
    const admin = await createApiKey(caller, { name: 'admin', scopes: ['admin'] });
    expect((await account(admin.secret)).id).toBe(gateway.tenantId);
  });
});
