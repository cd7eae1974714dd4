import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createDatabase, newTestKey } from '../test/testkit/gateway.ts';
import { spawnGateway } from '../test/testkit/servers/process.ts';

/**
 * How soon a listener of one server hears of a change that was made on another, by NOTIFY and by Redis: from the
 * moment at which a listener of the server that made it has it. `node bench/wake-ups.ts [--changes 300] [--writers 1]`,
 * with TEST_DATABASE_URL and TEST_REDIS_URL.
 */
const argument = (name: string, otherwise: number) => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
};
const changes = argument('changes', 300);
const writers = argument('writers', 1);
const pauseMs = 10;

const nowMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;

async function measure(redisUrl: string | null) {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-bench-'));
  const database = await createDatabase();
  const apiKey = newTestKey();
  const env = {
    DATABASE_URL: database.url,
    SECRET_KEY: 'a secret of the benchmark alone, 32+',
    BOOTSTRAP_API_KEY: apiKey,
    REQUESTS_PER_MINUTE: '0',
    REQUESTS_PER_DAY: '0',
    ROLE: 'web',
    ...(redisUrl !== null && { REDIS_URL: redisUrl }),
  };
  const first = spawnGateway(folder, env);
  try {
    const url = await first.ready();
    await using second = spawnGateway(folder, env);
    const otherUrl = await second.ready();
    const create = async (title: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }`,
          variables: { input: { title, content: 'When?' } },
        }),
      });
      const { errors } = await response.json();
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
    };
    const near = await listen(url, apiKey);
    const far = await listen(otherUrl, apiKey);
    const sentAt = new Map<string, number>();
    let next = 0;
    await Promise.all(
      Array.from({ length: writers }, async () => {
        while (next < changes) {
          const title = `Change ${next++}`;
          sentAt.set(title, nowMs());
          await create(title);
          await pause(pauseMs);
        }
      }),
    );
    while (far.at.size < changes || near.at.size < changes) await pause(10);
    near.socket.terminate();
    far.socket.terminate();
    const since = (from: Map<string, number>, to: Map<string, number>) =>
      [...to].map(([title, at]) => at - (from.get(title) ?? 0)).sort((a, b) => a - b);
    const quantile = (values: number[], share: number) =>
      Number((values[Math.floor(values.length * share)] ?? 0).toFixed(1));
    const own = since(sentAt, near.at);
    const other = since(near.at, far.at);
    return {
      'own server, from the request: p50 ms': quantile(own, 0.5),
      'p99 ms': quantile(own, 0.99),
      'other server, after that: p50 ms': quantile(other, 0.5),
      'p99 ms ': quantile(other, 0.99),
    };
  } finally {
    await first[Symbol.asyncDispose]();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** When each title came. */
async function listen(url: string, apiKey: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const at = new Map<string, number>();
  const query = 'subscription { conversationChanged { ... on ConversationChange { kind conversation { title } } } }';
  const started = Promise.withResolvers<void>();
  socket.on('error', started.reject);
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${apiKey}` } }));
  });
  socket.on('message', (data) => {
    const now = nowMs();
    const { type, payload } = JSON.parse(String(data));
    if (type === 'connection_ack') {
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
      started.resolve();
    }
    const change = payload?.data?.conversationChanged;
    if (change?.kind === 'CREATED') at.set(change.conversation.title, now);
  });
  await started.promise;
  const isOpen = async () =>
    (await (await fetch(`${url}/metrics`)).text()).includes('subscriptions_open{transport="ws"} 1');
  while (!(await isOpen())) await pause(20);
  return { socket, at };
}

const redisUrl = process.env['TEST_REDIS_URL'];
const rows = [{ way: 'NOTIFY', ...(await measure(null)) }];
if (redisUrl !== undefined) rows.push({ way: 'Redis', ...(await measure(redisUrl)) });
console.info(`${changes} changes by ${writers} at once`);
console.table(rows);
