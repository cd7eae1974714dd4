import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgres } from '../../../src/database/postgres.ts';
import type { Caller } from '../../../src/domain/app.ts';
import { RateLimitError } from '../../../src/domain/errors.ts';
import { createRateLimiter, type RateLimiter } from '../../../src/domain/rate-limits/rate-limits.ts';
import { createDatabase, newTestKey, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { startTcpProxy } from '../../testkit/servers/tcp-proxy.ts';

const server = process.env['TEST_DATABASE_URL'];
if (server === undefined)
  console.info('left out: "rate limits across servers by PostgreSQL", since TEST_DATABASE_URL is not set');

const log = pino({ level: 'silent' });

describe.skipIf(server === undefined)('rate limits across servers by PostgreSQL', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ database: 'postgres' });
  });
  afterAll(() => gateway.close());

  const newTenant = async () => {
    const id = `ten_test_${crypto.randomUUID()}`;
    await gateway.app.database.prisma.tenant.create({ data: { id, slug: id, name: id, email: 'a@example.com' } });
    return id;
  };
  const callerOf = (tenantId: string, requestsPerMinute: number, requestsPerDay = 0) =>
    ({ tenantId, limits: { requestsPerMinute, requestsPerDay } }) as Caller;
  const openServers = async (count: number, database = gateway.app.database): Promise<RateLimiter[]> => {
    const servers: RateLimiter[] = [];
    for (let index = 0; index < count; index++) servers.push(await createRateLimiter(database, null, log));
    onTestFinished(async () => {
      await Promise.all(servers.map((each) => each.close()));
    });
    return servers;
  };
  const passed = async (asked: Promise<unknown>[]) => {
    const results = await Promise.allSettled(asked);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(RateLimitError);
    }
    return results.filter(({ status }) => status === 'fulfilled').length;
  };

  test.each([1, 7, 50, 1_000])('servers spend a limit of %i together, to the last request', async (limit) => {
    const caller = callerOf(await newTenant(), limit);
    const servers = await openServers(3);
    const all = servers.flatMap((each) => Array.from({ length: limit + 5 }, () => each.consume(caller)));
    expect(await passed(all)).toBe(limit);
    for (const each of servers) expect((await each.peek(caller)).remaining).toBe(0);
  });

  test('one after the other they come as far, whichever is asked', async () => {
    const caller = callerOf(await newTenant(), 60);
    const servers = await openServers(2);
    let count = 0;
    for (let index = 0; index < 130; index++) {
      count += await passed([servers[index % 2]?.consume(caller) ?? Promise.reject(new Error('no server'))]);
    }
    expect(count).toBe(60);
  });

  test('a limit a day holds over all of them beside that a minute', async () => {
    const caller = callerOf(await newTenant(), 1_000, 40);
    const servers = await openServers(2);
    expect(await passed(servers.flatMap((each) => Array.from({ length: 60 }, () => each.consume(caller))))).toBe(40);
  });

  test('at a high limit a request costs next to no statement, refused ones neither', async () => {
    const caller = callerOf(await newTenant(), 6_000);
    const [one] = await openServers(1);
    const isCounted = (sql: string) => sql.includes('request_window');
    const spent = await gateway.countStatements(
      async () => {
        for (let index = 0; index < 3_000; index++) await one?.consume(caller);
      },
      { isCounted },
    );
    const refused = await gateway.countStatements(
      async () => {
        for (let index = 0; index < 5_000; index++) await one?.consume(caller).catch(() => {});
      },
      { isCounted },
    );
    console.info(`of 6,000 a minute: 3,000 requests cost ${spent.count} statements, 5,000 more ${refused.count}`);
    expect(spent.count).toBeLessThanOrEqual(30);
    expect(refused.count).toBeLessThanOrEqual(200);
  });

  test('what is told to be left is right to a lease, and exact where one server is asked', async () => {
    const caller = callerOf(await newTenant(), 100);
    const [one, other] = await openServers(2);
    for (let left = 99; left >= 90; left--) expect((await one?.consume(caller))?.remaining).toBe(left);
    const told = (await other?.consume(caller))?.standings[0];
    expect(told).toMatchObject({ name: 'minute', limit: 100 });
    expect(told?.remaining).toBeLessThanOrEqual(89);
    expect(told?.remaining).toBeGreaterThanOrEqual(89 - 5);
    expect(told?.resetSeconds).toBeGreaterThan(50);
    expect(told?.resetSeconds).toBeLessThanOrEqual(60);
  });

  test('what a server has taken and does not need, others get: when it stops, and when it is idle', {
    timeout: 20_000,
  }, async () => {
    const caller = callerOf(await newTenant(), 100);
    const [stopped, idle, asked] = await openServers(3);
    await stopped?.consume(caller);
    await idle?.consume(caller);
    await stopped?.close();
    const ask = () => passed(Array.from({ length: 120 }, () => asked?.consume(caller) ?? Promise.resolve()));
    const first = await ask();
    expect(first).toBeGreaterThanOrEqual(98 - 5);
    let rest = 0;
    await expect
      .poll(
        async () => {
          rest += await ask();
          return first + rest;
        },
        { timeout: 15_000, interval: 300 },
      )
      .toBe(98);
  });

  test('a limit that is changed counts from the next request on', async () => {
    const tenantId = await newTenant();
    const servers = await openServers(2);
    const ask = (limit: number, count: number) =>
      passed(servers.flatMap((each) => Array.from({ length: count }, () => each.consume(callerOf(tenantId, limit)))));
    expect(await ask(1_000, 10)).toBe(20);
    expect(await ask(30, 40)).toBe(10);
    expect(await ask(50, 40)).toBe(20);
  });

  test('while the database is away, each goes on and counts for itself, and they count together again after', {
    timeout: 30_000,
  }, async () => {
    const url = new URL(gateway.databaseUrl ?? '');
    await using proxy = await startTcpProxy(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const database = await openPostgres(url.href, () => {});
    onTestFinished(() => database.close());
    const tenantId = await newTenant();
    const caller = callerOf(tenantId, 40);
    const [cut] = await openServers(1, database);
    await cut?.consume(caller);
    await proxy.cut();
    const startedAt = performance.now();
    expect(await passed(Array.from({ length: 60 }, () => cut?.consume(caller) ?? Promise.resolve()))).toBe(39);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await proxy.restore();
    const [other] = await openServers(1);
    // What it spent by itself is told to the others.
    await expect
      .poll(
        async () => {
          await cut?.consume(caller).catch(() => {});
          return (await other?.peek(caller))?.remaining;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBe(0);
    await expect(other?.consume(caller)).rejects.toBeInstanceOf(RateLimitError);
  });

  test('two processes answer as many requests as the limit says, of three times as many', {
    timeout: 60_000,
  }, async () => {
    const limit = 200;
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const apiKey = newTestKey();
    const env = {
      DATABASE_URL: database.url,
      SECRET_KEY: 'a secret of the tests alone, 32+',
      BOOTSTRAP_API_KEY: apiKey,
      REQUESTS_PER_MINUTE: String(limit),
      ROLE: 'web',
    };
    const folder = async () => {
      const made = await mkdtemp(path.join(tmpdir(), 'convograph-limits-'));
      onTestFinished(() => rm(made, { recursive: true, force: true }));
      return made;
    };
    await using one = spawnGateway(await folder(), env);
    const first = await one.ready();
    await using other = spawnGateway(await folder(), env);
    const urls = [first, await other.ready()];
    const answers = await Promise.all(
      Array.from({ length: 3 * limit }, async (_, index) => {
        const response = await fetch(`${urls[index % 2]}/graphql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
          body: '{"query":"{ __typename }"}',
        });
        await response.text();
        return { status: response.status, left: response.headers.get('ratelimit') };
      }),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(limit);
    expect(refused).toHaveLength(2 * limit);
    for (const { left } of refused) expect(left).toMatch(/^"minute";r=0;t=\d{1,2}, "day";r=\d+;t=\d+$/);
  });
});
