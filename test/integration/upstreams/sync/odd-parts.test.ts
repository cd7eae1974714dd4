import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../../../testkit/upstreams/animam/animam.ts';
import { type Mirror, spread, startMirror, upstreamRow } from './support.ts';

/** What one part of a conversation is, costs that part alone; and it is told. */
eachDatabase('a part that cannot be read', (database) => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror({ gateway: { database } });
  });
  afterAll(() => mirror?.[Symbol.asyncDispose]());

  const rowsOf = (upstreamId: string) =>
    mirror.gateway.app.database.prisma.conversation.findMany({
      where: { upstreamId },
      include: { messages: { orderBy: { position: 'asc' } }, attachments: true },
      orderBy: { externalId: 'asc' },
    });
  const driftOf = async (upstreamId: string) => {
    const rows = await mirror.gateway.app.database.prisma.upstreamDrift.findMany({ where: { upstreamId } });
    return rows.map(({ resource, path }) => `${resource} ${path}`);
  };

  test.each([
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['1706178600', '2024-01-25T10:30:00.000Z'],
    ['Thu, 25 Jan 2024 10:30:00 GMT', '2024-01-25T10:30:00.000Z'],
    ['0001-01-01T00:00:00Z', null],
    ['2024-02-30T00:00:00Z', null],
    [null, null],
    [{ seconds: 1 }, null],
  ])('of time, as %j, leaves the best time that is known', async (time, expected) => {
    await using api = await startAiMyChats({ conversations: spread(3, Date.now()) });
    const known = api.conversations.get('conv_1')?.updated_at ?? '';
    api.script({
      path: '/conv_1',
      answer: { kind: 'edit-answer', edit: (body) => ({ ...(body as object), created_at: time }) },
    });
    const id = await mirror.connect(api);
    await mirror.sync(id);
    const row = (await rowsOf(id)).find(({ externalId }) => externalId === 'conv_1');
    expect(row?.createdAt.toISOString()).toBe(expected ?? new Date(known).toISOString());
    expect(await driftOf(id)).toContain('conversation.get created_at');
    expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
  });

  test('of all times leaves when it was first seen, for good', async () => {
    await using api = await startAiMyChats({ conversations: spread(2, Date.now()) });
    const edit = (body: unknown) => ({ ...(body as object), created_at: 'then', updated_at: '2024-02-30T00:00:00Z' });
    api.script({ path: '/conv_1', answer: { kind: 'edit-answer', edit } });
    const before = Date.now();
    const id = await mirror.connect(api);
    await mirror.sync(id);
    const createdAt = async () => (await rowsOf(id)).find(({ externalId }) => externalId === 'conv_1')?.createdAt;
    const seenAt = await createdAt();
    expect(seenAt?.getTime()).toBeGreaterThanOrEqual(before);
    api.conversations.edit('conv_1', { title: 'Changed' });
    await mirror.syncFully(id);
    expect((await rowsOf(id)).map(({ title }) => title)).toContain('Changed');
    expect(await createdAt()).toEqual(seenAt);
  });

  test('of kind: an id given as a number is its digits, a size given as a text its number', async () => {
    await using api = await startAiMyChats({ conversations: [{ id: '77', title: 'By number', content: 'Hello.' }] });
    const size = { id: 9, filename: 'a.txt', size: '2048', url: '/a.txt' };
    const asNumber = (item: unknown) => ({ ...(item as object), id: 77 });
    api.script({
      method: 'GET',
      answer: {
        kind: 'edit-answer',
        edit: (body) => {
          const { data, ...rest } = body as { data?: unknown[] };
          return data ? { ...rest, data: data.map(asNumber) } : { ...rest, id: 77, attachments: [size] };
        },
      },
    });
    const id = await mirror.connect(api);
    await mirror.sync(id);
    expect(await rowsOf(id)).toMatchObject([
      { externalId: '77', title: 'By number', attachments: [{ externalId: '9', sizeBytes: 2048n }] },
    ]);
    expect(await driftOf(id)).toEqual(expect.arrayContaining(['conversation.get id', 'conversation.list data[].id']));
  });

  test('of two messages with one id keeps both, also when they change, and is told', async () => {
    const message = (content: string, second: number) => {
      return { id: 'msg_1', role: 'user' as const, content, timestamp: `2024-01-25T10:30:0${second}Z` };
    };
    const messages = [message('First.', 1), message('Second.', 2)];
    await using api = await startAnimam({ tenant: 'acme', conversations: [{ id: 'conv_twins', messages }] });
    const id = await mirror.connect(api);
    await mirror.sync(id);
    const contents = async () => (await rowsOf(id))[0]?.messages.map(({ content }) => content);
    expect(await contents()).toEqual(['First.', 'Second.']);
    expect(await driftOf(id)).toEqual(['conversation.get messages[].id']);
    api.script({
      path: '/conv_twins',
      answer: {
        kind: 'edit-answer',
        edit: (body) => ({
          ...(body as object),
          messages: [message('Edited.', 1), ...messages.slice(1), message('Third.', 3)],
        }),
      },
    });
    await mirror.syncFully(id);
    expect(await contents()).toEqual(['Edited.', 'Second.', 'Third.']);
  });

  test('of length: a number of more digits than a number holds is mirrored with all of them, as a text, and told', async () => {
    const written = (digits: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);
    const held = {
      order: written('9007199254740993'),
      list: [written('-12345678901234567890'), 0.5, written('1e400')],
    };
    const metadata = { order: '9007199254740993', list: ['-12345678901234567890', 0.5, '1e400'], id: 9007199254740991 };
    const edit = (body: unknown) => ({ ...(body as object), metadata: { ...held, id: 9007199254740991 } });
    await using api = await startAiMyChats({ conversations: [{ id: 'conv_long', title: 'Long', content: 'Hello.' }] });
    await using animam = await startAnimam({ tenant: 'acme', conversations: [{ id: 'conv_long', messages: [] }] });
    for (const standIn of [api, animam]) {
      standIn.script({ path: '/conv_long', answer: { kind: 'edit-answer', edit } });
      const id = await mirror.connect(standIn);
      await mirror.sync(id);
      expect(await rowsOf(id)).toMatchObject([{ externalId: 'conv_long', metadata }]);
      expect(await driftOf(id)).toEqual(
        expect.arrayContaining(['conversation.get metadata.order', 'conversation.get metadata.list[]']),
      );
      const { body } = await mirror.gateway.graphql<{ conversations: { nodes: { metadata: unknown }[] } }>(
        'query ($id: ID!) { conversations(first: 1, filter: { upstreamIds: [$id] }) { nodes { metadata } } }',
        { id },
      );
      expect(body.data?.conversations.nodes).toEqual([{ metadata: expect.objectContaining(metadata) }]);
    }
  });

  test('of length: an id of more digits than a number holds is all of its digits', async () => {
    const digits = '9007199254740993';
    await using api = await startAiMyChats({ conversations: [{ id: digits, title: 'By number', content: 'Hello.' }] });
    const id = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);
    const asNumber = (item: unknown) => ({ ...(item as object), id });
    api.script({
      method: 'GET',
      answer: {
        kind: 'edit-answer',
        edit: (body) => {
          const { data, ...rest } = body as { data?: unknown[] };
          return data ? { ...rest, data: data.map(asNumber) } : asNumber(rest);
        },
      },
    });
    const upstreamId = await mirror.connect(api);
    await mirror.sync(upstreamId);
    expect(await rowsOf(upstreamId)).toMatchObject([{ externalId: digits, title: 'By number' }]);
    expect(await driftOf(upstreamId)).toEqual(
      expect.arrayContaining(['conversation.get id', 'conversation.list data[].id']),
    );
  });

  test('of title: signs that nobody can see are none, and the first words stand for it', async () => {
    const conversations = [{ id: 'conv_blank', title: '\u200b\u3164', content: 'The lamp broke.' }];
    await using api = await startAiMyChats({ conversations });
    const id = await mirror.connect(api);
    await mirror.sync(id);
    expect(await rowsOf(id)).toMatchObject([{ title: 'The lamp broke.', content: 'The lamp broke.' }]);
  });
});
