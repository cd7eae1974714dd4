import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket, type RawSocket, type SocketMessage } from '../testkit/raw-socket.ts';

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
    close: async () => {
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
      await expect.poll(() => openSubscriptions(gateway)).toBe(0);
    },
  };
}

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
      { tries: 5 },
    );
    return statements;
  };

  test(`an event costs ${listeners} of them as many statements as one, and each gets it`, async () => {
    const one = await listen(gateway, withRelations, 1);
    const alone = await statementsOfAChange(one, 1);
    await one.close();
    const many = await listen(gateway, withRelations, listeners);
    const together = await statementsOfAChange(many, listeners);
    expect([...together].sort()).toEqual([...alone].sort());
    const payloads = new Set(many.events().map(({ payload }) => JSON.stringify(payload)));
    expect([...payloads]).toEqual([expect.stringContaining(`"title":"Title ${changes}"`)]);
    await many.close();
  });

  test('what several selections of an event need is read once', async () => {
    const first = await listen(gateway, withRelations, 1);
    const alone = await statementsOfAChange(first, 1);
    const socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
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
      { tries: 5 },
    );
    expect([...statements].sort()).toEqual([...alone].sort());
    await socket[Symbol.asyncDispose]();
    await first.close();
  });

  test('an event whose selection needs no row reads none', async () => {
    const bare = 'subscription { conversationChanged { ... on ConversationChange { cursor kind conversationId } } }';
    const opened = await listen(gateway, bare, 1);
    const statements = await statementsOfAChange(opened, 1);
    const withRows = await listenAndCount(withRelations);
    expect(statements.length).toBeLessThan(withRows.length);
    expect(statements.filter((sql) => /FROM conversation\b/.test(sql)).length).toBeLessThan(
      withRows.filter((sql) => /FROM conversation\b/.test(sql)).length,
    );
    await opened.close();

    async function listenAndCount(query: string) {
      await opened.close();
      const other = await listen(gateway, query, 1);
      const found = await statementsOfAChange(other, 1);
      await other.close();
      return found;
    }
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
