import { describe, expect, test } from 'vitest';
import { createFreshPlans } from '../../../../src/upstreams/sync/fresh-plans.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { spread, startMirror } from './support.ts';

const server = process.env['TEST_DATABASE_URL'];
if (server === undefined) console.info('left out: plans of a server, since TEST_DATABASE_URL is not set');

describe.skipIf(server === undefined)('a first sync on a server', () => {
  test('has it learn of the tables while they grow, long before its autovacuum comes', async () => {
    await using api = await startAiMyChats({ conversations: spread(150, Date.now()) });
    await using mirror = await startMirror({ gateway: { database: 'postgres' } });
    const { database } = mirror.gateway.app;
    const rowsPlannedFor = async () => {
      const [row] = await database.prisma.$queryRaw<{ count: number }[]>`
        SELECT reltuples::float8 AS "count" FROM pg_class WHERE oid = 'conversation'::regclass`;
      return row?.count ?? 0;
    };
    await mirror.sync(await mirror.connect(api));
    expect(await rowsPlannedFor()).toBeLessThanOrEqual(0);
    const plans = createFreshPlans(database);
    await plans.made(199);
    expect(await rowsPlannedFor(), 'not at each conversation').toBeLessThanOrEqual(0);
    // The server counts what was written about a second late.
    const look = async () => {
      await plans.made(200);
      return rowsPlannedFor();
    };
    await expect.poll(look, { timeout: 20_000, interval: 100 }).toBe(150);
  });
});
