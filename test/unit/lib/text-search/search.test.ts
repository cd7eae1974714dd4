import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQuery } from '../../../../src/lib/text-search/parse-query.ts';
import { toRankTsquery, toTsquery, toWordsTsquery } from '../../../../src/lib/text-search/query.ts';
import {
  type DocumentFields,
  longDocumentLength,
  toTsvector,
  toTsvectorInTurns,
} from '../../../../src/lib/text-search/tsvector.ts';
import { openSearchDatabases, type SearchDatabase } from './databases.ts';
import { randomText, seededRandom } from './random-text.ts';

let databases: SearchDatabase[] = [];
beforeAll(async () => {
  databases = await openSearchDatabases();
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
});

const document = (fields: Partial<DocumentFields>): string =>
  toTsvector({ title: null, summary: null, content: null, messages: [], ...fields });

/** Asks every database, and fails where they differ. */
async function matches(vector: string, query: string | null): Promise<boolean> {
  if (query === null) return false;
  const answers = await Promise.all(
    databases.map(async (database) => {
      const [row] = await database.query('select $1::text::tsvector @@ $2::text::tsquery as found', [vector, query]);
      return row?.['found'] === true;
    }),
  );
  expect(new Set(answers).size, `the databases differ about ${query}`).toBe(1);
  return answers[0] === true;
}

const finds = (query: string, content: string) => matches(document({ content }), toTsquery(parseQuery(query)));
const holdsWords = (query: string, fields: Partial<DocumentFields>) => matches(document(fields), toWordsTsquery(query));

describe('a search finds', () => {
  test.each([
    ['other forms of an English word', 'connected', 'a connection was made'],
    ['other forms of an English word', 'connection', 'connect it'],
    ['other forms of an English word', 'prices', 'our Pricing'],
    ['whatever the case', 'PRICING', 'pricing'],
    ['without accents', 'cafe', 'Café'],
    ['with accents', 'café', 'CAFE'],
    ['all words, in any order', 'report annual', 'the annual budget report'],
    ['without English stopwords', 'the price of a house', 'house prices'],
    ['stopwords where there is nothing else', 'the who', 'the band who plays'],
    ['a phrase', '"annual report"', 'our annual report is out'],
    ['a phrase over punctuation', '"annual report"', 'annual, report'],
    ['a phrase with stopwords', '"to be or not to be"', 'to be, or not to be: that is'],
    ['an address by its parts', 'example.com', 'mail jane@example.com now'],
    ['an address', 'jane@example.com', 'mail Jane@Example.com now'],
    ['a number', '3.14', 'pi is 3.14'],
    ['what does not have the unwanted', 'budget -draft', 'the budget'],
    ['by unwanted words alone', '-draft', 'the budget'],
    ['Russian', 'ЗДРАВСТВУЙТЕ', 'здравствуйте, цена?'],
    ['German', 'uber strasse', 'Über die Straße'],
    ['Arabic without vowel points', 'كتاب', 'هذا كِتَاب جديد'],
    ['a Chinese character', '京', '我住在北京'],
    ['a Chinese character at the beginning', '我', '我住在北京'],
    ['Chinese within a sentence', '退款政策', '请问你们的退款政策是什么？'],
    ['Japanese', '東京タワー', '昨日は東京タワーに行きました。'],
    ['half-width Japanese', 'ｶﾞｽ', 'ガス料金'],
    ['Korean without its ending', '가격', '가격을 알려 주세요'],
    ['Thai', 'ราคา', 'อยากทราบราคาสินค้า'],
    ['mixed scripts', '"iPhone手机"', '新的iPhone手机壳'],
    ['symbols, where there are no words', '%_', '100%_done'],
    ['a backslash', '\\', 'C:\\temp'],
    ['an emoji', '🎉', 'we won 🎉'],
    ['an emoji without its variation sign', '❤', 'I ❤️ it'],
    ['an emoji with a skin tone by itself', '👍', 'good 👍🏽'],
    ['an emoji with another skin tone', '👍🏽', 'good 👍🏿'],
    ['an emoji of several', '👩‍👩‍👧', 'the 👩‍👩‍👧 next door'],
    ['a flag', '🇫🇷', 'vive 🇫🇷'],
    ['over a zero-width space', 'voice', 'vo\u200bice'],
    ['over a soft hyphen and a joiner', 'voice', 'vo\u00adi\u2060ce'],
    ['over a direction mark and a filler', 'voice', 'vo\u200ei\u3164ce'],
    ['an invisible sign in the query', 'vo\u200bi\ufeffce', 'voice'],
    ['umlauts spelled out', 'muenchen', 'nach München'],
    ['umlauts spelled out', 'Aerzte oel', 'Ärzte mit Öl'],
    ['umlauts where the text spells them out', 'München', 'nach Muenchen'],
    ['umlauts left out', 'munchen', 'nach München'],
    ['decomposed umlauts', 'muenchen', 'nach Mu\u0308nchen'],
    ['a phrase with umlauts spelled out', '"nach muenchen"', 'nach München'],
    ['an eszett by two s, and the other way', 'straße', 'Strasse'],
    ['a quote', "'", "it's"],
    ['a word of greater length than a lexeme', 'x'.repeat(400), 'x'.repeat(100_000)],
  ])('%s: %s', async (_, query, content) => {
    expect(await finds(query, content)).toBe(true);
  });
});

