import { expect, test } from 'vitest';
import {
  ConversationsDocument,
  type ConversationsQuery,
  EverythingOfConversationsDocument,
} from '../../generated/documents.ts';
import { createConversation as create, untilSummarised } from '../../testkit/conversations.ts';
import { eachDatabase, type GraphqlAnswer, startGateway } from '../../testkit/gateway.ts';

eachDatabase('lists of conversations', (database) => {
  test('a bad cursor, size or filter is a bad request, in words', async () => {
    await using gateway = await startGateway({ database });
    await create(gateway);
    const { body: list } = await gateway.graphql(ConversationsDocument, { first: 1 });
    const cursor = list.data?.conversations.edges[0]?.cursor ?? '';
    const cases: [Record<string, unknown>, RegExp][] = [
      [{ first: 0 }, /`first` must be from 1 to 100, and is 0/],
      [{ first: 101 }, /`first` must be from 1 to 100, and is 101/],
      [{ first: 100_000 }, /`first` must be from 1 to 100/],
      [{ first: -1 }, /`first` must be from 1 to 100/],
      [{ last: 0 }, /`last` must be from 1 to 100/],
      [{ first: 1, last: 1 }, /not both/],
      [{ after: 'nonsense' }, /`after` is not a cursor/],
      [{ after: '' }, /`after` is not a cursor/],
      [{ before: `${cursor}x` }, /`before` is not a cursor/],
      [{ after: cursor, orderBy: { field: 'UPDATED_AT', direction: 'ASC' } }, /`after` is not a cursor/],
      [{ filter: { started: { from: '2024-02-01', to: '2024-01-31' } } }, /must not be after/],
      [{ filter: { search: 'a\0b' } }, /NUL/],
      [{ filter: { topics: Array.from({ length: 101 }, () => 'x') } }, /at most 100 values/],
    ];
    for (const [variables, message] of cases) {
      const { status, body } = await gateway.graphql(ConversationsDocument, variables);
      expect(status, JSON.stringify(variables)).toBe(400);
      expect(body.errors?.[0]?.message).toMatch(message);
      expect(body.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
    }
    const { status, body } = await gateway.graphql(ConversationsDocument, {
      filter: { started: { from: '2024-02-30' } },
    });
    expect(status).toBe(400);
    expect(body.errors?.[0]?.message).toMatch(/calendar day/);
  });

  test('pages go through every conversation once, both ways, in every order', async () => {
    await using gateway = await startGateway({ database });
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) ids.push((await create(gateway, { title: `Number ${index}` })).id);
    for (const field of ['CREATED_AT', 'UPDATED_AT', 'STARTED_AT', 'LAST_MESSAGE_AT'] as const) {
      for (const direction of ['ASC', 'DESC'] as const) {
        const walk = async (isForward: boolean) => {
          const seen: string[] = [];
          let cursor: string | null = null;
          for (let page = 0; page < 5; page++) {
            const window: { first?: number; after?: string | null; last?: number; before?: string | null } = isForward
              ? { first: 3, after: cursor }
              : { last: 3, before: cursor };
            const orderBy = { field, direction };
            const answer: GraphqlAnswer<ConversationsQuery> = await gateway.graphql(ConversationsDocument, {
              ...window,
              orderBy,
            });
            const connection: ConversationsQuery['conversations'] | undefined = answer.body.data?.conversations;
            if (connection === undefined) throw new Error(JSON.stringify(answer.body));
            const found = connection.edges.map(({ node }) => node.id);
            if (isForward) seen.push(...found);
            else seen.unshift(...found);
            expect(connection.totalCount).toBe(7);
            const { hasNextPage, hasPreviousPage, startCursor, endCursor } = connection.pageInfo;
            expect(isForward ? hasPreviousPage : hasNextPage).toBe(page > 0);
            const next: string | null | undefined = isForward ? endCursor : startCursor;
            cursor = next ?? null;
            if (!(isForward ? hasNextPage : hasPreviousPage)) break;
          }
          return seen;
        };
        const forward = await walk(true);
        expect([...forward].sort()).toEqual([...ids].sort());
        expect(await walk(false)).toEqual(forward);
        if (field === 'CREATED_AT') expect(forward).toEqual(direction === 'ASC' ? ids : [...ids].reverse());
      }
    }
  });

  test('filters hold together, and a search takes every character literally', async () => {
    await using gateway = await startGateway({ database });
    await create(gateway, {
      title: 'Invoice 100%',
      content: 'Where is my invoice?',
      source: 'EMAIL',
      segment: 'billing',
    });
    await create(gateway, { title: 'Login', content: 'I cannot log in: <script>', source: 'WEB', segment: 'support' });
    await create(gateway, {
      title: 'Prices',
      content: null,
      messages: [{ role: 'USER', content: 'Do you have a discount for schools?' }],
      segment: 'billing',
    });
    const titles = async (filter: Record<string, unknown>) => {
      const { body } = await gateway.graphql(ConversationsDocument, { filter });
      if (!body.data) throw new Error(JSON.stringify(body));
      return body.data.conversations.edges.map(({ node }) => node.title).sort();
    };
    expect(await titles({ segments: ['billing'] })).toEqual(['Invoice 100%', 'Prices']);
    expect(await titles({ segments: ['billing'], sources: ['EMAIL'] })).toEqual(['Invoice 100%']);
    expect(await titles({ providers: ['ANIMAM', 'AI_MY_CHATS'] })).toEqual([]);
    expect(await titles({ search: 'DISCOUNT schools' })).toEqual(['Prices']);
    expect(await titles({ search: 'invoice' })).toEqual(['Invoice 100%']);
    expect(await titles({ search: '%' })).toEqual(['Invoice 100%']);
    expect(await titles({ search: '100%' })).toEqual(['Invoice 100%']);
    expect(await titles({ search: '100_' })).toEqual([]);
    expect(await titles({ search: 'invoice_100%' })).toEqual([]);
    expect(await titles({ search: "' OR 1=1 --" })).toEqual([]);
    expect(await titles({ search: 'nowhere' })).toEqual([]);
    expect(await titles({ updatedSince: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    expect(await titles({ started: { from: today, to: today } })).toHaveLength(3);
    expect(await titles({ started: { to: '2000-01-01' } })).toEqual([]);
  });

  test('a list takes as many statements for 50 conversations as for 5', async () => {
    await using gateway = await startGateway({ database });
    const counts: number[] = [];
    for (const size of [5, 50]) {
      const present = await gateway.app.database.prisma.conversation.count();
      for (let index = present; index < size; index++) {
        const messages = [{ role: 'USER' as const, content: `Question ${index}, please answer it` }];
        await create(gateway, { title: `Number ${index}`, content: null, messages });
      }
      await untilSummarised(gateway, size);
      const ask = () => gateway.graphql(EverythingOfConversationsDocument, { first: size });
      // The first request of a key in a minute also notes its use.
      await ask();
      const { count, result, statements } = await gateway.countStatements(ask, { tries: 5 });
      expect(result.body.errors).toBeUndefined();
      expect(result.body.data?.conversations.nodes).toHaveLength(size);
      console.info(`${database}: ${size} conversations with everything in ${count} statements`);
      expect(count, statements.join('\n')).toBeLessThan(25);
      counts.push(count);
    }
    expect(counts[1]).toBe(counts[0]);
  });
});
