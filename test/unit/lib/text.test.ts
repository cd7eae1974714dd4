import { expect, test } from 'vitest';
import { byteLengthOf, codePointCount, firstWords, jsonProblem, textProblem } from '../../../src/lib/text.ts';

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
