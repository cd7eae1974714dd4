import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

/** 500 take a minute. */
const leavers = Number(process.env['TEST_LEAVERS'] ?? 120);
const leaversAtOnce = 40;

const query = `subscription ($after: String) {
  conversationChanged(after: $after) { ... on ConversationChange { cursor kind conversation { title } } ... on StreamGap { cursor } }
}`;

let gateway: TestGateway;
const logged: { level: number; msg: string }[] = [];
beforeAll(async () => {
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  gateway = await startGateway({ log });
});
afterAll(() => gateway.close());

async function create(title: string): Promise<void> {
  const { body } = await gateway.graphql(
    'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }',
    { input: { title, content: 'When does the offer end? I will decide by Friday.' } },
  );
  expect(body).toEqual({ data: { createConversation: { __typename: 'CreateConversationPayload' } } });
}

async function openStreams(): Promise<number> {
  const text = await (await gateway.fetch('/metrics')).text();
  return Number(/subscriptions_open\{transport="sse"\} (\d+)/.exec(text)?.[1] ?? 0);
}

type Block = { id: string | undefined; event: string | undefined; data: string | undefined };

/** The blocks of a stream, as they come. */
async function openStream(variables: object, headers: Record<string, string> = {}, document = query, at = gateway) {
  const leaving = new AbortController();
  const response = await at.fetch('/graphql', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${at.apiKey}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ query: document, variables }),
    signal: leaving.signal,
  });
  const blocks: Block[] = [];
  const field = (block: string, name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
  const reading = (async () => {
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      for (const block of whole) {
        blocks.push({ id: field(block, 'id'), event: field(block, 'event'), data: field(block, 'data') });
      }
    }
  })().catch(() => {});
  const events = () => blocks.filter(({ event }) => event === 'next');
  const titles = () =>
    events().flatMap(({ data }) => {
      const change = JSON.parse(data ?? '').data.conversationChanged;
      return change.kind === 'CREATED' ? [change.conversation.title] : [];
    });
  return {
    response,
    reading,
    blocks,
    events,
    titles,
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await reading;
    },
  };
}

test('each event bears its cursor as id, also before the first one, and Last-Event-ID goes on from it', async () => {
  await using stream = await openStream({});
  await expect.poll(() => stream.blocks.some(({ id }) => id !== undefined)).toBe(true);
  const start = stream.blocks.find(({ id }) => id !== undefined)?.id ?? '';
  await create('One');
  await create('Two');
  await expect.poll(stream.titles).toEqual(['One', 'Two']);
  for (const { id, data } of stream.events()) expect(JSON.parse(data ?? '').data.conversationChanged.cursor).toBe(id);

  // What a browser sends by itself goes before what its address said at first.
  const first = stream.events()[0]?.id ?? '';
  await using again = await openStream({ after: start }, { 'last-event-id': first });
  // Summaries are still being made: both hear of them, from the second event on.
  const idsOf = ({ events }: Pick<typeof stream, 'events'>) => events().map(({ id }) => id);
  await expect.poll(() => idsOf(again).length).toBeGreaterThan(0);
  await expect.poll(() => idsOf(again).join() === idsOf(stream).slice(1).join()).toBe(true);
  await using fromStart = await openStream({}, { 'last-event-id': start });
  await expect.poll(fromStart.titles).toEqual(['One', 'Two']);
});

test('a Last-Event-ID that is no cursor is refused in words', async () => {
  await using stream = await openStream({}, { 'last-event-id': 'nonsense' });
  expect(stream.response.status).toBe(400);
  await expect.poll(() => stream.events()[0]?.data).toContain('is not a cursor');
});

test('an empty Last-Event-ID is none', async () => {
  await using stream = await openStream({}, { 'last-event-id': '' });
  expect(stream.response.status).toBe(200);
});

test('a place is told once the present state has been given, which nobody who comes back is to miss', async () => {
  await create('As it is');
  const { body } = await gateway.graphql<{ conversations: { nodes: { id: string }[] } }>(
    '{ conversations(first: 1) { nodes { id } } }',
  );
  const ids = body.data?.conversations.nodes.map(({ id }) => id);
  const named = `subscription ($ids: [ID!]) {
    conversationChanged(conversationIds: $ids) { ... on ConversationChange { kind } }
  }`;
  await using stream = await openStream({ ids }, {}, named);
  await expect.poll(() => stream.events()[0]?.data).toContain('SNAPSHOT');
  const first = stream.blocks.findIndex(({ event }) => event === 'next');
  expect(stream.blocks.slice(0, first).filter(({ id }) => id !== undefined)).toEqual([]);
  expect(stream.blocks[first]?.id).toEqual(expect.any(String));
});

