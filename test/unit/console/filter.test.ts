import { expect, test } from 'vitest';
import { emptyFilter, readFilter, toGraphFilter, toggle, writeFilter } from '../../../src/console/inbox/filter.ts';

test('a filter survives the address', () => {
  const filter = {
    ...emptyFilter,
    query: 'refund & "damaged goods"',
    providers: ['ANIMAM' as const],
    sentiments: ['POSITIVE' as const, 'NEGATIVE' as const],
    segments: ['a, b'],
    topics: ['e-mail', '50 %'],
    from: '2026-01-01',
    to: '2026-01-31',
  };
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(writeFilter(emptyFilter)).toBe('');
});

test('what is none of ours in an address is left out', () => {
  const read = readFilter('?provider=NOBODY&provider=LOCAL&from=2026-02-31x&to=yesterday&topic=a&topic=a&utm=1');
  expect(read).toEqual({ ...emptyFilter, providers: ['LOCAL'], topics: ['a'] });
});

test('the graph is asked for what is narrowed alone', () => {
  expect(toGraphFilter({ ...emptyFilter, query: 'x' })).toBeNull();
  expect(toGraphFilter({ ...emptyFilter, topics: ['a'], from: '2026-01-01' })).toEqual({
    topics: ['a'],
    started: { from: '2026-01-01', to: null },
  });
});

test('a value is put in, and taken out again', () => {
  const once = toggle(emptyFilter, 'topic', 'a');
  expect(once.topics).toEqual(['a']);
  expect(toggle(once, 'topic', 'a')).toEqual(emptyFilter);
});
