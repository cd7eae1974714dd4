import { existsSync } from 'node:fs';
import { stem } from 'porter2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { pageSearch } from '../../../src/domain/search/search.ts';
import { authenticate } from '../../../src/domain/tenants/api-keys.ts';
import { type Dialogue, readDialogues } from '../../testkit/dialogues.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { type Answer, addSummary, facetsDocument, search, searchAll, searchDocument } from '../../testkit/search.ts';

const dialogueFile =
  process.env['DIALOGUES'] ?? new URL('../../../../shared/data/dialogsum.dev.jsonl', import.meta.url).pathname;

/** What a conversation is made of: each text on its own, since phrases do not reach from one into the next. */
type Known = {
  id: string;
  texts: string[];
  source: string;
  segment: string | null;
  sentiment: string | null;
  topics: string[];
};

const sources = ['EMAIL', 'WHATSAPP', 'API', 'WEB'] as const;
const sentiments = ['POSITIVE', 'NEUTRAL', 'NEGATIVE', null] as const;

async function addDialogue(caller: Caller, { dialogue, summary, topic }: Dialogue, index: number): Promise<Known> {
  const turns = dialogue.split('\n').flatMap((line) => {
    const [, speaker, content] = /^#(Person\d)#:\s*(.+)$/.exec(line.trim()) ?? [];
    return content === undefined
      ? []
      : [{ role: speaker === 'Person1' ? ('USER' as const) : ('ASSISTANT' as const), content }];
  });
  const source = sources[index % 4] ?? 'API';
  const segment = index % 5 === 0 ? null : `segment ${index % 3}`;
  const sentiment = sentiments[index % 4] ?? null;
  const title = `Dialogue number ${index}`;
  const topics = [topic];
  const body = index % 2 === 0 ? { messages: turns } : { content: dialogue };
  const { id } = await createConversation(caller, { title, source, segment, ...body });
  await addSummary(caller, id, { title: topic, content: summary, sentiment, topics });
  await caller.app.database.prisma.$executeRaw`
    UPDATE conversation SET created_at = ${new Date(Date.UTC(2024, 0, 1) + ((index * 7919) % 500) * 3_600_000)}
    WHERE tenant_id = ${caller.tenantId} AND id = ${id}`;
  const texts = [
    title,
    [topic, summary, topic].join('\n'),
    ...(index % 2 === 0 ? turns.map((turn) => turn.content) : [dialogue]),
  ];
  return { id, texts, source, segment, sentiment, topics };
}