test.each([
  ['hel*', 'hello', true],
  ['hel*', 'a HELmet', true],
  ['hel*', 'shell', false],
  ['annual hel*', 'annual hello', true],
  ['muen*', 'München', true],
  ['mün*', 'München', true],
  ['h*', 'hello', false],
  ['"hel*"', 'hello', false],
  ['-hel*', 'hello', false],
  ['the*', 'theatre', true],
  ['🎉*', 'Party 🎉 tonight', true],
  ['part* 👍🏽*', 'Party 👍', true],
])('with beginnings, %j finds %j: %s', async (query, content, isFound) => {
  expect(await matches(document({ content }), toTsquery(parseQuery(query, { hasBeginnings: true })))).toBe(isFound);
});

describe('a search does not find', () => {
  test.each([
    ['a part of a word', 'pric', 'pricing'],
    ['one of two words', 'annual report', 'annual meeting'],
    ['the words of a phrase apart', '"annual report"', 'annual budget report'],
    ['the words of a phrase the other way round', '"report annual"', 'annual report'],
    ['other forms in a phrase', '"annual reports"', 'annual report'],
    ['what has the unwanted', 'budget -draft', 'draft of the budget'],
    ['what has the unwanted phrase', '-"first draft"', 'a first draft'],
    ['other Chinese with the same characters', '东京', '京东'],
    ['other Chinese with the same pairs', '中国人', '中国和外国人'],
    ['other sounds', 'か', 'が'],
    ['by tsquery syntax', 'pri:*', 'price'],
    ['by tsquery syntax', 'nothing | price', 'price'],
    ['by LIKE patterns', '%', 'price'],
    ['by LIKE patterns', 'pr%ce', 'price'],
    ['by SQL', "' OR 1=1 --", 'price'],
    ['by white space', ' \t\n', 'price'],
    ['by another emoji', '👍', 'good 👎'],
    ['another flag of the same letters', '🇫🇷', '🇫🇮 🇷🇴'],
    ['a beginning that nobody asked for', 'hel*', 'hello'],
    ['English for umlauts that it has not', 'dos', 'it does'],
    ['by marks of the index', '!', 'price'],
    ['by marks of the index', '~pric', 'pricing'],
  ])('%s: %s', async (_, query, content) => {
    expect(await finds(query, content)).toBe(false);
  });
});

