import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../../src/imports/detect.ts';
import type { FileItem } from '../../../src/imports/read.ts';
import {
  chatGptConversations,
  mailbox,
  makeFolder,
  slackFiles,
  whatsAppChat,
  writeArchive,
} from '../../testkit/chat-files.ts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held once all that nobody needs is collected. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function readAll(file: string, assistant: string | null = null): Promise<{ format: string; items: FileItem[] }> {
  const { format, read } = await detectFormat(file);
  return { format, items: await Array.fromAsync(read(file, { assistant })) };
}

const conversationsOf = (items: readonly FileItem[]) =>
  items.flatMap((item) => ('conversation' in item ? [item.conversation] : []));
const messagesOf = (items: readonly FileItem[]) =>
  conversationsOf(items).map(({ messages }) =>
    messages.map(({ role, content, createdAt }) => [role, content, createdAt?.toISOString() ?? null]),
  );

test('a chat of WhatsApp is one conversation, with its speakers, months before days where the file shows it', async () => {
  await using folder = await makeFolder();
  const file = await folder.write('WhatsApp Chat with Bo.txt', whatsAppChat);
  const { format, items } = await readAll(file, 'bo');
  expect(format).toBe('WhatsApp');
  expect(conversationsOf(items)[0]).toMatchObject({ title: 'WhatsApp: Bo', source: 'WHATSAPP' });
  expect(messagesOf(items)).toEqual([
    [
      ['USER', 'Ann Lee: Hi, is the bike still for sale?', '2024-12-31T21:58:00.000Z'],
      ['ASSISTANT', 'It is.\nAnd the lock comes with it.', '2024-12-31T22:03:00.000Z'],
      ['USER', 'Ann Lee: Great: I will come at ten.', '2025-01-01T00:05:00.000Z'],
    ],
  ]);
});

test.each([
  ['[13.01.25, 10:00:15] Ann: Hello', '2025-01-13T10:00:15.000Z'],
  ['13/01/2025, 10:00 - Ann: Hello', '2025-01-13T10:00:00.000Z'],
  ['2025-01-13, 12:00 am - Ann: Hello', '2025-01-13T00:00:00.000Z'],
  ['\u200e[02/03/25, 1:00:00\u202fPM] Ann: Hello', '2025-03-02T13:00:00.000Z'],
])('the head %s is read', async (line, instant) => {
  await using folder = await makeFolder();
  const { items } = await readAll(await folder.write('chat.txt', `${line}\n`));
  expect(messagesOf(items)).toEqual([[['USER', 'Ann: Hello', instant]]]);
});

test('each channel of a Slack workspace is a conversation, and what Slack notes itself is left out', async () => {
  await using folder = await makeFolder();
  const file = await writeArchive(await folder.write('slack.zip', ''), slackFiles);
  const { items } = await readAll(file, 'Helper');
  expect(conversationsOf(items).map(({ title }) => title)).toEqual(['Slack: #support']);
  expect(messagesOf(items)).toEqual([
    [
      ['USER', 'Ann: Is the site (https://x.test) down, @Helper?', '2026-03-01T08:00:00.000Z'],
      ['ASSISTANT', 'It is up again & stable.', '2026-03-02T08:00:00.000Z'],
    ],
  ]);
  expect(items).toContainEqual({ place: '#empty', reason: 'nobody says anything in it' });
});

test.each(['json', 'zip'])('a conversation of ChatGPT is the branch that was open last, from a .%s', async (kind) => {
  await using folder = await makeFolder();
  const plain = await folder.write('conversations.json', chatGptConversations);
  const file =
    kind === 'json' ? plain : await writeArchive(`${plain}.zip`, { 'conversations.json': chatGptConversations });
  const { items } = await readAll(file);
  expect(conversationsOf(items)[0]).toMatchObject({ title: 'Bread', metadata: { conversationId: 'c-1' } });
  expect(messagesOf(items)).toEqual([
    [
      ['USER', 'How long does bread bake?', '2026-03-01T08:00:01.000Z'],
      ['ASSISTANT', 'Fifty minutes.', '2026-03-01T08:00:03.000Z'],
    ],
  ]);
});

