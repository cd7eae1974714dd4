import { describe, expect, test } from 'vitest';
import { planLimits, refineLimits } from '../../../../src/upstreams/clients/ai-my-chats/limits.ts';
import { type AcquireOptions, createRateBudget } from '../../../../src/upstreams/http/budget.ts';
import { noObservation, type RateObservation, readRateHeaders } from '../../../../src/upstreams/http/rate-headers.ts';
import { manualClock } from './manual-clock.ts';

function setUp(defaults: Partial<AcquireOptions> = {}) {
  const clock = manualClock();
  const budget = createRateBudget({ clock });
  const granted: string[] = [];
  const refused: { name: string; retryAfterMs: number; kind: string }[] = [];
  const limits = defaults.limits ?? [];
  const ask = (name: string, options: Partial<AcquireOptions> = {}) =>
    budget.acquire('account', { priority: 'background', maxWaitMs: 10 ** 9, ...defaults, limits, ...options }).then(
      () => void granted.push(name),
      ({ kind, retryAfterMs }) => void refused.push({ name, kind, retryAfterMs }),
    );
  const answer = (observation: Partial<RateObservation> = {}) =>
    budget.observe('account', { ...noObservation, status: 200, ...observation });
  return { clock, budget, granted, refused, ask, answer };
}

describe('published limits', () => {
  test('no window of a limit ever holds more than nine tenths of it', async () => {
    const { clock, granted, ask, answer } = setUp({ limits: planLimits.free, priority: 'interactive' });
    const at: number[] = [];
    for (let index = 0; index < 150; index += 1) {
      void ask(`${index}`).then(() => {
        at.push(clock.now());
        answer();
      });
    }
    for (let minute = 0; minute < 130; minute += 1) await clock.advance(60_000);
    expect(granted).toHaveLength(150);
    for (const { limit, windowMs } of planLimits.free) {
      const fullest = Math.max(...at.map((from) => at.filter((t) => t >= from && t < from + windowMs).length));
      expect(fullest).toBeLessThanOrEqual(limit * 0.9);
      expect(fullest).toBeGreaterThan(limit * 0.8);
    }
  });

  test('an interactive request finds room where background ones have used theirs, and goes first', async () => {
    const { clock, granted, ask } = setUp({ limits: [{ limit: 10, windowMs: 60_000 }] });
    for (let index = 0; index < 10; index += 1) void ask(`background ${index}`);
    await clock.advance(0);
    expect(granted).toHaveLength(7);
    void ask('interactive 1', { priority: 'interactive' });
    void ask('interactive 2', { priority: 'interactive' });
    await clock.advance(0);
    expect(granted.slice(7)).toEqual(['interactive 1', 'interactive 2']);
    void ask('interactive 3', { priority: 'interactive' });
    await clock.advance(62_000);
    expect(granted.slice(9)).toEqual(['interactive 3', 'background 7', 'background 8', 'background 9']);
  });
});

describe('what the headers tell', () => {
  test('nine tenths of what is left when the window is first seen are spent, then nothing until it ends', async () => {
    const { clock, granted, ask, answer } = setUp({ priority: 'interactive' });
    void ask('first');
    await clock.advance(0);
    answer({ limit: 100, remaining: 40, resetInMs: 30_000 });
    for (let index = 0; index < 60; index += 1) void ask(`${index}`);
    await clock.advance(0);
    expect(granted).toHaveLength(1 + 36);
    await clock.advance(29_000);
    expect(granted).toHaveLength(37);
    await clock.advance(2_000);
    expect(granted).toHaveLength(61);
  });

  test('answers that come late or out of order never make room, and what others spend takes it away', async () => {
    const { clock, granted, ask, answer } = setUp({ priority: 'interactive' });
    for (let index = 0; index < 5; index += 1) void ask(`${index}`);
    await clock.advance(0);
    for (const remaining of [95, 99, 97, 98, 96]) answer({ limit: 100, remaining, resetInMs: 60_000 });
    void ask('another');
    await clock.advance(0);
    answer({ limit: 100, remaining: 20, resetInMs: 59_000 });
    for (let index = 0; index < 50; index += 1) void ask(`more ${index}`);
    await clock.advance(0);
    // Ten of the hundred stay untouched: of the twenty left, ten may go.
    expect(granted.length - 6).toBeLessThanOrEqual(10);
    expect(granted.length - 6).toBeGreaterThan(8);
  });

  test('the windows of a minute and of an hour are kept apart', async () => {
    const { clock, granted, ask, answer } = setUp({ priority: 'interactive' });
    void ask('first');
    await clock.advance(0);
    answer({ limit: 10, remaining: 9, resetInMs: 60_000 });
    void ask('second');
    await clock.advance(0);
    answer({ limit: 100, remaining: 4, resetInMs: 1_800_000 });
    for (let index = 0; index < 10; index += 1) void ask(`${index}`);
    await clock.advance(600_000);
    expect(granted).toHaveLength(2 + 3);
    await clock.advance(1_300_000);
    expect(granted).toHaveLength(12);
  });

  test('Retry-After is kept by every kind of request', async () => {
    const { clock, granted, ask, answer } = setUp();
    void ask('refused upstream');
    await clock.advance(0);
    answer({ status: 429, retryAfterMs: 20_000 });
    void ask('background');
    void ask('interactive', { priority: 'interactive' });
    await clock.advance(19_999);
    expect(granted).toEqual(['refused upstream']);
    await clock.advance(1);
    expect(granted).toEqual(['refused upstream', 'interactive', 'background']);
  });

  test('429 without Retry-After makes pauses that grow, until an answer is good again', async () => {
    const { clock, granted, ask, answer } = setUp();
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      void ask('next');
      await clock.advance(0);
      const before = granted.length;
      answer({ status: 429 });
      void ask('next');
      await clock.advance(pauseMs - 1);
      expect(granted).toHaveLength(before);
      await clock.advance(1);
      expect(granted).toHaveLength(before + 1);
      answer({ status: null });
    }
    answer();
    void ask('good');
    await clock.advance(0);
    expect(granted.at(-1)).toBe('good');
  });
});

