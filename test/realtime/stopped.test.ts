import { expect, test } from 'vitest';
import { startGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket } from '../testkit/servers/raw-socket.ts';

const stopped = 50;

test(`${stopped} sockets that stop without a word are given back with all they listened to, and who answers stays`, async () => {
  await using gateway = await startGateway({ silence: { pingTickMs: 40, limitMs: 4_000 } });
  const open = async (id: string) => {
    const socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
    socket.send({ type: 'subscribe', id, payload: { query: 'subscription { conversationChanged { __typename } }' } });
    return socket;
  };
  const subscriptions = async () =>
    Number(/subscriptions_open\{transport="ws"\} (\d+)/.exec(await (await gateway.fetch('/metrics')).text())?.[1]);

  await using answering = await open('1');
  const silent = await Promise.all(Array.from({ length: stopped }, (_, index) => open(String(index))));
  await expect.poll(subscriptions).toBe(stopped + 1);
  // The system still takes bytes for them, as for a process that is stopped: pings arrive and are not read.
  for (const { socket } of silent) socket.pause();
  await expect.poll(subscriptions, { timeout: 15_000 }).toBe(1);
  expect(answering.socket.readyState).toBe(answering.socket.OPEN);
  await gateway.graphql(
    'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }',
    { input: { title: 'After them', content: 'When does it end?' } },
  );
  expect(await answering.next()).toMatchObject({ type: 'next', id: '1' });
  for (const { socket } of silent) socket.resume();
  for (const { closed } of silent) expect(await closed).toMatchObject({ code: 1006 });
});
