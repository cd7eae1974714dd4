import { getDocumentProxy } from 'unpdf';
import { describe, expect, test } from 'vitest';
import { writePdf } from '../../../src/exports/pdf/pdf.ts';
import type { ExportedConversation } from '../../../src/exports/records.ts';
import {
  exportedConversation,
  exportMeta,
  HOSTILE_TEXTS,
  hostileConversations,
  readBytes,
  streamOf,
} from '../../testkit/files/export-records.ts';

type ReadPage = { label: string; text: string; lines: string[] };

/** Reads a PDF with pdf.js: each page's label and text, without the running title and page number. */
async function readPdf(bytes: Buffer) {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  const labels = await pdf.getPageLabels();
  const pages: ReadPage[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    const joined = items
      .map((item) => {
        if (!('str' in item)) return '';
        const isRunning = item.transform[5] > 795 || item.transform[5] < 50;
        return (isRunning ? '' : item.str) + (item.hasEOL ? '\n' : '');
      })
      .join('');
    pages.push({ label: labels?.[number - 1] ?? '', text: squeeze(joined), lines: joined.split('\n') });
  }
  return { pdf, pages, text: pages.map((page) => page.text).join('') };
}

const writeAll = (conversations: ExportedConversation[], meta = exportMeta): Promise<Buffer> =>
  readBytes(writePdf(streamOf(conversations), meta));

/** Without blanks, which no PDF keeps, and what cannot be seen. */
const squeeze = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Z}]|\ufe0f/gu, '');

describe('what it holds', () => {
  const conversations = Array.from({ length: 90 }, (_, number) =>
    exportedConversation(number, { title: `Conversation number ${number}` }),
  );

  test('every conversation with its summary, messages and files', async () => {
    const { text } = await readPdf(await writeAll(conversations));
    for (const { id, messages, summary } of conversations) {
      const start = text.indexOf(id);
      expect(start).toBeGreaterThan(0);
      const own = text.slice(start, start + 2000);
      for (const { content } of messages) expect(own).toContain(squeeze(content));
      expect(own).toContain(squeeze(summary?.content ?? ''));
      for (const item of summary?.actionItems ?? []) expect(own).toContain(squeeze(item));
      for (const topic of summary?.topics ?? []) expect(own).toContain(topic);
    }
    expect(text.split('quote.pdf').length - 1).toBe(
      conversations.filter(({ attachments }) => attachments.length > 0).length,
    );
  });

  test('a title page with the figures and the filter in words', async () => {
    const { pages, pdf } = await readPdf(await writeAll(conversations));
    for (const part of [
      'Café Müller & Söhne',
      '20 conversations',
      '80 messages',
      '1 Jan 2026 – 31 Jan 2026',
      'Positive 11 (55 %)',
      'Animam 12',
      'Providers: ANIMAM, AI_MY_CHATS',
      'Started: 2026-01-01 to 2026-01-31',
    ]) {
      expect(pages[0]?.text).toContain(squeeze(part));
    }
    const { info } = await pdf.getMetadata();
    expect(info).toMatchObject({ Title: 'Conversations of Café Müller & Söhne' });
  });

  test('contents at the front whose page numbers and links are right', async () => {
    const { pdf, pages } = await readPdf(await writeAll(conversations));
    const front = pages.filter(({ label }) => /^[ivx]+$/.test(label));
    expect(front.map(({ label }) => label)).toEqual(['i', 'ii', 'iii', 'iv']);
    expect(pages.slice(0, front.length)).toEqual(front);
    const contents = front
      .slice(1)
      .flatMap(({ lines }) => lines)
      .join('\n');
    const links: { dest: [object] }[] = [];
    for (let number = 2; number <= front.length; number += 1) {
      links.push(...(await (await pdf.getPage(number)).getAnnotations()));
    }
    expect(links).toHaveLength(conversations.length);
    for (const [number, { title, id }] of conversations.entries()) {
      const shown = contents.match(new RegExp(`${title}\\s+\\d+ \\w+ 2026\\s+(\\d+)`))?.[1];
      const target = pages[await pdf.getPageIndex(links[number]?.dest[0] as never)];
      expect(target?.label).toBe(shown);
      expect(target?.text).toContain(id);
    }
  });

  test('bookmarks by month', async () => {
    const two = [
      exportedConversation(0),
      exportedConversation(1),
      exportedConversation(2, { startedAt: new Date('2026-02-03') }),
    ];
    const { pdf } = await readPdf(await writeAll(two));
    const outline = await pdf.getOutline();
    expect(outline.map(({ title, items }) => [title, items.map((item: { title: string }) => item.title)])).toEqual([
      ['January 2026', ['Question about prices', 'Login does not work']],
      ['February 2026', ['Change of address']],
    ]);
  });
});

