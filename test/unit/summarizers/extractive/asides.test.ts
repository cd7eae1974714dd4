import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import { reportSentence } from '../../../../src/summarizers/extractive/reported.ts';
import type { SummaryDraft } from '../../../../src/summarizers/summarizer.ts';

const NAMED = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };

function told(sentence: string): string | null {
  const reported = reportSentence(sentence, NAMED);
  return reported === null ? null : `${reported.subject} ${reported.rest}`;
}

function summarize(content: string): Promise<SummaryDraft> {
  const summarizer = createExtractiveSummarizer();
  const input = { title: '', content, messages: [], language: 'en', style: 'DETAILED' as const };
  return summarizer.summarize(input, new AbortController().signal);
}

test.each([
  ['I hate it.', 'Ann hates it'],
  ['I HATE IT!!', 'Ann hates it'],
  ['WHERE IS MY REFUND?', 'Ann asks where their refund is'],
  ['I live in the US.', 'Ann lives in the US'],
  ['US customers pay more.', 'Ann says US customers pay more'],
  ['I work in IT.', 'Ann works in IT'],
  ['Call us.', 'Ann asks Bob to call them'],
  ['I myself have seen it.', 'Ann has seen it'],
  ['You and I should talk.', 'Ann says they should talk'],
])('a pronoun is one, and what only looks like one is none: %s', (sentence, expected) => {
  expect(told(sentence)).toBe(expected);
});

test.each([
  ['Damn it, the printer is broken.', 'Ann says the printer is broken'],
  ['Oh my God, the printer is broken again.', 'Ann says the printer is broken again'],
  ['Jesus, I lost my key.', 'Ann lost their key'],
  ['Holy cow, the lamp is expensive.', 'Ann says the lamp is expensive'],
  ['I swear to God I never ordered it.', 'Ann never ordered it'],
  ['Sweetheart, I will be late tonight.', 'Ann will be late tonight'],
  ['I will be late tonight, my love.', 'Ann will be late tonight'],
  ['What the hell is going on?', 'Ann asks what is going on'],
  ['As you know, the shop is closed.', 'Ann says the shop is closed'],
  ['LOL I forgot my password.', 'Ann forgot their password'],
])('an aside is left out of what is told: %s', (sentence, expected) => {
  expect(told(sentence)).toBe(expected);
});

test.each([
  'I love you, darling.',
  'I miss you so much.',
  'You are so sweet, my love.',
  "You're an angel.",
  'God bless you.',
  'Go to hell.',
  "I'll be damned.",
  'You never know.',
  "I'm all ears.",
  "I'm starving.",
  "It's me.",
])('endearments, oaths and sayings are no facts: %s', (sentence) => {
  expect(told(sentence)).toBeNull();
});

describe('who one is', () => {
  test('is not told of one who is called so', async () => {
    const draft = await summarize(
      'Ann: Hello, I am Ann from the billing team.\nBob: My name is Bob. I lost my invoice.\nAnn: Are you Bob?\nBob: I need the invoice by Friday.',
    );
    expect(draft.content).toBe('Bob lost their invoice and needs the invoice by Friday.');
  });

  test('is told of one who has no name', async () => {
    const draft = await summarize('User: Who am I talking to today?\nAssistant: I am the new robot of the shop.');
    expect(draft.content).toContain('The assistant is the new robot of the shop');
  });
});

test('nothing is told of somebody whom nobody knows', async () => {
  const draft = await summarize(
    'Ann: Could you send me the invoice for May?\nAnn: I lost the old invoice on the train.',
  );
  expect(draft.content).toBe('Ann lost the old invoice on the train.');
  expect(JSON.stringify(draft)).not.toMatch(/the other|\\u0000/);
});

test.each([
  ["Ann: I'll be on my way in ten minutes.\nBob: The station is closed."],
  ['Ann: I was told that Chinese arts are taught there.\nBob: Chinese arts are taught on Mondays.'],
  ['Ann: About my driving test, did I do well?\nBob: The driving test went well.'],
  ["Ann: I'll be ten on May 1st.\nBob: The birthday party is in May."],
])('a title is no fragment: %s', async (content) => {
  const { title } = await summarize(content);
  expect(title).not.toMatch(/^(?:be|told|about|was|been)\b/i);
  expect(title.length).toBeGreaterThan(3);
});

test('a pronoun that leans on a sentence which is not told is not told either', async () => {
  const long = Array.from({ length: 12 }, (_, at) => `Ann: The garden number ${at} has roses and lilies in its beds.`);
  const content = [...long, 'Bob: Hmm.', 'Ann: She would never agree to it.', ...long].join('\n');
  expect((await summarize(content)).content).not.toContain('she would never');
});
