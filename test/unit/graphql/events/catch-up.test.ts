import { expect, test } from 'vitest';
import { type CatchUp, createCatchUp } from '../../../../src/graphql/events/catch-up.ts';
import type { Batch, Frame } from '../../../../src/graphql/events/frame.ts';
import type { Member } from '../../../../src/graphql/events/listener.ts';
import { createTurns } from '../../../../src/graphql/events/turns.ts';

test('who is behind the live ones, where nothing is read yet, waits for the reader and lets the process go on', async () => {
  const frame: Frame = { seq: 6n, cursor: 'six', payload: '{}' };
  let isRead = false;
  const got: string[] = [];
  const joined: bigint[] = [];
  const livePlace = 6n;
  const catchUp: CatchUp = createCatchUp({
    turns: createTurns(),
    resync: null,
    nextRun: async (place) => (isRead ? { from: place, to: frame.seq, batches: [[frame]] } : null),
    join: (member) => {
      if (member.place < livePlace) catchUp.add(member);
      else joined.push(member.place);
    },
    isLive: (place) => place >= livePlace,
    isPassed: (place) => place < livePlace,
    fail: (err) => {
      throw err;
    },
    onIdle: () => {},
  });
  const outlet = {
    blockedSince: 0,
    next: (batch: Batch) => got.push(...batch.map(({ cursor }) => cursor)),
    end: () => {},
  };
  const member: Member = { outlet, place: 5n, lastSeq: 5n, state: 'BEHIND', wake: null };
  catchUp.add(member);
  await new Promise(setImmediate);
  expect({ size: catchUp.size, got, joined }).toEqual({ size: 1, got: [], joined: [] });

  isRead = true;
  catchUp.run();
  await expect.poll(() => joined).toEqual([6n]);
  expect(got).toEqual(['six']);
  expect(catchUp.size).toBe(0);
});
