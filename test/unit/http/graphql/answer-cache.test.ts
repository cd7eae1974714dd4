import { expect, test } from 'vitest';
import type { Standing } from '../../../../src/domain/standing.ts';
import { createAnswerCache, type KeptAnswer } from '../../../../src/http/graphql/kept/answer-cache.ts';

const standing = (logHead: bigint, ...ids: string[]): Standing => ({
  logHead,
  upstreams: ids.map((id) => ({ id, provider: 'ANIMAM', status: 'HEALTHY', lastSyncedAt: null })),
});
const answer = (bytes: number): KeptAnswer => ({
  data: Buffer.alloc(bytes),
  involved: { involvedUpstreams: new Set(), involvedFilters: [] },
  contentType: 'application/json',
  operationName: undefined,
  cost: 1,
});

test('an answer is found while the log and the upstreams are where they were, and then no more', () => {
  const cache = createAnswerCache(1_000_000);
  cache.keep('a', standing(1n, 'up_1'), answer(10));
  expect(cache.find('a', standing(1n, 'up_1'))?.data.byteLength).toBe(10);
  expect(cache.find('b', standing(1n, 'up_1'))).toBeNull();
  expect(cache.find('a', standing(1n))).toBeNull();
  expect(cache.bytes).toBe(0);
  cache.keep('a', standing(1n), answer(10));
  expect(cache.find('a', standing(2n))).toBeNull();
  expect(cache.bytes).toBe(0);
});

test('what is kept stays within its bytes, whatever is kept, and those asked for longest ago go first', () => {
  const cache = createAnswerCache(100_000);
  for (let at = 0; at < 500; at++) {
    cache.keep(`key ${at % 300}`, standing(1n), answer((at * 7_919) % 9_000));
    cache.find('key 1', standing(1n));
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(cache.find('key 1', standing(1n))).not.toBeNull();
  expect(cache.find('key 2', standing(1n))).toBeNull();
});

test('an answer that would take much of the memory is not kept, and the former one goes', () => {
  const cache = createAnswerCache(100_000);
  cache.keep('a', standing(1n), answer(10));
  cache.keep('a', standing(1n), answer(50_000));
  expect(cache.find('a', standing(1n))).toBeNull();
  expect(cache.bytes).toBe(0);
});
