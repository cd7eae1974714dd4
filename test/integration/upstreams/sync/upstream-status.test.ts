import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  createDatabase,
  type DatabaseKind,
  eachDatabase,
  newTestKey,
  startGateway,
  type TestGateway,
} from '../../../testkit/gateway.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { accountOf, differences, eventsAfter, lastEvent, type StandIn, startStandIns } from './support.ts';

/** Through the graph, with the gateway's own workers and clock. */

type Upstream = {
  id: string;
  status: string;
  conversationCount: number;
  lastError: { message: string; httpStatus: number | null; retryAt: string | null } | null;
  lastSync: { full: boolean; created: number; updated: number; requests: number; finishedAt: string | null } | null;
};

const fields =
  'id status conversationCount lastError { message httpStatus retryAt } lastSync { full created updated requests finishedAt }';

async function run(gateway: TestGateway, name: string, input: Record<string, unknown>, selection: string) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { body } = await gateway.graphql<Record<string, Record<string, unknown>>>(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { ... on ${type}Payload { ${selection} } ... on Error { message } } }`,
    { input },
  );
  const answer = body.data?.[name];
  if (answer === undefined || 'message' in answer) throw new Error(`${name}: ${JSON.stringify(body)}`);
  return answer;
}

async function connect(gateway: TestGateway, standIn: StandIn, syncIntervalSeconds: number): Promise<string> {
  const input = { ...accountOf(standIn), syncIntervalSeconds };
  const { upstream } = await run(gateway, 'connectUpstream', input, 'upstream { id }');
  return (upstream as { id: string }).id;
}

async function read(gateway: TestGateway, id: string): Promise<Upstream | undefined> {
  const { body } = await gateway.graphql<{ upstreams: Upstream[] }>(`{ upstreams { ${fields} } }`);
  return body.data?.upstreams.find((upstream) => upstream.id === id);
}

const start = (database: DatabaseKind) => startGateway({ database });
const patience = { timeout: 60_000, interval: 50 };

async function statuses(gateway: TestGateway, upstreamId: string, after: bigint): Promise<string[]> {
  const events = await eventsAfter({ gateway }, after);
  return events
    .filter(({ type, subjectId }) => type === 'upstream.changed' && subjectId === upstreamId)
    .map(({ data }) => (data as { status: string }).status);
}

eachDatabase("an upstream's status", (database) => {
  test('a sync that is asked for is told as SYNCING and HEALTHY; a regular one without news tells nothing', {
    timeout: 120_000,
  }, async () => {
    await using gateway = await start(database);
    await using standIns = await startStandIns(20);
    const { aiMyChats: api } = standIns;
    const id = await connect(gateway, api, 1);
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    expect(await statuses(gateway, id, 0n)).toEqual(['SYNCING', 'HEALTHY']);
    const before = await lastEvent({ gateway });
    const { length } = api.requests;
    // Three regular rounds.
    await expect.poll(() => api.requests.length, patience).toBeGreaterThan(length + 2);
    expect(await eventsAfter({ gateway }, before)).toEqual([]);
    await run(gateway, 'syncUpstream', { id, full: true }, 'upstream { id }');
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    await expect.poll(() => statuses(gateway, id, before), patience).toEqual(['SYNCING', 'HEALTHY']);
    const { aiMyChats } = standIns;
    expect(await differences({ gateway }, id, aiMyChats)).toBeNull();
  });

  test('an account is connected once, however many ask at once, and by no other key that it has', async () => {
    await using gateway = await start(database);
    await using standIns = await startStandIns(2);
    const input = { ...accountOf(standIns.animam), syncIntervalSeconds: 3600 };
    const connectOnce = () => connect(gateway, standIns.animam, 3600).catch((err: Error) => err.message);
    const answers = await Promise.all(Array.from({ length: 5 }, connectOnce));
    expect(answers.filter((answer) => answer.startsWith('up_'))).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes('ValidationError') || answer.includes('message'))).toHaveLength(
      4,
    );
    expect(await gateway.app.database.prisma.upstream.count()).toBe(1);
    const [id = ''] = answers.filter((answer) => answer.startsWith('up_'));
    // The same key again is no other account.
    await run(gateway, 'updateUpstream', { id, apiKey: input.apiKey }, 'upstream { id }');
  });

  test('tells when it looks next, and how often; while it is paused, it does not', async () => {
    await using gateway = await start(database);
    await using standIns = await startStandIns(2);
    const id = await connect(gateway, standIns.animam, 3600);
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    const ask = async () => {
      const query = '{ upstreams { lastSyncedAt nextSyncAt syncIntervalSeconds } }';
      const { body } = await gateway.graphql<{ upstreams: [Record<string, string | number | null>] }>(query);
      return body.data?.upstreams[0];
    };
    const { lastSyncedAt, nextSyncAt, syncIntervalSeconds } = (await ask()) ?? {};
    expect(syncIntervalSeconds).toBe(3600);
    const pauseMs = Date.parse(String(nextSyncAt)) - Date.parse(String(lastSyncedAt));
    expect(Math.abs(pauseMs - 3_600_000)).toBeLessThan(5_000);
    await run(gateway, 'updateUpstream', { id, paused: true }, 'upstream { id }');
    expect(await ask()).toMatchObject({ nextSyncAt: null, syncIntervalSeconds: 3600 });
  });

  test('a change that the upstream gives no time for is one of now', async () => {
    await using gateway = await start(database);
    await using standIns = await startStandIns(2);
    const id = await connect(gateway, standIns.animam, 3600);
    const { prisma } = gateway.app.database;
    await expect.poll(() => prisma.conversation.count({ where: { status: 'COMPLETED' } }), patience).toBeGreaterThan(0);
    const [first] = await prisma.conversation.findMany({ where: { status: 'COMPLETED' } });
    const since = new Date();
    standIns.animam.conversations.edit(first?.externalId ?? '', { segment: 'support' });
    await run(gateway, 'syncUpstream', { id, full: true }, 'upstream { id }');
    const changed = { upstreamId: id, segment: 'support', updatedAt: { gte: since } };
    await expect.poll(() => prisma.conversation.count({ where: changed }), patience).toBe(1);
  });

  test('with another SECRET_KEY its key can be given anew, and what needs it says so', async () => {
    await using standIns = await startStandIns(2);
    const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-test-'));
    const shared = database === 'postgres' ? await createDatabase() : null;
    const place = { database, dataDir, ...(shared !== null && { databaseUrl: shared.url }) };
    const env = { BOOTSTRAP_API_KEY: newTestKey() };
    try {
      let id: string;
      {
        await using gateway = await startGateway({ ...place, env });
        id = await connect(gateway, standIns.aiMyChats, 3600);
        await expect.poll(async () => (await read(gateway, id))?.conversationCount, patience).toBe(1);
        const webhookSecret = 'whsec_of_the_tests';
        await run(gateway, 'updateUpstream', { id, webhookSecret }, 'upstream { id }');
      }
      const other = { ...env, SECRET_KEY: 'quite another secret of 32 and more' };
      await using gateway = await startGateway({ ...place, env: other });
      const row = await gateway.app.database.prisma.conversation.findFirstOrThrow({ where: { upstreamId: id } });
      const { body } = await gateway.graphql<{ updateConversation: { __typename: string; message: string } }>(
        `mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) {
          __typename ... on Error { message } } }`,
        { input: { id: row.id, title: 'Another' } },
      );
      expect(body.data?.updateConversation).toMatchObject({
        __typename: 'UpstreamError',
        message: expect.stringContaining('SECRET_KEY'),
      });
      const hook = await gateway.fetch(`/webhooks/upstreams/${id}`, { method: 'POST', body: '{}' });
      expect(hook.status).toBe(401);
      expect(await connect(gateway, standIns.animam, 3600)).toMatch(/^up_/);
      await run(gateway, 'updateUpstream', { id, apiKey: standIns.aiMyChats.apiKey }, 'upstream { id }');
      await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    } finally {
      await rm(dataDir, { recursive: true, force: true });
      await shared?.drop();
    }
  });

  test('a start with another SECRET_KEY costs a look: with the right one it goes on by itself', {
    timeout: 120_000,
  }, async () => {
    await using standIns = await startStandIns(2);
    const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-test-'));
    const shared = database === 'postgres' ? await createDatabase() : null;
    const place = { database, dataDir, ...(shared !== null && { databaseUrl: shared.url }) };
    const env = { BOOTSTRAP_API_KEY: newTestKey(), SECRET_KEY: 'the secret of the first start of all' };
    try {
      let id: string;
      {
        await using gateway = await startGateway({ ...place, env });
        id = await connect(gateway, standIns.aiMyChats, 1);
        await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
      }
      {
        const lines: string[] = [];
        const write = (line: string) => void lines.push(line);
        const slip = { ...env, SECRET_KEY: 'a slip of the keyboard' };
        await using gateway = await startGateway({ ...place, env: slip, log: pino({ level: 'error' }, { write }) });
        expect(lines.join()).toContain('SECRET_KEY does not open the keys of accounts');
        await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('DEGRADED');
        const { lastError } = (await read(gateway, id)) ?? {};
        expect(lastError).toMatchObject({ message: expect.stringContaining('SECRET_KEY') });
      }
      await using gateway = await startGateway({ ...place, env });
      standIns.aiMyChats.conversations.add({ content: 'Said meanwhile.' });
      await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
      await expect.poll(async () => (await read(gateway, id))?.conversationCount, patience).toBe(2);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
      await shared?.drop();
    }
  });

  test('an upstream that fails is told as DEGRADED with the reason, and heals by itself', {
    timeout: 120_000,
  }, async () => {
    await using gateway = await start(database);
    await using api = await startAiMyChats();
    api.conversations.add({ content: 'Hello.' });
    const id = await connect(gateway, api, 1);
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    api.script({ answer: { kind: 'status', status: 502 } });
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('DEGRADED');
    expect(await read(gateway, id)).toMatchObject({
      conversationCount: 1,
      lastError: { message: 'AI My Chats is not available: status 502', httpStatus: 502, retryAt: expect.any(String) },
    });
    const { body } = await gateway.graphql('{ conversations(first: 1) { totalCount } }');
    expect(body.data, 'what was mirrored is still served').toEqual({ conversations: { totalCount: 1 } });
    api.heal();
    api.conversations.add({ content: 'And back again.' });
    await expect.poll(async () => (await read(gateway, id))?.conversationCount, patience).toBe(2);
    await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    expect((await read(gateway, id))?.lastError).toBeNull();
  });

  test('a disconnected upstream goes with all that was mirrored, each conversation with its event', {
    timeout: 120_000,
  }, async () => {
    await using gateway = await start(database);
    await using standIns = await startStandIns(40);
    const { aiMyChats, animam } = standIns;
    const gone = await connect(gateway, aiMyChats, 3600);
    const kept = await connect(gateway, animam, 3600);
    for (const id of [gone, kept]) {
      await expect.poll(async () => (await read(gateway, id))?.status, patience).toBe('HEALTHY');
    }
    const before = await lastEvent({ gateway });
    await run(gateway, 'disconnectUpstream', { id: gone }, 'disconnectedUpstreamId');
    expect(await read(gateway, gone)).toBeUndefined();
    const { prisma } = gateway.app.database;
    await expect.poll(() => prisma.upstream.count({ where: { id: gone } }), patience).toBe(0);
    const where = { tenantId: gateway.tenantId };
    expect(await prisma.conversation.count({ where })).toBe(animam.conversations.size);
    expect(await prisma.message.count({ where: { ...where, conversation: { upstreamId: gone } } })).toBe(0);
    expect(await prisma.syncRun.count({ where: { upstreamId: gone } })).toBe(0);
    const deleted = (await eventsAfter({ gateway }, before)).filter(({ type }) => type === 'conversation.deleted');
    expect(new Set(deleted.map(({ subjectId }) => subjectId)).size).toBe(aiMyChats.conversations.size);
    expect(await differences({ gateway }, kept, animam)).toBeNull();
    const state = await prisma.tenantState.findUniqueOrThrow({ where });
    const sizes = await prisma.conversation.aggregate({ where, _sum: { sizeBytes: true } });
    expect(state.conversationsBytes, 'and its bytes are free').toBe(sizes._sum.sizeBytes);
  });
});
