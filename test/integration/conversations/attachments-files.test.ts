import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signPath } from '../../../src/lib/secrets/signed-url.ts';
import { completedExport, download } from '../../testkit/files/exports.ts';
import { readZip } from '../../testkit/files/read-zip.ts';
import { filesOf, makeConversation, upload, uploaded } from '../../testkit/files/uploads.ts';
import { addTenant, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { type Connected, create, startConnected } from '../upstreams/connected.ts';

describe('files by their signed addresses', () => {
  const bytes = randomBytes(300_000);
  let gateway: TestGateway;
  let conversationId: string;
  let file: Awaited<ReturnType<typeof uploaded>>;
  beforeAll(async () => {
    gateway = await startGateway();
    conversationId = await makeConversation(gateway);
    file = await uploaded(gateway, conversationId, bytes, { filename: 'Größe 中.bin' });
  });
  afterAll(() => gateway?.close());

  const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(file.url, { method, headers });
  const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

  test('the whole file comes, named, never to be run, and its length known', async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect((await bodyOf(response)).equals(bytes)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': '300000',
      'accept-ranges': 'bytes',
      etag: `"${file.checksum}"`,
      'content-disposition': 'attachment; filename="Gro_e _.bin"; filename*=UTF-8\'\'Gr%C3%B6%C3%9Fe%20%E4%B8%AD.bin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    });
  });

  test('HEAD answers as GET does, without the file', async () => {
    const [head, whole] = await Promise.all([get({}, 'HEAD'), get()]);
    await whole.body?.cancel();
    const plain = ({ headers, status }: Response) => ({
      status,
      headers: [...headers].filter(([name]) => !['date', 'x-request-id', 'connection', 'keep-alive'].includes(name)),
    });
    expect(plain(head)).toEqual(plain(whole));
    expect((await bodyOf(head)).byteLength).toBe(0);
  });

  test.each([
    ['bytes=0-99', 0, 99],
    ['bytes=299990-', 299_990, 299_999],
    ['bytes=-5', 299_995, 299_999],
    ['bytes=1000-9999999', 1_000, 299_999],
  ])('%s is a part', async (range, start, end) => {
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/300000`);
    expect(response.headers.get('content-length')).toBe(String(end - start + 1));
    expect((await bodyOf(response)).equals(bytes.subarray(start, end + 1))).toBe(true);
  });

  test('a part past the end is 416 and tells the length', async () => {
    const response = await get({ range: 'bytes=300000-' });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */300000');
  });

  test('a part of an older file is the whole of the present one', async () => {
    const older = await get({ range: 'bytes=0-9', 'if-range': '"older"' });
    expect(older.status).toBe(200);
    await older.body?.cancel();
    const same = await get({ range: 'bytes=0-9', 'if-range': `"${file.checksum}"` });
    expect(same.status).toBe(206);
    await same.body?.cancel();
  });

  test('what the client has already is not sent again', async () => {
    const response = await get({ 'if-none-match': `"other", W/"${file.checksum}"` });
    expect({ status: response.status, length: (await bodyOf(response)).byteLength }).toEqual({
      status: 304,
      length: 0,
    });
  });

  test.each([
    ['another signature', (url: URL) => url.searchParams.set('signature', 'A'.repeat(43))],
    ['no signature', (url: URL) => url.searchParams.delete('signature')],
    ['a later end', (url: URL) => url.searchParams.set('expires', '9999999999')],
    ['another tenant', (url: URL) => url.searchParams.set('tenant', otherTenantId)],
    ['another file', (url: URL) => (url.pathname = url.pathname.replace(/.$/, (last) => (last === '0' ? '1' : '0')))],
    ['the path of an export', (url: URL) => (url.pathname = url.pathname.replace('attachments', 'exports'))],
    ['one parameter more', (url: URL) => url.searchParams.set('x', '1')],
  ])('an address with %s is 403', async (_, change) => {
    const url = new URL(file.url);
    change(url);
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: { code: 'forbidden', message: 'This address is not valid' } });
  });

  const signed = (id: string, options: { tenant?: string; expiresAt?: Date } = {}) =>
    signPath({
      key: gateway.app.secrets.signingKey('files'),
      path: `/files/attachments/${id}`,
      expiresAt: options.expiresAt ?? new Date(Date.now() + 60_000),
      claims: { tenant: options.tenant ?? gateway.tenantId },
    });
  let otherTenantId: string;
  beforeAll(async () => {
    otherTenantId = (await addTenant(gateway, 'other')).tenantId;
  });

  test('an address that is over is 403', async () => {
    const response = await gateway.fetch(signed(file.id, { expiresAt: new Date(Date.now() - 1_000) }));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { message: 'This address is over: ask for a new one' } });
  });

  test("a file that is not there, and another tenant's, are 404, and read the same", async () => {
    const unknown = await gateway.fetch(signed('att_00000000000000000000000000'));
    const theirs = await gateway.fetch(signed(file.id, { tenant: otherTenantId }));
    expect(unknown.status).toBe(404);
    expect([theirs.status, await theirs.text()]).toEqual([404, await unknown.text()]);
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is 405', async (method) => {
    const response = await get({}, method);
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'GET, HEAD',
    });
  });

  test('another path below is 404', async () => {
    expect((await gateway.fetch('/files/')).status).toBe(404);
    expect((await gateway.fetch('/files/attachments/a/b')).status).toBe(404);
  });

  test('a reader that leaves halfway lets go of the file', async () => {
    const large = await uploaded(gateway, conversationId, Buffer.alloc(20 * 1_048_576));
    const leaving = new AbortController();
    const response = await fetch(large.url, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    const { readdir, readlink } = await import('node:fs/promises');
    const openFiles = async () => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      );
      return links.filter((link) => link.endsWith(large.id));
    };
    await expect.poll(openFiles).toEqual([]);
  });

  test('a file that the storage has lost is 404, and nothing is told of where it was', async () => {
    const lost = await uploaded(gateway, conversationId, 'lost');
    await rm(path.join(gateway.dataDir, 'files', gateway.tenantId, conversationId, lost.id));
    const response = await fetch(lost.url);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 404,
      body: { error: { code: 'not_found', message: 'There is no such file' } },
    });
  });
});

describe('files that AI My Chats holds', () => {
  let connected: Connected;
  let conversationId: string;
  beforeAll(async () => {
    connected = await startConnected({ gateway: { env: { MAX_UPLOAD_MB: '1' } } });
    const made = await create(connected.gateway, {
      title: 'Held upstream',
      content: 'What was said.',
      upstreamId: connected.upstreamId,
    });
    conversationId = made.conversation?.id ?? '';
  });
  afterAll(() => connected?.close());

  test('an upload goes there, and its address streams it from there', async () => {
    const { gateway, api } = connected;
    const file = await uploaded(gateway, conversationId, 'kept upstream', { filename: 'a.txt' });
    expect(file).toMatchObject({ filename: 'a.txt', size: 13, checksum: null });
    const response = await fetch(file.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('kept upstream');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-disposition': 'attachment; filename="a.txt"',
      'accept-ranges': 'none',
    });
    expect(response.headers.has('etag')).toBe(false);
    const part = await fetch(file.url, { headers: { range: 'bytes=0-3' } });
    expect({ status: part.status, body: await part.text() }).toEqual({ status: 200, body: 'kept upstream' });

    const { body } = await gateway.graphql<{ deleteAttachment: { __typename: string } }>(
      'mutation ($input: DeleteAttachmentInput!) { deleteAttachment(input: $input) { __typename } }',
      { input: { id: file.id } },
    );
    expect(body.data?.deleteAttachment).toEqual({ __typename: 'DeleteAttachmentPayload' });
    expect(api.requests.some(({ method, path: asked }) => method === 'DELETE' && asked.includes('/attachments/'))).toBe(
      true,
    );
    expect((await fetch(file.url)).status).toBe(404);
  });

  test('one byte past the largest size is a validation error, and nothing stays upstream', async () => {
    const answer = await upload(connected.gateway, conversationId, Buffer.alloc(1_048_577));
    expect(answer).toMatchObject({
      __typename: 'ValidationError',
      fields: [{ field: 'input.file', messages: ['File must be at most 1 MB'] }],
    });
    expect(await connected.gateway.app.database.prisma.attachment.count({ where: { conversationId } })).toBe(0);
  });

  test('an export has the files that are to be had there, whole, and lists the others', async () => {
    const { gateway, api } = connected;
    const good = await uploaded(gateway, conversationId, 'to be had', { filename: 'good.txt' });
    const cut = await uploaded(gateway, conversationId, 'cut off '.repeat(10_000), { filename: 'cut.txt' });
    const { prisma } = gateway.app.database;
    const { externalId } = await prisma.attachment.findFirstOrThrow({ where: { id: cut.id } });
    api.script({ path: new RegExp(`/storage/.*${externalId}`), answer: { kind: 'truncated' } });
    const { bytes } = await download(await completedExport(gateway, { format: 'JSON', includeAttachments: true }));
    api.heal();
    const entries = await readZip(bytes);
    const folder = `attachments/${conversationId}`;
    expect([...entries.keys()].filter((name) => name.startsWith('attachments/')).sort()).toEqual([
      'attachments/MISSING.txt',
      `${folder}/good.txt`,
    ]);
    expect(entries.get(`${folder}/good.txt`)?.toString()).toBe('to be had');
    expect(entries.get('attachments/MISSING.txt')?.toString()).toContain(`${folder}/cut.txt`);
    const document = JSON.parse([...entries].find(([name]) => name.endsWith('.json'))?.[1].toString() ?? '');
    expect(document.conversations).toMatchObject([
      { provider: 'AI_MY_CHATS', attachments: [{ id: good.id }, { id: cut.id }] },
    ]);
    // What was fetched for the export alone is gone again.
    expect((await filesOf(gateway)).filter((file) => file.includes('-part'))).toEqual([]);
  });

  test('an upstream that fails is 503 for as long as it does', async () => {
    const { gateway, api } = connected;
    const file = await uploaded(gateway, conversationId, 'for later', { filename: 'b.txt' });
    api.script({ path: /\/storage\//, answer: { kind: 'status', status: 503 } });
    const response = await fetch(file.url);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ error: { code: 'service_unavailable' } });
    api.heal();
  });
});
