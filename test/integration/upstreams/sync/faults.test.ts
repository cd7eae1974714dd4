import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncUpstream, updateUpstream } from '../../../../src/domain/upstreams/upstreams.ts';
import { createRateBudget } from '../../../../src/upstreams/http/budget.ts';
import { systemClock } from '../../../../src/upstreams/http/clock.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../../../testkit/upstreams/animam/animam.ts';
import type { FaultAnswer } from '../../../testkit/upstreams/faults.ts';
import {
  asked,
  differences,
  impatient,
  type Mirror,
  mirrored,
  type StandIn,
  startMirror,
  upstreamRow,
} from './support.ts';

const count = 12;
const pageSize = 5;

type Expected = {
  status: 'HEALTHY' | 'DEGRADED' | 'UNAUTHORIZED';
  error: RegExp | null;
  httpStatus?: number | null;
  /** How many of the twelve are mirrored, at least. */
  atLeast: number;
};

const list = /\/conversations$/;
const detail = /\/conversations\/conv_\d+$/;
const oneDetail = /\/conversations\/conv_3$/;
const secondPage = ({ path, query }: { path: string; query: Readonly<Record<string, string>> }) =>
  list.test(path) && query['page'] === '2';

/** Of a list, the second page: the first one's conversations are mirrored. */
const atList = (error: RegExp, httpStatus: number | null): Expected => ({
  status: 'DEGRADED',
  error,
  httpStatus,
  atLeast: pageSize,
});
/** Of one conversation: all others are mirrored. */
const atDetail = (error: RegExp, httpStatus: number | null): Expected => ({
  status: 'DEGRADED',
  error,
  httpStatus,
  atLeast: count - 1,
});

const faults: [string, FaultAnswer, Expected, Expected][] = [
  [
    '500',
    { kind: 'status', status: 500 },
    atList(/not available: status 500/, 500),
    atDetail(/conv_3 \(.*status 500\)/, 500),
  ],
  ['slow', { kind: 'hang' }, atList(/did not answer in time/, null), atDetail(/conv_3 .*in time/, null)],
  [
    'a truncated answer',
    { kind: 'truncated', how: 'cut' },
    atList(/it is not whole JSON/, 200),
    atDetail(/not whole JSON/, 200),
  ],
  [
    'a connection that closes within the answer',
    { kind: 'truncated', how: 'closed' },
    atList(/cut short/, 200),
    atDetail(/cut short/, 200),
  ],
  ['a web page', { kind: 'html' }, atList(/it is a web page/, 200), atDetail(/web page/, 200)],
  [
    'a closed connection',
    { kind: 'reset' },
    atList(/could not be reached: the connection broke/, null),
    // A connection that breaks is the upstream's failure: the rest waits for the next round.
    { ...atDetail(/connection broke/, null), atLeast: 0 },
  ],
  [
    'an endless answer that comes slowly',
    { kind: 'endless', everyMs: 20 },
    atList(/in time/, 200),
    atDetail(/in time/, 200),
  ],
];

