import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import yauzl from 'yauzl';
import { writeZip, type ZippedAttachment } from '../../../src/exports/zip.ts';
import { readBytes, streamOf } from '../../testkit/files/export-records.ts';

const createdAt = new Date('2026-03-01T12:00:00Z');

function attachment(
  filename: string,
  content: Buffer | null,
  overrides: Partial<ZippedAttachment> = {},
): ZippedAttachment {
  return {
    conversationId: 'conv_1',
    filename,
    mimeType: 'text/plain',
    createdAt,
    open: async () => content && streamOf([content]),
    ...overrides,
  };
}

const document = (text: string) => ({ name: 'conversations.json', createdAt, stream: streamOf([Buffer.from(text)]) });

async function unzip(bytes: Buffer): Promise<{ name: string; content: Buffer; method: number }[]> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, file) => (file ? resolve(file) : reject(error)));
  });
  const found: { name: string; content: Buffer; method: number }[] = [];
  const done = Promise.withResolvers<void>();
  zip.on('error', done.reject);
  zip.on('end', () => done.resolve());
  zip.on('entry', (entry: yauzl.Entry) => {
    zip.openReadStream(entry, async (error, stream) => {
      if (!stream) return done.reject(error);
      const content = await readBytes(stream as AsyncIterable<Uint8Array>);
      found.push({ name: entry.fileName, content, method: entry.compressionMethod });
      zip.readEntry();
    });
  });
  zip.readEntry();
  await done.promise;
  return found;
}

test('the document and the files come back, each under a name of its own', async () => {
  const image = randomBytes(300_000);
  const files = [
    attachment('notes.txt', Buffer.from('one')),
    attachment('Notes.TXT', Buffer.from('two')),
    attachment('notes.txt', Buffer.from('three')),
    attachment('notes.txt', Buffer.from('four'), { conversationId: 'conv_2' }),
    attachment('../../evil\0.png', image, { mimeType: 'image/png' }),
    attachment('報告 👩‍👩‍👧.txt', Buffer.alloc(0)),
  ];
  const entries = await unzip(await readBytes(writeZip(document('{"a":1}'.repeat(1000)), streamOf(files))));
  expect(
    entries.map(({ name, content }) => [name, content.byteLength < 100 ? content.toString() : content.byteLength]),
  ).toEqual([
    ['conversations.json', 7000],
    ['attachments/conv_1/notes.txt', 'one'],
    ['attachments/conv_1/Notes (2).TXT', 'two'],
    ['attachments/conv_1/notes (3).txt', 'three'],
    ['attachments/conv_2/notes.txt', 'four'],
    ['attachments/conv_1/evil.png', 300_000],
    ['attachments/conv_1/報告 👩‍👩‍👧.txt', ''],
  ]);
  expect(entries[5]?.content.equals(image)).toBe(true);
  expect(entries.map(({ method }) => (method === 0 ? 'stored' : 'deflated'))).toEqual([
    'deflated',
    'deflated',
    'deflated',
    'deflated',
    'deflated',
    'stored',
    'deflated',
  ]);
});

test('files that are not to be had are named in the archive', async () => {
  const files = [attachment('gone.pdf', null), attachment('there.txt', Buffer.from('x'))];
  const entries = await unzip(await readBytes(writeZip(document('{}'), streamOf(files))));
  expect(entries.map(({ name }) => name)).toEqual([
    'conversations.json',
    'attachments/conv_1/there.txt',
    'attachments/MISSING.txt',
  ]);
  expect(entries[2]?.content.toString()).toContain('attachments/conv_1/gone.pdf');
});

test('files are opened one after another, as the archive is read', async () => {
  let open = 0;
  let mostOpen = 0;
  async function* content(): AsyncGenerator<Uint8Array> {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    yield randomBytes(50_000);
    open -= 1;
  }
  const files = Array.from({ length: 50 }, (_, index) => attachment(`${index}`, null, { open: async () => content() }));
  await readBytes(writeZip(document('{}'), streamOf(files)));
  expect(mostOpen).toBe(1);
});

test('a file that breaks off breaks the archive', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
    throw new Error('the storage broke off');
  }
  const files = [attachment('a', null, { open: async () => broken() })];
  await expect(readBytes(writeZip(document('{}'), streamOf(files)))).rejects.toThrow('the storage broke off');
  const unopened = [attachment('a', null, { open: () => Promise.reject(new Error('refused')) })];
  await expect(readBytes(writeZip(document('{}'), streamOf(unopened)))).rejects.toThrow('refused');
});

test('a reader that stops ends the sources', async () => {
  const ended: string[] = [];
  async function* endless(name: string): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield randomBytes(100_000);
    } finally {
      ended.push(name);
    }
  }
  async function* files(): AsyncGenerator<ZippedAttachment> {
    try {
      yield attachment('a', null, { open: async () => endless('file') });
    } finally {
      ended.push('files');
    }
  }
  let readLength = 0;
  for await (const chunk of writeZip(document('{}'), files())) {
    readLength += chunk.byteLength;
    if (readLength > 500_000) break;
  }
  await expect.poll(() => ended.sort()).toEqual(['file', 'files']);
});
