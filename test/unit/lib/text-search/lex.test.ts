import { expect, test } from 'vitest';
import { lex } from '../../../../src/lib/text-search/lex.ts';

const lexemes = (text: string) => [...lex(text)].map((token) => token.lexeme);

test.each([
  ['Hello, WORLD', ['hello', 'world']],
  ['café Café cafe\u0301 CAFÉ', ['cafe', 'cafe', 'cafe', 'cafe']],
  ['Straße STRASSE', ['strasse', 'strasse']],
  ['Über Müller', ['uber', 'muller']],
  ['İstanbul ISTANBUL ışık', ['istanbul', 'istanbul', 'isik']],
  ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
  ['Мой май ещё', ['мой', 'май', 'еще']],
  ['ﬁne Ａｂｃ １２', ['fine', 'abc', '12']],
  ["don't John's customers' O’Brien", ['dont', 'john', 'customers', 'obrien']],
  ["l'avion d’accord", ['l', 'avion', 'd', 'accord']],
  ["5'10", ['5', '10']],
  ['jane@example.com', ['jane', 'example', 'com']],
  ['https://x.io/a?b=c', ['https', 'x', 'io', 'a', 'b', 'c']],
  ['3.14 2024-05-01 v2', ['3', '14', '2024', '05', '01', 'v2']],
  ['so\u00adft Hawaiʻi', ['soft', 'hawaii']],
  ['كِتَاب كتاب', ['كتاب', 'كتاب']],
  ['שָׁלוֹם שלום', ['שלום', 'שלום']],
  ['👍🏽 👨‍👩‍👧 ❤️ 🇩🇪', []],
  ['\ud800 \udc00 \u0000', []],
  ['', []],
])('the lexemes of %j', (text, expected) => {
  expect(lexemes(text)).toEqual(expected);
});

test.each([
  ['東京都', ['東京', '京都', '都']],
  ['東京 タワー', ['東京', '京', 'タワ', 'ワー', 'ー']],
  ['ｶﾞｽ ガス か\u3099', ['ガス', 'ス', 'ガス', 'ス', 'が']],
  ['iPhone手机', ['iphone', '手机', '机']],
  ['가격을', ['가격', '격을', '을']],
  ['가격'.normalize('NFD'), ['가격', '격']],
  ['กินข้าว', ['กิน', 'นข้', 'ข้า', 'าว', 'ว']],
  ['ទឹក\u200bត្រី', ['ទឹក', 'កត្', 'ត្រី', 'រី']],
])('text without spaces gives pairs of characters: %j', (text, expected) => {
  expect(lexemes(text)).toEqual(expected);
});

test('offsets are those of the text as given', () => {
  const text = '“Cafe\u0301”, 𝐇i 東\u{20000}京 it’s l’été';
  const cuts = [...lex(text)].map((token) => text.slice(token.start, token.end));
  expect(cuts).toEqual(['Cafe\u0301', '𝐇i', '東', '\u{20000}', '京', 'it’s', 'l', 'été']);
});

test('a part of a text is lexed as if it were the whole, at its offsets', () => {
  const text = 'one two three';
  expect([...lex(text, 4, 7)]).toMatchObject([{ start: 4, end: 7, lexeme: 'two' }]);
});

test('a word of a million letters is one word, known by its beginning', () => {
  const [word, ...others] = lex('x'.repeat(1_000_000));
  expect(others).toEqual([]);
  expect(word).toMatchObject({ start: 0, end: 1_000_000, lexeme: 'x'.repeat(200) });
});
