import { expect, test } from 'vitest';
import { createBreaker } from '../../../../src/upstreams/http/breaker.ts';

function setUp() {
  const time = { now: 0 };
  const breaker = createBreaker({ threshold: 3, cooldownMs: 1_000, maxCooldownMs: 3_000, now: () => time.now });
  const fail = () => {
    expect(breaker.enter()).toBe(0);
    breaker.failed();
  };
  return { time, breaker, fail };
}

test('it opens after failures in a row, and a success between them starts the count anew', () => {
  const { breaker, fail } = setUp();
  fail();
  fail();
  breaker.enter();
  breaker.succeeded();
  fail();
  fail();
  expect(breaker.remainingMs()).toBe(0);
  fail();
  expect(breaker.remainingMs()).toBe(1_000);
  expect(breaker.enter()).toBe(1_000);
});

test('one trial goes through after the pause; the pause doubles while trials fail, up to its limit', () => {
  const { time, breaker, fail } = setUp();
  for (let index = 0; index < 3; index += 1) fail();
  for (const nextPause of [2_000, 3_000, 3_000]) {
    time.now += breaker.remainingMs();
    expect(breaker.enter()).toBe(0);
    expect(breaker.enter()).toBeGreaterThan(0);
    breaker.failed();
    expect(breaker.remainingMs()).toBe(nextPause);
  }
  time.now += 3_000;
  breaker.enter();
  breaker.undecided();
  expect(breaker.enter()).toBe(0);
  breaker.succeeded();
  expect([breaker.enter(), breaker.enter(), breaker.remainingMs()]).toEqual([0, 0, 0]);
});

test('calls that were under way when it opened do not make the pause longer', () => {
  const { breaker } = setUp();
  for (let index = 0; index < 6; index += 1) breaker.enter();
  for (let index = 0; index < 6; index += 1) breaker.failed();
  expect(breaker.remainingMs()).toBe(1_000);
});
