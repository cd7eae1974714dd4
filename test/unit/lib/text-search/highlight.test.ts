import { expect, test } from 'vitest';
import { highlight, highlightBest } from '../../../../src/lib/text-search/highlight.ts';
import { parseQuery } from '../../../../src/lib/text-search/parse-query.ts';
import { randomText, seededRandom } from './random-text.ts';

const show = (text: string, query: string, maxLength?: number) =>
  highlight(text, parseQuery(query), maxLength === undefined ? {} : { maxLength });

test.each([
  [
    'The customer asked about pricing and features.',
    'price features',
    'The customer asked about <mark>pricing</mark> and <mark>features</mark>.',
  ],
  ['It cost <b>5 & "more"</b>', 'more', 'It cost &lt;b&gt;5 &amp; &quot;<mark>more</mark>&quot;&lt;/b&gt;'],
  [
    "<script>alert('x')</script>",
    '<script>',
    '&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)&lt;/<mark>script</mark>&gt;',
  ],
  ['Café, cafe\u0301', 'cafe', '<mark>Café</mark>, <mark>cafe\u0301</mark>'],
  ['annual report, annual budget', '"annual report"', '<mark>annual</mark> <mark>report</mark>, annual budget'],
  ['prices and pricing', '"pricing"', 'prices and <mark>pricing</mark>'],
  ['请问退款政策是', '退款政策', '请问<mark>退款政策</mark>是'],
  ['退款和政策', '退款政策', '退款和政策'],
  ['北京东京', '京', '北<mark>京</mark>东<mark>京</mark>'],
  ['新iPhone手机', 'iphone 手机', '新<mark>iPhone</mark><mark>手机</mark>'],
  ['the price of the house', 'the price', 'the <mark>price</mark> of the house'],
  ['budget, no draft', 'budget -draft', '<mark>budget</mark>, no draft'],
  ['100% sure', '%', '100<mark>%</mark> sure'],
  ['line one\n\n  line two', 'two', 'line one line <mark>two</mark>'],
  ['nothing here', 'zebra', 'nothing here'],
  ['nothing here', '-zebra', 'nothing here'],
  ['', 'zebra', ''],
])('%j searched for %j', (text, query, expected) => {
  expect(show(text, query)).toBe(expected);
});

test('a long text is cut between words, around what was found', () => {
  const text = `${'before '.repeat(100)}asked about pricing and features ${'after '.repeat(100)}`;
  expect(show(text, 'pricing features', 60)).toMatch(
    /^\.\.\.(before )+asked about <mark>pricing<\/mark> and <mark>features<\/mark>( after)+\.\.\.$/,
  );
});

test('the stretch with the most terms is shown, not the first with one', () => {
  const text = `pricing ${'x '.repeat(300)}pricing and features ${'y '.repeat(300)}`;
  expect(show(text, 'pricing features')).toContain('<mark>pricing</mark> and <mark>features</mark>');
});

test('the beginning is shown where nothing is found', () => {
  expect(show('word '.repeat(100), 'zebra', 22)).toBe('word word word word...');
});

test('of several texts the one with the best match is shown', () => {
  const query = parseQuery('pricing features');
  expect(highlightBest(['', 'about pricing', 'pricing, features', 'features'], query)).toBe(
    '<mark>pricing</mark>, <mark>features</mark>',
  );
  expect(highlightBest([' ', 'first', 'second'], query)).toBe('first');
  expect(highlightBest([], query)).toBe('');
});

test.each([
  ['surrogate pairs', '𝐇'.repeat(500)],
  ['flags', '🇩🇪'.repeat(300)],
  ['families', '👨‍👩‍👧‍👦'.repeat(100)],
  ['accents', 'e\u0301'.repeat(500)],
  ['Chinese', '退款政策'.repeat(200)],
])('a cut keeps graphemes whole: %s', (_, text) => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const whole = new Set([...segmenter.segment(text)].map(({ segment }) => segment));
  for (let maxLength = 20; maxLength < 60; maxLength += 1) {
    const shown = show(`${text} pricing ${text}`, 'pricing', maxLength).replace(/<\/?mark>|\.\.\.|pricing|\s/g, '');
    for (const { segment } of segmenter.segment(shown)) expect(whole).toContain(segment);
  }
});

test('whatever is given, the snippet is escaped, marked up evenly and not too long', () => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  console.info(`highlight fuzz: TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 2_000; round += 1) {
    const text = randomText(random, 80);
    const query = random() < 0.5 ? randomText(random, 20) : text.slice(Math.floor(random() * text.length)).slice(0, 30);
    const html = show(text, query, 50);
    const asked = `seed ${seed}, round ${round}: ${JSON.stringify({ text, query, html })}`;
    const plain = html.replace(/<mark>([^<>]+)<\/mark>/g, '$1');
    expect(plain, asked).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
    expect(plain.replace(/^\.\.\.|\.\.\.$/g, '').replace(/&[a-z0-9#]+;/g, '.').length, asked).toBeLessThanOrEqual(60);
  }
});

test.each([
  ['a regular expression', '(a+)+$', 'a'.repeat(1_000_000)],
  ['a phrase that is nearly everywhere', `"${'a '.repeat(240)}b a"`, 'a '.repeat(500_000)],
  ['a character that is everywhere', '无 在', '无'.repeat(330_000)],
  ['symbols that are nowhere', '%_', 'quick brown fox '.repeat(62_500)],
])('a megabyte takes work in proportion to its length: %s', (_, query, text) => {
  const parsed = parseQuery(query);
  const started = performance.now();
  const html = highlight(text, parsed);
  console.info(`highlight in ${text.length} characters: ${(performance.now() - started).toFixed(1)} ms`);
  expect(html.replace(/<\/?mark>/g, '').length).toBeLessThanOrEqual(206);
});
