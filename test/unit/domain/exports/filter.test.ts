import { expect, test } from 'vitest';
import type { ConversationFilter } from '../../../../src/domain/conversations/list/filter.ts';
import { describeFilter, fromStoredFilter, toStoredFilter } from '../../../../src/domain/exports/filter.ts';

const whole: ConversationFilter = {
  providers: ['LOCAL', 'ANIMAM'],
  upstreamIds: ['up_1'],
  statuses: ['COMPLETED'],
  sources: ['WEB'],
  segments: ['pricing', ''],
  sentiments: ['NEGATIVE'],
  topics: ['refund'],
  started: { from: '2026-01-01', to: '2026-01-31' },
  startedBetween: { from: new Date('2026-01-01T10:00:00.123Z'), to: new Date('2026-02-01T00:00:00.000Z') },
  created: { to: '2026-12-31' },
  updatedSince: new Date('2026-03-01T12:34:56.789Z'),
  search: 'refund "broken parcel"',
};

test('a filter comes back from JSON as it was, its instants to the millisecond', () => {
  const stored = JSON.parse(JSON.stringify(toStoredFilter(whole)));
  expect(fromStoredFilter(stored)).toEqual(whole);
});

test('what is absent, undefined or null is left out, and an empty list, which holds for nothing, is not', () => {
  expect(toStoredFilter({ providers: null, search: undefined, topics: [], started: { from: null } })).toEqual({
    topics: [],
    started: {},
  });
  expect(fromStoredFilter({ topics: [], started: {} })).toEqual({ topics: [], started: {} });
});

test.each([[null], [undefined], [{}], [{ providers: null }]])('%j is no filter at all', (filter) => {
  expect(toStoredFilter(filter)).toBeNull();
  expect(fromStoredFilter(null)).toBeNull();
});

test('what is no filter is not taken for one', () => {
  expect(() => fromStoredFilter({ updatedSince: 'yesterday' })).toThrow();
  expect(() => fromStoredFilter({ statuses: ['ELSEWHERE'] })).toThrow();
});

test('a filter is told in words', () => {
  expect(describeFilter(whole)).toEqual({
    APIs: 'LOCAL, ANIMAM',
    Upstreams: 'up_1',
    Statuses: 'COMPLETED',
    Sources: 'WEB',
    Segments: 'pricing, ',
    Sentiments: 'NEGATIVE',
    Topics: 'refund',
    Started: '2026-01-01T10:00:00.123Z to 2026-02-01T00:00:00.000Z',
    Created: 'until 2026-12-31',
    'Changed since': '2026-03-01T12:34:56.789Z',
    Words: 'refund "broken parcel"',
  });
  expect(describeFilter({ started: { from: '2026-01-01' } })).toEqual({ Started: 'from 2026-01-01' });
  expect(describeFilter(null)).toEqual({});
});