test('the threads of a mailbox are conversations', async () => {
  await using folder = await makeFolder();
  const { format, items } = await readAll(await folder.write('mail', mailbox), 'help@y.test');
  expect(format).toBe('mbox');
  expect(conversationsOf(items).map(({ title, source }) => [title, source])).toEqual([
    ['Broken lamp', 'EMAIL'],
    ['Grüße', 'EMAIL'],
  ]);
  expect(messagesOf(items)).toEqual([
    [
      ['USER', 'Ann: The lamp is broken. Café.\nFrom the box it came so.', '2026-03-01T09:00:00.000Z'],
      ['ASSISTANT', 'We send another one.', '2026-03-01T10:00:00.000Z'],
    ],
    [['USER', 'Bo: Hello there.', '2026-03-02T09:00:00.000Z']],
  ]);
});

describe('JSONL', () => {
  test('a line that cannot be read is told with its number, and the others are read', async () => {
    await using folder = await makeFolder();
    const lines = [
      '{"title":"A","messages":[{"role":"user","content":"Hi","timestamp":"2026-03-01T08:00:00Z"}]}',
      '{"title":',
      '{"title":"B","messages":[{"role":"king","content":"Hi"}]}',
      '{"title":"C","content":"Text"}',
    ];
    const { format, items } = await readAll(await folder.write('a.jsonl', lines.join('\n')));
    expect(format).toBe('JSONL');
    expect(conversationsOf(items).map(({ title }) => title)).toEqual(['A', 'C']);
    expect(items.filter((item) => 'reason' in item)).toEqual([
      { place: 'line 2', reason: 'it is not JSON' },
      { place: 'line 3', reason: 'none of its messages has a role and a text' },
    ]);
  });

  test('100,000 messages are read in memory that does not grow with them', async () => {
    await using folder = await makeFolder();
    const file = path.join(path.dirname(await folder.write('x', '')), 'long.jsonl');
    const text = 'word '.repeat(100);
    await pipeline(
      Readable.from(
        (function* () {
          for (let index = 0; index < 1_000; index++) {
            const messages = Array.from({ length: 100 }, () => ({ role: 'user', content: text }));
            yield `${JSON.stringify({ id: `x${index}`, title: 'T', messages })}\n`;
          }
        })(),
      ),
      createWriteStream(file),
    );
    const { read } = await detectFormat(file);
    const at = { readBytes: 0, totalBytes: 0 };
    let messages = 0;
    let highest = 0;
    let parts = 0;
    const before = heldBytes();
    for await (const item of read(file, { assistant: null, place: at })) {
      if ('conversation' in item) messages += item.conversation.messages.length;
      parts += 1;
      if (parts % 100 === 0) highest = Math.max(highest, heldBytes() - before);
    }
    expect(messages).toBe(100_000);
    expect(at.readBytes).toBe((await stat(file)).size);
    // The file has 55 MB.
    expect(highest).toBeLessThan(8 * 2 ** 20);
  });
});

