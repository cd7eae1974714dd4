import { type GraphQLError, getOperationAST, parse } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../src/domain/caller.ts';
import type { Batch, Frame } from '../../src/graphql/events/frame.ts';
import { createHub, type Hub } from '../../src/graphql/events/hub.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

const listSubscription = `subscription { conversationsLive(first: 3) {
  __typename
  ... on ConversationList { totalCount nodes { id title } }
  ... on ConversationListPatch { totalCount updated { id title } inserted { index conversation { id title } } removed }
} }`;
const eventSubscription = `subscription ($after: String) { conversationChanged(after: $after) {
  ... on ConversationChange { cursor kind conversation { title } }
} }`;

let gateway: TestGateway;
let hub: Hub;
beforeAll(async () => {
  // Without a worker nothing changes but by what is done here.
  gateway = await startGateway({ env: { ROLE: 'web' } });
  hub = createHub({ app: gateway.app, log: pino({ level: 'silent' }), serialise: (result) => JSON.stringify(result) });
});
afterAll(async () => {
  hub.close();
  await gateway.close();
});

async function open(source: string, variables: Record<string, unknown> = {}, own = hub) {
  const document = parse(source);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('no operation');
  const caller = systemCaller(gateway.app, gateway.tenantId);
  const opening = await own.open({
    caller,
    requestId: 'test',
    document,
    source,
    operation,
    variables,
    lastEventId: null,
  });
  if (opening === null || 'errors' in opening) throw new Error(JSON.stringify(opening));
  return opening;
}

/** A listener of a transport whose peer takes what comes, or nothing while it is blocked. */
async function listen(source: string, variables: Record<string, unknown> = {}, own = hub) {
  const opening = await open(source, variables, own);
  const frames: Frame[] = [];
  const batches: number[] = [];
  const ends: (GraphQLError | null)[] = [];
  const outlet = {
    blockedSince: 0,
    next: (batch: Batch) => {
      frames.push(...batch);
      batches.push(batch.length);
    },
    end: (error: GraphQLError | null) => ends.push(error),
  };
  const listener = opening.listen(outlet);
  const events = () => frames.map(({ payload }) => Object.values(JSON.parse(payload).data)[0] as Record<string, never>);
  return {
    frames,
    batches,
    ends,
    events,
    listener,
    block: (sinceMs: number) => {
      outlet.blockedSince = sinceMs;
    },
    free: () => {
      outlet.blockedSince = 0;
      listener.freed();
    },
    [Symbol.asyncDispose]: async () => listener.leave(),
  };
}

async function create(title: string): Promise<string> {
  const { body } = await gateway.graphql<{ createConversation: { conversation: { id: string } } }>(
    `mutation ($input: CreateConversationInput!) { createConversation(input: $input) {
      ... on CreateConversationPayload { conversation { id } } } }`,
    { input: { title, content: 'When does the offer end?' } },
  );
  return body.data?.createConversation.conversation.id ?? '';
}

async function rename(id: string, title: string): Promise<void> {
  const { body } = await gateway.graphql(
    'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }',
    { input: { id, title } },
  );
  expect(body).toEqual({ data: { updateConversation: { __typename: 'UpdateConversationPayload' } } });
}

/** Far ahead, so that it is never taken for one that takes nothing, however slow this machine is. */
const blockedForNow = () => Date.now() + 3_600_000;

test('a list whose listener is slower than the changes is given whole again, as the query has it, and then goes on', async () => {
  const id = await create('Changed');
  await using quick = await listen(listSubscription);
  await using slow = await listen(listSubscription);
  await expect.poll(() => [quick.frames.length, slow.frames.length]).toEqual([1, 1]);
  slow.block(blockedForNow());
  for (const title of ['Once', 'Twice']) await rename(id, title);
  await create('Another');
  await expect.poll(() => quick.events().some((event) => JSON.stringify(event).includes('Another'))).toBe(true);
  expect(slow.frames).toHaveLength(1);

  slow.free();
  await expect.poll(() => slow.frames.length).toBe(2);
  const { body } = await gateway.graphql<{ conversations: object }>(
    '{ conversations(first: 3) { totalCount nodes { id title } } }',
  );
  expect(slow.events()[1]).toEqual({ __typename: 'ConversationList', ...body.data?.conversations });
  expect(slow.frames[1]?.cursor).toBe(quick.frames.at(-1)?.cursor);

  await rename(id, 'After that');
  await expect.poll(() => slow.frames.length).toBe(3);
  expect(slow.events()[2]).toMatchObject({
    __typename: 'ConversationListPatch',
    updated: [{ id, title: 'After that' }],
  });
  await expect.poll(() => quick.events().at(-1)).toEqual(slow.events()[2]);
});

test('who takes nothing for a while is given all that it has missed, in order, and some of it at once', async () => {
  await using quick = await listen(eventSubscription);
  await using slow = await listen(eventSubscription);
  await create('First');
  await expect.poll(() => [quick.frames.length, slow.frames.length]).toEqual([1, 1]);
  slow.block(blockedForNow());
  const titles = Array.from({ length: 8 }, (_, index) => `Missed ${index}`);
  for (const title of titles) await create(title);
  await expect.poll(() => quick.frames.length).toBe(9);
  expect(slow.frames).toHaveLength(1);

  slow.free();
  await expect.poll(() => slow.frames.length).toBe(9);
  expect(slow.events()).toEqual(quick.events());
  await create('Last');
  await expect.poll(() => [quick.frames.length, slow.frames.length]).toEqual([10, 10]);

  // Who comes back with a place gets them in one: they are in the log by now.
  await using resumed = await listen(eventSubscription, { after: slow.frames[0]?.cursor });
  await expect.poll(() => resumed.frames.length).toBe(9);
  expect(resumed.events()).toEqual(slow.events().slice(1));
  expect(resumed.batches).toEqual([9]);
});

test('who takes nothing for too long is ended, with the cursor of the last event given', async () => {
  await using slow = await listen(eventSubscription);
  await create('Taken');
  await expect.poll(() => slow.frames.length).toBe(1);
  slow.block(Date.now() - 10_000);
  await expect.poll(() => slow.ends, { timeout: 10_000 }).toHaveLength(1);
  expect(slow.ends[0]?.extensions).toMatchObject({ code: 'SLOW_CONSUMER', cursor: slow.frames[0]?.cursor });
});

test('a place that is none is refused, and an opening that nobody listens to keeps nothing', async () => {
  await expect(open(eventSubscription, { after: 'nonsense' })).rejects.toThrow('is not a cursor');
  (await open(eventSubscription)).leave();
  await using next = await listen(eventSubscription);
  await create('For who listens');
  await expect.poll(() => next.frames.length).toBe(1);
});

test('a hub that closes ends every stream without an error, once', async () => {
  const own = createHub({
    app: gateway.app,
    log: pino({ level: 'silent' }),
    serialise: (result) => JSON.stringify(result),
  });
  const listening = [await listen(eventSubscription, {}, own), await listen(listSubscription, {}, own)];
  own.close();
  expect(listening.map(({ ends }) => ends)).toEqual([[null], [null]]);
  own.close();
  for (const { listener } of listening) listener.end(null);
  expect(listening.map(({ ends }) => ends)).toEqual([[null], [null]]);
});
