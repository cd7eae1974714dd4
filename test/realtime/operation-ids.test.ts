import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket } from '../testkit/servers/raw-socket.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const subscribe = (id: string, query: string) => ({ type: 'subscribe', id, payload: { query } });

test('an id is free at once for another operation, also where the first was left before it was open', async () => {
  const openOnes = async () => {
    const text = await (await gateway.fetch('/metrics')).text();
    return Number(/subscriptions_open\{transport="ws"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const before = await openOnes();
  const query = 'subscription { conversationChanged { ... on ConversationChange { kind conversation { title } } } }';
  await using closing = new AsyncDisposableStack();
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const socket = closing.use(await openGraphqlSocket(gateway.wsUrl, gateway.apiKey));
      socket.send(subscribe('1', `${query} # ${index}`));
      socket.send({ type: 'complete', id: '1' });
      socket.send(subscribe('1', '{ viewer { tenant { id } } }'));
      socket.send({ type: 'complete', id: '1' });
      socket.send(subscribe('1', query));
      return socket;
    }),
  );
  await expect.poll(openOnes).toBe(before + 20);
  await gateway.graphql(
    'mutation { createConversation(input: { title: "Told once", content: "When does it end?" }) { __typename } }',
  );
  await Promise.all(
    sockets.map(async (socket) => {
      await socket.next(({ type }) => type === 'next');
      socket.send(subscribe('2', '{ __typename }'));
      await socket.next(({ type, id }) => type === 'complete' && id === '2');
      const told = socket.messages.filter(
        ({ id, payload }) => id === '1' && JSON.stringify(payload ?? null).includes('CREATED'),
      );
      expect(told).toHaveLength(1);
      expect(socket.messages.filter(({ id }) => id === '1')).toEqual(
        socket.messages.filter(({ id, type }) => id === '1' && type === 'next'),
      );
      socket.send({ type: 'complete', id: '1' });
      socket.send(subscribe('1', query));
      socket.send(subscribe('1', query));
      expect(await socket.closed).toMatchObject({ code: 4409 });
    }),
  );
  await expect.poll(openOnes).toBe(before);
});