describe('JSON is told by how it lies in the file', () => {
  const long = 'word '.repeat(40_000);
  const one = { title: 'A', messages: [{ role: 'user', content: long }] };
  const list = { exported: 'today', conversations: [one, { title: 'B', content: 'Text' }] };
  test.each([
    [
      'lines of which the first is longer than what is looked at',
      `${JSON.stringify(one)}\n{"title":"B","content":"Text"}\n`,
      'JSONL',
      ['A', 'B'],
    ],
    ['a line that is all of it', JSON.stringify(one), 'JSONL', ['A']],
    ['lines of which the first is broken', '{"title": "A\n{"title":"B","content":"Text"}\n', 'JSONL', ['B']],
    ['a document on one line', JSON.stringify(list), 'JSON', ['A', 'B']],
    ['a document over several lines', JSON.stringify(list, null, 2), 'JSON', ['A', 'B']],
    ['a list', JSON.stringify(list.conversations), 'JSON', ['A', 'B']],
    ['one conversation over several lines', JSON.stringify(one, null, 2), 'JSON', ['A']],
  ])('%s', async (_what, text, expected, titles) => {
    await using folder = await makeFolder();
    const { format, items } = await readAll(await folder.write('x', text));
    expect(format).toBe(expected);
    expect(conversationsOf(items).map(({ title }) => title)).toEqual(titles);
  });

  test('what is no conversation is told, and so is what one of them lacks', async () => {
    await using folder = await makeFolder();
    const inList = [
      { name: 'Ann' },
      {
        title: 'A',
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'king', content: 'Ho' },
        ],
      },
    ];
    const { items } = await readAll(await folder.write('x', JSON.stringify(inList)));
    expect(items).toMatchObject([
      { place: 'conversation 1', reason: 'it has neither messages nor a content' },
      { conversation: { title: 'A' }, lacks: '1 of its messages has no role or no text' },
    ]);
    const nothing = await readAll(await folder.write('y', JSON.stringify({ people: [{ name: 'Ann' }] })));
    expect(nothing.items).toMatchObject([{ place: 'the document' }]);
  });
});

describe('encodings', () => {
  const line = '{"title":"Café","content":"Grüße, 東京"}\n';
  const csv = '\ufeffconversation_id\ttitle\tcontent\nx1\tCafé\tGrüße, 東京\n';
  test.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${line}`)],
    ['UTF-16, little end first', Buffer.from(`\ufeff${line}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${line}`, 'utf16le').swap16()],
    ['a spreadsheet’s UTF-16 with tabs', Buffer.from(csv, 'utf16le')],
    ['a spreadsheet’s CSV with semicolons', Buffer.from(csv.replaceAll('\t', ';'))],
  ])('%s is read', async (_what, bytes) => {
    await using folder = await makeFolder();
    const { items } = await readAll(await folder.write('x', bytes));
    expect(conversationsOf(items)).toMatchObject([{ title: 'Café', content: 'Grüße, 東京' }]);
  });

  test.each([
    ['JSONL', '{"title":"A","content":"Text"}\n{"title":"Caf\u00e9","content":"x"}\n'],
    ['CSV', 'conversation_id,title,content\nx1,A,Text\nx2,Caf\u00e9,x\n'],
    ['a chat', '13/01/2025, 10:00 - Ann: Caf\u00e9\n'],
  ])('%s in another one is refused in words, not garbled', async (_what, text) => {
    await using folder = await makeFolder();
    const file = await folder.write('x', Buffer.from(text, 'latin1'));
    await expect(readAll(file)).rejects.toThrow('save it as UTF-8');
  });
});

test.each([
  ['nothing', '', 'the file is empty'],
  ['a picture', '\u0089PNG\r\n', 'none of what is known'],
  ['a ZIP file that is broken', 'PK\u0003\u0004 and so on', 'cannot be read'],
])('%s is refused in words', async (_what, text, words) => {
  await using folder = await makeFolder();
  await expect(readAll(await folder.write('x', Buffer.from(text, 'latin1')))).rejects.toThrow(words);
});

test('JSON that breaks off gives what came before, and says so', async () => {
  await using folder = await makeFolder();
  const file = await folder.write('x.json', '{"conversations":[{"title":"A","content":"Text"},{"title":"B"');
  const { read } = await detectFormat(file);
  const items: FileItem[] = [];
  await expect(
    (async () => {
      for await (const item of read(file, { assistant: null })) items.push(item);
    })(),
  ).rejects.toThrow('breaks off');
  expect(conversationsOf(items).map(({ title }) => title)).toEqual(['A']);
});
