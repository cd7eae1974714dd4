import { expect, test } from 'vitest';
import { splitSentences } from '../../../src/summarizers/sentences.ts';

function split(source: string): string[] {
  const turn = { speaker: null, messageId: null, source, parts: [{ start: 0, end: source.length }] };
  return [...splitSentences(turn, 0)].map((sentence) => {
    expect(source.slice(sentence.start, sentence.end)).toBe(sentence.text);
    return sentence.text;
  });
}

test.each([
  [
    'titles, initials and times do not end one',
    'Mr. White came at 5 p.m. yesterday. J. Doe left.',
    ['Mr. White came at 5 p.m. yesterday.', 'J. Doe left.'],
  ],
  [
    'a bare "no" ends one, a number does not',
    'no. take bus No. 5. It costs 1.50 euros.',
    ['no.', 'take bus No. 5.', 'It costs 1.50 euros.'],
  ],
  ['a missing space after the stop is forgiven', 'I see.Let me look!', ['I see.', 'Let me look!']],
  ['wide marks end one without a space', '我来了。你呢？', ['我来了。', '你呢？']],
  [
    'quotes belong to the sentence before',
    '"Stop!" she said. (Really?) Yes.',
    ['"Stop!"', 'she said.', '(Really?)', 'Yes.'],
  ],
  ['list marks are left out', '- one thing\n2. another thing', ['one thing', 'another thing']],
])('%s', (_, source, expected) => {
  expect(split(source)).toEqual(expected);
});

test('no sentence is longer than 600 code units, and no surrogate pair is cut', () => {
  const sentences = split('😀'.repeat(2000));
  for (const sentence of sentences) {
    expect(sentence.length).toBeLessThanOrEqual(600);
    expect(sentence.isWellFormed()).toBe(true);
  }
  expect(sentences.join('')).toBe('😀'.repeat(2000));
});
