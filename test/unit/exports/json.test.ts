import { expect, test } from 'vitest';
import { writeJson, writeJsonl } from '../../../src/exports/json.ts';
import {
  exportedConversation,
  exportMeta,
  hostileConversations,
  readBytes,
  streamOf,
} from '../../testkit/files/export-records.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a JSON document holds everything, hostile texts unchanged', async () => {
  const conversations = hostileConversations();
  const document = JSON.parse((await readBytes(writeJson(streamOf(conversations), exportMeta))).toString());
  expect(document).toEqual({ export: plain(exportMeta), conversations: plain(conversations) });
});

test('no conversations give a valid document', async () => {
  const document = JSON.parse((await readBytes(writeJson(streamOf([]), exportMeta))).toString());
  expect(document.conversations).toEqual([]);
});

test('JSON Lines hold a conversation to a line', async () => {
  const conversations = [...hostileConversations(), exportedConversation(1, { messages: [] })];
  const text = (await readBytes(writeJsonl(streamOf(conversations)))).toString();
  expect(text.endsWith('\n')).toBe(true);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(plain(conversations));
});

test('a conversation of 10,000 messages comes in pieces', async () => {
  const [message] = exportedConversation(0).messages;
  const messages = Array.from({ length: 10_000 }, (_, position) => ({ ...message, position }));
  const conversation = exportedConversation(0, {
    messages: messages as ReturnType<typeof exportedConversation>['messages'],
  });
  const chunks = await Array.fromAsync(writeJsonl(streamOf([conversation])));
  expect(chunks.length).toBeGreaterThan(20);
  expect(JSON.parse(Buffer.concat(chunks).toString()).messages).toHaveLength(10_000);
});
