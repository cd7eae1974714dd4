import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { UpstreamFile } from '../../../../src/domain/app.ts';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { type Connected, create, startConnected, until } from '../connected.ts';

eachDatabase('files that AI My Chats holds', (database) => {
  let connected: Connected;
  let conversation: { id: string; externalId: string };
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database } });
    const made = await create(connected.gateway, {
      title: 'With files',
      content: 'See the files.',
      upstreamId: connected.upstreamId,
    });
    conversation = { id: made.conversation?.id ?? '', externalId: made.conversation?.externalId ?? '' };
  });
  afterAll(() => connected?.close());
  beforeEach(() => connected.api.heal());

  const port = () => connected.gateway.app.upstreams;
  const rows = () =>
    connected.gateway.app.database.prisma.attachment.findMany({ where: { conversationId: conversation.id } });
  const held = () => connected.api.conversations.get(conversation.externalId)?.attachments ?? [];
  const file = (filename: string, text: string, chunks = 1): UpstreamFile => ({
    filename,
    stream: (async function* () {
      const bytes = Buffer.from(text);
      const size = Math.ceil(bytes.length / chunks);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    signal: AbortSignal.timeout(30_000),
  });
  const upload = (...given: Parameters<typeof file>) =>
    port().uploadAttachment(connected.caller, conversation.id, file(...given));
  const open = async (id: string) => {
    const { stream, sizeBytes } = await port().openAttachment(connected.caller, id, AbortSignal.timeout(30_000));
    return { text: await new Response(stream).text(), sizeBytes };
  };
  const writesOf = (kind: string) =>
    connected.gateway.app.database.prisma.upstreamWrite.findMany({ where: { kind }, orderBy: { createdAt: 'desc' } });

  test('a file is stored upstream with the type that it is of, mirrored, read and deleted', async () => {
    const { id } = await upload('list.csv', 'a,b\n1,2\n', 3);
    expect(held()).toMatchObject([{ filename: 'list.csv', mime_type: 'text/csv' }]);
    expect(await rows()).toMatchObject([
      { id, filename: 'list.csv', mimeType: 'text/csv', sizeBytes: 8n, storageKey: null },
    ]);
    expect(await open(id)).toEqual({ text: 'a,b\n1,2\n', sizeBytes: 8 });
    await port().deleteAttachment(connected.caller, id);
    expect(held()).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  test('our key goes to the API alone, not to whoever keeps the files', async () => {
    const { id } = await upload('elsewhere.txt', 'elsewhere');
    await using other = await (await import('../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts')).startAiMyChats();
    const there = other.conversations.add({});
    const copy = other.conversations.attach(there.id, { filename: 'elsewhere.txt', bytes: 'elsewhere' });
    await connected.gateway.app.database.prisma.attachment.updateMany({
      where: { id },
      data: { upstreamUrl: `${other.origin}/storage/${copy.id}` },
    });
    expect((await open(id)).text).toBe('elsewhere');
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
    await port().deleteAttachment(connected.caller, id);
  });

  test('an address that has expired is asked for anew, once', async () => {
    const { id } = await upload('expired.txt', 'still there');
    const stale = connected.api.script({
      method: 'GET',
      path: /^\/storage\//,
      times: 1,
      answer: { kind: 'status', status: 403 },
    });
    expect((await open(id)).text).toBe('still there');
    expect(stale.hits).toBe(1);
    const gone = connected.api.script({ method: 'GET', path: /^\/storage\//, answer: { kind: 'status', status: 403 } });
    await expect(open(id)).rejects.toMatchObject({ name: 'UpstreamError', httpStatus: 403 });
    expect(gone.hits).toBe(2);
    connected.api.heal();
    const [only] = held();
    connected.api.conversations.detach(only?.id ?? '');
    await expect(open(id)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await rows()).toEqual([]);
  });

  test('a reader that leaves early closes the connection', async () => {
    const { id } = await upload('large.txt', 'x'.repeat(4_000_000));
    const before = connected.api.requests.length;
    const { stream } = await port().openAttachment(connected.caller, id, AbortSignal.timeout(30_000));
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    // Others may have come since: the account is read as well.
    await until('the upstream sees it', () => connected.api.requests.slice(before).some(({ isCutOff }) => isCutOff));
    await port().deleteAttachment(connected.caller, id);
  });

  test('an upload that took effect over a connection that broke is found', async () => {
    connected.api.script({ method: 'POST', path: '/attachments', times: 1, answer: { kind: 'commit-then-reset' } });
    await expect(upload('broken.txt', 'broken off')).rejects.toMatchObject({
      name: 'UpstreamError',
      outcome: 'UNKNOWN',
    });
    await until('it is mirrored', async () => (await rows()).some(({ filename }) => filename === 'broken.txt'));
    expect((await writesOf('upload'))[0]?.state).toBe('APPLIED');
  });

  test('a file that breaks off while it is sent is not stored, and known not to be', async () => {
    const cut: UpstreamFile = {
      filename: 'cut.txt',
      stream: (async function* () {
        yield Buffer.alloc(200_000, 'x');
        throw new Error('the sender went away');
      })(),
      signal: AbortSignal.timeout(30_000),
    };
    await expect(port().uploadAttachment(connected.caller, conversation.id, cut)).rejects.toThrow(
      'the sender went away',
    );
    expect((await writesOf('upload'))[0]?.state).toBe('NOT_APPLIED');
    expect(held().some(({ filename }) => filename === 'cut.txt')).toBe(false);
  });

  test('a deletion over a connection that broke is found to have taken effect', async () => {
    const { id } = await upload('to-delete.txt', 'to be deleted');
    connected.api.script({ method: 'DELETE', times: 1, answer: { kind: 'commit-then-reset' } });
    await expect(port().deleteAttachment(connected.caller, id)).rejects.toMatchObject({ outcome: 'UNKNOWN' });
    await until('it is gone here', async () => !(await rows()).some((row) => row.id === id));
    expect((await writesOf('delete-attachment'))[0]?.state).toBe('APPLIED');
  });

  test('no room left is told by field', async () => {
    connected.api.script({
      method: 'POST',
      path: '/attachments',
      times: 1,
      answer: {
        kind: 'status',
        status: 422,
        body: {
          error: {
            code: 'validation_error',
            message: 'Validation failed',
            details: { fields: { file: ['No room left'] } },
          },
        },
      },
    });
    await expect(upload('big.txt', 'big')).rejects.toMatchObject({
      name: 'ValidationError',
      fields: { file: ['No room left'] },
    });
  });
});
