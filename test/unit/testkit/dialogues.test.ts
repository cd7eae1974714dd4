import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readDialogues, split, toAiMyChats, toAnimam, turnsOf, writtenDialogues } from '../../testkit/dialogues.ts';

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dialogues-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'some.jsonl');
  writeFileSync(path, text);
  return path;
}

test('turns keep what was said byte for byte, and untagged lines go on with the turn before', () => {
  expect(turnsOf('#Person1#:  two  spaces \r\n#Person2#:\nmore\u2028still\n#Person12#: #Person1#: quoted')).toEqual([
    { speaker: 'Person1', content: ' two  spaces \r' },
    { speaker: 'Person2', content: '\nmore\u2028still' },
    { speaker: 'Person12', content: '#Person1#: quoted' },
  ]);
});

test('a file is read line by line, with the test set’s names as well', () => {
  const path = fileWith(
    '{"fname":"a","dialogue":"d","summary":"s","topic":"t"}\n\n{"dialogue":"e","summary1":"x","topic1":"y"}\n',
  );
  expect(readDialogues(path)).toEqual([
    { fname: 'a', dialogue: 'd', summary: 's', topic: 't' },
    { fname: 'line_3', dialogue: 'e', summary: 'x', topic: 'y' },
  ]);
});

describe('a file that cannot be read is told with its place', () => {
  test.each([
    ['{"dialogue":"d"}\n{', 'line 2: not JSON'],
    ['{"fname":"a"}', 'line 1: no "dialogue"'],
    ['17', 'line 1: no "dialogue"'],
    ['\n', 'has no dialogues'],
  ])('%j', (text, message) => {
    expect(() => readDialogues(fileWith(text))).toThrow(message);
  });

  test('a missing one', () => {
    expect(() => readDialogues('/nowhere/at/all.jsonl')).toThrow('Cannot read /nowhere/at/all.jsonl');
  });
});

test('a dialogue becomes a conversation of either API', () => {
  const dialogue = '#Person1#: Hi.\n#Person3#: Hello?\n#Person1#: Bye.';
  const dialogues = [{ fname: 'f', dialogue, summary: 'They greet.', topic: 'Saying hello!' }];
  const options = { startAt: new Date('2024-05-01T00:00:00Z') };
  expect(toAiMyChats(dialogues, options)).toMatchObject([
    {
      title: 'Saying hello!',
      content: dialogue,
      source: 'email',
      created_at: '2024-05-01T00:00:00Z',
      summary: { content: 'They greet.', topics: ['Saying hello!'] },
    },
  ]);
  expect(toAnimam(dialogues, options)).toMatchObject([
    {
      segment: 'saying-hello',
      messages: [
        { role: 'user', content: 'Hi.', timestamp: '2024-05-01T00:00:00Z' },
        { role: 'assistant', content: 'Hello?', timestamp: '2024-05-01T00:00:02Z' },
        { role: 'user', content: 'Bye.', timestamp: '2024-05-01T00:00:04Z' },
      ],
    },
  ]);
});

test('titles and contents stay within the API’s limits, counted in code points', () => {
  const [conversation] = toAiMyChats([
    { fname: 'f', dialogue: `#Person1#: ${'😀'.repeat(20_000)}`, summary: '', topic: '' },
  ]);
  expect([...(conversation?.content ?? '')]).toHaveLength(9_999);
  expect([...(conversation?.title ?? '')]).toHaveLength(200);
  expect(conversation?.summary).toBeNull();
});

test('own-written dialogues are the same for the same seed, all different, and of several scripts', () => {
  const many = writtenDialogues(2_000, 5);
  expect(writtenDialogues(100, 5)).toEqual(many.slice(0, 100));
  expect(writtenDialogues(100, 6)).not.toEqual(many.slice(0, 100));
  expect(new Set(many.map(({ dialogue }) => dialogue)).size).toBe(2_000);
  const text = many.map(({ dialogue, summary }) => dialogue + summary).join('');
  for (const script of [/\p{Script=Hiragana}/u, /\p{Script=Arabic}/u, /\p{Script=Cyrillic}/u, /\p{RGI_Emoji}/v]) {
    expect(text).toMatch(script);
  }
  expect(text).not.toMatch(/\{\w+\}/);
  expect(toAiMyChats(many).filter(({ summary }) => summary === null)).toHaveLength(285);
  expect(new Set(toAiMyChats(many).map(({ source }) => source))).toEqual(new Set(['email', 'whatsapp', 'api', 'web']));
});

test('a split gives every dialogue to one side', () => {
  const dialogues = writtenDialogues(7);
  const { aiMyChats, animam } = split(dialogues);
  expect([aiMyChats.length, animam.length]).toEqual([4, 3]);
  expect([...aiMyChats, ...animam]).toEqual(dialogues);
});
