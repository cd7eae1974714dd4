import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { QuotaExceededError } from '../../../src/domain/errors.ts';
import {
  AppendMessagesDocument,
  ConversationDocument,
  CreateConversationDocument,
  type CreateConversationInput,
  DeleteConversationDocument,
  NodeDocument,
  NodesDocument,
  RegenerateSummaryDocument,
  StatsDocument,
  UpdateConversationDocument,
} from '../../generated/documents.ts';
import { createConversation as create, untilSummarised } from '../../testkit/conversations.ts';
import { addTenant, eachDatabase, startGateway } from '../../testkit/gateway.ts';

const unknownId = 'conv_01h455vb4pex5vsknk084sn02q';

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

  test('is written with all that goes with it by one statement', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const messages = [{ role: 'USER', content: 'Good morning' }] as const;
    const { statements } = await gateway.countStatements(() => createConversation(caller, { title: 'One', messages }), {
      tries: 3,
    });
    expect(statements).toEqual([expect.stringContaining('INSERT INTO conversation')]);
  });

  test('what no longer fits is refused and leaves nothing; the way to it is told of once', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const { app, tenantId } = gateway;
    const { prisma } = app.database;
    const caller = systemCaller(app, tenantId);
    const { conversationsBytes } = await prisma.tenantState.findUniqueOrThrow({ where: { tenantId } });
    const storageLimitBytes = conversationsBytes + 1_000n;
    await prisma.tenant.update({ where: { id: tenantId }, data: { storageLimitBytes } });
    const there = await prisma.conversation.count();
    const asked = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        createConversation(caller, { title: `Number ${String(index).padStart(3, '0')}`, content: 'x'.repeat(90) }),
      ),
    );
    const refused = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toHaveLength(20);
    for (const reason of refused) expect(reason).toBeInstanceOf(QuotaExceededError);
    expect(await prisma.conversation.count()).toBe(there + 10);
    const [{ jobs } = { jobs: 0 }] = await prisma.$queryRaw<{ jobs: number }[]>`
      SELECT count(*)::int AS jobs FROM jobs.job WHERE name = 'summarize' AND data ->> 'tenantId' = ${tenantId}
        AND data ->> 'conversationId' IN (SELECT id FROM conversation WHERE title LIKE 'Number %')`;
    expect(jobs).toBe(10);
    expect(await prisma.event.count({ where: { type: 'storage.limit_reached' } })).toBe(1);
    const events = await prisma.event.findMany({ where: { tenantId }, orderBy: { seq: 'asc' }, select: { seq: true } });
    expect(events.map(({ seq }) => Number(seq))).toEqual(events.map((_, index) => index + Number(events[0]?.seq)));
    const state = await prisma.tenantState.findUniqueOrThrow({ where: { tenantId } });
    expect(state.conversationsBytes).toBe(storageLimitBytes);
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