describe.each(['AI_MY_CHATS', 'ANIMAM'] as const)('faults of %s', (provider) => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror({ patience: { ...impatient, readTimeoutMs: 700 }, tunables: { pageSize } });
  });
  afterAll(async () => {
    await mirror?.[Symbol.asyncDispose]();
  });

  async function startFilled(options: { shape?: 'newer' } = {}): Promise<StandIn> {
    const at = (index: number) => `2024-01-01T00:00:${String(59 - index).padStart(2, '0')}Z`;
    const texts = Array.from({ length: count }, (_, index) => `Text ${index}`);
    if (provider === 'AI_MY_CHATS') {
      return startAiMyChats({
        conversations: texts.map((content, index) => ({ content, created_at: at(index), summary: { content } })),
      });
    }
    const conversations = texts.map((content, index) => ({ messages: [{ content, timestamp: at(index) }] }));
    return startAnimam({ tenant: 'acme', conversations, ...options });
  }

  async function expectState(id: string, { status, error, httpStatus, atLeast }: Expected): Promise<void> {
    const row = await upstreamRow(mirror, id);
    expect(row).toMatchObject({ status, errorMessage: error === null ? null : expect.stringMatching(error) });
    if (httpStatus !== undefined)
      expect([row.errorHttpStatus, error]).toContainEqual(httpStatus ?? row.errorHttpStatus);
    expect(row.errorAt === null).toBe(error === null);
    expect(row.retryAt === null, 'retryAt is told where it is tried again').toBe(status !== 'DEGRADED');
    expect((await mirrored(mirror, id)).size).toBeGreaterThanOrEqual(atLeast);
  }

  async function expectHealed(id: string, standIn: StandIn): Promise<void> {
    await mirror.sync(id);
    expect(await differences(mirror, id, standIn)).toBeNull();
    expect(await upstreamRow(mirror, id)).toMatchObject({
      status: 'HEALTHY',
      errorMessage: null,
      errorAt: null,
      retryAt: null,
      failures: 0,
    });
  }

  test.each(faults)(
    '%s: the rest is mirrored, the status tells, and it heals',
    { timeout: 120_000 },
    async (_, answer, ...expected) => {
      for (const [index, fault] of [{ when: secondPage }, { path: oneDetail }].entries()) {
        await using standIn = await startFilled();
        const id = await mirror.connect(standIn);
        standIn.script({ ...fault, answer });
        await mirror.sync(id);
        await expectState(id, expected[index] ?? atList(/never/, null));
        standIn.heal();
        await expectHealed(id, standIn);
      }
    },
  );

  test.each([
    [429, 'list', secondPage],
    [429, 'detail', ({ path }: { path: string }) => oneDetail.test(path)],
    [503, 'list', secondPage],
    [503, 'detail', ({ path }: { path: string }) => oneDetail.test(path)],
  ])('%i with Retry-After at a %s: nothing is asked before, and retryAt tells when', async (status, _, when) => {
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    await using own = await startMirror({
      patience: { ...impatient, clock },
      budget: createRateBudget({ clock }),
      tunables: { pageSize, now: clock.now },
    });
    await using standIn = await startFilled();
    const id = await own.connect(standIn);
    standIn.script({ when, answer: { kind: 'status', status, retryAfter: 120 } });
    const before = Date.now();
    await own.sync(id);
    const row = await upstreamRow(own, id);
    expect(row).toMatchObject({ status: 'DEGRADED', errorHttpStatus: status });
    expect(row.errorMessage).toMatch(status === 429 ? /too many requests/ : /not available: status 503/);
    expect(row.retryAt?.getTime()).toBeGreaterThanOrEqual(before + 119_000);
    expect(row.nextSyncAt).toEqual(row.retryAt);
    standIn.heal();
    standIn.requests.length = 0;
    await own.sync(id);
    expect(standIn.requests, 'the pause holds whoever asks').toEqual([]);
    expect(await upstreamRow(own, id)).toMatchObject({ status: 'DEGRADED', errorHttpStatus: status });
    aheadMs = 121_000;
    await own.sync(id);
    expect(await differences(own, id, standIn)).toBeNull();
    expect(await upstreamRow(own, id)).toMatchObject({ status: 'HEALTHY', errorMessage: null, retryAt: null });
  });

  test('an endless answer is cut by its size, and tried again later', { timeout: 120_000 }, async () => {
    // However long the endless answer takes here: only a list that was long to read has its beginning read again.
    const now = Date.now();
    await using own = await startMirror({ tunables: { pageSize, now: () => now } });
    for (const [index, fault] of [{ when: secondPage }, { path: oneDetail }].entries()) {
      await using standIn = await startFilled();
      const id = await own.connect(standIn);
      const scripted = standIn.script({ ...fault, answer: { kind: 'endless' } });
      await own.sync(id);
      const isOfList = index === 0;
      expect(await upstreamRow(own, id)).toMatchObject({
        // It will not pass by itself, and says nothing against the rest: that one conversation is told of.
        status: isOfList ? 'DEGRADED' : 'HEALTHY',
        errorMessage: expect.stringMatching(
          isOfList ? /sent more than can be read$/ : /conv_3 \(.*more than can be read\)/,
        ),
      });
      expect(scripted.hits, 'nor is it asked for at once again').toBe(isOfList ? 1 : 2);
      const sent = standIn.requests.map(({ bytesSent }) => bytesSent);
      expect(Math.max(...sent)).toBeLessThan((isOfList ? 24 : 80) * 1_048_576);
      expect((await mirrored(own, id)).size).toBeGreaterThanOrEqual(isOfList ? pageSize : count - 1);
      standIn.heal();
      await own.sync(id);
      expect(await differences(own, id, standIn)).toBeNull();
      expect(await upstreamRow(own, id)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
    }
  });

  test.each([
    ['list', (each: { path: string; query: Readonly<Record<string, string>> }) => secondPage(each)],
    ['detail', ({ path }: { path: string }) => detail.test(path)],
  ])('a key that expires at a %s: nothing is tried until there is a new one', async (_, when) => {
    await using standIn = await startFilled();
    const id = await mirror.connect(standIn);
    let isExpired = false;
    standIn.script({
      when: (request) => {
        isExpired ||= when(request);
        return isExpired;
      },
      answer: { kind: 'expired-key' },
    });
    await mirror.sync(id);
    await expectState(id, { status: 'UNAUTHORIZED', error: /key/, atLeast: 0 });
    expect(await upstreamRow(mirror, id)).toMatchObject({
      errorHttpStatus: provider === 'ANIMAM' ? 403 : 401,
      nextSyncAt: null,
    });
    const { length } = standIn.requests;
    await mirror.sync(id);
    await syncUpstream(mirror.caller, id, false);
    await mirror.sync(id);
    expect(standIn.requests).toHaveLength(length);
    expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'UNAUTHORIZED' });
    standIn.heal();
    standIn.apiKey = 'ak_a_new_key_of_the_tests';
    await updateUpstream(mirror.caller, id, { apiKey: standIn.apiKey });
    expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'SYNCING' });
    await expectHealed(id, standIn);
  });

  test('one conversation that is refused stops no other, and is no matter of the key', async () => {
    await using standIn = await startFilled();
    const id = await mirror.connect(standIn);
    standIn.script({ path: oneDetail, answer: { kind: 'status', status: 403 } });
    await mirror.sync(id);
    await expectState(id, { status: 'HEALTHY', error: /conv_3 \(.*does not allow/, atLeast: count - 1 });
    standIn.heal();
    await expectHealed(id, standIn);
  });

  test('a key replaced while the old one is refused is the one that counts', async () => {
    await using standIn = await startFilled();
    const id = await mirror.connect(standIn);
    let isReplaced = false;
    standIn.script({ when: secondPage, times: 1, answer: { kind: 'expired-key' } });
    standIn.onRequest(async (request) => {
      if (!secondPage(request) || isReplaced) return;
      isReplaced = true;
      await updateUpstream(mirror.caller, id, { apiKey: standIn.apiKey });
    });
    await mirror.sync(id);
    expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'SYNCING' });
    await expectHealed(id, standIn);
  });

  test.each([
    ['shuffled', { kind: 'shuffled-pages' }],
    ['shuffled anew each time', { kind: 'shuffled-pages', perRequest: true }],
    ['repeated', { kind: 'repeated-pages' }],
    ['all the first one', { kind: 'repeated-pages', page: 1 }],
  ] as [string, FaultAnswer][])(
    'pages that are %s: nothing is doubled or removed, and all comes in the end',
    async (name, answer) => {
      await using standIn = await startFilled();
      const id = await mirror.connect(standIn);
      standIn.script({ path: list, answer });
      await mirror.sync(id);
      const first = await mirrored(mirror, id);
      if (name === 'shuffled') expect(await differences(mirror, id, standIn)).toBeNull();
      await mirror.syncFully(id);
      const second = await mirrored(mirror, id);
      for (const externalId of first.keys()) expect(second.has(externalId)).toBe(true);
      if (second.size < count)
        expect((await upstreamRow(mirror, id)).errorMessage).toMatch(/the next sync looks again/);
      standIn.heal();
      await expectHealed(id, standIn);
    },
  );

  test('items that cannot be read are skipped, counted and told; the rest is mirrored, and they come once they can be', async () => {
    await using standIn = await startFilled();
    const id = await mirror.connect(standIn);
    standIn.script({
      answer: { kind: 'malformed-items', ids: ['conv_2', 'conv_8'], how: ['missing-id', 'null', 'not-an-object'] },
    });
    await mirror.sync(id);
    const spoilt = 2;
    expect((await mirrored(mirror, id)).size).toBe(count - spoilt);
    await expectState(id, {
      status: 'HEALTHY',
      error: /^2 conversations could not be read: 2 without id/,
      atLeast: count - spoilt,
    });
    await mirror.sync(id);
    expect((await upstreamRow(mirror, id)).errorMessage).toMatch(/^2 conversations could not be read/);
    standIn.heal();
    await mirror.syncFully(id);
    await expectHealed(id, standIn);
  });

  test('a conversation whose own answer cannot be read is told with its id, and kept as it was', async () => {
    await using standIn = await startFilled();
    const id = await mirror.connect(standIn);
    await mirror.sync(id);
    standIn.script({ path: oneDetail, answer: { kind: 'malformed-items', how: 'wrong-types' } });
    await mirror.syncFully(id);
    await expectState(id, { status: 'HEALTHY', error: /^1 conversation could not be read: conv_3 \(/, atLeast: count });
    expect(await differences(mirror, id, standIn)).toBeNull();
    standIn.heal();
    await expectHealed(id, standIn);
  });

  if (provider === 'ANIMAM') {
    test('the newer shapes are mirrored, with what is new in them as metadata', async () => {
      await using standIn = await startFilled({ shape: 'newer' });
      const id = await mirror.connect(standIn);
      await mirror.sync(id);
      expect(await differences(mirror, id, standIn)).toBeNull();
      const { prisma } = mirror.gateway.app.database;
      const row = await prisma.conversation.findFirstOrThrow({
        where: { upstreamId: id },
        include: { messages: true },
      });
      expect(row.metadata).toMatchObject({ channel: 'widget' });
      expect(row.messages[0]?.metadata).toMatchObject({ intent: 'question' });
      expect(await prisma.upstreamDrift.count({ where: { upstreamId: id } })).toBeGreaterThan(0);
      // A message more changes neither a time that it tells nor the list's order.
      standIn.conversations.all();
      if ('tenant' in standIn) standIn.conversations.appendMessage('conv_12', { content: 'One more' });
      standIn.requests.length = 0;
      await mirror.sync(id);
      expect(await differences(mirror, id, standIn)).toBeNull();
      expect(asked(standIn).ids).toEqual(['conv_12']);
    });
  }
});
