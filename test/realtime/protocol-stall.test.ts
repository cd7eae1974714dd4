import { expect, test } from 'vitest';
import { startGateway } from '../testkit/gateway.ts';
import { openGraphqlSocket, type SocketMessage } from '../testkit/servers/raw-socket.ts';

const subscriptions = 60;
const conversations = 40;

type Change = { cursor: string; kind: string; conversation: { title: string } };

const changeOf = ({ payload }: SocketMessage) =>
  (payload as { data: { conversationChanged: Change } }).data.conversationChanged;
/** A conversation changes again when its summary is made: each is created once. */
const created = (changes: readonly Change[]) =>
  changes.filter(({ kind }) => kind === 'CREATED').map(({ conversation }) => conversation.title);

test('a reader that stalls gets a whole prefix, then SLOW_CONSUMER, and goes on from the cursor that it names', {
  timeout: 90_000,
}, async () => {
  await using gateway = await startGateway();
  const query = `subscription ($after: String) {
    conversationChanged(after: $after) { ... on ConversationChange { cursor kind conversation { title content } } }
  }`;
  await using socket = await openGraphqlSocket(gateway.wsUrl, gateway.apiKey);
  for (let id = 0; id < subscriptions; id++) {
    socket.send({ type: 'subscribe', id: String(id), payload: { query } });
  }
  const open = async () =>
    Number(/subscriptions_open\{transport="ws"\} (\d+)/.exec(await (await gateway.fetch('/metrics')).text())?.[1]);
  await expect.poll(open).toBe(subscriptions);
  socket.send({ type: 'subscribe', id: 'settled', payload: { query: '{ __typename }' } });
  await socket.next(({ type, id }) => type === 'complete' && id === 'settled');

  // Far more than what the sockets of the system hold.
  socket.socket.pause();
  const titles = Array.from({ length: conversations }, (_, index) => `Conversation ${index}`);
  for (const title of titles) {
    const { body } = await gateway.graphql(
      'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }',
      { input: { title, content: 'The order has not come. '.repeat(400) } },
    );
    expect(body).toEqual({ data: { createConversation: { __typename: 'CreateConversationPayload' } } });
  }
  await expect.poll(open, { timeout: 40_000, interval: 500 }).toBe(0);

  socket.socket.resume();
  for (let id = 0; id < subscriptions; id++) {
    const isOwn = (message: { id?: string }) => message.id === String(id);
    await expect.poll(() => socket.messages.findLast(isOwn)?.type, { timeout: 10_000 }).toBe('error');
    const own = socket.messages.filter(isOwn);
    const received = own.slice(0, -1).map(changeOf);
    const seen = created(received);
    expect(seen).toEqual(titles.slice(0, seen.length));
    expect(own.at(-1)).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'SLOW_CONSUMER', cursor: received.at(-1)?.cursor } }],
    });
  }

  const known = socket.messages.filter((message) => message.id === '0' && message.type === 'next').map(changeOf);
  const after = known.at(-1)?.cursor;
  socket.send({ type: 'subscribe', id: 'resumed', payload: { query, variables: { after } } });
  const rest: Change[] = [];
  while (!created(rest).includes(titles.at(-1) ?? '')) {
    rest.push(changeOf(await socket.next(({ id, type }) => id === 'resumed' && type === 'next')));
  }
  expect(created([...known, ...rest])).toEqual(titles);
});