/** Words of a text, plainly: lower case, without apostrophes and the possessive. */
function wordsOf(text: string): string[] {
  return (text.normalize('NFKD').match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? []).map((word) =>
    word
      .toLowerCase()
      .replace(/['’]s$/, '')
      .replace(/['’]/g, ''),
  );
}

const sameWord = (a: string, b: string) => a === b || (/^[a-z]{3,}$/.test(a + b) && stem(a) === stem(b));

type Wanted = { words?: string[]; phrases?: string[]; without?: string[] };

function holds({ texts }: Known, { words = [], phrases = [], without = [] }: Wanted): boolean {
  const fields = texts.map(wordsOf);
  const hasWord = (word: string) => fields.some((field) => field.some((found) => sameWord(word, found)));
  const hasPhrase = (phrase: string) => fields.some((field) => ` ${field.join(' ')} `.includes(` ${phrase} `));
  return words.every(hasWord) && phrases.every(hasPhrase) && !without.some(hasWord);
}

/** Thirty questions, and what they ask for in the terms of the plain recomputation. */
const questions: [string, Wanted][] = [
  ['asthma', { words: ['asthma'] }],
  ['basketball', { words: ['basketball'] }],
  ['hotel', { words: ['hotel'] }],
  ['RESTAURANT', { words: ['restaurant'] }],
  ['doctor', { words: ['doctor'] }],
  ['money', { words: ['money'] }],
  ['interview', { words: ['interview'] }],
  ['weather', { words: ['weather'] }],
  ['ticket', { words: ['ticket'] }],
  ['birthday', { words: ['birthday'] }],
  ['running', { words: ['running'] }],
  ['booked', { words: ['booked'] }],
  ['invitations', { words: ['invitations'] }],
  ['buying clothes', { words: ['buying', 'clothes'] }],
  ['train station', { words: ['train', 'station'] }],
  ['room reservation', { words: ['room', 'reservation'] }],
  ['credit card', { words: ['credit', 'card'] }],
  ['the movie tonight', { words: ['movie', 'tonight'] }],
  ['job company', { words: ['job', 'company'] }],
  ['coffee, please!', { words: ['coffee', 'please'] }],
  ['"credit card"', { phrases: ['credit card'] }],
  ['"good morning"', { phrases: ['good morning'] }],
  ['"how much"', { phrases: ['how much'] }],
  ['"see a doctor"', { phrases: ['see a doctor'] }],
  ['“a lot of” money', { phrases: ['a lot of'], words: ['money'] }],
  ['hotel -room', { words: ['hotel'], without: ['room'] }],
  ['phone -call', { words: ['phone'], without: ['call'] }],
  ['dinner -restaurant -food', { words: ['dinner'], without: ['restaurant', 'food'] }],
  ['number -please', { words: ['number'], without: ['please'] }],
  ['zyzzyva', { words: ['zyzzyva'] }],
];

const countBy = (values: readonly (string | null)[]) => {
  const counts = Map.groupBy(
    values.filter((value) => value !== null),
    (value) => value,
  );
  return [...counts]
    .map(([value, { length }]) => ({ value, count: length }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
};

const hasDialogues = existsSync(dialogueFile);
if (!hasDialogues) console.info(`left out: searches over dialogues, since ${dialogueFile} is not there`);

describe.runIf(hasDialogues)('over 500 dialogues', () => {
  eachDatabase('search', (database) => {
    let gateway: TestGateway;
    let caller: Caller;
    const known: Known[] = [];
    beforeAll(async () => {
      // Without workers, no summary but the dialogues' own.
      gateway = await startGateway({ database, env: { ROLE: 'web' } });
      caller = await authenticate(gateway.app, gateway.apiKey, gateway.url);
      const dialogues = readDialogues(dialogueFile).slice(0, 500);
      for (let at = 0; at < dialogues.length; at += 10) {
        const part = dialogues.slice(at, at + 10);
        known.push(...(await Promise.all(part.map((dialogue, index) => addDialogue(caller, dialogue, at + index)))));
      }
    }, 180_000);
    afterAll(() => gateway.close());

    test.each(questions)('%s finds what a scan of all words finds', async (query, wanted) => {
      const expected = known.filter((conversation) => holds(conversation, wanted)).map(({ id }) => id);
      const found = await searchAll(gateway, { query, first: 100 });
      expect(found.map(({ node }) => node.id).sort()).toEqual(expected.sort());
      expect((await search(gateway, { query, first: 1 })).totalCount).toBe(expected.length);
      if (query !== 'zyzzyva') expect(expected.length, 'conversations with it').toBeGreaterThan(0);
    });

    test('facets are what counting by hand gives, with a filter and without', async () => {
      for (const [query, wanted] of questions.slice(2, 12)) {
        for (const filter of [undefined, { sources: ['EMAIL', 'WEB'], segments: ['segment 1', 'segment 2'] }]) {
          const hits = known
            .filter((conversation) => holds(conversation, wanted))
            .filter(
              ({ source, segment }) =>
                !filter || (filter.sources.includes(source) && filter.segments.includes(segment ?? '')),
            );
          const { body } = await gateway.graphql<Answer, { query: string; filter?: object }>(facetsDocument, {
            query,
            ...(filter && { filter }),
          });
          expect(body.data?.searchConversations.facets, `${query}, ${JSON.stringify(filter)}`).toEqual({
            providers: countBy(hits.map(() => 'LOCAL')),
            sources: countBy(hits.map(({ source }) => source)),
            segments: countBy(hits.map(({ segment }) => segment)),
            sentiments: countBy(hits.map(({ sentiment }) => sentiment)),
            topics: countBy(hits.flatMap(({ topics }) => topics)).slice(0, 50),
          });
        }
      }
    });

    test.each(['RELEVANCE', 'NEWEST', 'OLDEST'])('pages by %s give every hit once, in order', async (orderBy) => {
      const query = 'money';
      const whole = await search(gateway, { query, orderBy, first: 100 });
      const paged = await searchAll(gateway, { query, orderBy, first: 7 });
      expect(whole.totalCount).toBeGreaterThan(14);
      expect(whole.totalCount).toBeLessThanOrEqual(100);
      expect(paged.map(({ node }) => node.id)).toEqual(whole.edges.map(({ node }) => node.id));
      expect(paged.map(({ score }) => score)).toEqual(whole.edges.map(({ score }) => score));
      expect(Math.max(...paged.map(({ score }) => score))).toBe(1);
      const keys = paged.map(({ score, node }) => (orderBy === 'RELEVANCE' ? -score : Date.parse(node.createdAt)));
      expect(keys).toEqual(keys.toSorted((a, b) => (orderBy === 'NEWEST' ? b - a : a - b)));
    });

    test('a page past the first says so, and a cursor of another search is refused', async () => {
      const first = await search(gateway, { query: 'money', first: 5 });
      const second = await search(gateway, { query: 'money', first: 5, after: first.pageInfo.endCursor });
      expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      expect(second.pageInfo.hasPreviousPage).toBe(true);
      for (const variables of [
        { query: 'hotel', after: first.pageInfo.endCursor },
        { query: 'money', after: first.pageInfo.endCursor, orderBy: 'NEWEST' },
        { query: 'money', after: 'nonsense' },
      ]) {
        const { status, body } = await gateway.graphql(searchDocument, variables);
        expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code: 'BAD_REQUEST' });
      }
    });

    test('numbered pages are the same list, and past the end they still tell the total', async () => {
      const args = { query: 'money', filter: null, sort: 'relevance', size: 9 } as const;
      const whole = await search(gateway, { query: 'money', first: 100 });
      const pages = [];
      for (let page = 1; page <= Math.ceil(whole.totalCount / 9); page++) {
        pages.push(...(await pageSearch(caller, { ...args, page })).hits);
      }
      expect(pages.map(({ conversation, score, snippet }) => [conversation.id, score, snippet])).toEqual(
        whole.edges.map(({ node, score, snippet }) => [node.id, score, snippet]),
      );
      expect(await pageSearch(caller, { ...args, page: 1_000 })).toMatchObject({ hits: [], total: whole.totalCount });
      const dated = await pageSearch(caller, { ...args, sort: '-created_at', page: 1 });
      const newest = await search(gateway, { query: 'money', orderBy: 'NEWEST', first: 9 });
      expect(dated.hits.map(({ conversation }) => conversation.id)).toEqual(newest.edges.map(({ node }) => node.id));
      const day = { from: '2024-01-05', to: '2024-01-06' };
      const ranged = await pageSearch(caller, { ...args, filter: { created: day }, size: 100, page: 1 });
      const byHand = whole.edges.filter(({ node }) => /^2024-01-0[56]/.test(node.createdAt));
      expect(ranged.total).toBe(byHand.length);
      expect(ranged.total).toBeGreaterThan(0);
    });

    test('every snippet marks a word that was looked for', async () => {
      for (const { snippet } of await searchAll(gateway, { query: 'booked', first: 100 })) {
        expect(snippet).toMatch(/<mark>book(s|ed|ing|ings)?<\/mark>/i);
      }
    });

    test('a page, its scores and snippets take a fixed number of statements', async () => {
      const count = async (first: number) =>
        (await gateway.countStatements(() => search(gateway, { query: 'money', first }))).statements.filter(
          (sql) => !/FROM api_key|usage_count|UPDATE api_key/.test(sql),
        ).length;
      expect(await count(20)).toBe(await count(10));
      // The page, its best rank, its snippets' texts, and how fresh the upstreams are.
      expect(await count(20)).toBeLessThanOrEqual(5);
    });
  });
});
