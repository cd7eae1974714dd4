import { expect, test } from 'vitest';
import {
  AppendMessagesDocument,
  ConversationDocument,
  ConversationsDocument,
  type ConversationsQuery,
  CreateConversationDocument,
  type CreateConversationInput,
  DeleteConversationDocument,
  EverythingOfConversationsDocument,
  NodeDocument,
  NodesDocument,
  RegenerateSummaryDocument,
  StatsDocument,
  UpdateConversationDocument,
} from '../generated/documents.ts';
import { addTenant, eachDatabase, type GraphqlAnswer, startGateway, type TestGateway } from '../testkit/gateway.ts';

const unknownId = 'conv_01h455vb4pex5vsknk084sn02q';

async function create(gateway: TestGateway, input: Partial<CreateConversationInput> = {}) {
  const { body } = await gateway.graphql(CreateConversationDocument, {
    input: { title: 'Prices', content: 'What does the Pro plan cost?', ...input },
  });
  const result = body.data?.createConversation;
  if (result?.__typename !== 'CreateConversationPayload') throw new Error(JSON.stringify(body));
  return result.conversation;
}

/** Without summaries under way, the statements counted are the request's own. */
async function untilSummarised(gateway: TestGateway, count: number) {
  await expect
    .poll(() => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } }), { timeout: 20_000 })
    .toBe(count);
}

