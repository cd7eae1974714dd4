import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const SANDBOX = fileURLToPath(new URL('../../testkit/sandbox.ts', import.meta.url));
const FREE_PORTS = ['--ai-my-chats-port', '0', '--animam-port', '0'];

function start(...args: string[]) {
  const child = spawn(process.execPath, [SANDBOX, ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told = { out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told.error += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { told, ended, say: (line: string) => child.stdin.write(`${line}\n`) };
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'some.jsonl');
  writeFileSync(path, text);
  return path;
}

test('it serves both halves of a file at the addresses and keys that it prints, and obeys its console', async () => {
  const lines = Array.from({ length: 10 }, (_, index) => JSON.stringify({ dialogue: `#Person1#: Number ${index}` }));
  const { told, ended, say } = start(fileWith(lines.join('\n')), ...FREE_PORTS, '--limit', '9');
  await expect.poll(() => told.out, { timeout: 10_000 }).toContain('quit');
  expect(told.out).toContain('ALLOW_PRIVATE_NETWORK=true');
  const [aiMyChats, animam] = [...told.out.matchAll(/baseUrl: "([^"]+)", apiKey: "([^"]+)"/g)];
  const list = async (path: string, key = '') =>
    (await fetch(path, { headers: { Authorization: `Bearer ${key}` } })).json();
  const summarised = () => list(`${aiMyChats?.[1]}/conversations`, aiMyChats?.[2]);
  expect((await summarised()).meta.total).toBe(5);
  const chats = await list(`${animam?.[1]}/tenants/sandbox/conversations`, animam?.[2]);
  expect(chats.pagination.total).toBe(4);
  say('add');
  await expect.poll(async () => (await summarised()).meta.total).toBe(6);
  say('lie total 2');
  await expect.poll(async () => (await summarised()).meta.total).toBe(2);
  expect((await summarised()).data).toHaveLength(6);
  say('lie nothing');
  await expect.poll(() => told.out).toContain('lie total N, lie pages, or lie shrink N');
  say('heal');
  await expect.poll(async () => (await summarised()).meta.total).toBe(6);
  say('lie shrink 1');
  await expect.poll(() => told.out.split('Both lists lie now.').length).toBe(3);
  await list(`${aiMyChats?.[1]}/conversations?page=2&per_page=3`, aiMyChats?.[2]);
  expect((await summarised()).meta.total).toBe(5);
  say('key another_key');
  await expect.poll(async () => (await summarised()).meta).toBeUndefined();
  expect((await list(`${aiMyChats?.[1]}/conversations`, 'another_key')).meta.total).toBe(5);
  say('quit');
  expect(await ended).toBe(0);
}, 20_000);

test('a bad file or option is told in one message, with exit code 1', async () => {
  for (const [args, message] of [
    [[fileWith('{"dialogue":"d"}\nnonsense')], 'line 2: not JSON'],
    [['/nowhere/at/all.jsonl'], 'Cannot read /nowhere/at/all.jsonl'],
    [['--limit', 'many'], '--limit must be a number'],
    [['--prot', '1'], "Unknown option '--prot'"],
  ] as const) {
    const { told, ended } = start(...FREE_PORTS, ...args);
    expect(await ended, message).toBe(1);
    expect(told.error).toContain(message);
    expect(told.error).not.toMatch(/\n\s+at /);
    expect(told.out).toBe('');
  }
}, 20_000);
