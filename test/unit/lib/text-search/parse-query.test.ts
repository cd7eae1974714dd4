import { expect, test } from 'vitest';
import { parseQuery, parseWords } from '../../../../src/lib/text-search/parse-query.ts';

const words = (terms: ReturnType<typeof parseQuery>['wanted']) =>
  terms.map((term) => term.parts.map((part) => part.lexemes[0]).join(' '));

test.each([
  ['pricing features', ['pricing', 'features'], []],
  ['"annual report" budget', ['annual report', 'budget'], []],
  ['“annual report”', ['annual report'], []],
  ['budget -draft -"old version"', ['budget'], ['draft', 'old version']],
  ['-draft', [], ['draft']],
  ['well-known -semi-final', ['well known'], ['semi final']],
  ['budget - draft --final', ['budget', 'draft', 'final'], []],
  ['5" pipe', ['5', 'pipe'], []],
  ['say "unfinished', ['say', 'unfinished'], []],
  ['"" "…" word', ['word'], []],
  ["' OR 1=1 --", ['or', '1 1'], []],
  ['(a+)+$', ['a'], []],
  ['foo:* & !bar | <baz>', ['foo', 'bar', 'baz'], []],
  ['twice Twice twice', ['twice'], []],
  ['退款，政策', ['退款', '政策'], []],
])('%j wants %j without %j', (query, wanted, unwanted) => {
  const parsed = parseQuery(query);
  expect({ wanted: words(parsed.wanted), unwanted: words(parsed.unwanted) }).toEqual({ wanted, unwanted });
  expect(parsed.symbols).toEqual([]);
});

test.each([
  ['%_', ['%', '_']],
  ['\\', ['\\']],
  ['"%"', ['%']],
  ['--', ['-']],
  [' \n ', []],
  ['👍🏽', ['👍']],
])('%j has no words, and symbols %j', (query, symbols) => {
  expect(parseQuery(query)).toEqual({ wanted: [], unwanted: [], symbols, literals: [] });
});

test.each([
  ['plain words, and "a phrase"', []],
  ['snake_case', ['snake_case']],
  ['(snake_case)? names,Snake_Case! 100%.', ['snake_case', '100%']],
  ['"uses snake_case" -other_name -"not this_one"', ['snake_case']],
  ['Über_Zug C:\\dir', ['uber_zug', '\\dir']],
  ['% _ 100', []],
])('%j has the literals %j', (query, literals) => {
  expect(parseQuery(query).literals).toEqual(literals);
});

test('words alone know no operators', () => {
  const parsed = parseWords('"annual report" -draft');
  expect(words(parsed.wanted)).toEqual(['annual', 'report', 'draft']);
  expect(parsed.unwanted).toEqual([]);
});

test('what is past the greatest length is not looked at', () => {
  expect(words(parseQuery(`${'a '.repeat(250)}beyond`).wanted)).toEqual(['a']);
});