eachDatabase('conversations', (database) => {
  test('what was created is read back as it was given', async () => {
    await using gateway = await startGateway({ database });
    const metadata = { participants: ['ann@example.com'], nested: { __proto__x: 1, list: [1, null, 'é'] } };
    const made = await create(gateway, {
      title: 'Zürich 🙂',
      content: null,
      messages: [
        { role: 'USER', content: '  spaces\tand\nlines 中文 👩‍👩‍👧 ', createdAt: '2024-01-25T10:30:00.000Z' },
        { role: 'ASSISTANT', content: 'quotes \' " \\ %_', createdAt: '2024-01-25T10:30:02.500Z' },
      ],
      source: 'WEB',
      segment: 'pricing',
      metadata,
    });
    const { body } = await gateway.graphql(ConversationDocument, { id: made.id });
    const conversation = body.data?.conversation;
    expect(conversation).toMatchObject({
      provider: 'LOCAL',
      externalId: null,
      upstream: null,
      title: 'Zürich 🙂',
      source: 'WEB',
      segment: 'pricing',
      metadata,
      messageCount: 2,
      startedAt: '2024-01-25T10:30:00.000Z',
      lastMessageAt: '2024-01-25T10:30:02.500Z',
      preview: 'spaces and lines 中文 👩‍👩‍👧',
      capabilities: ['UPDATE', 'DELETE', 'SUMMARIZE', 'ATTACH'],
    });
    expect(conversation?.messages.nodes.map(({ content, position, role }) => [position, role, content])).toEqual([
      [0, 'USER', '  spaces\tand\nlines 中文 👩‍👩‍👧 '],
      [1, 'ASSISTANT', 'quotes \' " \\ %_'],
    ]);
    expect(conversation?.content).toContain('Assistant: quotes \' " \\ %_');
  });

  test('bad input is told by field, and changes nothing', async () => {
    await using gateway = await startGateway({ database });
    const cases: [Partial<CreateConversationInput>, string, string][] = [
      [{ title: ' ' }, 'input.title', 'Title is required'],
      [{ title: 'x'.repeat(10_000) }, 'input.title', 'Title must be at most 200 characters'],
      [{ title: 'a\0b' }, 'input.title', 'Title must not contain NUL characters'],
      [{ content: '' }, 'input.content', 'Content is required'],
      [{ content: 'é'.repeat(10_000) }, 'input.content', 'Content must be less than 10000 characters'],
      [{ content: 'a\0b' }, 'input.content', 'Content must not contain NUL characters'],
      [{ content: null }, 'input.content', 'Content is required'],
      [{ messages: [{ role: 'USER', content: 'x' }] }, 'input.messages', 'Give either content or messages, not both'],
      [{ content: null, messages: [] }, 'input.messages', 'Messages must not be empty'],
      [
        { content: null, messages: [{ role: 'USER', content: 'a\0' }] },
        'input.messages.0.content',
        'Message content must not contain NUL characters',
      ],
      [{ metadata: { a: ['\0'] } }, 'input.metadata', 'Metadata must not contain NUL characters'],
      [{ metadata: { '\0': 1 } }, 'input.metadata', 'Metadata must not contain NUL characters'],
      [{ segment: '' }, 'input.segment', 'Segment must not be blank'],
    ];
    for (const [input, field, message] of cases) {
      const { status, body } = await gateway.graphql(CreateConversationDocument, {
        input: { title: 'Prices', content: 'x', ...input },
      });
      expect({ status, body }, JSON.stringify(input).slice(0, 100)).toMatchObject({
        status: 200,
        body: {
          data: { createConversation: { __typename: 'ValidationError', fields: [{ field, messages: [message] }] } },
        },
      });
    }
    const { body } = await gateway.graphql(CreateConversationDocument, {
      input: { title: 'Prices', content: 'x', upstreamId: 'up_01h455vb4pex5vsknk084sn02q' },
    });
    expect(body.data?.createConversation.__typename).toBe('NotFoundError');
    expect(await gateway.app.database.prisma.conversation.count()).toBe(0);
    expect(await gateway.app.database.prisma.event.count()).toBe(0);
  });

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

  test("an unknown id and another tenant's read the same, to the byte", async () => {
    await using gateway = await startGateway({ database });
    const made = await create(gateway);
    const other = await addTenant(gateway, 'other');
    const as = (apiKey: string) => ({ apiKey });
    for (const [document, variables] of [
      [ConversationDocument, (id: string) => ({ id })],
      [NodeDocument, (id: string) => ({ id })],
      [NodesDocument, (id: string) => ({ ids: [id] })],
      [DeleteConversationDocument, (id: string) => ({ id })],
      [UpdateConversationDocument, (id: string) => ({ input: { id, title: 'mine' } })],
      [
        AppendMessagesDocument,
        (id: string) => ({ input: { conversationId: id, messages: [{ role: 'USER', content: 'x' }] } }),
      ],
      [RegenerateSummaryDocument, (id: string) => ({ input: { conversationId: id } })],
    ] as const) {
      const ask = (id: string) => gateway.graphql(document as never, variables(id) as never, as(other.apiKey));
      const theirs = await ask(made.id);
      const unknown = await ask(unknownId);
      expect(theirs.status).toBe(200);
      expect(JSON.stringify(theirs.body)).toBe(JSON.stringify(unknown.body));
      expect(theirs.body.errors).toBeUndefined();
    }
    const nonsense = await gateway.graphql(NodesDocument, { ids: ['', 'x', 'conv_\0', `${made.id}x`, made.id] });
    expect(nonsense.body.data?.nodes.map((node) => node?.id ?? null)).toEqual([null, null, null, null, made.id]);
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

  test('an update merges metadata key by key, and null removes', async () => {
    await using gateway = await startGateway({ database });
    const { id } = await create(gateway, { metadata: { kept: 1, changed: 'old', removed: true }, segment: 'pricing' });
    const { body } = await gateway.graphql(UpdateConversationDocument, {
      input: { id, title: 'Better', segment: null, metadata: { changed: 'new', removed: null, added: { deep: null } } },
    });
    expect(body.data?.updateConversation).toMatchObject({
      conversation: { title: 'Better', segment: null, metadata: { kept: 1, changed: 'new', added: { deep: null } } },
    });
  });

  test('appended messages follow in order, and are summarised with the rest', async () => {
    await using gateway = await startGateway({ database });
    const { id } = await create(gateway, { content: null, messages: [{ role: 'USER', content: 'Hello there' }] });
    await untilSummarised(gateway, 1);
    const { body } = await gateway.graphql(AppendMessagesDocument, {
      input: {
        conversationId: id,
        messages: [
          { role: 'ASSISTANT', content: 'I will send you the contract tomorrow.' },
          { role: 'USER', content: 'Thank you' },
        ],
      },
    });
    expect(body.data?.appendMessages).toMatchObject({
      messages: [{ position: 1 }, { position: 2 }],
      conversation: { messageCount: 3, status: 'PROCESSING' },
    });
    await untilSummarised(gateway, 2);
    const { body: after } = await gateway.graphql(ConversationDocument, { id });
    expect(after.data?.conversation).toMatchObject({ status: 'COMPLETED', summary: { version: 2 } });
    expect(after.data?.conversation?.summaries.nodes.map(({ version }) => version)).toEqual([2, 1]);
  });

  test('every citation of a summary stands in the text, letter by letter', async () => {
    await using gateway = await startGateway({ database });
    const messages = [
      { role: 'USER' as const, content: 'Hello, our team of twelve needs the annual plan. Could you send an offer?' },
      { role: 'ASSISTANT' as const, content: 'Of course. I will send you the offer for the annual plan by Friday.' },
    ];
    const { id } = await create(gateway, { content: null, messages });
    await untilSummarised(gateway, 1);
    const { body } = await gateway.graphql(ConversationDocument, { id });
    const summary = body.data?.conversation?.summary;
    const citations = [
      ...(summary?.citations ?? []),
      ...(summary?.actionItems.flatMap(({ citation }) => citation ?? []) ?? []),
    ];
    expect(citations.length).toBeGreaterThan(0);
    for (const { quote, message, startOffset, endOffset } of citations) {
      expect(message?.content.slice(startOffset, endOffset)).toBe(quote);
    }
    expect(summary).toMatchObject({ status: 'COMPLETED', generator: 'extractive', language: 'en' });
    expect(summary?.content?.split(/\s+/).length).toBeLessThanOrEqual(60);
  });

  test('a deletion takes messages, summaries and the index along', async () => {
    await using gateway = await startGateway({ database });
    const { id } = await create(gateway, { content: null, messages: [{ role: 'USER', content: 'Hello there' }] });
    await untilSummarised(gateway, 1);
    const { body } = await gateway.graphql(DeleteConversationDocument, { id });
    expect(body.data?.deleteConversation).toEqual({
      __typename: 'DeleteConversationPayload',
      deletedConversationId: id,
    });
    const { prisma } = gateway.app.database;
    expect([
      await prisma.message.count(),
      await prisma.summary.count(),
      await prisma.conversationSearch.count(),
    ]).toEqual([0, 0, 0]);
    expect(await prisma.tenantState.findFirstOrThrow()).toMatchObject({ conversationsBytes: 0n });
    const again = await gateway.graphql(DeleteConversationDocument, { id });
    expect(again.body.data?.deleteConversation.__typename).toBe('NotFoundError');
  });

  test('fifty creations at once with one key make one conversation and one answer', async () => {
    await using gateway = await startGateway({ database });
    const input = { title: 'Once', content: 'Only once', idempotencyKey: 'k-1' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gateway.graphql(CreateConversationDocument, { input })),
    );
    const ids = new Set(
      answers.map(({ body }) =>
        body.data?.createConversation.__typename === 'CreateConversationPayload'
          ? body.data.createConversation.conversation.id
          : JSON.stringify(body),
      ),
    );
    expect(ids.size).toBe(1);
    expect(await gateway.app.database.prisma.conversation.count()).toBe(1);
    const other = await gateway.graphql(CreateConversationDocument, { input: { ...input, content: 'Another' } });
    expect(other.body.data?.createConversation.__typename).toBe('ConflictError');
  });

  test('statistics count what there is, with empty days in any time zone', async () => {
    await using gateway = await startGateway({ database });
    await create(gateway, {
      content: null,
      segment: 'pricing',
      messages: [
        { role: 'USER', content: 'Hello', createdAt: '2024-03-10T06:30:00.000Z' },
        { role: 'USER', content: 'Anybody?', createdAt: '2024-03-10T06:30:01.000Z' },
        { role: 'ASSISTANT', content: 'Yes', createdAt: '2024-03-10T06:30:03.000Z' },
      ],
    });
    const { body } = await gateway.graphql(StatsDocument, {
      range: { from: '2024-03-09', to: '2024-03-11' },
      timeZone: 'America/New_York',
    });
    expect(body.data?.stats).toMatchObject({
      from: '2024-03-09T05:00:00.000Z',
      to: '2024-03-12T04:00:00.000Z',
      totalConversations: 1,
      totalMessages: 3,
      avgResponseTimeMs: 3000,
      bySegment: [{ segment: 'pricing', conversations: 1 }],
      byDay: [
        { date: '2024-03-09', conversations: 0, messages: 0 },
        { date: '2024-03-10', conversations: 1, messages: 3 },
        { date: '2024-03-11', conversations: 0, messages: 0 },
      ],
    });
    const bad = await gateway.graphql(StatsDocument, { timeZone: 'Mars/Olympus' });
    expect(bad.status).toBe(400);
  });
});
