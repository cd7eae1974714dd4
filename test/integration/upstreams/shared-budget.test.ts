import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planLimits, refineLimits } from '../../../src/upstreams/clients/ai-my-chats/limits.ts';
import { createRateBudget, type RateBudget } from '../../../src/upstreams/http/budget.ts';
import { noObservation } from '../../../src/upstreams/http/rate-headers.ts';
import { createSharedRateUsage, pruneRateUsage } from '../../../src/upstreams/http/rate-usage-store.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

const server = process.env['TEST_DATABASE_URL'];
if (server === undefined) console.info('left out: budgets shared by processes, since TEST_DATABASE_URL is not set');

// The embedded database has one process.
describe.skipIf(server === undefined)('budgets of processes on one database', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ database: 'postgres', env: { ROLE: 'web' } });
  });
  afterAll(() => gateway?.close());

  const budgets = (count: number): RateBudget[] =>
    Array.from({ length: count }, () => createRateBudget({ store: createSharedRateUsage(gateway.app.database) }));
  const answered = { ...noObservation, status: 200 };

  type Ask = { limits?: readonly { limit: number; windowMs: number }[]; isInteractive?: boolean };
  /** @returns how many of `count` requests at once each budget lets through */
  const letThrough = (all: RateBudget[], account: string, count: number, { limits = [], isInteractive }: Ask = {}) =>
    Promise.all(
      all.map(async (budget) => {
        const priority = isInteractive ? 'interactive' : 'background';
        const asked = Array.from({ length: count }, () =>
          budget.acquire(account, { priority, limits, maxWaitMs: 0 }).then(
            () => true,
            () => false,
          ),
        );
        const granted = (await Promise.all(asked)).filter(Boolean).length;
        for (let index = 0; index < granted; index++) await budget.observe(account, answered);
        return granted;
      }),
    );
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

  test('spend nine tenths of a published limit between them, and leave some for who waits for an answer', async () => {
    const limits = [{ limit: 100, windowMs: 3_600_000 }];
    const all = budgets(4);
    const background = sum(await letThrough(all, 'published', 60, { limits }));
    expect(background).toBeLessThanOrEqual(72);
    // What a process took and did not need is few.
    expect(background).toBeGreaterThan(72 - 16);
    const interactive = sum(await letThrough(all, 'published', 60, { limits, isInteractive: true }));
    expect(interactive).toBeGreaterThanOrEqual(18);
    expect(background + interactive).toBeLessThanOrEqual(90);
    expect(sum(await letThrough(budgets(1), 'published', 5, { limits, isInteractive: true }))).toBe(0);
  });

  test('know of a Retry-After, and of what is left, whichever of them was told', async () => {
    const [one, other] = budgets(2);
    const ask = { priority: 'interactive', limits: [], maxWaitMs: 1_000 } as const;
    await one?.acquire('paused', ask);
    await one?.observe('paused', { ...noObservation, status: 429, retryAfterMs: 20_000 });
    const refusal = await other?.acquire('paused', ask).catch((err: unknown) => err);
    expect(refusal).toMatchObject({ kind: 'RATE_LIMITED' });
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(15_000);

    await one?.acquire('told', ask);
    await one?.observe('told', { ...answered, limit: 50, remaining: 20, resetInMs: 600_000 });
    expect(sum(await letThrough(budgets(3), 'told', 20, { isInteractive: true }))).toBe(18);
  });

  test("keep to the account's own limits from their first request on, once an answer has told one of them", async () => {
    const smallest = planLimits.free;
    const told = { ...answered, limit: 500, remaining: 400, resetInMs: 30_000 };
    const ask = { priority: 'interactive', limits: smallest, refineLimits, maxWaitMs: 0 } as const;
    const [one, other] = budgets(2);
    for (let index = 0; index < 60; index++) {
      await one?.acquire('pro', ask);
      await one?.observe('pro', told);
    }
    await other?.acquire('pro', ask);
    await other?.observe('pro', told);
    // An account whose answers tell of no limit is held to none, whoever asks.
    for (const budget of budgets(12)) {
      await budget.acquire('untold', ask);
      await budget.observe('untold', answered);
    }
  });

  test('are not set free by a request that had no answer, or none of the account', async () => {
    for (const observation of [noObservation, { ...noObservation, status: 502 }]) {
      const account = `unanswered ${observation.status}`;
      const ask = { limits: planLimits.free, refineLimits, priority: 'interactive', maxWaitMs: 0 } as const;
      const [one, other] = budgets(2);
      await one?.acquire(account, ask);
      await one?.observe(account, observation);
      const asked = Array.from({ length: 20 }, () => other?.acquire(account, ask));
      const granted = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
      expect(granted).toHaveLength(8);
    }
  });

  test('keep to themselves what other accounts spend', async () => {
    const limits = [{ limit: 10, windowMs: 60_000 }];
    expect(sum(await letThrough(budgets(2), 'first', 20, { limits, isInteractive: true }))).toBe(9);
    expect(sum(await letThrough(budgets(2), 'second', 20, { limits, isInteractive: true }))).toBe(9);
  });

  test('ask the database seldom where there is much room, and forget accounts that nobody uses', async () => {
    const [budget] = budgets(1);
    const limits = [{ limit: 10_000, windowMs: 3_600_000 }];
    const ask = { priority: 'background', limits, maxWaitMs: 0 } as const;
    const { count } = await gateway.countStatements(async () => {
      for (let index = 0; index < 160; index++) {
        await budget?.acquire('busy', ask);
        await budget?.observe('busy', { ...answered, limit: 10_000, remaining: 9_999 - index, resetInMs: 3_000_000 });
      }
    });
    console.info(`160 requests to an account with room cost ${count} statements`);
    expect(count).toBeLessThan(80);
    const { prisma } = gateway.app.database;
    await pruneRateUsage(gateway.app.database, new Date(Date.now() - 60_000));
    expect(await prisma.upstreamSpending.count({ where: { account: 'busy' } })).toBe(1);
    await pruneRateUsage(gateway.app.database, new Date(Date.now() + 60_000));
    expect(await prisma.upstreamSpending.count()).toBe(0);
    await budget?.acquire('busy', ask);
  });
});
