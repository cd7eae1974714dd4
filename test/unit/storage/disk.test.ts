import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDiskStorage } from '../../../src/storage/disk.ts';

const never = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convograph-disk-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file is under its key only once it is whole', async () => {
  const root = join(folder, 'whole');
  const storage = await createDiskStorage({ folder: root });
  const seen: string[][] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    seen.push(await Array.fromAsync(storage.list(''), ({ key }) => key));
    yield new Uint8Array(10);
  }
  await storage.put('a/file', source(), { signal: never });
  expect(seen).toEqual([[]]);
  expect(await readdir(join(root, '.incoming'))).toEqual([]);
});

test('a put that fails leaves the file that was there before', async () => {
  const storage = await createDiskStorage({ folder: join(folder, 'before') });
  await storage.put('file', one(new Uint8Array(3)), { signal: never });
  await expect(storage.put('file', one(new Uint8Array(30)), { maxBytes: 5, signal: never })).rejects.toThrow();
  expect((await storage.open('file', { signal: never })).sizeBytes).toBe(3);
});

test('what a crash left is removed at the next start once old, and not while it may still be written', async () => {
  const root = join(folder, 'leftovers');
  await createDiskStorage({ folder: root });
  const [old, young] = [join(root, '.incoming', 'old'), join(root, '.incoming', 'young')];
  await Promise.all([writeFile(old, 'x'), writeFile(young, 'x')]);
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(old, yesterday, yesterday);
  await createDiskStorage({ folder: root });
  expect(await readdir(join(root, '.incoming'))).toEqual(['young']);
});

test.skipIf(process.platform === 'win32')(
  'without room a put is a StorageFullError, leaves nothing, and later puts go through',
  async () => {
    const module = new URL('../../../src/storage/disk.ts', import.meta.url).href;
    const script = `
    process.on('SIGXFSZ', () => {});
    const { createDiskStorage } = await import(${JSON.stringify(module)});
    const storage = await createDiskStorage({ folder: process.argv[1] });
    const put = (key, size) => storage.put(key, (async function* () { yield new Uint8Array(size); })(), { signal: new AbortController().signal })
      .then(() => 'stored', (error) => error.name);
    const outcomes = [await put('big', 200_000), await put('small', 1000)];
    const { readdir } = await import('node:fs/promises');
    console.log(JSON.stringify({ outcomes, keys: await Array.fromAsync(storage.list(''), ({ key }) => key), incoming: await readdir(process.argv[1] + '/.incoming') }));
  `;
    const root = join(folder, 'full');
    // A limit on the size of files stands in for a full disk: the kernel cuts the write short in the same way.
    const command = `ulimit -f 64; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, script, root]);
    expect(JSON.parse(stdout)).toEqual({ outcomes: ['StorageFullError', 'stored'], keys: ['small'], incoming: [] });
  },
);

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