test('phrases do not reach from one field or message into the next', async () => {
  const vector = document({
    title: 'alpha',
    summary: 'beta',
    content: 'gamma 東京',
    messages: ['delta', 'epsilon', '京', '都'],
  });
  for (const phrase of ['"alpha beta"', '"beta gamma"', '"東京 delta"', '"delta epsilon"', '京都']) {
    expect(await matches(vector, toTsquery(parseQuery(phrase))), phrase).toBe(false);
  }
});

test('the filter looks in title, content and messages, and not in the summary', async () => {
  const fields = { title: 'alpha', summary: 'beta?', content: 'gamma', messages: ['delta!'] };
  expect(await holdsWords('alpha GAMMA deltas', fields)).toBe(true);
  expect(await holdsWords('beta', fields)).toBe(false);
  expect(await holdsWords('alpha beta', fields)).toBe(false);
  expect(await holdsWords('!', fields)).toBe(true);
  expect(await holdsWords('?', fields)).toBe(false);
});

test('the filter knows no operators', async () => {
  expect(await holdsWords('-draft', { content: 'the draft' })).toBe(true);
  expect(await holdsWords('-draft', { content: 'the budget' })).toBe(false);
  expect(await holdsWords('"report annual"', { content: 'annual report' })).toBe(true);
  expect(toWordsTsquery('  ')).toBeNull();
});

test('a word that fills one field is still found by the others', async () => {
  const fields = { summary: 'loud '.repeat(1_000), content: 'quiet loud', messages: ['loud'] };
  expect(await holdsWords('loud', fields)).toBe(true);
  expect(await holdsWords('loud', { ...fields, content: null })).toBe(true);
});

test('the better match ranks higher: title, then summary, content, messages; the exact word before its other forms', async () => {
  const vectors = [
    document({ title: 'pricing', content: 'filler' }),
    document({ summary: 'pricing', content: 'filler' }),
    document({ content: 'pricing filler' }),
    document({ content: 'filler', messages: ['pricing'] }),
    document({ content: 'filler', messages: ['prices'] }),
  ];
  const query = toRankTsquery(parseQuery('the pricing'));
  for (const database of databases) {
    const ranks: number[] = [];
    for (const vector of vectors) {
      const [row] = await database.query('select ts_rank($1::text::tsvector, $2::text::tsquery) as rank', [
        vector,
        query,
      ]);
      ranks.push(Number(row?.['rank']));
    }
    expect(ranks, database.name).toEqual([...ranks].sort((a, b) => b - a));
    expect(new Set(ranks).size, database.name).toBe(ranks.length);
  }
});

test('phrases are found in documents with more words than there are positions', async () => {
  const random = seededRandom(7);
  const filler = Array.from({ length: 40_000 }, () => `w${Math.floor(random() * 3_000)}`);
  const content = `${filler.slice(0, 39_000).join(' ')} annual report ${filler.slice(39_000).join(' ')}`;
  expect(await finds('"annual report"', content)).toBe(true);
  expect(await finds('"report annual"', content)).toBe(false);
});

test('a phrase with a word that stands there more often than is kept is found, and others are not', async () => {
  const content = `${'common filler '.repeat(1_000)} the common cold, later 我们 ${'我们。'.repeat(1_000)}我们公司`;
  expect(await finds('"common cold"', content)).toBe(true);
  expect(await finds('我们公司', content)).toBe(true);
  expect(await finds('"cold later"', content)).toBe(true);
  expect(await finds('"later cold"', content)).toBe(false);
});

