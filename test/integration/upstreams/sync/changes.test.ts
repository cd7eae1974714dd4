import { describe, expect, test } from 'vitest';
import { updateUpstream } from '../../../../src/domain/upstreams/upstreams.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../../../testkit/upstreams/animam/animam.ts';
import {
  asked,
  differences,
  eventsAfter,
  lastEvent,
  mirrored,
  newestRun,
  spread,
  standingClock,
  startMirror,
  upstreamRow,
} from './support.ts';

describe('what changes upstream', () => {
  test('a change within the second that was just read is read by the next round', async () => {
    const clock = standingClock();
    await using api = await startAiMyChats({ now: clock.date });
    await using mirror = await startMirror({ tunables: { now: clock.now } });
    const { id } = api.conversations.add({ content: 'first' });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    api.conversations.edit(id, { content: 'second, within the same second' });
    clock.ms += 3_000;
    await mirror.sync(upstreamId);
    expect(await differences(mirror, upstreamId, api)).toBeNull();
    api.requests.length = 0;
    await mirror.sync(upstreamId);
    expect(asked(api), 'and is read no more').toMatchObject({ lists: 1, details: 0 });
  });

  test('an answer that is older than what was mirrored meanwhile is not written over it', async () => {
    await using api = await startAiMyChats();
    await using mirror = await startMirror();
    const { id } = api.conversations.add({ title: 'Before', content: 'Hello.' });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    api.conversations.edit(id, { title: 'Between' });
    const { prisma } = mirror.gateway.app.database;
    let isWritten = false;
    api.onRequest(async ({ path }) => {
      if (isWritten || !path.endsWith(id)) return;
      isWritten = true;
      await prisma.conversation.updateMany({
        where: { externalId: id },
        data: { title: 'Newer', fingerprint: 'newer' },
      });
    });
    const before = await lastEvent(mirror);
    await mirror.sync(upstreamId);
    // It was read once more, once that was noticed.
    expect(asked(api).ids.filter((each) => each === id)).toHaveLength(3);
    expect(await differences(mirror, upstreamId, api)).toBeNull();
    expect((await eventsAfter(mirror, before)).map(({ type }) => type)).toEqual(['conversation.updated']);
  });

  test('one that was deleted here while it was read does not come back', async () => {
    await using api = await startAiMyChats();
    await using mirror = await startMirror();
    const { id } = api.conversations.add({ content: 'Hello.' });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    api.conversations.edit(id, { title: 'Once more' });
    const { prisma } = mirror.gateway.app.database;
    api.onRequest(async ({ path }) => {
      if (path.endsWith(id)) await prisma.conversation.deleteMany({ where: { externalId: id } });
    });
    api.script({ path: `/conversations/${id}`, nth: 2, times: 9, answer: { kind: 'status', status: 404 } });
    await mirror.sync(upstreamId);
    expect(await mirrored(mirror, upstreamId)).toEqual(new Map());
  });

  test('one that the database does not take is told with its id, and stops no other', async () => {
    await using api = await startAiMyChats({ conversations: spread(12, Date.now()), showsMetadata: true });
    await using mirror = await startMirror();
    api.script({
      path: '/conversations/conv_4',
      answer: { kind: 'edit-answer', edit: (body) => ({ ...(body as object), metadata: { refused: true } }) },
    });
    const upstreamId = await mirror.connect(api);
    const { prisma } = mirror.gateway.app.database;
    await prisma.$executeRawUnsafe(
      `ALTER TABLE conversation ADD CONSTRAINT refused CHECK (metadata IS NULL OR NOT metadata::jsonb ? 'refused')`,
    );
    await mirror.sync(upstreamId);
    expect((await mirrored(mirror, upstreamId)).size).toBe(11);
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({
      status: 'HEALTHY',
      errorMessage: '1 conversation could not be read: conv_4 (It could not be stored)',
    });
    expect(await newestRun(mirror, upstreamId)).toMatchObject({ created: 11 });
    api.heal();
    await mirror.sync(upstreamId);
    expect(await differences(mirror, upstreamId, api)).toBeNull();
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
  });

  test('one whose own answer stays behind the list is read again some times, and not for ever', async () => {
    const clock = standingClock();
    await using api = await startAiMyChats({ now: clock.date, conversations: spread(3, clock.ms) });
    await using mirror = await startMirror({ tunables: { now: clock.now } });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    const stale = api.conversations.get('conv_1');
    clock.ms += 60_000;
    api.conversations.edit('conv_1', { title: 'Newer' });
    const behind = api.script({
      path: '/conversations/conv_1',
      answer: {
        kind: 'edit-answer',
        edit: (body) => ({ ...(body as object), title: stale?.title, updated_at: stale?.updated_at }),
      },
    });
    for (let round = 0; round < 2; round++) {
      await mirror.sync(upstreamId);
      clock.ms += 3_000;
    }
    expect(await differences(mirror, upstreamId, api)).not.toBeNull();
    behind.clear();
    await mirror.sync(upstreamId);
    expect(await differences(mirror, upstreamId, api)).toBeNull();

    api.script({
      path: '/conversations/conv_1',
      answer: { kind: 'edit-answer', edit: (body) => ({ ...(body as object), updated_at: stale?.updated_at }) },
    });
    api.conversations.edit('conv_1', { title: 'Newest' });
    api.requests.length = 0;
    for (let round = 0; round < 8; round++) {
      await mirror.sync(upstreamId);
      clock.ms += 3_000;
    }
    expect(asked(api).details).toBeLessThanOrEqual(5);
  });

  test("an upstream's new summary is a summary event, and its failure too", async () => {
    await using api = await startAiMyChats();
    await using mirror = await startMirror();
    const { id } = api.conversations.add({ content: 'Hello.', summary: { content: 'A greeting.' } });
    const upstreamId = await mirror.connect(api);
    const first = await lastEvent(mirror);
    await mirror.sync(upstreamId);
    const told = async (after: bigint) =>
      (await eventsAfter(mirror, after))
        .filter(({ type }) => type === 'summary.changed')
        .map(({ data }) => [(data as { previousStatus: string }).previousStatus, (data as { status: string }).status]);
    expect(await told(first)).toEqual([[null, 'COMPLETED']]);

    const second = await lastEvent(mirror);
    api.finishSummary(id, { content: 'A warm greeting.', topics: ['hello'] });
    await mirror.sync(upstreamId);
    expect(await told(second)).toEqual([
      ['COMPLETED', 'PROCESSING'],
      ['PROCESSING', 'COMPLETED'],
    ]);
    const query =
      '{ conversations(first: 1) { nodes { status summary { content version topics } summaries { totalCount } } } }';
    const { body } = await mirror.gateway.graphql(query);
    expect(body.data).toEqual({
      conversations: {
        nodes: [
          {
            status: 'COMPLETED',
            summary: { content: 'A warm greeting.', version: 2, topics: ['hello'] },
            summaries: { totalCount: 2 },
          },
        ],
      },
    });

    const third = await lastEvent(mirror);
    api.finishSummary(id, 'failed');
    await mirror.sync(upstreamId);
    expect(await told(third)).toEqual([
      ['COMPLETED', 'PROCESSING'],
      ['PROCESSING', 'FAILED'],
    ]);
    const after = await mirror.gateway.graphql('{ conversations(first: 1) { nodes { status summary { content } } } }');
    expect(after.body.data).toEqual({
      conversations: { nodes: [{ status: 'FAILED', summary: { content: 'A warm greeting.' } }] },
    });
  });

  test.each(['AI_MY_CHATS', 'ANIMAM'] as const)(
    'what is deleted at %s goes with an event by a full round',
    async (provider) => {
      await using api = provider === 'ANIMAM' ? await startAnimam({ tenant: 'acme' }) : await startAiMyChats();
      await using mirror = await startMirror();
      for (const _ of [1, 2, 3]) api.conversations.add({});
      const upstreamId = await mirror.connect(api);
      await mirror.sync(upstreamId);
      api.conversations.remove('conv_2');
      const before = await lastEvent(mirror);
      await mirror.syncFully(upstreamId);
      expect(await differences(mirror, upstreamId, api)).toBeNull();
      const gone = (await eventsAfter(mirror, before)).filter(({ type }) => type.startsWith('conversation.'));
      expect(gone.map(({ type, data }) => [type, (data as { upstreamId: string }).upstreamId])).toEqual([
        ['conversation.deleted', upstreamId],
      ]);
      expect(await newestRun(mirror, upstreamId)).toMatchObject({ deleted: 1, full: true });
    },
  );

  test('one that goes between the list and its reading is removed; one that is still listed is not', async () => {
    await using api = await startAiMyChats();
    await using mirror = await startMirror();
    for (const _ of [1, 2, 3]) api.conversations.add({ content: 'Hello.' });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    for (const id of ['conv_1', 'conv_2']) api.conversations.edit(id, { title: 'Changed' });
    api.script({ path: '/conversations/conv_2', answer: { kind: 'status', status: 404 } });
    api.onRequest(({ path }) => {
      if (path.endsWith('conv_1')) api.conversations.remove('conv_1');
    });
    const before = await lastEvent(mirror);
    await mirror.sync(upstreamId);
    expect([...(await mirrored(mirror, upstreamId)).keys()].sort()).toEqual(['conv_2', 'conv_3']);
    expect((await eventsAfter(mirror, before)).map(({ type }) => type)).toContain('conversation.deleted');
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({
      status: 'DEGRADED',
      errorMessage: '1 conversation could not be read: conv_2 (It is listed, and yet not known by its id)',
    });
    api.heal();
    await mirror.sync(upstreamId);
    expect(await differences(mirror, upstreamId, api)).toBeNull();
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
  });

  test('nothing more is written once an upstream is paused, and it goes on when it is resumed', async () => {
    await using api = await startAiMyChats({ conversations: spread(30, Date.now()) });
    await using mirror = await startMirror({ tunables: { pageSize: 10, batchSize: 2 } });
    const upstreamId = await mirror.connect(api);
    let isPaused = false;
    api.onRequest(async ({ query }) => {
      if (query['page'] !== '2' || isPaused) return;
      isPaused = true;
      await updateUpstream(mirror.caller, upstreamId, { paused: true });
    });
    await mirror.sync(upstreamId);
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({ status: 'PAUSED', nextSyncAt: null });
    expect((await mirrored(mirror, upstreamId)).size).toBe(10);
    expect((await newestRun(mirror, upstreamId)).finishedAt).not.toBeNull();
    const { length } = api.requests;
    await mirror.sync(upstreamId);
    expect(api.requests).toHaveLength(length);
    await updateUpstream(mirror.caller, upstreamId, { paused: false });
    await mirror.sync(upstreamId);
    expect(await upstreamRow(mirror, upstreamId)).toMatchObject({ status: 'HEALTHY' });
    expect(await differences(mirror, upstreamId, api)).toBeNull();
  });

  test('a worker whose run was taken over writes nothing more', async () => {
    await using api = await startAiMyChats({ conversations: spread(6, Date.now()) });
    await using mirror = await startMirror({ tunables: { pageSize: 3, batchSize: 3 } });
    const upstreamId = await mirror.connect(api);
    let second: Promise<void> | null = null;
    api.onRequest(async ({ query }) => {
      if (query['page'] !== '2' || second !== null) return;
      // The first one hangs here while another one does all of it.
      second = mirror.sync(upstreamId);
      await second;
      api.conversations.edit('conv_5', { title: 'Written by nobody' });
    });
    const { prisma } = mirror.gateway.app.database;
    await mirror.sync(upstreamId);
    await second;
    expect((await mirrored(mirror, upstreamId)).get('conv_5')).toMatchObject({ title: 'Number 5' });
    expect(await prisma.syncRun.count({ where: { upstreamId } })).toBe(1);
    expect(await newestRun(mirror, upstreamId)).toMatchObject({ created: 6 });
  });
});
