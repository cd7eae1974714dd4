import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, validate } from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { readDocument, root } from '../testkit/doc-blocks.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

const pages = ['README.md', 'docs/connect.md', 'docs/configuration.md', 'docs/operate.md'].map(readDocument);
const blocks = new Map(pages.flatMap(({ blocks }) => [...blocks]));

function block(name: string): string {
  const found = blocks.get(name);
  if (found === undefined) throw new Error(`no page has a block to run named ${name}`);
  return found;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) end(child, 'SIGKILL');
});

/** Ends a command with all that it started. */
function end(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
}

/** Runs a command until it ends or is stopped, and gathers what it prints. */
function start(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const state = { output: '', exitCode: null as number | null, isOver: false };
  child.stdout.on('data', (data) => {
    state.output += data;
  });
  child.stderr.on('data', (data) => {
    state.output += data;
  });
  child.on('close', (code) => {
    state.exitCode = code;
    state.isOver = true;
    running.delete(child);
  });
  return Object.assign(state, { stop: () => end(child, 'SIGTERM') });
}

const shell = (gateway: TestGateway, name: string) =>
  start('bash', ['-c', block(name)], { GATEWAY: gateway.url, API_KEY: gateway.apiKey });

async function create(gateway: TestGateway) {
  const { body } = await gateway.graphql(
    'mutation { createConversation(input: {title: "Prices", content: "What does it cost?"}) { __typename } }',
  );
  expect(body.data).toEqual({ createConversation: { __typename: 'CreateConversationPayload' } });
}

test('the first query and the first mutation answer as the README says', async () => {
  await using gateway = await startGateway({ env: { DEMO_DATA: 'true' } });
  const query = shell(gateway, 'first-query');
  await expect.poll(() => query.exitCode, { timeout: 15_000 }).toBe(0);
  expect(JSON.parse(query.output).data.conversations).toMatchObject({ totalCount: 18, nodes: { length: 5 } });
  const mutation = shell(gateway, 'create');
  await expect.poll(() => mutation.exitCode, { timeout: 15_000 }).toBe(0);
  expect(JSON.parse(mutation.output).data.createConversation).toMatchObject({
    __typename: 'CreateConversationPayload',
    conversation: { status: 'PROCESSING' },
  });
});

test('an operator reads what was refused in the audit log', async () => {
  await using gateway = await startGateway();
  await gateway.graphql('mutation { deleteConversation(input: { id: "conv_of_nobody" }) { __typename } }');
  const query = shell(gateway, 'audit');
  await expect.poll(() => query.exitCode, { timeout: 15_000 }).toBe(0);
  expect(JSON.parse(query.output.slice(query.output.indexOf('{'))).data.auditLog.nodes).toMatchObject([
    { action: 'deleteConversation', reason: 'NotFoundError', requestId: expect.any(String) },
  ]);
});

test('both REST APIs answer with the demo conversations', async () => {
  await using gateway = await startGateway({ env: { DEMO_DATA: 'true', BOOTSTRAP_TENANT: 'demo' } });
  const rest = shell(gateway, 'rest');
  await expect.poll(() => rest.exitCode, { timeout: 15_000 }).toBe(0);
  expect(rest.output).toContain('"meta":{"page":1,"per_page":2,"total":18,"total_pages":9}');
  expect(rest.output).toMatch(/"pagination":\{"page":1,"limit":2,"total":[1-9]/);
  expect(rest.output).toContain('conversation_id,timestamp,role,content,segment\n');
});

test('the first subscription tells of a summary, with curl', async () => {
  await using gateway = await startGateway();
  const subscription = shell(gateway, 'subscribe');
  // The stream says nothing until something happens: conversations are made until it has told of one.
  await expect
    .poll(
      async () => {
        await create(gateway);
        return subscription.output;
      },
      { timeout: 20_000, interval: 300 },
    )
    .toContain('"COMPLETED"');
  subscription.stop();
});

test.each(['event-source', 'graphql-ws'])('the first subscription tells of a summary, with %s', async (name) => {
  await using gateway = await startGateway();
  const folder = await mkdtemp(path.join(root, 'node_modules/.cache-readme-'));
  try {
    const file = path.join(folder, 'example.mjs');
    const head = `const GATEWAY = ${JSON.stringify(gateway.url)}; const API_KEY = ${JSON.stringify(gateway.apiKey)};\n`;
    await writeFile(file, head + block(name));
    const listener = start(process.execPath, [file]);
    await expect
      .poll(
        async () => {
          await create(gateway);
          return listener.output;
        },
        { timeout: 20_000, interval: 300 },
      )
      .toMatch(/status: 'COMPLETED'/);
    listener.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the sandbox starts from a file and prints mutations that connect it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-sandbox-'));
  const file = path.join(folder, 'dialogues.jsonl');
  const lines = ['Where is my order?', 'Can I pay by invoice?'].map((question, index) =>
    JSON.stringify({
      fname: `d${index}`,
      dialogue: `#Person1#: ${question}\n#Person2#: I will look.`,
      summary: 'x',
      topic: 'orders',
    }),
  );
  await writeFile(file, `${lines.join('\n')}\n`);
  const command = block('sandbox').trim().replace('dialogues.jsonl', file);
  const sandbox = start('bash', ['-c', `exec ${command} --ai-my-chats-port 0 --animam-port 0`]);
  try {
    await expect.poll(() => sandbox.output.match(/connectUpstream/g)?.length, { timeout: 20_000 }).toBe(2);
    const mutations = sandbox.output.match(/^mutation .*$/gm) ?? [];
    await using gateway = await startGateway();
    expect(mutations).toHaveLength(2);
    for (const mutation of mutations) {
      const { body } = await gateway.graphql(mutation);
      expect(JSON.stringify(body)).toMatch(/"up_/);
    }
    await expect
      .poll(async () => (await gateway.graphql('{ conversations { totalCount } }')).body.data, { timeout: 20_000 })
      .toEqual({ conversations: { totalCount: 2 } });
  } finally {
    sandbox.stop();
    await expect.poll(() => sandbox.isOver, { timeout: 15_000 }).toBe(true);
    await rm(folder, { recursive: true, force: true });
  }
});

test('every GraphQL document of these pages holds against the graph', () => {
  const text = pages.map((page) => page.text).join('\n');
  const documents = [...text.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  expect(documents.length).toBeGreaterThan(0);
  for (const document of documents) expect(validate(schema, parse(document))).toEqual([]);
});

test('the configuration names every environment variable that there is', () => {
  const example = readFileSync(path.join(root, '.env.example'), 'utf8');
  const variables = [...example.matchAll(/^# ([A-Z][A-Z_]+)=/gm)].map(([, name]) => name ?? '');
  expect(variables.length).toBeGreaterThan(15);
  const { text } = readDocument('docs/configuration.md');
  const isNamed = (name: string) => text.includes(`\`${name}\``) || /^(OPENAI|AWS)_/.test(name);
  expect(variables.filter((name) => !isNamed(name))).toEqual([]);
});