describe('hostile contents', () => {
  // pdf.js reads glyphs in the order they stand in: what is reordered on the page reads otherwise there.
  const isReordered = (text: string): boolean => /[\u0590-\u06ff\u0900-\u0d7f]/.test(text);

  test('every text can be read back, whatever its script', async () => {
    const { text } = await readPdf(await writeAll(hostileConversations()));
    for (const hostile of HOSTILE_TEXTS.filter((text) => text !== '')) {
      if (isReordered(hostile)) {
        const letters = squeeze(hostile).match(/[\p{L}\p{N}]/gu) ?? [];
        for (const letter of letters) expect(text).toContain(letter);
      } else expect(text.split(squeeze(hostile)).length - 1, hostile.slice(0, 50)).toBeGreaterThanOrEqual(4);
    }
  });

  test('a title of 10,000 characters is there once, and cut in the contents', async () => {
    const title = `${'long title '.repeat(909)}END`;
    const { text, pages } = await readPdf(await writeAll([exportedConversation(0, { title })]));
    expect(text.includes(squeeze(title))).toBe(true);
    expect(pages[1]?.text).toContain('…');
    expect(pages[1]?.text.length).toBeLessThan(150);
  });

  test('a message of half a million characters without a blank takes many pages, in order', async () => {
    const [message] = exportedConversation(0).messages;
    if (!message) throw new Error('The test conversation has no messages');
    const content = Array.from({ length: 50_000 }, (_, number) => String(number).padStart(9, '0')).join('x');
    const { text, pages } = await readPdf(
      await writeAll([exportedConversation(0, { messages: [{ ...message, content }] })]),
    );
    expect(pages.length).toBeGreaterThan(100);
    expect(text.includes(content)).toBe(true);
  });

  test('characters that no font has, and nothing but marks, draw something and break nothing', async () => {
    const titles = ['\u{12000}\u{13000} cuneiform', '\u0301\u0302', '\ufdd0', '\u{10ffff}', '\u202e\u2066', '   '];
    const { pdf, text } = await readPdf(
      await writeAll(titles.map((title, number) => exportedConversation(number, { title }))),
    );
    expect(pdf.numPages).toBeGreaterThan(3);
    expect(text).toContain('cuneiform');
    expect(text).toContain('(untitled)');
  });
});

test('letters with marks put together stand side by side', async () => {
  const said = [
    'ударе\u0301ние приве\u0301т ру\u0301сский',
    'Tổ quốc, Tỷ giá'.normalize('NFD'),
    'q\u0323\u0307x\u0323\u0307y',
  ];
  const [first] = exportedConversation(0).messages;
  if (first === undefined) throw new Error('it has a message');
  const messages = said.map((content) => ({ ...first, content }));
  const { pdf } = await readPdf(await writeAll([{ ...exportedConversation(0), messages }]));
  const gaps: number[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    const shown = items.flatMap((item) => ('str' in item && item.str.trim() !== '' ? [item] : []));
    for (const [index, item] of shown.entries()) {
      const next = shown[index + 1];
      if (next === undefined || next.transform[5] !== item.transform[5]) continue;
      gaps.push(next.transform[4] - item.transform[4] - item.width);
    }
  }
  expect(gaps.length).toBeGreaterThan(3);
  expect(Math.min(...gaps)).toBeGreaterThan(-1);
});

test('no conversations give a title page alone', async () => {
  const figures = { conversations: 0, messages: 0, from: null, to: null };
  const { pages } = await readPdf(await writeAll([], { ...exportMeta, filter: {}, figures }));
  expect(pages).toHaveLength(1);
  expect(pages[0]?.text).toContain(squeeze('None: every conversation'));
});

test('a conversation without messages shows its content, one without a summary none', async () => {
  const conversation = exportedConversation(0, {
    messages: [],
    summary: null,
    content: 'The whole text.\n\nIn two parts.',
  });
  const { text } = await readPdf(await writeAll([conversation]));
  expect(text).toContain('Thewholetext.Intwoparts.');
  expect(text).not.toContain('Summary');
});

test('pages are given out while conversations are still being read', async () => {
  let isDone = false;
  async function* source(): AsyncGenerator<ExportedConversation> {
    for (let number = 0; number < 300; number += 1) yield exportedConversation(number);
    isDone = true;
  }
  const document = writePdf(source(), exportMeta);
  const first = await document.next();
  expect(isDone).toBe(false);
  const rest = await Array.fromAsync(document);
  const bytes = Buffer.concat([first.value ?? Buffer.alloc(0), ...rest]);
  expect((await readPdf(bytes)).pages.length).toBeGreaterThan(150);
});

test('two documents written at once do not mix', async () => {
  const [one, other] = await Promise.all([writeAll(hostileConversations()), writeAll([exportedConversation(1)])]);
  expect(other.equals(await writeAll([exportedConversation(1)]))).toBe(true);
  expect((await readPdf(one)).text).toContain('汉字、かな、한국어');
});
