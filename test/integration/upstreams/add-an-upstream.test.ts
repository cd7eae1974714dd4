import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { spawnGateway } from '../../testkit/servers/process.ts';

const root = path.join(import.meta.dirname, '../../..');
const apiKey = `ak_${'parley'.repeat(6)}`;

type Thread = { id: string; subject: string; opened: string; updated: string; posts: unknown[] };
type Parley = { url: string; apiKey: string; close(): void };

/** The guide's blocks, by what stands before them: `file: src/…`, `run: connect`. */
function readBlocks(guide: string): Map<string, string> {
  const blocks = guide.matchAll(/<!-- (.+) -->\n```\w+\n([\s\S]*?)```/g);
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
}

/** A copy of the product in which the guide was followed. */
async function followGuide(blocks: ReadonlyMap<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-'));
  for (const part of ['src', 'prisma', 'package.json']) {
    await cp(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const files = ['src/upstreams/clients/registry.ts', 'parley-server.ts'];
  const compilerOptions = { incremental: false, tsBuildInfoFile: null };
  const types = { extends: path.join(root, 'tsconfig.json'), compilerOptions, files, include: [] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(types));
  for (const [name, text] of blocks) {
    const [, file] = /^file: (.+)$/.exec(name) ?? [];
    if (file === undefined) continue;
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const registry = path.join(folder, 'src/upstreams/clients/registry.ts');
  const before = await readFile(registry, 'utf8');
  const imported = blocks.get('line: src/upstreams/clients/registry.ts, import') ?? '';
  const registered = blocks.get('line: src/upstreams/clients/registry.ts, registered') ?? '';
  const after = `${imported}${before.replace('  animam,\n', `  animam,\n${registered}`)}`;
  expect(after.length, 'the line found its place').toBe(before.length + imported.length + registered.length);
  await writeFile(registry, after);
  return folder;
}

const threads = Array.from({ length: 250 }, (_, index): Thread => {
  const at = (second: number) => `2024-01-25T10:${String(index % 60).padStart(2, '0')}:${second}Z`;
  return {
    id: `t-${index}`,
    subject: `Thread ${index}`,
    opened: at(10),
    updated: at(30),
    posts: [
      { id: 'p-1', from: 'visitor', text: index === 7 ? 'Where does the ocelot sleep?' : 'Hello.', at: at(10) },
      { id: 'p-2', from: 'agent', text: 'In the tree.', at: at(30) },
    ],
  };
});

test('the guide, followed to the letter, mirrors a third API: one folder and one line', {
  timeout: 180_000,
}, async () => {
  const blocks = readBlocks(await readFile(path.join(root, 'docs/add-an-upstream.md'), 'utf8'));
  const folder = await followGuide(blocks);
  const types = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
  expect(types.stdout + types.stderr, 'what the guide shows has its types right').toBe('');

  const { startParley } = await import(pathToFileURL(path.join(folder, 'parley-server.ts')).href);
  const api: Parley = await startParley(threads);
  const dataDir = path.join(folder, 'data');
  await mkdir(dataDir);
  const env = { BOOTSTRAP_API_KEY: apiKey, ALLOW_PRIVATE_NETWORK: 'true' };
  await using gateway = spawnGateway(dataDir, env, [], path.join(folder, 'src/main.ts'));
  const url = await gateway.ready();
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };

  const connected = await ask(blocks.get('run: connect') ?? '', { baseUrl: api.url, apiKey: api.apiKey });
  expect(connected.data.connectUpstream.upstream).toMatchObject({ provider: 'PARLEY', name: 'Parley' });
  await expect
    .poll(async () => (await ask('{ upstreams { status } }')).data.upstreams, { timeout: 90_000, interval: 250 })
    .toEqual([{ status: 'HEALTHY' }]);

  const list = await ask(`{
    conversations(first: 1, filter: { providers: [PARLEY] }) {
      totalCount
      nodes { id provider capabilities messages(first: 5) { nodes { role content } } }
    }
  }`);
  expect(list.data.conversations).toMatchObject({
    totalCount: threads.length,
    nodes: [{ provider: 'PARLEY', capabilities: ['SUMMARIZE'] }],
  });
  expect(list.data.conversations.nodes[0].messages.nodes).toHaveLength(2);
  expect(list.extensions.sources).toMatchObject([{ provider: 'PARLEY', status: 'HEALTHY' }]);

  const found = await ask('{ searchConversations(query: "ocelot", first: 5) { edges { node { title provider } } } }');
  expect(found.data.searchConversations.edges).toEqual([{ node: { title: 'Thread 7', provider: 'PARLEY' } }]);
  const stats = await ask('{ stats(period: ALL_TIME) { byProvider { provider conversations } } }');
  expect(stats.data.stats.byProvider).toEqual([{ provider: 'PARLEY', conversations: threads.length }]);

  const update =
    'mutation ($id: ID!) { updateConversation(input: { id: $id, title: "x" }) { ... on Error { message } } }';
  const refused = await ask(update, { id: list.data.conversations.nodes[0].id });
  expect(refused.data.updateConversation.message).toBe('Parley conversations are read-only');
  api.close();
  await rm(folder, { recursive: true, force: true });
});
