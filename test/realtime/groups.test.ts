import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket, type RawSocket, type SocketMessage } from '../testkit/servers/raw-socket.ts';

const listeners = 300;
const operationsPerSocket = 100;

const withRelations = `subscription ($after: String) { conversationChanged(after: $after) { ... on ConversationChange {
  cursor kind conversation { id title summary { content } messages(first: 3) { nodes { content } } attachments { id } }
} } }`;

async function listen(gateway: TestGateway, query: string, count: number) {
  const sockets: RawSocket[] = [];
  for (let opened = 0; opened < count; opened += operationsPerSocket) {
    const socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    for (let id = 0; id < Math.min(operationsPerSocket, count - opened); id++) {
      socket.send({ type: 'subscribe', id: `s${id}`, payload: { query } });
    }
    sockets.push(socket);
  }
  await expect.poll(() => openSubscriptions(gateway)).toBe(count);
  const events = () => sockets.flatMap(({ messages }) => messages.filter(isEvent));
  return {
    events,
    forget: () => {
      for (const { messages } of sockets) messages.splice(0);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
      await vi.waitUntil(async () => (await openSubscriptions(gateway)) === 0, { timeout: 10_000 });
    },
  };
}

/** Reads of what listeners are told: the gateway's clockwork asks for other things. */
const isCounted = (sql: string) =>
  /FROM "?(public"?\."?)?(event|conversation|message|summary|attachment)"?\b/.test(sql);

const isEvent = ({ type }: SocketMessage) => type === 'next';

async function openSubscriptions(gateway: TestGateway): Promise<number> {
  const text = await (await gateway.fetch('/metrics')).text();
  return Number(/subscriptions_open\{transport="ws"\} (\d+)/.exec(text)?.[1] ?? 0);
}

eachDatabase('listeners who ask for the same', (database) => {
  let gateway: TestGateway;
  let id: string;
  beforeAll(async () => {
    gateway = await startGateway({ database });
    const { body } = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
      `mutation { createConversation(input: { title: "First", messages: [{ role: USER, content: "When does it end?" }] }) {
        ... on CreateConversationPayload { conversation { id } } } }`,
    );
    id = body.data?.createConversation.conversation.id ?? '';
    const isSummarized = async () =>
      (await gateway.app.database.prisma.conversation.findFirst({ where: { id } }))?.status === 'COMPLETED';
    await vi.waitUntil(isSummarized, { timeout: 10_000 });
  });
  afterAll(() => gateway.close());

  let changes = 0;
  const change = async () => {
    const title = `Title ${++changes}`;
    const { body } = await gateway.graphql(
      'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }',
      { input: { id, title } },
    );
    expect(body).toEqual({ data: { updateConversation: { __typename: 'UpdateConversationPayload' } } });
    return title;
  };
  const statementsOfAChange = async (opened: Awaited<ReturnType<typeof listen>>, count: number) => {
    const { statements } = await gateway.countStatements(
      async () => {
        opened.forget();
        await change();
        await expect.poll(() => opened.events().length, { interval: 5 }).toBe(count);
      },
      { tries: 5, isCounted },
    );
    return statements.sort();
  };

  const readsWith = async (query: string, count: number) => {
    await using opened = await listen(gateway, query, count);
    const reads = await statementsOfAChange(opened, count);
    return { reads, payloads: new Set(opened.events().map(({ payload }) => JSON.stringify(payload))) };
  };

  test(`an event costs ${listeners} of them as many statements as one, and each gets it`, {
    timeout: 30_000,
  }, async () => {
    const one = await readsWith(withRelations, 1);
    const many = await readsWith(withRelations, listeners);
    expect(one.reads.length).toBeGreaterThan(3);
    expect(many.reads).toEqual(one.reads);
    expect([...many.payloads]).toEqual([expect.stringContaining(`"title":"Title ${changes}"`)]);
  });

  test('what several selections of an event need is read once', { timeout: 30_000 }, async () => {
    const alone = await readsWith(withRelations, 1);
    await using first = await listen(gateway, withRelations, 1);
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    const selections = ['title', 'title preview', 'id summary { content }', 'messages(first: 3) { nodes { content } }'];
    for (const [index, selection] of selections.entries()) {
      const query = `subscription { conversationChanged { ... on ConversationChange { conversation { ${selection} } } } }`;
      socket.send({ type: 'subscribe', id: String(index), payload: { query } });
    }
    await expect.poll(() => openSubscriptions(gateway)).toBe(1 + selections.length);
    const { statements } = await gateway.countStatements(
      async () => {
        first.forget();
        const before = socket.messages.length;
        await change();
        await expect.poll(() => socket.messages.length - before, { interval: 5 }).toBe(selections.length);
        await expect.poll(() => first.events().length, { interval: 5 }).toBe(1);
      },
      { tries: 5, isCounted },
    );
    expect(statements.sort()).toEqual(alone.reads);
  });

  test('an event whose selection needs no row reads none', { timeout: 30_000 }, async () => {
    const bare = 'subscription { conversationChanged { ... on ConversationChange { cursor kind conversationId } } }';
    const withoutRows = await readsWith(bare, 1);
    const withRow = await readsWith(
      'subscription { conversationChanged { ... on ConversationChange { conversation { title } } } }',
      1,
    );
    // Beside what the mutation itself reads, and the log, which is read once for each change.
    expect(withRow.reads.length - withoutRows.reads.length).toBe(1);
  });

  test('the second of a group is opened without a statement', async () => {
    await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    const subscribe = (name: string) => socket.send({ type: 'subscribe', id: name, payload: { query: withRelations } });
    subscribe('first');
    await expect.poll(() => openSubscriptions(gateway)).toBe(1);
    const { count } = await gateway.countStatements(
      async () => {
        const before = await openSubscriptions(gateway);
        subscribe(`next ${before}`);
        await expect.poll(() => openSubscriptions(gateway), { interval: 5 }).toBe(before + 1);
      },
      { tries: 5 },
    );
    expect(count).toBe(0);
  });
});
