import { describe, expect, test } from 'vitest';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { asked, differences, mirrored, newestRun, spread, standingClock, startMirror, upstreamRow } from './support.ts';

describe('lists that change while they are read, or do not tell all', () => {
  test('a conversation that goes while the pages are read hides no other change', async () => {
    const clock = standingClock();
    await using api = await startAiMyChats({ now: clock.date, conversations: spread(12, clock.ms) });
    await using mirror = await startMirror({ tunables: { now: clock.now, pageSize: 4 } });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    for (const index of [11, 10, 9, 8, 7, 6, 5, 4]) {
      clock.ms += 10_000;
      api.conversations.edit(`conv_${index}`, { title: `Changed ${index}` });
    }
    api.onRequest(({ query }) => {
      if (query['page'] === '2') api.conversations.remove('conv_4');
    });
    await mirror.sync(upstreamId);
    const here = await mirrored(mirror, upstreamId);
    const titles = [5, 6, 7, 8, 9, 10, 11].map((index) => (here.get(`conv_${index}`) as { title: string }).title);
    expect(titles).toEqual([5, 6, 7, 8, 9, 10, 11].map((index) => `Changed ${index}`));
  });

  test('a conversation that goes from a list in no order hides no other, while the counts agree', async () => {
    await using api = await startAiMyChats({ conversations: spread(12, Date.now()) });
    await using mirror = await startMirror({ tunables: { pageSize: 4 } });
    const rank = (id: string) => (Number(id.slice('conv_'.length)) * 7) % 13;
    api.script({
      path: '/conversations',
      answer: {
        kind: 'edit-answer',
        edit: (body, { query }) => {
          const all = api.conversations.all().sort((a, b) => rank(a.id) - rank(b.id));
          const start = (Number(query['page']) - 1) * 4;
          const data = all.slice(start, start + 4).map(({ content: _, ...listed }) => listed);
          return { ...(body as object), data };
        },
      },
    });
    let gone: string | null = null;
    api.onRequest(({ query }) => {
      if (query['page'] !== '2' || gone !== null) return;
      gone = `conv_${Array.from({ length: 12 }, (_, n) => n).find((n) => rank(`conv_${n}`) === 1)}`;
      api.conversations.remove(gone);
    });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    expect(gone).not.toBeNull();
    const here = await mirrored(mirror, upstreamId);
    expect(api.conversations.all().filter(({ id }) => !here.has(id))).toEqual([]);
  });

  test('that a conversation is gone is noticed by the count, long before all are looked at', async () => {
    const clock = standingClock();
    await using api = await startAiMyChats({ now: clock.date, conversations: spread(12, clock.ms) });
    await using mirror = await startMirror({ tunables: { now: clock.now, pageSize: 4 } });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    api.conversations.remove('conv_11');
    for (let minutes = 0; minutes < 20; minutes += 5) {
      clock.ms += 5 * 60_000;
      await mirror.sync(upstreamId);
    }
    expect(await differences(mirror, upstreamId, api)).toBeNull();
  });

  test('what has no id is counted once, though the newest are looked at again at the end', async () => {
    await using api = await startAiMyChats({ conversations: spread(3, Date.now()) });
    await using mirror = await startMirror({ tunables: { settleMs: 0 } });
    const nameless = (body: unknown) => ({ ...(body as object), data: [null, ...(body as { data: [] }).data, 'text'] });
    api.script({ path: '/conversations', answer: { kind: 'edit-answer', edit: nameless } });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    expect(asked(api).lists).toBeGreaterThan(1);
    expect((await upstreamRow(mirror, upstreamId)).errorMessage).toContain('2 without id');
    expect((await newestRun(mirror, upstreamId)).scanned).toBe(5);
  });
});