describe('a document too large for a tsvector', () => {
  const many = Array.from({ length: 130_000 }, (_, index) => `word${index.toString(36)}`).join(' ');

  test('keeps its title, summary and first words', async () => {
    const vector = document({ title: 'alpha', summary: 'beta', content: many, messages: [many, 'omega'] });
    expect(await matches(vector, toTsquery(parseQuery('alpha beta word1 word2zz')))).toBe(true);
    expect(await matches(vector, toTsquery(parseQuery('omega')))).toBe(false);
    expect(vector).toBe(document({ title: 'alpha', summary: 'beta', content: many, messages: [many, 'omega'] }));
  });

  test('is taken by the database whatever its fields repeat', async () => {
    const part = many.slice(0, 700_000);
    const repeated = document({ title: part, summary: part, content: part, messages: [part, part] });
    const random = seededRandom(3);
    const frequent = Array.from({ length: 300_000 }, () => `w${Math.floor(random() * 8_000)}`).join(' ');
    const clipped = document({ title: frequent, summary: frequent, content: frequent, messages: [frequent] });
    for (const vector of [repeated, clipped]) {
      expect(await matches(vector, toTsquery(parseQuery('zebra')))).toBe(false);
    }
    expect(await matches(clipped, toTsquery(parseQuery('w1 w7999 "w1 w2"')))).toBe(true);
  });
});

test('the variant that takes turns gives the same, from streams as well, and lets other work run', async () => {
  const text = Array.from({ length: 60_000 }, (_, index) => `word${index % 9_000}`).join(' ');
  expect(text.length).toBeGreaterThan(longDocumentLength);
  const fields = { title: 'Title', summary: null, content: text, messages: [text, 'last'] };
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  async function* stream() {
    yield* fields.messages;
  }
  const vector = await toTsvectorInTurns({ ...fields, messages: stream() });
  isDone = true;
  expect(vector === toTsvector(fields)).toBe(true);
  expect(turns).toBeGreaterThan(10);
});

test('the variant that takes turns stops when it is told', async () => {
  const controller = new AbortController();
  const messages = Array.from({ length: 1_000 }, () => 'a b c d e f g h '.repeat(100));
  const started = toTsvectorInTurns({ title: null, summary: null, content: null, messages }, controller);
  controller.abort(new Error('enough'));
  await expect(started).rejects.toThrow('enough');
});

test('any strings make a valid vector and query, and a text is found by its own words', async () => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  console.info(`text-search fuzz: TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const content = randomText(random, 60);
    const other = randomText(random, 30);
    const vector = document({ title: randomText(random, 10), summary: other, content, messages: [other, content] });
    const asked = `seed ${seed}, round ${round}: ${JSON.stringify({ content, other })}`;
    for (const query of [toTsquery(parseQuery(other)), toRankTsquery(parseQuery(other)), toWordsTsquery(other)]) {
      if (query !== null) await matches(vector, query);
    }
    const own = toWordsTsquery(content);
    if (own !== null) expect(await matches(vector, own), asked).toBe(true);
    const cleanPhrase = toTsquery(parseQuery(`"${content.replace(/["“”„‟＂]/gu, ' ')}"`));
    if (cleanPhrase !== null) expect(await matches(vector, cleanPhrase), asked).toBe(true);
  }
});

test('a GIN index takes the longest lexemes and answers from them', async () => {
  const longest = `${'漢'.repeat(10) + 'é'.repeat(300)} ${'\u0939'.repeat(300)}`;
  const vectors = [document({ content: longest }), document({ content: 'pricing %' }), document({})];
  const found = async (database: SearchDatabase, text: string) => {
    const statement = 'select id from text_search_test where document @@ $1::text::tsquery order by id';
    return (await database.query(statement, [toWordsTsquery(text)])).map((row) => row['id']);
  };
  for (const database of databases) {
    await database.query('create temporary table text_search_test (id integer, document tsvector)', []);
    await database.query('create index on text_search_test using gin (document)', []);
    for (const [id, vector] of vectors.entries()) {
      await database.query('insert into text_search_test values ($1, $2::text::tsvector)', [id, vector]);
    }
    await database.query('set enable_seqscan = off', []);
    expect(await found(database, '\u0939'.repeat(300)), database.name).toEqual([0]);
    expect(await found(database, '漢'), database.name).toEqual([0]);
    expect(await found(database, 'prices'), database.name).toEqual([1]);
    expect(await found(database, '%'), database.name).toEqual([1]);
  }
});
