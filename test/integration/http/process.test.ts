import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newTestKey } from '../../testkit/gateway.ts';
import { spawnGateway } from '../../testkit/servers/process.ts';
import { copyTemplate } from '../../testkit/template.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'convograph-process-'));
  await copyTemplate(path.join(folder, 'db'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function ask(url: string, apiKey: string, query: string, variables: Record<string, unknown> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: await response.json() };
}

const createConversation = `mutation ($input: CreateConversationInput!) {
  createConversation(input: $input) { ... on CreateConversationPayload { conversation { id } } }
}`;

/** A request whose body is still to come: it is under way until `finish`. */
async function openRequest(url: string, apiKey: string): Promise<{ socket: Socket; answer(): string; finish(): void }> {
  const { hostname, port } = new URL(url);
  const body = '{"query":"{ __typename }"}';
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
      () => resolve(),
    );
  });
  // The server has taken it on once it asks for the body.
  await expect.poll(() => answer).toContain('100 Continue');
  return { socket, answer: () => answer, finish: () => socket.write(body) };
}

test('it tells its address when it is ready and where its key is kept, which no line that may be shipped bears', async () => {
  await using first = spawnGateway(folder);
  const url = await first.ready();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const file = /"apiKeyFile":"([^"]+)"/.exec(first.stdout)?.[1] ?? '';
  const apiKey = (await readFile(file, 'utf8')).trim();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(first.stdout).not.toContain(apiKey);
  expect((await ask(url, apiKey, '{ __typename }')).status).toBe(200);
  expect((await stat(path.join(folder, 'secret'))).mode & 0o777).toBe(0o600);
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });

  await using second = spawnGateway(folder);
  expect((await ask(await second.ready(), apiKey, '{ __typename }')).status).toBe(200);
  expect(second.stdout).not.toContain('ak_');
  expect(second.stdout).toContain(`"apiKeyFile":"${file}"`);
  expect(first.stderr + second.stderr).toBe('');
});

test.each([
  ['--help', 0, 'npm run admin'],
  ['--version', 0, '0.1.0'],
])('%s is answered, and nothing is started', async (flag, code, words) => {
  await using gateway = spawnGateway(folder, {}, [flag]);
  expect(await gateway.ended).toEqual({ code, signal: null });
  expect(gateway.stdout).toContain(words);
  expect(await readdir(folder)).toEqual(['db']);
});

test('a flag that it does not know ends it with a message that names --help', async () => {
  await using gateway = spawnGateway(folder, {}, ['--frobnicate']);
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  expect(gateway.stderr).toContain('--help');
});

test('a configuration that cannot be used ends it with one message of all problems', async () => {
  await using gateway = spawnGateway(folder, { PORT: 'many', ROLE: 'king' });
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  expect(gateway.stderr).toMatch(/PORT .*\n.*ROLE /);
  expect(gateway.stderr).not.toContain('    at ');
  // The same as one line, for whoever reads the log.
  const [line, ...others] = gateway.stdout.trim().split('\n');
  expect(JSON.parse(line ?? '')).toMatchObject({ event: 'start refused', msg: gateway.stderr.trim() });
  expect(others).toEqual([]);
});

test('a database that does not answer ends it with one message', async () => {
  await using gateway = spawnGateway(folder, {
    DATABASE_URL: 'postgresql://root@127.0.0.1:1/none',
    SECRET_KEY: 'x'.repeat(32),
  });
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  expect(gateway.stderr).toContain('127.0.0.1:1');
  expect(gateway.stderr).not.toContain('    at ');
});

test('a port that is taken ends it with a message that names PORT', async () => {
  await using first = spawnGateway(folder);
  const { port } = new URL(await first.ready());
  const other = await mkdtemp(path.join(tmpdir(), 'convograph-process-'));
  await copyTemplate(path.join(other, 'db'));
  await using second = spawnGateway(other, { PORT: port });
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.stderr).toMatch(/PORT/);
  await rm(other, { recursive: true, force: true });
});

test('a second process on the folder refuses, naming the first', async () => {
  await using first = spawnGateway(folder);
  const url = await first.ready();
  await using second = spawnGateway(folder);
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.stderr).toContain(`process ${first.pid}`);
  expect(second.stderr).not.toContain('    at ');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('what was answered survives SIGKILL', async () => {
  const apiKey = newTestKey();
  await using first = spawnGateway(folder, { BOOTSTRAP_API_KEY: apiKey });
  const url = await first.ready();
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    const { body } = await ask(url, apiKey, createConversation, {
      input: { title: `Number ${index}`, content: 'Hello' },
    });
    ids.push(body.data.createConversation.conversation.id);
  }
  first.child.kill('SIGKILL');
  await first.ended;

  await using second = spawnGateway(folder, { BOOTSTRAP_API_KEY: apiKey });
  const { body } = await ask(await second.ready(), apiKey, '{ conversations { nodes { id } } }');
  expect(body.data.conversations.nodes.map((node: { id: string }) => node.id)).toEqual(ids.reverse());
});

test('SIGTERM lets what is under way end, takes nothing new, then ends it with 0', async () => {
  const apiKey = newTestKey();
  await using gateway = spawnGateway(folder, { BOOTSTRAP_API_KEY: apiKey });
  const url = await gateway.ready();
  const request = await openRequest(url, apiKey);
  gateway.child.kill('SIGTERM');
  await expect
    .poll(() =>
      fetch(`${url}/healthz`).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  request.finish();
  await expect.poll(request.answer).toContain('{"data":{"__typename":"Query"}}');
  expect(await gateway.ended).toEqual({ code: 0, signal: null });
});

test('a second signal ends it at once', async () => {
  const apiKey = newTestKey();
  await using gateway = spawnGateway(folder, { BOOTSTRAP_API_KEY: apiKey });
  const url = await gateway.ready();
  const request = await openRequest(url, apiKey);
  gateway.child.kill('SIGTERM');
  await expect.poll(() => gateway.stdout).toContain('SIGTERM');
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended).toEqual({ code: 143, signal: null });
  request.socket.destroy();
});
