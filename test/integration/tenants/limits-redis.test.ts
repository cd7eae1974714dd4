import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { RateLimitError } from '../../../src/domain/errors.ts';
import { createRateLimiter } from '../../../src/domain/rate-limits/rate-limits.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

const url = process.env['TEST_REDIS_URL'];
if (url === undefined) console.info('left out: "rate limits across servers", since TEST_REDIS_URL is not set');

const log = pino({ level: 'silent' });
const tenantId = `ten_test_${crypto.randomUUID()}`;
/** What the limiter asks of a caller. */
const caller = { tenantId, limits: { requestsPerMinute: 10, requestsPerDay: 0 } } as Caller;

describe.skipIf(url === undefined)('rate limits across servers', () => {
  const redis = new Redis(url ?? '', { lazyConnect: true });
  redis.on('error', () => {});
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  const open = (client: Redis) => createRateLimiter(gateway.app.database, client, log);
  afterAll(async () => {
    await redis.del(`convograph:requests:minute:${tenantId}`);
    redis.disconnect();
    await gateway.close();
  });

  test('two servers spend from one limit', async () => {
    await redis.connect();
    const servers = [await open(redis), await open(redis)];
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => servers[index % 2]?.consume(caller)),
    );
    const isSpent = results.filter((result) => result.status === 'rejected');
    expect(isSpent).toHaveLength(20);
    for (const result of isSpent) expect(result.reason).toBeInstanceOf(RateLimitError);
    expect((await servers[1]?.peek(caller))?.remaining).toBe(0);
    for (const server of servers) await server.close();
  });

  test('while Redis is away, each counts for itself and none refuses for that', async () => {
    const gone = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
    gone.on('error', () => {});
    const server = await open(gone);
    for (let index = 0; index < 10; index++) await server.consume(caller);
    await expect(server.consume(caller)).rejects.toBeInstanceOf(RateLimitError);
    await server.close();
  });
});
