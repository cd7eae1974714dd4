import { describe, expect, test } from 'vitest';
import {
  carryOver,
  countUnread,
  dropEntries,
  dueEntries,
  emptyQueue,
  isPausing,
  noteUnreadableListed,
  type Reading,
  type RereadTiming,
  recountWithoutId,
  settleReadings,
} from '../../../../src/upstreams/sync/reread-queue.ts';

const now = 1_000_000;
const timing: RereadTiming = {
  now,
  newest: null,
  settleMs: 2_000,
  marginMs: 2_000,
  pauseMs: (failures) => 1_000 * 2 ** failures,
};
const read = (id: string, result: Partial<Extract<Reading['result'], { kind: 'READ' }>> = {}): Reading => ({
  id,
  askedAt: now - 100,
  listed: { fingerprint: 'line', changedAt: now - 60_000 },
  result: { kind: 'READ', updatedAt: now - 60_000, isOvertaken: false, partReason: null, ...result },
});
const failed = (id: string, isLasting = false): Reading => ({
  ...read(id),
  result: { kind: 'FAILED', reason: 'status 503', httpStatus: 503, isLasting },
});
const settle = (readings: Reading[], queue = emptyQueue, at: Partial<RereadTiming> = {}) =>
  settleReadings(queue, readings, { ...timing, ...at }).queue;

describe('a conversation that was read', () => {
  test('is not read again where nothing speaks for it, and leaves the queue', () => {
    expect(settle([read('a')]).entries).toEqual([]);
    expect(settle([read('a')], settle([failed('a'), failed('b')])).entries.map(({ id }) => id)).toEqual(['b']);
  });

  test('is read again at once where somebody wrote it meanwhile', () => {
    expect(settle([read('a', { isOvertaken: true })]).entries).toMatchObject([
      { id: 'a', kind: 'DOUBTFUL', dueAt: now - 100 },
    ]);
  });

  test('is read again, three times at most, where it looks older than the list told', () => {
    const old = read('a', { updatedAt: now - 90_000 });
    let queue = settle([old]);
    expect(queue.entries).toMatchObject([{ kind: 'DOUBTFUL', behind: now - 60_000, dueAt: now + 2_000, tries: 1 }]);
    const again = { ...old, listed: null };
    for (const tries of [2, 3]) {
      queue = settle([again], queue);
      expect(queue.entries).toMatchObject([{ tries, behind: now - 60_000 }]);
    }
    expect(settle([again], queue).entries).toEqual([]);
  });

  test('is read again once the second of its last change is over', () => {
    const newest = { at: now - 500, seenAt: now - 400 };
    const changed = { ...read('a'), listed: { fingerprint: 'line', changedAt: now - 500 } };
    const updated = { ...changed, result: { ...changed.result, updatedAt: now - 500 } as Reading['result'] };
    expect(settle([updated], emptyQueue, { newest }).entries).toMatchObject([{ dueAt: now + 1_600, behind: null }]);
    const settled = { ...newest, seenAt: now - 10_000 };
    expect(settle([updated], emptyQueue, { newest: settled }).entries).toEqual([]);
  });

  test('and held a part that could not be, is told of as unreadable', () => {
    expect(settle([read('a', { partReason: 'message content: It is not a text' })]).entries).toMatchObject([
      { kind: 'UNREADABLE', reason: 'message content: It is not a text' },
    ]);
  });
});

describe('a conversation that could not be read', () => {
  test('waits longer each time, and is due then', () => {
    let queue = settle([failed('a')]);
    expect(queue.entries).toMatchObject([{ kind: 'FAILED', tries: 1, dueAt: now + 1_000, httpStatus: 503 }]);
    queue = settle([failed('a')], queue);
    expect(queue.entries).toMatchObject([{ tries: 2, dueAt: now + 2_000 }]);
    expect(dueEntries(queue, now + 1_999)).toEqual([]);
    expect(dueEntries(queue, now + 2_000).map(({ id }) => id)).toEqual(['a']);
  });

  test('pauses while its line in the list is the same', () => {
    const queue = settle([failed('a')]);
    expect(isPausing(queue, { id: 'a', fingerprint: 'line' }, now)).toBe(true);
    expect(isPausing(queue, { id: 'a', fingerprint: 'another' }, now)).toBe(false);
    expect(isPausing(queue, { id: 'a', fingerprint: 'line' }, now + 1_000)).toBe(false);
  });

  test('counts as unread, whether its failure passes or lasts; one in doubt does not', () => {
    const queue = settle([failed('a'), failed('b', true), read('c', { isOvertaken: true })]);
    expect(queue.entries.map(({ kind }) => kind).sort()).toEqual(['DOUBTFUL', 'FAILED', 'UNREADABLE']);
    expect(countUnread(queue)).toBe(2);
    expect(countUnread(dropEntries(queue, ['a']))).toBe(1);
  });

  test('is counted where there is no room for it', () => {
    const queue = settle(Array.from({ length: 201 }, (_, index) => failed(`conv_${index}`)));
    expect(queue.entries).toHaveLength(200);
    expect(countUnread(queue)).toBe(201);
  });
});

describe('what the list shows and cannot be read', () => {
  const items = [
    { id: 'a', reason: 'bad' },
    { id: null, reason: 'id: It is missing' },
  ];

  test('is kept by its id once, and counted without', () => {
    let queue = noteUnreadableListed(emptyQueue, items, { dueAt: now, isCounted: true });
    queue = noteUnreadableListed(queue, items, { dueAt: now, isCounted: false });
    expect(queue.entries.map(({ id }) => id)).toEqual(['a']);
    expect(queue.withoutId).toEqual({ count: 1, reason: 'id: It is missing' });
  });

  test('is remembered by the next round until the whole list was read', () => {
    const queue = noteUnreadableListed(emptyQueue, items, { dueAt: now, isCounted: true });
    expect(countUnread(carryOver(queue, false))).toBe(2);
    expect(countUnread(carryOver(queue, true))).toBe(1);
    expect(countUnread(recountWithoutId(carryOver(queue, false)))).toBe(1);
  });
});
