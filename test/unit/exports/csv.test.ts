import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { writeAnimamCsv, writeCsv } from '../../../src/exports/csv.ts';
import {
  exportedConversation,
  HOSTILE_TEXTS,
  hostileConversations,
  readBytes,
  streamOf,
} from '../../testkit/files/export-records.ts';

const wellFormed = (text: string): string => text.toWellFormed();
const guarded = (text: string): string =>
  /^(?:[\t\r\n]|[\p{Cf}\p{Zs}]*[=+\-@＝＋－＠])/u.test(text) ? `'${text}` : text;
const read = async (stream: AsyncIterable<Uint8Array>): Promise<string[][]> =>
  parse(await readBytes(stream), { bom: true });

test('every hostile cell is read back as it was, guarded where a spreadsheet would run it', async () => {
  const conversations = hostileConversations();
  const [header, ...rows] = await read(writeCsv(streamOf(conversations)));
  expect(header?.join()).toBe(
    'conversation_id,provider,external_id,title,source,status,segment,started_at,message_position,timestamp,role,content,summary,sentiment,topics',
  );
  const expected = HOSTILE_TEXTS.map((text) => guarded(wellFormed(text)));
  expect(rows.map((row) => row[11])).toEqual(expected);
  expect(rows.map((row) => row[3])).toEqual(expected);
  expect(rows.map((row) => row[12])).toEqual(expected);
  expect(rows.map((row) => row[14])).toEqual(expected);
  expect(rows[0]?.slice(0, 3)).toEqual(['conv_000000', 'ANIMAM', 'ext_0']);
  expect(rows[0]?.slice(7, 11)).toEqual(['2026-01-01T09:00:00.000Z', '0', '2026-01-01T09:00:00.000Z', 'USER']);
});

test('a spreadsheet is told that the file is UTF-8; a reader of the published CSV gets the header first', async () => {
  expect((await readBytes(writeCsv(streamOf([])))).subarray(0, 3).toString('hex')).toBe('efbbbf');
  expect((await readBytes(writeAnimamCsv(streamOf([])))).toString()).toMatch(/^conversation_id,/);
});

test('raw leaves cells as they are', async () => {
  const [, ...rows] = await read(writeCsv(streamOf(hostileConversations()), { raw: true }));
  expect(rows.map((row) => row[11])).toEqual(HOSTILE_TEXTS.map(wellFormed));
});

test('a conversation without messages has one row with its content', async () => {
  const conversation = exportedConversation(1, { messages: [], content: 'The whole text.', summary: null });
  const [, ...rows] = await read(writeCsv(streamOf([conversation])));
  expect(rows.map((row) => row.slice(8))).toEqual([['', '', '', 'The whole text.', '', '', '']]);
});

test('no conversations give a header alone', async () => {
  expect(await read(writeCsv(streamOf([])))).toHaveLength(1);
});

test("Animam's own CSV is as published, to the byte", async () => {
  const at = (text: string): Date => new Date(text);
  const conversation = exportedConversation(0, {
    id: 'conv_abc123',
    segment: 'pricing',
    messages: [
      { id: 'm1', role: 'USER', content: 'What are your prices?', position: 0, createdAt: at('2024-01-25T10:30:00Z') },
      {
        id: 'm2',
        role: 'ASSISTANT',
        content: 'We offer 3 plans...',
        position: 1,
        createdAt: at('2024-01-25T10:30:02.7Z'),
      },
    ],
  });
  const bytes = await readBytes(writeAnimamCsv(streamOf([conversation])));
  expect(bytes.toString()).toBe(
    'conversation_id,timestamp,role,content,segment\n' +
      'conv_abc123,2024-01-25T10:30:00Z,user,"What are your prices?",pricing\n' +
      'conv_abc123,2024-01-25T10:30:02Z,assistant,"We offer 3 plans...",pricing\n',
  );
});

test("Animam's CSV guards and quotes hostile cells, and raw does not guard", async () => {
  const rows = await read(writeAnimamCsv(streamOf(hostileConversations())));
  expect(rows.slice(1).map((row) => row[3])).toEqual(HOSTILE_TEXTS.map((text) => guarded(wellFormed(text))));
  expect(rows.slice(1).map((row) => row[4])).toEqual(HOSTILE_TEXTS.map((text) => guarded(wellFormed(text))));
  const raw = await read(writeAnimamCsv(streamOf(hostileConversations()), { raw: true }));
  expect(raw.slice(1).map((row) => row[3])).toEqual(HOSTILE_TEXTS.map(wellFormed));
});

test('a source that fails makes the document fail, and a reader that stops ends the source', async () => {
  async function* failing(): AsyncGenerator<ReturnType<typeof exportedConversation>> {
    yield exportedConversation(0);
    throw new Error('the database went away');
  }
  await expect(readBytes(writeCsv(failing()))).rejects.toThrow('the database went away');
  let isEnded = false;
  async function* endless(): AsyncGenerator<ReturnType<typeof exportedConversation>> {
    try {
      for (let number = 0; ; number += 1) yield exportedConversation(number);
    } finally {
      isEnded = true;
    }
  }
  for await (const _ of writeCsv(endless())) break;
  expect(isEnded).toBe(true);
});
