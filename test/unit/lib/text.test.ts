import { expect, test } from 'vitest';
import { byteLengthOf, codePointCount, firstWords, isBlank, jsonProblem, textProblem } from '../../../src/lib/text.ts';

test('first words are one line of so many UTF-16 units at most, cut between words', () => {
  expect(firstWords('  What are\n your prices? ', 80)).toBe('What are your prices?');
  expect(firstWords('one two three four', 10)).toBe('one two…');
  expect(firstWords('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(firstWords(' \n', 10)).toBe('');
});

test('first words never cut a character in two', () => {
  for (let length = 4; length < 12; length++) {
    const words = firstWords('😀'.repeat(100), length);
    expect(words.isWellFormed()).toBe(true);
    expect(words.length).toBeLessThanOrEqual(length);
  }
});

test.each(['👩‍👩‍👧', '👍🏽', '🇫🇷', 'e\u0301', '각'.normalize('NFD'), 'क्षि'])(
  'first words keep %s whole or leave it out',
  (character) => {
    for (let length = 8; length < 40; length++) {
      const words = firstWords(character.repeat(100), length);
      expect(words.length).toBeLessThanOrEqual(length);
      expect(words.slice(0, -1).replaceAll(character, '')).toBe('');
    }
  },
);

test('what nobody can see is blank', () => {
  for (const text of [
    '',
    ' \n',
    '\u200b',
    '\u3164',
    '\u2800',
    '\u00ad\u2060',
    '\ufeff',
    '\u115f\u1160',
    '\u{e0020}',
    '\u202e',
    '\ufe0f',
  ]) {
    expect(isBlank(text), JSON.stringify(text)).toBe(true);
  }
  for (const text of ['a', '\u200bа\u200b', '👍', '⠁', '.', 'ㅤㄱ']) expect(isBlank(text)).toBe(false);
});

test('whole numbers that lose their last digits are told, others are not', () => {
  for (const json of ['9007199254740993', '-9007199254740993', '12345678901234567890', '1000000000000000000000001']) {
    expect(jsonProblem(JSON.parse(`{"a":[${json}]}`)), json).toMatch(/write them as text/);
  }
  expect(jsonProblem(JSON.parse('{"a":[9007199254740991,-9007199254740991,0.1,1.5e-300]}'))).toBeNull();
});

test('what cannot be stored is told, wherever in a JSON value it stands', () => {
  expect(textProblem('fine 😀')).toBeNull();
  expect(textProblem('a\0b')).toMatch(/NUL/);
  expect(textProblem('\ud800')).toMatch(/surrogate/);
  expect(jsonProblem({ a: [{ b: 'fine' }], c: 1, d: null })).toBeNull();
  expect(jsonProblem({ a: [{ b: '\0' }] })).toMatch(/NUL/);
  expect(jsonProblem({ 'a\0': 1 })).toMatch(/NUL/);
  expect(jsonProblem({ a: [1e308, { b: Number.POSITIVE_INFINITY }] })).toMatch(/beyond/);
});

test('lengths are code points and UTF-8 bytes', () => {
  expect(codePointCount('a😀é')).toBe(3);
  expect(byteLengthOf('a', null, '😀', 'é')).toBe(7n);
});
