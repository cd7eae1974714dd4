import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { encodeCursor } from '../../src/events/cursor.ts';
import { createDatabase, newTestKey } from '../testkit/gateway.ts';
import { spawnGateway } from '../testkit/servers/process.ts';
import { openGraphqlSocket } from '../testkit/servers/raw-socket.ts';

/** 200 listeners, 20 drops, 8 writers and 5,000 conversations (10,000 events) take minutes. */
const listenerCount = Number(process.env['TEST_DROPPED_LISTENERS'] ?? 10);
const dropsEach = Number(process.env['TEST_DROPPED_DROPS'] ?? 5);
const writerCount = Number(process.env['TEST_DROPPED_WRITERS'] ?? 3);
/** Each makes two events: it is created, and changes when its summary is there. */
const conversationCount = Number(process.env['TEST_DROPPED_CONVERSATIONS'] ?? 75);
const timeoutMs = 60_000 + conversationCount * 200;
/** Most turns of the event loop between an event and the drop: what comes in these is lost with the connection. */
const mostTurnsBeforeDrop = 40;

const subscription = `subscription ($after: String) {
  conversationChanged(after: $after) { ... on ConversationChange { cursor } ... on StreamGap { gap: cursor } }
}`;
const create = `mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }`;

/** `isAlive`: false from just before it is killed. */
type Server = { url: string; apiKey: string; isAlive: boolean };
/** What came over one connection: null when it stands and there is nothing yet, then the cursor of each event. */
type Connection = AsyncGenerator<string | null, void>;

async function ask<Data>({ url, apiKey }: Server, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = text === '' ? { errors: `${response.status} without a body` } : JSON.parse(text);
  if (data == null) throw new Error(JSON.stringify(errors));
  return data;
}

function cursorOf(payload: unknown): string {
  const { data } = payload as { data?: { conversationChanged?: { cursor?: string } } };
  const cursor = data?.conversationChanged?.cursor;
  if (cursor === undefined) throw new Error(`no event: ${JSON.stringify(payload)}`);
  return cursor;
}

async function* connectOverSocket({ url, apiKey }: Server, after: string): Connection {
  await using socket = await openGraphqlSocket(`${url.replace('http', 'ws')}/graphql`, apiKey);
  yield null;
  socket.send({ type: 'subscribe', id: '1', payload: { query: subscription, variables: { after } } });
  yield null;
  for (;;) {
    const message = await socket.next();
    if (message.type !== 'next') throw new Error(`not an event: ${JSON.stringify(message)}`);
    yield cursorOf(message.payload);
  }
}

async function* connectOverEvents({ url, apiKey }: Server, after: string): Connection {
  const leaving = new AbortController();
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'last-event-id': after,
      },
      body: JSON.stringify({ query: subscription }),
      signal: leaving.signal,
    });
    if (response.status !== 200) throw new Error(`not opened: ${response.status} ${await response.text()}`);
    yield null;
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (/^event: next$/m.test(block)) {
          if (data === undefined) throw new Error(`an event without data: ${block}`);
          yield cursorOf(JSON.parse(data));
        } else if (/^event: complete$/m.test(block)) throw new Error(`ended: ${block}`);
      }
    }
    throw new Error('broken off');
  } finally {
    leaving.abort();
  }
}

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

type Random = ReturnType<typeof randomOf>;

/** Listens until it is stopped, over one connection after the other, each to a server that is alive. */
function listen(
  connect: (server: Server, after: string) => Connection,
  servers: Server[],
  start: string,
  random: Random,
) {
  const record: string[] = [];
  const state = { record, drops: 0, isStopped: false };
  const mostEventsBetweenDrops = Math.floor(conversationCount / dropsEach);
  const listenOnce = async (server: Server) => {
    let left = state.drops < dropsEach ? random(mostEventsBetweenDrops + 1) : Number.POSITIVE_INFINITY;
    for await (const cursor of connect(server, record.at(-1) ?? start)) {
      if (cursor !== null) record.push(cursor);
      if (cursor !== null) left--;
      if (state.isStopped) return;
      if (left > 0) continue;
      for (let turns = random(mostTurnsBeforeDrop); turns > 0; turns--) await new Promise(setImmediate);
      state.drops++;
      return;
    }
  };
  const listening = async () => {
    while (!state.isStopped) {
      const alive = servers.filter(({ isAlive }) => isAlive);
      const server = alive[random(alive.length)];
      if (server === undefined) throw new Error('no server is left');
      try {
        await listenOnce(server);
      } catch (err) {
        // Only a server that was killed may leave its listeners; one with no time to spare may ask whoever comes to try again.
        if (server.isAlive && !String(err).startsWith('Error: not opened: 503')) throw err;
      }
    }
  };
  return Object.assign(state, { done: listening() });
}

