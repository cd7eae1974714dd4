import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { reindexOutdated } from '../../../src/domain/conversations/store.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { BadRequestError } from '../../../src/domain/errors.ts';
import { pageSearch } from '../../../src/domain/search/search.ts';
import { authenticate } from '../../../src/domain/tenants/api-keys.ts';
import { encodeKeyset } from '../../../src/lib/pages/keyset-cursor.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import {
  type Answer,
  addSummary,
  facetsDocument,
  search,
  searchDocument,
  type Variables,
} from '../../testkit/search.ts';

eachDatabase('search', (database) => {
  let gateway: TestGateway;
  let caller: Caller;
  beforeAll(async () => {
    gateway = await startGateway({ database, env: { ROLE: 'web' } });
    caller = await authenticate(gateway.app, gateway.apiKey, gateway.url);
  });
  afterAll(() => gateway.close());

  const titles = async (query: string, extra: Partial<Variables> = {}) =>
    (await search(gateway, { query, ...extra })).edges.map(({ node }) => node.title);

  test('title counts more than summary, content and messages, in this order, however often it is repeated', async () => {
    const often = Array.from({ length: 20 }, () => 'quokka quokkas').join(' ');
    await createConversation(caller, { title: 'in messages', messages: [{ role: 'USER', content: often }] });
    await createConversation(caller, { title: 'in content', content: often });
    const { id } = await createConversation(caller, { title: 'in summary', content: 'nothing' });
    await addSummary(caller, id, { title: often, content: often, sentiment: null, topics: [] });
    await createConversation(caller, { title: 'a quokka in the title', content: 'nothing' });
    expect(await titles('quokka')).toEqual(['a quokka in the title', 'in summary', 'in content', 'in messages']);
  });

  test('a word is found by its beginning while it is typed, in the graph and not by REST', async () => {
    await createConversation(caller, { title: 'A numbat in München', content: 'it walks' });
    expect(await titles('numb*')).toEqual(['A numbat in München']);
    expect((await search(gateway, { query: 'muenc*' })).edges[0]?.snippet).toMatch(/<mark>München<\/mark>/);
    const { total } = await pageSearch(caller, { query: 'numb*', sort: 'relevance', page: 1, size: 10 });
    expect(total).toBe(0);
    expect((await pageSearch(caller, { query: 'muenchen', sort: 'relevance', page: 1, size: 10 })).total).toBe(1);
  });

  test('documents of older rules stay searchable, and are made anew', async () => {
    const { id } = await createConversation(caller, { title: 'Party 🎉', content: 'an pangolin' });
    const { prisma } = gateway.app.database;
    await prisma.$executeRaw`
      UPDATE conversation_search SET document = to_tsvector('simple', 'party pangolin'), rules = 1
      WHERE conversation_id = ${id}`;
    expect(await titles('pangolin')).toEqual(['Party 🎉']);
    expect(await titles('🎉')).toEqual([]);
    const signal = AbortSignal.timeout(20_000);
    expect(await reindexOutdated(gateway.app.database, 10_000, signal)).toBe(1);
    expect(await reindexOutdated(gateway.app.database, 10_000, signal)).toBe(0);
    expect(await titles('🎉')).toEqual(['Party 🎉']);
    expect(await titles('pangolin')).toEqual(['Party 🎉']);
  });

  test('what is markup or an operator elsewhere is text here, in the query and in what is shown', async () => {
    const content = `<script>alert("1 & 2")</script> it's 100%_sure \\ done' OR 1=1 --`;
    await createConversation(caller, { title: 'literal', content });
    for (const query of ['<script>', 'alert', '"1 & 2"', '100%_sure', '\\ done', "' OR 1=1 --", "done' OR 1=1"]) {
      const { edges } = await search(gateway, { query });
      expect(
        edges.map(({ node }) => node.title),
        query,
      ).toEqual(['literal']);
      const [hit] = edges;
      expect(hit?.snippet, query).toContain('<mark>');
      expect(hit?.snippet.replaceAll(/<\/?mark>/g, ''), query).not.toMatch(/[<>"']/);
    }
    expect((await search(gateway, { query: '<script>' })).edges[0]?.snippet).toContain('&lt;<mark>script</mark>&gt;');
    expect(await titles('%')).toEqual(['literal']);
    expect(await titles(`%_'"\\`)).toEqual(['literal']);
    expect(await titles('%_ nothere')).toEqual([]);
  });

  test('words with %, _ or a backslash stand so in some text, whatever is around them', async () => {
    const { id } = await createConversation(caller, {
      title: 'wombat names, Snake_Case names',
      content: '75% of Über_Zug',
    });
    await createConversation(caller, { title: 'wombat snake case', content: '75 and uber zug' });
    await addSummary(caller, id, {
      title: 'Fifty_percent',
      content: 'user_name',
      sentiment: null,
      topics: ['a_topic'],
    });
    const hits = ['snake_case', 'snake_case,', '(snake_case)', 'names,snake_case', '75%', '75%?', 'uber_zug'];
    for (const query of [...hits, 'fifty_percent', '"user_name"', 'a_topic']) {
      expect(await titles(query), query).toEqual(['wombat names, Snake_Case names']);
    }
    expect((await titles('wombat -"uses snake_case"')).length).toBe(2);
    expect(await titles('wombat -"names snake_case"')).toEqual(['wombat snake case']);
  });

  test('the snippet is of the message that holds the words, also far into a long conversation', async () => {
    const filler = Array.from({ length: 1_000 }, (_, index) => ({
      role: 'USER' as const,
      content: `${index === 900 ? 'here sits the axolotl' : `message ${index}`} ${'and more words '.repeat(200)}`,
    }));
    await createConversation(caller, { title: 'long', messages: filler });
    const { edges } = await search(gateway, { query: 'axolotl' });
    expect(edges[0]?.snippet).toMatch(/^here sits the <mark>axolotl<\/mark> and more words .*\.\.\.$/);
  });

  test('words that stand in different messages are found, and one of them is shown', async () => {
    const messages = ['the numbat sleeps', 'then comes the bilby'].map((content) => ({
      role: 'USER' as const,
      content,
    }));
    await createConversation(caller, { title: 'apart', messages });
    const { edges } = await search(gateway, { query: 'bilby numbat' });
    expect(edges.map(({ snippet }) => snippet)).toEqual(['the <mark>numbat</mark> sleeps']);
  });

  test.each([
    ['', 'blank'],
    [' \n\t', 'blank'],
    ['x'.repeat(501), 'at most 500'],
    ['a\0b', 'NUL'],
  ])('the query %j is refused', async (query, reason) => {
    const { status, body } = await gateway.graphql(searchDocument, { query });
    expect(status).toBe(400);
    expect(body.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_REQUEST' } });
    expect(body.errors?.[0]?.message).toContain(reason);
  });

  test('cursors that were never given out are refused', async () => {
    for (const orderBy of ['NEWEST', 'OLDEST']) {
      for (const value of ['+275760-09-13T00:00:00.000Z', '2024-01-01', 'now', '']) {
        const after = encodeKeyset({ order: orderBy, value, id: 'conv_x' });
        const { status, body } = await gateway.graphql(searchDocument, { query: 'x', orderBy, after });
        expect({ status, code: body.errors?.[0]?.extensions['code'] }, value).toEqual({
          status: 400,
          code: 'BAD_REQUEST',
        });
      }
    }
    await createConversation(caller, { title: 'echidna one', content: 'x' });
    await createConversation(caller, { title: 'echidna two', content: 'x' });
    const { pageInfo } = await search(gateway, { query: 'echidna', first: 1 });
    const [order] = JSON.parse(Buffer.from(pageInfo.endCursor ?? '', 'base64url').toString()) as string[];
    for (const value of ['Infinity', 'NaN', '0x10', '1e999', ' 1', '']) {
      const after = encodeKeyset({ order: order ?? '', value, id: 'conv_x' });
      expect((await gateway.graphql(searchDocument, { query: 'echidna', after })).status, value).toBe(400);
    }
  });

  test('bad sizes and filters are refused', async () => {
    for (const variables of [
      { query: 'x', first: 0 },
      { query: 'x', first: 101 },
      { query: 'x', filter: { started: { from: '2024-02-01', to: '2024-01-01' } } },
    ]) {
      expect((await gateway.graphql(searchDocument, variables)).status, JSON.stringify(variables)).toBe(400);
    }
    await expect(pageSearch(caller, { query: ' ', sort: 'relevance', page: 1, size: 1 })).rejects.toBeInstanceOf(
      BadRequestError,
    );
  });

  test('where there is nothing to look for, nothing is found', async () => {
    const { body } = await gateway.graphql<Answer, Variables>(facetsDocument, { query: '🙂' });
    expect(body.data?.searchConversations.facets.providers).toEqual([]);
    expect(await search(gateway, { query: '🙂 🙂' })).toMatchObject({ edges: [], totalCount: 0 });
  });

  test("another tenant's conversations are not found", async () => {
    const other = await addTenant(gateway, 'other');
    expect(await search(gateway, { query: 'quokka' }, other.apiKey)).toMatchObject({ edges: [], totalCount: 0 });
    await createConversation(systemCaller(gateway.app, other.tenantId), {
      title: 'quokka of the other',
      content: 'x',
    });
    expect((await search(gateway, { query: 'quokka' }, other.apiKey)).totalCount).toBe(1);
    expect((await search(gateway, { query: 'quokka' })).totalCount).toBe(4);
  });
});
