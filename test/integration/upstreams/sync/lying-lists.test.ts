import { describe, expect, test } from 'vitest';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { type AiMyChatsStandIn, startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { type Lie, lie } from '../../../testkit/upstreams/lies.ts';
import {
  asked,
  differences,
  type Mirror,
  mirrored,
  spread,
  startMirror,
  startStandIns,
  upstreamRow,
} from './support.ts';

const count = 23;
const tunables = { pageSize: 5 };

/** Changes what lists say of themselves. */
function editMeta(api: AiMyChatsStandIn, edit: (meta: Record<string, unknown>) => unknown): void {
  api.script({
    path: '/conversations',
    answer: {
      kind: 'edit-answer',
      edit: (body) => {
        const { meta, ...rest } = body as { meta: Record<string, unknown> };
        return { ...rest, meta: edit(meta) };
      },
    },
  });
}

async function driftOf({ gateway }: Mirror, upstreamId: string) {
  const rows = await gateway.app.database.prisma.upstreamDrift.findMany({ where: { upstreamId } });
  return rows.map(({ resource, path, expected, actual }) => `${resource} ${path}: ${actual} for ${expected}`);
}

eachDatabase('lists that lie', (database) => {
  describe('a list whose total is wrong', () => {
    test.each([0, 5, 12, 22, 24, 1_000])(
      '(%d for 23) is mirrored whole, and the total is told as drift',
      async (total) => {
        await using api = await startAiMyChats({ conversations: spread(count, Date.now()) });
        await using mirror = await startMirror({ gateway: { database }, tunables });
        editMeta(api, (meta) => ({ ...meta, total, total_pages: Math.ceil(total / 5) }));
        const id = await mirror.connect(api);
        await mirror.sync(id);
        expect(await differences(mirror, id, api)).toBeNull();
        expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
        expect(await driftOf(mirror, id)).toEqual([`conversation.list meta.total: ${total} for ${count}`]);
        const before = asked(api).lists;
        await mirror.sync(id);
        expect(asked(api).lists - before, 'what is known to be wrong is not looked at again').toBeLessThanOrEqual(2);
      },
    );

    test('or smaller pages than asked for, without a word of it, are followed to the end', async () => {
      await using api = await startAiMyChats({ conversations: spread(count, Date.now()) });
      await using mirror = await startMirror({ gateway: { database }, tunables });
      api.script({
        path: '/conversations',
        answer: {
          kind: 'edit-answer',
          edit: (_, { query }) => {
            const start = (Number(query['page']) - 1) * 3;
            const data = api.conversations.all().slice(start, start + 3);
            return { data: data.map(({ content: _content, ...listed }) => listed), meta: { total: count } };
          },
        },
      });
      const id = await mirror.connect(api);
      await mirror.sync(id);
      expect(await differences(mirror, id, api)).toBeNull();
    });
  });

  describe('a list that does not heed the page asked for', () => {
    test.each([
      ['without totals', () => null],
      ['with its total', (meta: unknown) => meta],
      ['with a total of more', (meta: object) => ({ ...meta, total: 5_000, total_pages: 1_000 })],
    ])('%s ends the round, and is told', async (_name, edit) => {
      await using api = await startAiMyChats({ conversations: spread(count, Date.now()) });
      await using mirror = await startMirror({ gateway: { database }, tunables });
      editMeta(api, edit as (meta: Record<string, unknown>) => unknown);
      api.script({ path: '/conversations', answer: { kind: 'repeated-pages', page: 1 } });
      const id = await mirror.connect(api);
      await mirror.sync(id);
      expect(asked(api).lists).toBeLessThan(5);
      const row = await upstreamRow(mirror, id);
      expect(row).toMatchObject({
        status: 'HEALTHY',
        errorMessage: expect.stringContaining('Page 2 of the list shows what was shown before'),
      });
      expect((row.nextSyncAt?.getTime() ?? 0) - Date.now(), 'the usual pause').toBeGreaterThan(30_000);
      expect(await driftOf(mirror, id)).toContain(
        'conversation.list page: those shown before for further conversations',
      );
      api.heal();
      await mirror.syncFully(id);
      expect(await differences(mirror, id, api)).toBeNull();
    });

    test('but begins anew after its end is left as soon as more was shown than there is', async () => {
      await using api = await startAiMyChats({ conversations: spread(7, Date.now()) });
      await using mirror = await startMirror({ gateway: { database }, tunables });
      api.script({
        path: '/conversations',
        answer: {
          kind: 'edit-answer',
          edit: (_, { query }) => {
            const all = api.conversations.all();
            const start = (Number(query['page']) - 1) * 5;
            const data = Array.from({ length: 5 }, (_each, index) => all[(start + index) % all.length]);
            return { data };
          },
        },
      });
      const id = await mirror.connect(api);
      await mirror.sync(id);
      expect(asked(api).lists).toBeLessThan(40);
      expect(await differences(mirror, id, api)).toBeNull();
      expect((await upstreamRow(mirror, id)).errorMessage).toContain('what was shown before');
    });
  });

  test('what goes while a list in ascending order is first read is gone at once', async () => {
    await using api = await startAiMyChats({ conversations: spread(count, Date.now()) });
    await using mirror = await startMirror({ gateway: { database }, tunables });
    api.script({
      path: '/conversations',
      answer: {
        kind: 'edit-answer',
        edit: (body, { query }) => {
          const start = (Number(query['page']) - 1) * 5;
          const data = api.conversations
            .all()
            .toReversed()
            .slice(start, start + 5);
          return { ...(body as object), data: data.map(({ content: _, ...listed }) => listed) };
        },
      },
    });
    let removed = 0;
    const gone = api.conversations
      .all()
      .toReversed()
      .slice(0, 6)
      .map(({ id }) => id);
    api.onRequest(({ query }) => {
      if (query['page'] !== '3' || removed > 0) return;
      for (const id of gone) {
        api.conversations.remove(id);
        removed++;
      }
    });
    const id = await mirror.connect(api);
    await mirror.sync(id);
    expect(removed).toBe(6);
    expect(await differences(mirror, id, api)).toBeNull();
  });

  describe('the sandbox, while it lies', () => {
    const lies: Lie[] = [
      { kind: 'total', total: 7 },
      { kind: 'total', total: 700 },
      { kind: 'total', total: 0 },
      { kind: 'pages' },
      { kind: 'shrink', count: 3 },
    ];
    test.each(lies)('$kind: the mirror is what it can show', async (how) => {
      await using standIns = await startStandIns(40);
      await using mirror = await startMirror({ gateway: { database }, tunables });
      for (const standIn of [standIns.aiMyChats, standIns.animam]) {
        lie(standIn, how);
        const id = await mirror.connect(standIn);
        await mirror.sync(id);
        if (how.kind === 'pages') expect((await mirrored(mirror, id)).size).toBe(tunables.pageSize);
        else expect(await differences(mirror, id, standIn)).toBeNull();
        standIn.heal();
        await mirror.syncFully(id);
        expect(await differences(mirror, id, standIn)).toBeNull();
      }
    });
  });
});