/** Makes the conversations, each by a server that is alive, and has the last server killed midway. */
async function writeAll(servers: Server[], random: Random, kill: () => void): Promise<void> {
  let asked = 0;
  let made = 0;
  const write = async () => {
    while (asked < conversationCount) {
      const title = `Conversation ${asked++}`;
      for (let isMade = false; !isMade; ) {
        const alive = servers.filter(({ isAlive }) => isAlive);
        const server = alive[random(alive.length)];
        if (server === undefined) throw new Error('no server is left');
        try {
          await ask(server, create, { input: { title, content: 'When does it end? On Friday.' } });
          isMade = true;
        } catch (err) {
          // A machine with no time to spare answers that it is to be tried again.
          if (server.isAlive && !String(err).includes('SERVICE_UNAVAILABLE')) throw err;
        }
      }
      if (++made === Math.floor(conversationCount / 2)) kill();
    }
  };
  await Promise.all(Array.from({ length: writerCount }, write));
}

async function readLog(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ tenant: string; seq: string }>(
      `SELECT tenant_id AS tenant, seq::text FROM event WHERE type LIKE 'conversation.%' ORDER BY event.seq`,
    );
    return rows.map(({ tenant, seq }) => encodeCursor(tenant, BigInt(seq)));
  } finally {
    await client.end();
  }
}

const redisUrl = process.env['TEST_REDIS_URL'];
const transports = [
  ['WebSocket', connectOverSocket],
  ['server-sent events', connectOverEvents],
] as const;
const wakeUps = [
  ['NOTIFY', {}],
  ['Redis', { REDIS_URL: redisUrl ?? '' }],
] as const;

async function expectNothingLost(
  connect: (server: Server, after: string) => Connection,
  env: Record<string, string>,
): Promise<void> {
  const seed = Math.floor(Math.random() * 1e9);
  const folders = await Promise.all([1, 2].map(() => mkdtemp(path.join(tmpdir(), 'convograph-dropped-'))));
  const database = await createDatabase();
  const apiKey = newTestKey();
  try {
    const start = (folder = '') =>
      spawnGateway(folder, {
        BOOTSTRAP_API_KEY: apiKey,
        DATABASE_URL: database.url,
        SECRET_KEY: 'a secret of the tests alone, 32+',
        REQUESTS_PER_MINUTE: '0',
        ...env,
      });
    await using staying = start(folders[0]);
    await using leaving = start(folders[1]);
    const servers = (await Promise.all([staying.ready(), leaving.ready()])).map(
      (url): Server => ({ url, apiKey, isAlive: true }),
    );
    const [first, second] = servers;
    if (first === undefined || second === undefined) throw new Error('two servers were started');
    const { eventCursor } = await ask<{ eventCursor: string }>(first, '{ eventCursor }');
    const listeners = Array.from({ length: listenerCount }, (_, index) =>
      listen(connect, servers, eventCursor, randomOf(seed + index)),
    );
    const kill = () => {
      second.isAlive = false;
      leaving.child.kill('SIGKILL');
    };
    const check = async () => {
      await writeAll(servers, randomOf(seed - 1), kill);
      const isWritten = async () => (await readLog(database.url)).length >= 2 * conversationCount;
      await expect.poll(isWritten, { timeout: timeoutMs, interval: 1_000 }).toBe(true);
      const log = await readLog(database.url);
      const isDone = ({ record, drops }: { record: string[]; drops: number }) =>
        record.length >= log.length && drops === dropsEach;
      await expect.poll(() => listeners.filter((each) => !isDone(each)).length, { timeout: timeoutMs }).toBe(0);
      for (const { record } of listeners) expect(record.slice(0, log.length)).toEqual(log);
      console.info(`seed ${seed}: ${log.length} events, ${listenerCount} listeners, ${dropsEach} drops each`);
    };
    const listening = Promise.all(listeners.map(({ done }) => done));
    // So does a server that ends by itself.
    const over = staying.ended.then(({ code, signal }) => {
      if (first.isAlive)
        throw new Error(`a server ended by itself (${code}, ${signal}): ${staying.stderr.slice(-2_000)}`);
    });
    // A listener that fails ends it at once.
    await Promise.race([check(), listening, over]);
    for (const listener of listeners) listener.isStopped = true;
    first.isAlive = false;
    staying.child.kill('SIGKILL');
    await listening;
  } finally {
    await database.drop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

if (process.env['TEST_DATABASE_URL'] === undefined) {
  console.info('left out: listeners that are dropped over two servers, since TEST_DATABASE_URL is not set');
} else {
  for (const [wakeUp, env] of wakeUps) {
    if (wakeUp === 'Redis' && redisUrl === undefined) {
      console.info('left out: listeners that are dropped, with Redis, since TEST_REDIS_URL is not set');
      continue;
    }
    for (const [transport, connect] of transports) {
      test(
        `${listenerCount} listeners dropped ${dropsEach} times over two servers, one killed, by ${transport} and ${wakeUp}: each record is the log`,
        {
          timeout: timeoutMs * 2,
        },
        () => expectNothingLost(connect, env),
      );
    }
  }
}
