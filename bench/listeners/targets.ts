import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabase, newTestKey } from '../../test/testkit/gateway.ts';
import { spawnGateway } from '../../test/testkit/servers/process.ts';
import { copyTemplate } from '../../test/testkit/template.ts';

/** A server that is measured, in a process of its own. */
export type Target = AsyncDisposable & {
  name: string;
  wsUrl: string;
  pid: number;
  init: unknown;
  /** Makes one change, of which each listener gets one event. */
  change(): Promise<void>;
  /** Asks it something small, as another client would. */
  query(): Promise<void>;
  countListeners(): Promise<number>;
  /** SQL statements since its start; null where there is no database. */
  countStatements(): Promise<number | null>;
};

export const subscription =
  'subscription { conversationChanged { ... on ConversationChange { cursor kind conversation { id title preview } } } }';

export async function startProduct(database: 'postgres' | 'pglite'): Promise<Target> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-bench-'));
  const server = database === 'postgres' ? await createDatabase() : null;
  if (server === null) await copyTemplate(path.join(folder, 'db'));
  const apiKey = newTestKey();
  const gateway = spawnGateway(folder, {
    BOOTSTRAP_API_KEY: apiKey,
    REQUESTS_PER_MINUTE: '0',
    REQUESTS_PER_DAY: '0',
    LOG_LEVEL: 'info',
    NODE_OPTIONS: '--max-semi-space-size=16 --v8-pool-size=2',
    ...(server !== null && { DATABASE_URL: server.url, SECRET_KEY: 'a secret of the benchmark alone, 32+' }),
  });
  const url = await gateway.ready();
  const ask = async (query: string, variables: object = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (data == null || errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  };
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  const { createConversation } = await ask(
    `mutation { createConversation(input: { title: "The first", content: "When does the offer end? On Friday." }) {
      ... on CreateConversationPayload { conversation { id } } } }`,
  );
  const { id } = createConversation.conversation;
  // Its summary is made in the background, and is a change too.
  while ((await ask(`{ conversation(id: "${id}") { status } }`)).conversation.status !== 'COMPLETED') {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  let changes = 0;
  return {
    name: `product, ${database}`,
    wsUrl: `${url.replace('http', 'ws')}/graphql`,
    pid: gateway.pid,
    init: { authorization: `Bearer ${apiKey}` },
    change: async () => {
      const input = { id, title: `Change ${++changes}` };
      const { updateConversation } = await ask(
        'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }',
        { input },
      );
      if (updateConversation.__typename !== 'UpdateConversationPayload') throw new Error(updateConversation.__typename);
    },
    query: async () => {
      await ask('{ conversations(first: 5) { nodes { id title preview } } }');
    },
    countListeners: async () => Number(/subscriptions_open\{transport="ws"\} (\d+)/.exec(await metrics())?.[1] ?? 0),
    countStatements: async () => Number(/statement_duration_seconds_count (\d+)/.exec(await metrics())?.[1]),
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await server?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `event`: the message of one event as the product sends it, so that all send the same bytes. */
export async function startPeer(name: string, file: string, event: string): Promise<Target> {
  const child = spawn(process.execPath, ['--max-semi-space-size=16', path.join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(String(line)) as { url: string };
  return {
    name,
    wsUrl: `${url.replace('http', 'ws')}/graphql`,
    pid: child.pid ?? 0,
    init: {},
    change: async () => {
      await (await fetch(`${url}/publish`, { method: 'POST', body: event })).text();
    },
    query: async () => {
      await (await fetch(`${url}/count`)).text();
    },
    countListeners: async () => Number(await (await fetch(`${url}/count`)).text()),
    countStatements: async () => null,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** What the system knows of a process: seconds of CPU since its start, and its resident memory in bytes. */
export async function usageOf(pid: number): Promise<{ cpuSeconds: number; residentBytes: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticksPerSecond = 100;
  const pageBytes = 4_096;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: Number(fields[21]) * pageBytes,
  };
}