describe('waiting', () => {
  test('what would wait too long is refused at once, telling how long', async () => {
    const { clock, refused, ask, answer } = setUp();
    void ask('first');
    await clock.advance(0);
    answer({ status: 429, retryAfterMs: 90_000 });
    void ask('hasty', { maxWaitMs: 5_000 });
    await clock.advance(0);
    expect(refused).toEqual([{ name: 'hasty', kind: 'RATE_LIMITED', retryAfterMs: 90_000 }]);
  });

  test('what waits is refused when its time is over, and given up when its signal fires', async () => {
    const { clock, refused, granted, ask } = setUp({ limits: [{ limit: 1, windowMs: 60_000 }] });
    void ask('first');
    void ask('second');
    const controller = new AbortController();
    void ask('third', { signal: controller.signal });
    void ask('fourth', { maxWaitMs: 62_000 });
    void ask('fifth', { signal: AbortSignal.abort() });
    await clock.advance(0);
    controller.abort();
    await clock.advance(70_000);
    expect(granted).toEqual(['first', 'second']);
    expect(refused.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'fifth ABORTED',
      'third ABORTED',
      'fourth RATE_LIMITED',
    ]);
  });

  test('accounts do not wait for each other', async () => {
    const { clock, budget, ask, answer, granted } = setUp();
    void ask('first');
    await clock.advance(0);
    answer({ status: 429, retryAfterMs: 90_000 });
    await budget.acquire('another account', { priority: 'background', limits: [], maxWaitMs: 0 });
    expect(granted).toEqual(['first']);
  });
});

describe('reading headers', () => {
  const now = Date.parse('2024-01-01T00:00:00Z');
  const read = (headers: Record<string, string>) => readRateHeaders(headers, 200, now);

  test.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Mon, 01 Jan 2024 00:02:00 GMT', 120_000],
    ['Sun, 31 Dec 2023 23:00:00 GMT', 0],
    ['99999999999', 86_400_000],
    ['soon', null],
    ['-5', null],
  ])('Retry-After: %s is %s ms', (value, expected) => {
    expect(read({ 'retry-after': value }).retryAfterMs).toBe(expected);
  });

  test('a date is taken by the upstream clock where it tells the time', () => {
    const headers = { date: 'Mon, 01 Jan 2024 01:00:00 GMT', 'retry-after': 'Mon, 01 Jan 2024 01:00:30 GMT' };
    expect(read(headers).retryAfterMs).toBe(30_000);
    expect(read({ ...headers, 'x-ratelimit-reset': String(now / 1000 + 3_630) }).resetInMs).toBe(30_000);
  });

  test.each([
    [String(now / 1000 + 60), 60_000],
    [String(now + 60_000), 60_000],
    ['60', 60_000],
    [String(now / 1000 - 60), 0],
    ['x', null],
  ])('X-RateLimit-Reset: %s is in %s ms', (value, expected) => {
    expect(read({ 'x-ratelimit-reset': value }).resetInMs).toBe(expected);
  });
});

describe("the plans' limits", () => {
  const seen = (limit: number, resetInMs: number) => ({ ...noObservation, limit, resetInMs });
  test('are told by the window that the headers show', () => {
    expect(refineLimits(seen(50, 30_000), planLimits.free)).toBe(planLimits.starter);
    expect(refineLimits(seen(500, 1_800_000), planLimits.free)).toBe(planLimits.starter);
    expect(refineLimits(seen(500, 30_000), planLimits.free)).toBe(planLimits.pro);
    expect(refineLimits(seen(100, 30_000), planLimits.starter)).toBe(planLimits.standard);
    expect(refineLimits(seen(100, 30_000), planLimits.free)).toBeNull();
    expect(refineLimits(seen(33, 30_000), planLimits.free)).toEqual([]);
    expect(refineLimits({ ...noObservation, status: 200 }, planLimits.free)).toEqual([]);
    expect(refineLimits({ ...noObservation, status: 502 }, planLimits.free)).toBeNull();
    expect(refineLimits(noObservation, planLimits.free)).toBeNull();
    expect(refineLimits(noObservation, [])).toBeNull();
  });
});
