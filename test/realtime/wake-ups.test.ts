import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { openPostgres } from '../../src/database/postgres.ts';
import { createTail } from '../../src/events/tail.ts';
import { createWakeUps } from '../../src/events/wake-ups.ts';
import { createDatabase, eachDatabase, startGateway } from '../testkit/gateway.ts';

const log = pino({ level: 'silent' });
const databaseUrl = process.env['TEST_DATABASE_URL'];
const redisUrl = process.env['TEST_REDIS_URL'];

/** A process as far as wake-ups go. */
async function startProcess(url: string, ownRedisUrl: string | null) {
  const database = await openPostgres(url, () => {});
  const redis = ownRedisUrl === null ? null : new Redis(ownRedisUrl);
  const wakeUps = await createWakeUps(database, redis, log);
  const heard: string[] = [];
  wakeUps.onWake((tenantId, seq) => {
    if (tenantId !== null) heard.push(`${tenantId} ${seq}`);
  });
  return {
    wakeUps,
    heard,
    [Symbol.asyncDispose]: async () => {
      await wakeUps.close();
      redis?.disconnect();
      await database.close();
    },
  };
}

for (const [way, needed] of [
  ['NOTIFY', [databaseUrl]],
  ['Redis', [databaseUrl, redisUrl]],
] as const) {
  const name = `a wake-up by ${way} reaches its own process once and at once, and the others with its place`;
  if (needed.includes(undefined)) {
    test.skip(`left out: "${name}", since TEST_DATABASE_URL or TEST_REDIS_URL is not set`);
    continue;
  }
  test(name, async () => {
    const database = await createDatabase();
    try {
      const ownRedisUrl = way === 'Redis' ? (redisUrl ?? '') : null;
      await using first = await startProcess(database.url, ownRedisUrl);
      await using second = await startProcess(database.url, ownRedisUrl);
      const tenantId = randomUUID();
      const fence = randomUUID();
      first.wakeUps.wake(tenantId, 7n);
      expect(first.heard).toEqual([`${tenantId} 7`]);
      // The second and the third are gathered while the first is on its way.
      first.wakeUps.wake(tenantId, 8n);
      first.wakeUps.wake(tenantId, 9n);
      await vi.waitUntil(() => second.heard.includes(`${tenantId} 9`), { timeout: 10_000 });
      expect(second.heard.filter((each) => each.startsWith(tenantId))).toEqual([`${tenantId} 7`, `${tenantId} 9`]);
      // What the other says comes after the echoes of its own.
      second.wakeUps.wake(fence, 1n);
      await vi.waitUntil(() => first.heard.includes(`${fence} 1`), { timeout: 10_000 });
      const own = first.heard.filter((each) => each.startsWith(tenantId) || each.startsWith(fence));
      expect(own).toEqual([`${tenantId} 7`, `${tenantId} 8`, `${tenantId} 9`, `${fence} 1`]);
    } finally {
      await database.drop();
    }
  });
}

eachDatabase("a tenant's log", (kind) => {
  test('what is committed while it is being opened is known when it is open, and read', async () => {
    await using gateway = await startGateway({ database: kind });
    const { database, wakeUps } = gateway.app;
    const { id: tenantId } = await database.prisma.tenant.findFirstOrThrow({ where: { slug: 'test' } });
    const write = async () => {
      const input = { title: 'Written', messages: [{ role: 'USER', content: 'When?' }] };
      const { body } = await gateway.graphql(
        'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }',
        { input },
      );
      expect(body).toEqual({ data: { createConversation: { __typename: 'CreateConversationPayload' } } });
    };
    let isWritten = false;
    const slow: typeof database = {
      ...database,
      read: async (statement) => {
        const rows = await database.read<never>(statement);
        if (!isWritten) await write();
        isWritten = true;
        return rows;
      },
    };
    const tail = createTail(slow, wakeUps, log);
    try {
      const opened = await tail.open(tenantId, new AbortController().signal);
      if (opened === null) throw new Error('it was not opened');
      expect(opened.head).toBeGreaterThanOrEqual(1n);
      const item = await vi.waitUntil(() => opened.next(0n), { timeout: 10_000 });
      expect(item.isGap ? [] : item.events[0]).toMatchObject({ seq: 1n, type: 'conversation.created' });
    } finally {
      await tail.close();
    }
  });
});
