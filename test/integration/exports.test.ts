import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemCaller } from '../../src/domain/caller.ts';
import { endExports } from '../../src/domain/export-lifecycle.ts';
import { createExport, loadExports } from '../../src/domain/exports.ts';
import { createRunExportHandler } from '../../src/jobs/run-export.ts';
import { newId } from '../../src/lib/id.ts';
import { HOSTILE_TEXTS } from '../testkit/export-records.ts';
import { askForExport, completedExport, download, finished, showExport } from '../testkit/exports.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { readZip } from '../testkit/read-zip.ts';
import { filesOf, makeConversation, uploaded } from '../testkit/uploads.ts';

const noSignal = new AbortController().signal;

type ShownConversation = {
  id: string;
  title: string;
  content: string;
  metadata: Record<string, unknown> | null;
  messages: { nodes: { id: string; role: string; content: string; position: number; createdAt: string }[] };
  summary: {
    title: string;
    content: string;
    sentiment: string;
    topics: string[];
    actionItems: { text: string }[];
    language: string;
    generator: string;
    completedAt: string;
    status: string;
  } | null;
  attachments: { id: string; filename: string; size: number; mimeType: string }[];
  [field: string]: unknown;
};

eachDatabase('exports', (database) => {
  let gateway: TestGateway;
  /** As the graph shows them, oldest first. */
  let source: ShownConversation[];
  beforeAll(async () => {
    gateway = await startGateway({ database });
    const texts = HOSTILE_TEXTS.filter((text) => !text.includes('\0') && text.isWellFormed() && text.trim() !== '');
    for (const [index, text] of texts.entries()) {
      const messages = [text, `We look into case ${index}-${index}.`, text].map((content, position) => ({
        role: position === 1 ? 'ASSISTANT' : 'USER',
        content,
      }));
      const segment = index % 2 === 0 ? 'even' : 'odd';
      const title = text.slice(0, 200);
      await makeConversation(gateway, { title, messages, segment, metadata: { text }, source: 'EMAIL' });
    }
    await makeConversation(gateway, {
      title: 'Without messages',
      content: '=1+1 was typed. It failed. A refund is wanted.',
    });
    const { prisma } = gateway.app.database;
    await vi.waitFor(async () => expect(await prisma.conversation.count({ where: { status: 'PROCESSING' } })).toBe(0), {
      timeout: 30_000,
      interval: 100,
    });
    source = await readSource();
  });
  afterAll(() => gateway?.close());

  const readSource = async () => {
    const { body } = await gateway.graphql<{ conversations: { nodes: ShownConversation[] } }>(
      `{ conversations(first: 100, orderBy: { field: CREATED_AT, direction: ASC }) { nodes {
        id provider externalId title content source status segment sessionId metadata createdAt updatedAt startedAt
        lastMessageAt messageCount
        messages(first: 100) { nodes { id role content position createdAt } }
        summary { title content sentiment topics actionItems { text } language generator completedAt status }
        attachments { id filename size mimeType }
      } } }`,
    );
    return body.data?.conversations.nodes ?? [];
  };
  /** What the graph shows, in the shape of an export's JSON: a transcript repeats messages, and is left out. */
  const asJson = ({ messages, content, summary, attachments, ...rest }: ShownConversation) => {
    const { status: _, actionItems = [], ...summed } = summary ?? ({} as Partial<NonNullable<typeof summary>>);
    return {
      ...rest,
      content: messages.nodes.length > 0 ? null : content,
      messages: messages.nodes,
      summary: summary === null ? null : { ...summed, actionItems: actionItems.map(({ text }) => text) },
      attachments: attachments.map(({ size, ...file }) => ({ ...file, sizeBytes: size })),
    };
  };

  test('JSON holds what the graph shows', async () => {
    const done = await completedExport(gateway, { format: 'JSON' });
    expect(done).toMatchObject({ status: 'COMPLETED', progress: 1, conversationCount: source.length, error: null });
    const { bytes, headers } = await download(done);
    expect(bytes.byteLength).toBe(done.size);
    expect(headers.get('content-type')).toBe('application/json');
    const name = `conversations-${done.createdAt.slice(0, 10)}.json`;
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
    const document = JSON.parse(bytes.toString());
    expect(document.conversations).toEqual(source.map(asJson));
    expect(document.export).toMatchObject({
      createdAt: done.createdAt,
      filter: {},
      figures: {
        conversations: source.length,
        messages: source.reduce((sum, { messages }) => sum + messages.nodes.length, 0),
        byProvider: { LOCAL: source.length },
      },
    });
  });

  test('JSONL holds the same, a conversation to a line', async () => {
    const { bytes } = await download(await completedExport(gateway, { format: 'JSONL' }));
    const lines = bytes.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(source.map(asJson));
  });

  test('CSV holds a row for each message, and one for a conversation without, guarded for spreadsheets', async () => {
    const { bytes } = await download(await completedExport(gateway, { format: 'CSV' }));
    const rows = parseCsv(bytes, { columns: true, relax_column_count: false }) as Record<string, string>[];
    const guarded = (text: string | null | undefined) => (/^[=+\-@\t\r]/.test(text ?? '') ? `'${text}` : (text ?? ''));
    const expected = source.flatMap((conversation) => {
      const { id, title, content, messages, summary } = conversation;
      const of = { conversation_id: id, title: guarded(title), summary: guarded(summary?.content) };
      if (messages.nodes.length === 0) return [{ ...of, message_position: '', content: guarded(content), role: '' }];
      return messages.nodes.map((message) => ({
        ...of,
        message_position: String(message.position),
        content: guarded(message.content),
        role: message.role,
      }));
    });
    expect(
      rows.map(({ conversation_id, title, summary, message_position, content, role }) => ({
        conversation_id,
        title,
        summary,
        message_position,
        content,
        role,
      })),
    ).toEqual(expected);
  });

  test('PDF can be read: its titles, its messages and its figures', async () => {
    const { bytes, headers } = await download(await completedExport(gateway, { format: 'PDF' }));
    expect(headers.get('content-type')).toBe('application/pdf');
    const pdf = await getDocumentProxy(new Uint8Array(bytes));
    const { text } = await extractText(pdf, { mergePages: true });
    const flat = text.replace(/\s+/g, ' ');
    expect(flat).toContain(`${source.length} `);
    expect(flat).toContain('Without messages');
    expect(flat).toContain('=1+1 was typed.');
    for (let index = 0; index < source.length - 1; index++)
      expect(flat).toContain(`We look into case ${index}-${index}.`);
  });

  test('a filter holds, and is told in the document', async () => {
    const filter = { segments: ['odd'], updatedSince: '2020-01-01T00:00:00.123Z', started: { from: '2020-01-01' } };
    const done = await completedExport(gateway, { format: 'JSON', filter });
    const document = JSON.parse((await download(done)).bytes.toString());
    const odd = source.filter(({ segment }) => segment === 'odd');
    expect(document.conversations.map(({ id }: { id: string }) => id)).toEqual(odd.map(({ id }) => id));
    expect(document.export.filter).toEqual({
      Segments: 'odd',
      'Changed since': '2020-01-01T00:00:00.123Z',
      Started: 'from 2020-01-01',
    });
    const [row] = await loadExports(systemCaller(gateway.app, gateway.tenantId), [done.id]);
    expect(row?.filter?.updatedSince).toEqual(new Date('2020-01-01T00:00:00.123Z'));
  });

  test('an export of nothing is a whole document without conversations', async () => {
    for (const format of ['CSV', 'JSON', 'JSONL', 'PDF']) {
      const done = await completedExport(gateway, { format, filter: { topics: [] } });
      expect(done).toMatchObject({ conversationCount: 0 });
      expect((await download(done)).bytes.byteLength).toBe(done.size);
    }
  });

  test.each([
    ['a range that ends before it begins', { started: { from: '2026-02-01', to: '2026-01-01' } }, 'must not be after'],
    ['101 values', { segments: Array.from({ length: 101 }, (_, index) => String(index)) }, 'at most 100'],
    ['a NUL', { search: 'a\0b' }, 'NUL'],
    ['half of a surrogate pair', { topics: ['\ud800'] }, 'surrogate'],
  ])('a filter with %s is refused at once', async (_, filter, words) => {
    const answer = await askForExport(gateway, { format: 'CSV', filter });
    expect(answer).toMatchObject({
      __typename: 'ValidationError',
      fields: [{ field: 'input.filter', messages: [expect.stringContaining(words)] }],
    });
  });

  test('with attachments it is a ZIP of the document and of every file that is to be had', async () => {
    const id = await makeConversation(gateway, { title: 'With files' });
    const big = Buffer.alloc(2_000_000, 'large');
    await uploaded(gateway, id, 'first', { filename: 'notes.txt' });
    await uploaded(gateway, id, 'second', { filename: 'NOTES.txt' });
    await uploaded(gateway, id, big, { filename: 'big.txt' });
    const lost = await uploaded(gateway, id, 'lost', { filename: 'lost.txt' });
    await rm(path.join(gateway.dataDir, 'files', gateway.tenantId, id, lost.id));

    const done = await completedExport(gateway, { format: 'CSV', includeAttachments: true });
    const { bytes, headers } = await download(done);
    const day = done.createdAt.slice(0, 10);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="conversations-${day}.zip"`);
    expect(headers.get('content-type')).toBe('application/zip');
    const entries = await readZip(bytes);
    expect([...entries.keys()].sort()).toEqual(
      [
        `conversations-${day}.csv`,
        'attachments/MISSING.txt',
        ...['notes.txt', 'NOTES (2).txt', 'big.txt'].map((name) => `attachments/${id}/${name}`),
      ].sort(),
    );
    expect(entries.get(`attachments/${id}/notes.txt`)?.toString()).toBe('first');
    expect(entries.get(`attachments/${id}/big.txt`)?.equals(big)).toBe(true);
    expect(entries.get('attachments/MISSING.txt')?.toString()).toContain(`attachments/${id}/lost.txt`);
    const rows = parseCsv(entries.get(`conversations-${day}.csv`) ?? '', { columns: true }) as Record<string, string>[];
    expect(rows.at(-1)).toMatchObject({ conversation_id: id, title: 'With files' });
    await gateway.graphql('mutation ($id: ID!) { deleteConversation(input: { id: $id }) { __typename } }', { id });
  });

  test('what was made after an export was asked for is not in it', async () => {
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const { id } = await createExport(caller, { format: 'JSONL' });
    const later = new Date(Date.now() + 60_000);
    const lateId = newId('conversation');
    await gateway.app.database.prisma.conversation.create({
      data: {
        tenantId: gateway.tenantId,
        id: lateId,
        provider: 'LOCAL',
        title: 'Later',
        preview: '',
        status: 'COMPLETED',
        createdAt: later,
        updatedAt: later,
        startedAt: later,
        activityAt: later,
      },
    });
    const { bytes } = await download(await finished(gateway, id));
    expect(bytes.toString()).not.toContain(lateId);
    await gateway.app.database.prisma.conversation.deleteMany({ where: { id: lateId } });
  });

  test('exports are listed newest first, and found as nodes', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 3; number++) {
      ids.unshift((await askForExport(gateway, { format: 'CSV' })).export?.id ?? '');
    }
    type Listed = {
      exports: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number };
    };
    const list = async (first: number, after?: string) => {
      const { body } = await gateway.graphql<Listed>(
        `query ($first: Int, $after: String) { exports(first: $first, after: $after) {
          nodes { id } pageInfo { endCursor hasNextPage } totalCount } }`,
        { first, after },
      );
      return body.data?.exports;
    };
    const first = await list(2);
    const second = await list(1, first?.pageInfo.endCursor);
    expect([...(first?.nodes ?? []), ...(second?.nodes ?? [])].map(({ id }) => id)).toEqual(ids);
    expect(first?.pageInfo.hasNextPage).toBe(true);
    expect(first?.totalCount).toBe(await gateway.app.database.prisma.export.count());
    const { body } = await gateway.graphql('query ($id: ID!) { node(id: $id) { __typename id } }', { id: ids[0] });
    expect(body.data?.['node']).toEqual({ __typename: 'Export', id: ids[0] });
    for (const id of ids) await finished(gateway, id);
  });

  test("another tenant's export reads the same as an unknown one", async () => {
    const { id } = await completedExport(gateway, { format: 'CSV' });
    const { apiKey } = await addTenant(gateway, `other-${newId('tenant').slice(-8)}`);
    const ask = (asked: string) =>
      gateway.graphql('query ($id: ID!) { export(id: $id) { id } node(id: $id) { id } }', { id: asked }, { apiKey });
    const [theirs, unknown] = [await ask(id), await ask(newId('export'))];
    expect(theirs.body).toEqual({ data: { export: null, node: null } });
    expect(unknown.body).toEqual(theirs.body);
  });

  test('past its seven days it is EXPIRED at once; its file, and its address, are gone', async () => {
    const done = await completedExport(gateway, { format: 'JSON' });
    expect(Date.parse(done.expiresAt) - Date.parse(done.createdAt)).toBe(7 * 86_400_000);
    const { prisma } = gateway.app.database;
    const now = new Date();
    await prisma.export.updateMany({ where: { id: done.id }, data: { expiresAt: now } });
    expect(await showExport(gateway, done.id)).toMatchObject({ status: 'EXPIRED', downloadUrl: null });
    expect((await fetch(done.downloadUrl)).status).toBe(404);
    const before = (await filesOf(gateway)).filter((file) => file.includes(done.id));
    expect(before).toHaveLength(1);

    expect(await endExports(gateway.app, now, noSignal)).toBe(1);
    expect(await endExports(gateway.app, now, noSignal)).toBe(0);
    expect(await prisma.export.findFirst({ where: { id: done.id } })).toMatchObject({
      status: 'EXPIRED',
      storageKey: null,
    });
    const events = await prisma.event.findMany({ where: { subjectId: done.id }, orderBy: { seq: 'asc' } });
    expect(events.at(-1)?.data).toMatchObject({ status: 'EXPIRED' });
    await expect
      .poll(async () => (await filesOf(gateway)).filter((file) => file.includes(done.id)), { timeout: 15_000 })
      .toEqual([]);
  });

  test('one that no worker brought to an end within a day has failed, and says so', async () => {
    const id = newId('export');
    const createdAt = new Date(Date.now() - 86_400_001);
    const { prisma } = gateway.app.database;
    const data = { tenantId: gateway.tenantId, id, format: 'CSV' as const, createdAt, expiresAt: new Date() };
    await prisma.export.create({ data });
    await endExports(gateway.app, new Date(), noSignal);
    expect(await showExport(gateway, id)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('ask for it again'),
      downloadUrl: null,
    });
  });

  test('a try that fails leaves nothing; the last one fails the export with the reason, and no detail of the server', async () => {
    const { tenantId } = await addTenant(gateway, `broken-${newId('tenant').slice(-8)}`);
    const { prisma } = gateway.app.database;
    const id = newId('export');
    await prisma.export.create({
      data: { tenantId, id, format: 'JSON', createdAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
    });
    // A file where the folder of the tenant's exports would be.
    const folder = path.join(gateway.dataDir, 'files', tenantId);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'exports'), '');
    const run = createRunExportHandler(gateway.app);
    const caller = systemCaller(gateway.app, tenantId);

    await expect(run({ tenantId, exportId: id }, noSignal, { isLast: false })).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await loadExports(caller, [id])).toMatchObject([{ status: 'PROCESSING', storageKey: null }]);
    await run({ tenantId, exportId: id }, noSignal, { isLast: true });
    expect(await loadExports(caller, [id])).toMatchObject([
      { status: 'FAILED', storageKey: null, error: 'It could not be made, for a fault of the server' },
    ]);
    const files = await filesOf(gateway);
    expect(files.filter((file) => file.includes(id))).toEqual([]);
    await run({ tenantId, exportId: id }, noSignal, { isLast: true });
  });

  test('two workers on one export make one file of it', async () => {
    const { tenantId } = await addTenant(gateway, `twice-${newId('tenant').slice(-8)}`);
    const id = newId('export');
    await gateway.app.database.prisma.export.create({
      data: { tenantId, id, format: 'CSV', createdAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
    });
    const run = createRunExportHandler(gateway.app);
    await Promise.all([1, 2].map(() => run({ tenantId, exportId: id }, noSignal, { isLast: false })));
    const [row] = await loadExports(systemCaller(gateway.app, tenantId), [id]);
    expect(row?.status).toBe('COMPLETED');
    const files = (await filesOf(gateway)).filter((file) => file.includes(id));
    expect(files).toEqual([path.join('files', row?.storageKey ?? '')]);
  });

  test('a part of an export, and its tag, are those of the same bytes', async () => {
    const done = await completedExport(gateway, { format: 'JSON' });
    const { bytes, headers } = await download(done);
    const part = await fetch(done.downloadUrl, {
      headers: { range: 'bytes=10-19', 'if-range': headers.get('etag') ?? '' },
    });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    const again = await download(done);
    const hash = (each: Buffer) => createHash('sha256').update(each).digest('hex');
    expect(hash(again.bytes)).toBe(hash(bytes));
  });
});