test('a server that ends tells its streams where they are', async () => {
  await using own = await startGateway();
  await using stream = await openStream({}, {}, query, own);
  await expect.poll(() => stream.blocks.some(({ id }) => id !== undefined)).toBe(true);
  const start = stream.blocks.at(-1)?.id;
  // It does not concern the stream, and moves its place on.
  const { body } = await own.graphql<{ createApiKey: { apiKey: { id: string } } }>(
    `mutation { createApiKey(input: { name: "Moves on", scopes: ["read"] }) { ... on CreateApiKeyPayload { apiKey { id } } } }`,
  );
  expect(body.errors).toBeUndefined();
  const { data } = (await own.graphql<{ eventCursor: string }>('{ eventCursor }')).body;
  await own.gateway.close();
  await stream.reading;
  expect(stream.events()).toEqual([]);
  expect(stream.blocks.at(-1)?.id).toBe(data?.eventCursor);
  expect(stream.blocks.at(-1)?.id).not.toBe(start);
});

test.each([
  ['TEXT/Event-Stream', 200],
  ['text/event-stream;q=0, */*', 406],
  ['text/event-streams', 406],
])('Accept: %s is answered %i', async (accept, status) => {
  await using stream = await openStream({}, { accept });
  expect(stream.response.status).toBe(status);
});

test("Apollo's multipart protocol: parts that are whole once they come, and heartbeats", {
  timeout: 30_000,
}, async () => {
  const leaving = new AbortController();
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.apiKey}`,
      'content-type': 'application/json',
      accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
    },
    body: JSON.stringify({ query }),
    signal: leaving.signal,
  });
  expect(response.headers.get('content-type')).toContain('multipart/mixed; boundary="graphql"');
  let text = '';
  const reading = (async () => {
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
      text += chunk;
  })().catch(() => {});
  const parts = () =>
    text
      .split('\r\n--graphql')
      .slice(1, -1)
      .map((part) => JSON.parse(part.slice(part.indexOf('\r\n\r\n'))));
  await create('In parts');
  await expect.poll(parts).toContainEqual({
    payload: {
      data: {
        conversationChanged: { cursor: expect.any(String), kind: 'CREATED', conversation: { title: 'In parts' } },
      },
    },
  });
  await expect.poll(parts, { timeout: 15_000 }).toContainEqual({});
  leaving.abort();
  await reading;
  await expect.poll(openStreams).toBe(0);
});

test('a subscription that is asked for as one answer, or in a batch, is told what to ask for', async () => {
  const ask = (accept: string, body: unknown) =>
    gateway.fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json', accept },
      body: JSON.stringify(body),
    });
  const single = await ask('application/json', { query });
  expect(single.status).toBe(406);
  expect(await single.text()).toContain('text/event-stream');
  expect((await ask('text/event-stream;q=0, application/json', { query })).status, 'q=0: never').toBe(406);
  const batch = await (await ask('application/json', [{ query: '{ __typename }' }, { query }])).json();
  expect(batch[0]).toEqual({ data: { __typename: 'Query' } });
  expect(batch[1].errors[0].message).toContain('no batch');
  expect(await openStreams()).toBe(0);
});

/** Moments of the exchange at which a client leaves: how much of the request it has sent, and what it has had by then. */
const moments = [
  { sends: 0.2, until: null },
  { sends: 0.9, until: null },
  { sends: 1, until: null },
  { sends: 1, until: '\r\n\r\n' },
  { sends: 1, until: 'id: ' },
  { sends: 1, until: 'event: next' },
] as const;

test(`${leavers} clients that leave at every moment leave no stream, no listener and no line of an error`, {
  timeout: 120_000,
}, async () => {
  const body = JSON.stringify({ query });
  const request = Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${gateway.apiKey}\r\naccept: text/event-stream\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const { port } = new URL(gateway.url);
  let isWriting = true;
  const writing = (async () => {
    for (let number = 0; isWriting; number++) await create(`Change ${number}`);
  })();
  const leave = async (index: number) => {
    const moment = moments[index % moments.length] ?? moments[0];
    const socket: Socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(request.subarray(0, Math.floor(request.length * moment.sends)));
    let text = '';
    const has = (wanted: string) =>
      new Promise<void>((resolve) => {
        socket.on('data', (chunk) => {
          text += chunk;
          if (text.includes(wanted)) resolve();
        });
      });
    if (moment.until !== null) await has(moment.until);
    // Some in the same moment, some a few turns later: between any two steps of the server.
    else for (let turn = 0; turn < index % 40; turn++) await new Promise(setImmediate);
    if (index % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  };
  for (let index = 0; index < leavers; index += leaversAtOnce) {
    await Promise.all(Array.from({ length: leaversAtOnce }, (_, offset) => leave(index + offset)));
  }
  isWriting = false;
  await writing;
  await expect.poll(openStreams, { timeout: 10_000 }).toBe(0);
  expect(logged.filter(({ level }) => level >= 40)).toEqual([]);
  // Who comes now is served as ever.
  await using stream = await openStream({});
  await expect.poll(openStreams).toBe(1);
  await create('After them');
  await expect.poll(stream.titles).toEqual(['After them']);
});
