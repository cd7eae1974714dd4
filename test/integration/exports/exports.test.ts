import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createExport, loadExports } from '../../../src/domain/exports/exports.ts';
import { newId } from '../../../src/lib/id.ts';
import { HOSTILE_TEXTS } from '../../testkit/files/export-records.ts';
import { askForExport, completedExport, download, finished } from '../../testkit/files/exports.ts';
import { readZip } from '../../testkit/files/read-zip.ts';
import { makeConversation, uploaded } from '../../testkit/files/uploads.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

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
    const rows = parseCsv(bytes, { bom: true, columns: true, relax_column_count: false }) as Record<string, string>[];
    const guarded = (text: string | null | undefined) =>
      /^(?:\p{Cc}|[\p{Cf}\p{Zs}]*[=+\-@＝＋－＠])/u.test(text ?? '') ? `'${text}` : (text ?? '');
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
    const rows = parseCsv(entries.get(`conversations-${day}.csv`) ?? '', { bom: true, columns: true }) as Record<
      string,
      string
    >[];
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
});
