import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import {
  deleteAttachment,
  listAttachments,
  uploadAttachment,
} from '../../../src/domain/conversations/attachment-writes.ts';
import { QuotaExceededError, ValidationError } from '../../../src/domain/errors.ts';
import { createApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { newId } from '../../../src/lib/id.ts';
import { filesOf, makeConversation, sendUpload, upload, uploaded, uploadForm } from '../../testkit/files/uploads.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const mebibyte = 1_048_576;
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const noSignal = new AbortController().signal;

eachDatabase('attachments', (database) => {
  let gateway: TestGateway;
  let caller: Caller;
  let conversationId: string;
  beforeAll(async () => {
    gateway = await startGateway({ database, env: { MAX_UPLOAD_MB: '1', STORAGE_LIMIT_MB: '8' } });
    caller = systemCaller(gateway.app, gateway.tenantId);
    conversationId = await makeConversation(gateway);
  });
  afterAll(() => gateway?.close());

  const attachmentsOf = async (id: string) => {
    const { body } = await gateway.graphql<{
      conversation: { updatedAt: string; attachments: { id: string; filename: string; size: number }[] };
    }>('query ($id: ID!) { conversation(id: $id) { updatedAt attachments { id filename size } } }', { id });
    return body.data?.conversation;
  };
  const usedBytes = async () => {
    const state = await gateway.app.database.prisma.tenantState.findUniqueOrThrow({
      where: { tenantId: gateway.tenantId },
    });
    return Number(state.attachmentsBytes);
  };
  const remove = async (id: string) => {
    const { body } = await gateway.graphql<{ deleteAttachment: Record<string, string> }>(
      `mutation ($input: DeleteAttachmentInput!) { deleteAttachment(input: $input) {
        __typename ... on DeleteAttachmentPayload { deletedAttachmentId } ... on Error { message } } }`,
      { input: { id } },
    );
    return body.data?.deleteAttachment;
  };

  test('a file is stored under a made name, with its checksum and the type of its content', async () => {
    const before = await attachmentsOf(conversationId);
    const attachment = await uploaded(gateway, conversationId, png, { filename: '../../x\0.png' });
    expect(attachment).toMatchObject({
      filename: 'x.png',
      size: png.byteLength,
      mimeType: 'image/png',
      checksum: sha256(png),
    });
    expect(await filesOf(gateway)).toContain(path.join('files', gateway.tenantId, conversationId, attachment.id));
    const after = await attachmentsOf(conversationId);
    expect(after?.attachments).toEqual([{ id: attachment.id, filename: 'x.png', size: png.byteLength }]);
    expect(after?.updatedAt).not.toBe(before?.updatedAt);
    expect(await listAttachments(caller, conversationId)).toMatchObject([{ id: attachment.id }]);
  });

  test.each([
    ['<!doctype html><script>alert(1)</script>', 'text/html'],
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'image/svg+xml'],
  ])('%s sent as an image is a download of its true type, that runs nothing', async (text, type) => {
    const { url, mimeType } = await uploaded(gateway, conversationId, text, { filename: 'cat.png' });
    expect(mimeType).toBe(type);
    const response = await fetch(url);
    expect(await response.text()).toBe(text);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': type,
      'content-disposition': 'attachment; filename="cat.png"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
  });

  test('a file of the largest size is taken, one byte more is refused, and nothing of it stays', async () => {
    const id = await makeConversation(gateway);
    const before = await filesOf(gateway);
    const refused = await upload(gateway, id, Buffer.alloc(mebibyte + 1, 'a'));
    expect(refused).toMatchObject({
      __typename: 'ValidationError',
      fields: [{ field: 'input.file', messages: ['File must be at most 1 MB'] }],
    });
    await expect.poll(() => filesOf(gateway)).toEqual(before);
    const bytesBefore = await usedBytes();
    const { size } = await uploaded(gateway, id, Buffer.alloc(mebibyte, 'a'));
    expect(size).toBe(mebibyte);
    expect(await usedBytes()).toBe(bytesBefore + mebibyte);
  });

  test('a stream past the largest size is refused while it comes, not once it has ended', async () => {
    let sentBytes = 0;
    let isEnded = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          sentBytes += 65_536;
          yield new Uint8Array(65_536);
        }
      } finally {
        isEnded = true;
      }
    }
    const file = { conversationId, filename: 'endless', stream: endless(), signal: noSignal };
    await expect(uploadAttachment(caller, file)).rejects.toThrow(ValidationError);
    expect(sentBytes).toBeLessThanOrEqual(mebibyte + 2 * 65_536);
    await expect.poll(() => isEnded).toBe(true);
  });

  test('a client that leaves halfway leaves no file', async () => {
    const before = await filesOf(gateway);
    const form = new Response(uploadForm(conversationId, Buffer.alloc(600_000, 'a')));
    const body = Buffer.from(await form.arrayBuffer());
    const request = httpRequest(new URL('/graphql', gateway.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'graphql-require-preflight': '1',
        'content-type': form.headers.get('content-type') ?? '',
        'content-length': body.byteLength,
      },
    });
    request.on('error', () => {});
    request.write(body.subarray(0, 400_000));
    await expect.poll(async () => (await filesOf(gateway)).length).toBeGreaterThan(before.length);
    request.destroy();
    await expect.poll(() => filesOf(gateway)).toEqual(before);
  });

  test('an upload that is ended by its signal leaves neither file nor row', async () => {
    const before = await filesOf(gateway);
    const leaving = new AbortController();
    async function* halting(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      leaving.abort(new Error('the client has left'));
      yield new Uint8Array(100_000);
    }
    const file = { conversationId, filename: 'half', stream: halting(), signal: leaving.signal };
    await expect(uploadAttachment(caller, file)).rejects.toThrow('the client has left');
    expect(await filesOf(gateway)).toEqual(before);
    expect((await listAttachments(caller, conversationId)).map(({ filename }) => filename)).not.toContain('half');
  });

  test('a file that does not fit into the storage is refused, however many try at once, and leaves no bytes', async () => {
    const { tenantId, apiKey } = await addTenant(gateway, `full-${newId('tenant').slice(-8)}`);
    const id = await makeConversation(gateway, {}, apiKey);
    const { prisma } = gateway.app.database;
    const state = await prisma.tenantState.findUniqueOrThrow({ where: { tenantId } });
    const limit = state.conversationsBytes + 250_000n;
    await prisma.tenant.update({ where: { id: tenantId }, data: { storageLimitBytes: limit } });

    const bytes = Buffer.alloc(100_000, 'a');
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(gateway, id, bytes, { apiKey })));
    const kinds = Map.groupBy(answers, ({ __typename }) => __typename);
    expect(kinds.get('UploadAttachmentPayload')).toHaveLength(2);
    expect(kinds.get('QuotaExceededError')).toHaveLength(3);
    for (const { limitBytes } of kinds.get('QuotaExceededError') ?? []) expect(limitBytes).toBe(Number(limit));
    const stored = (await filesOf(gateway)).filter((file) => file.includes(tenantId));
    expect(stored).toHaveLength(2);
    expect(await prisma.attachment.count({ where: { tenantId } })).toBe(2);

    const large = { conversationId: id, filename: 'large', stream: zeros(400_000), signal: noSignal };
    await expect(uploadAttachment(systemCaller(gateway.app, tenantId), large)).rejects.toThrow(QuotaExceededError);
    expect((await filesOf(gateway)).filter((file) => file.includes(tenantId))).toEqual(stored);
  });

  test('a conversation that is deleted while its file comes in leaves no bytes', async () => {
    const id = await makeConversation(gateway);
    const before = await filesOf(gateway);
    async function* meanwhile(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(50_000);
      await gateway.app.database.prisma.conversation.deleteMany({ where: { id } });
    }
    const file = { conversationId: id, filename: 'late', stream: meanwhile(), signal: noSignal };
    await expect(uploadAttachment(caller, file)).rejects.toThrow('Conversation not found');
    expect(await filesOf(gateway)).toEqual(before);
  });

  test('a deleted file is gone from the list, from the count of bytes, from its address and from the storage', async () => {
    const id = await makeConversation(gateway);
    const bytesBefore = await usedBytes();
    const attachment = await uploaded(gateway, id, 'to be deleted');
    const before = await attachmentsOf(id);
    expect(await remove(attachment.id)).toEqual({
      __typename: 'DeleteAttachmentPayload',
      deletedAttachmentId: attachment.id,
    });
    const after = await attachmentsOf(id);
    expect(after?.attachments).toEqual([]);
    expect(after?.updatedAt).not.toBe(before?.updatedAt);
    expect(await usedBytes()).toBe(bytesBefore);
    expect((await fetch(attachment.url)).status).toBe(404);
    await expect
      .poll(() => filesOf(gateway), { timeout: 15_000 })
      .not.toContainEqual(expect.stringContaining(attachment.id));
    expect(await remove(attachment.id)).toEqual({ __typename: 'NotFoundError', message: 'Attachment not found' });
  });

  test('adding and removing a file each tell that the conversation has changed', async () => {
    const id = await makeConversation(gateway);
    const { prisma } = gateway.app.database;
    const count = () => prisma.event.count({ where: { subjectId: id, type: 'conversation.updated' } });
    await expect.poll(() => prisma.summary.count({ where: { conversationId: id, status: 'COMPLETED' } })).toBe(1);
    const before = await count();
    const { id: attachmentId } = await uploadAttachment(caller, {
      conversationId: id,
      filename: 'a.txt',
      stream: zeros(10),
      signal: noSignal,
    });
    expect(await count()).toBe(before + 1);
    await deleteAttachment(caller, attachmentId);
    expect(await count()).toBe(before + 2);
  });

  test('ANIMAM conversations take no files', async () => {
    const id = newId('conversation');
    const at = new Date();
    await gateway.app.database.prisma.conversation.create({
      data: {
        tenantId: gateway.tenantId,
        id,
        provider: 'ANIMAM',
        title: 'Read-only',
        preview: '',
        status: 'COMPLETED',
        createdAt: at,
        updatedAt: at,
        startedAt: at,
        activityAt: at,
      },
    });
    expect(await upload(gateway, id, 'text')).toMatchObject({ __typename: 'UnsupportedError', provider: 'ANIMAM' });
  });

  test("another tenant's conversation and file read the same as unknown ones", async () => {
    const other = await addTenant(gateway, `other-${newId('tenant').slice(-8)}`);
    const answers = [conversationId, newId('conversation'), 'conv_\0'].map((id) =>
      sendUpload(gateway, id, Buffer.from('x'), { apiKey: other.apiKey }),
    );
    const [theirs, unknown, hostile] = await Promise.all(answers);
    expect(theirs).toEqual(unknown);
    expect(hostile).toEqual(unknown);
    expect(theirs?.body.data?.uploadAttachment).toEqual({
      __typename: 'NotFoundError',
      message: 'Conversation not found',
    });
    const { id } = await uploaded(gateway, conversationId, 'mine');
    await expect(deleteAttachment(systemCaller(gateway.app, other.tenantId), id)).rejects.toThrow(
      'Attachment not found',
    );
  });

  test.each([
    ['a text', 'notes.txt'],
    ['nothing', null],
  ])('%s in the place of the file is refused by its form', async (_, file) => {
    const { status, body } = await gateway.graphql(
      'mutation ($input: UploadAttachmentInput!) { uploadAttachment(input: $input) { __typename } }',
      { input: { conversationId, file } },
    );
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code: 'BAD_REQUEST' });
  });

  test('a key without conversations:write can neither add nor remove a file', async () => {
    const { secret: apiKey } = await createApiKey(caller, {
      name: 'Reader',
      scopes: ['conversations:read'],
      expiresAt: null,
    });
    const before = await filesOf(gateway);
    const { body } = await sendUpload(gateway, conversationId, Buffer.from('x'), { apiKey });
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    const removed = await gateway.graphql(
      'mutation ($id: ID!) { deleteAttachment(input: { id: $id }) { __typename } }',
      { id: newId('attachment') },
      { apiKey },
    );
    expect(removed.body).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await filesOf(gateway)).toEqual(before);
  });
});

async function* zeros(length: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(length);
}
