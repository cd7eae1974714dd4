import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../../../src/events/log.ts';
import type { Context } from '../../../../src/graphql/context.ts';
import { type Feed, feedOf, GoneError, orGone, watchedIds } from '../../../../src/graphql/events/feed.ts';

describe('ids that a subscription names', () => {
  test('are none where none are given, and never those that nothing can have', () => {
    expect(watchedIds('ids', null)).toBeNull();
    expect(watchedIds('ids', undefined)).toBeNull();
    expect(watchedIds('ids', [])).toEqual(new Set());
    expect(watchedIds('ids', ['a', 'a', 'b\u0000'])).toEqual(new Set(['a']));
  });

  test('are so many at most, and the refusal says what to do', () => {
    const ids = Array.from({ length: 1_001 }, (_, index) => `id ${index}`);
    expect(watchedIds('ids', ids.slice(1))?.size).toBe(1_000);
    expect(() => watchedIds('exportIds', ids)).toThrow('`exportIds` may hold at most 1000 ids; leave it out');
  });
});

describe('a feed', () => {
  const event = (seq: bigint, type: LoggedEvent['type']) =>
    ({ seq, type, subjectId: `subject ${seq}`, data: {}, occurredAt: new Date(0) }) as LoggedEvent;
  const ctx = {} as Context;

  test('is asked about events of its own types alone, and about none where there are none', async () => {
    const asked: bigint[][] = [];
    const feed = feedOf({
      types: ['export.changed'],
      after: undefined,
      snapshot: null,
      map: async (_ctx, events) => {
        asked.push(events.map(({ seq }) => seq));
        return events.map((each) => ({ event: each, change: { id: each.subjectId } }));
      },
    }) as unknown as Feed;
    expect(feed.after).toBeNull();
    const events = [event(1n, 'export.changed'), event(2n, 'upstream.changed'), event(3n, 'export.changed')];
    const told = await feed.map(ctx, events);
    expect(told.map(({ change }) => change)).toEqual([{ id: 'subject 1' }, { id: 'subject 3' }]);
    expect(await feed.map(ctx, [event(4n, 'upstream.changed')])).toEqual([]);
    expect(asked).toEqual([[1n, 3n]]);
  });

  test('leaves out what is gone', () => {
    expect(orGone({ id: 'a' })).toEqual({ id: 'a' });
    expect(() => orGone(null)).toThrow(GoneError);
  });
});
