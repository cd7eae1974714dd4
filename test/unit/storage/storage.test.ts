import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FileNotFoundError, FileTooLargeError } from '../../../src/storage/errors.ts';
import type { FileStorage } from '../../../src/storage/file-storage.ts';
import { parseStorageLocation } from '../../../src/storage/location.ts';
import { createStorage } from '../../../src/storage/storage.ts';
import { type S3Server, startS3Server } from '../../testkit/files/s3-server.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

async function* chunksOf(bytes: Uint8Array, chunkBytes = 50_000): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += chunkBytes)
    yield bytes.subarray(offset, offset + chunkBytes);
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}

async function keysOf(storage: FileStorage, prefix = ''): Promise<string[]> {
  return (await Array.fromAsync(storage.list(prefix), ({ key }) => key)).sort();
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(['disk', 's3'] as const)('storage on %s', (kind) => {
  let storage: FileStorage;
  let folder: string;
  let location: string;
  let server: S3Server | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convograph-storage-'));
    if (kind === 's3') server = await startS3Server();
    location = server
      ? `s3://${server.bucket}/some/prefix?endpoint=${encodeURIComponent(server.endpoint)}&region=eu-west-1`
      : folder;
    storage = await createStorage(parseStorageLocation(location), { credentials: server?.credentials });
  });

  afterAll(async () => {
    await storage.close();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['empty', 0],
    ['one byte', 1],
    ['below a part', 3 * MIB + 17],
    ['exactly a part', 5 * MIB],
    ['several parts', 12 * MIB + 1],
  ])('a file comes back as it was put: %s', async (_name, sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    const stored = await storage.put('roundtrip/file.bin', chunksOf(bytes), {
      signal: never,
      contentType: 'image/png',
    });
    expect(stored).toEqual({ sizeBytes, sha256: sha256(bytes) });
    const opened = await storage.open('roundtrip/file.bin', { signal: never });
    expect(opened.sizeBytes).toBe(sizeBytes);
    expect(sha256(await readAll(opened.stream))).toBe(sha256(bytes));
    expect(server?.openUploads() ?? []).toEqual([]);
  });

  test('a producer may use its buffer again for the next chunk', async () => {
    const shared = new Uint8Array(1000);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      for (let value = 0; value < 200; value += 1) yield shared.fill(value);
    }
    await storage.put('reused', reusing(), { signal: never });
    const bytes = await readAll((await storage.open('reused', { signal: never })).stream);
    expect(bytes.every((byte, index) => byte === Math.floor(index / 1000))).toBe(true);
    expect(bytes).toHaveLength(200_000);
  });

  test('a range gives those bytes and the whole size', async () => {
    const bytes = randomBytes(200_000);
    await storage.put('ranged', chunksOf(bytes), { signal: never });
    for (const [start, end] of [
      [0, 0],
      [199_999, 199_999],
      [100, 150_000],
      [70_000, undefined],
    ] as const) {
      const { stream, sizeBytes } = await storage.open('ranged', { start, end, signal: never });
      expect(sizeBytes).toBe(200_000);
      expect((await readAll(stream)).equals(bytes.subarray(start, (end ?? 199_999) + 1))).toBe(true);
    }
    await expect(storage.open('ranged', { start: 200_000, end: 200_001, signal: never })).rejects.toThrow(RangeError);
    await expect(storage.open('ranged', { start: 0, end: 200_000, signal: never })).rejects.toThrow(RangeError);
  });

  test.each([1000, 11 * MIB])(
    'a file past %i bytes is refused while it streams, and leaves nothing',
    async (maxBytes) => {
      let taken = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          taken += 100_000;
          yield new Uint8Array(100_000);
        }
      }
      const put = storage.put('too/large', endless(), { maxBytes, signal: never });
      await expect(put).rejects.toThrow(FileTooLargeError);
      expect(taken).toBeLessThanOrEqual(maxBytes + 200_000);
      expect(await keysOf(storage, 'too/')).toEqual([]);
      expect(server?.openUploads() ?? []).toEqual([]);
    },
  );

  test('a file of exactly maxBytes is taken', async () => {
    const stored = await storage.put('exact', chunksOf(new Uint8Array(1000)), { maxBytes: 1000, signal: never });
    expect(stored.sizeBytes).toBe(1000);
  });

  test.each([100, 6 * MIB])(
    'an abort after %i bytes ends a put whose source is silent, and leaves nothing',
    async (sizeBytes) => {
      const controller = new AbortController();
      const reason = new Error('the client went away');
      const returned = vi.fn();
      const source: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]() {
          let isSent = false;
          return {
            next: () => {
              if (!isSent) {
                isSent = true;
                return Promise.resolve({ done: false, value: new Uint8Array(sizeBytes) });
              }
              controller.abort(reason);
              return new Promise(() => {});
            },
            return: () => {
              returned();
              return Promise.resolve({ done: true, value: undefined });
            },
          };
        },
      };
      await expect(storage.put('aborted/file', source, { signal: controller.signal })).rejects.toBe(reason);
      expect(returned).toHaveBeenCalledOnce();
      expect(await keysOf(storage, 'aborted/')).toEqual([]);
      expect(server?.openUploads() ?? []).toEqual([]);
    },
  );

  test('a source that fails gives its own error, and leaves nothing', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(7 * MIB);
      throw new Error('the upload broke');
    }
    await expect(storage.put('failed/file', failing(), { signal: never })).rejects.toThrow('the upload broke');
    expect(await keysOf(storage, 'failed/')).toEqual([]);
    expect(server?.openUploads() ?? []).toEqual([]);
  });

  test('an unknown key is a FileNotFoundError, also where it is the folder of others', async () => {
    await storage.put('parent/child', chunksOf(new Uint8Array(1)), { signal: never });
    for (const key of ['nothing', 'parent', 'parent/child/below']) {
      await expect(storage.open(key, { signal: never })).rejects.toThrow(FileNotFoundError);
    }
  });

  test('removing is done once and may be repeated', async () => {
    await storage.put('removed', chunksOf(new Uint8Array(1)), { signal: never });
    await storage.remove('removed');
    await storage.remove('removed');
    await expect(storage.open('removed', { signal: never })).rejects.toThrow(FileNotFoundError);
  });

  test('listing gives every file below a prefix with its size, and nothing else', async () => {
    for (const key of ['list/a', 'list/b/c', 'list/b/d.txt', 'listed']) {
      await storage.put(key, chunksOf(new Uint8Array(key.length)), { signal: never });
    }
    expect(await keysOf(storage, 'list/')).toEqual(['list/a', 'list/b/c', 'list/b/d.txt']);
    expect(await keysOf(storage, 'list')).toEqual(['list/a', 'list/b/c', 'list/b/d.txt', 'listed']);
    expect(await keysOf(storage, 'list/b/d')).toEqual(['list/b/d.txt']);
    expect(await keysOf(storage, 'none/')).toEqual([]);
    const [found] = await Array.fromAsync(storage.list('list/a'));
    expect(found?.sizeBytes).toBe(6);
    expect(Math.abs(Date.now() - (found?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  test.each([
    '../up',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    '',
    '.hidden',
    'a/.incoming',
    'a\\b',
    'a\0b',
    'a/',
    'x'.repeat(600),
  ])('a key that could leave its folder is refused: %j', async (key) => {
    await expect(storage.put(key, chunksOf(new Uint8Array(1)), { signal: never })).rejects.toThrow(TypeError);
    await expect(storage.open(key, { signal: never })).rejects.toThrow(TypeError);
    await expect(storage.remove(key)).rejects.toThrow(TypeError);
  });

  test('a reader that stops, and one that is aborted, let go of the file', async () => {
    await storage.put('held', chunksOf(randomBytes(2 * MIB)), { signal: never });
    const { stream } = await storage.open('held', { signal: never });
    for await (const _ of stream) break;
    const controller = new AbortController();
    const second = await storage.open('held', { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(readAll(second.stream)).rejects.toThrow('gone');
  });

  test('25 MiB pass through with memory growing by less than 10 MiB', async () => {
    const worker = new Worker(new URL('../../testkit/files/storage-memory.worker.ts', import.meta.url), {
      workerData: { location, credentials: server?.credentials, sizeBytes: 25 * MIB },
    });
    const [{ readBytes, grownBytes }] = await once(worker, 'message');
    console.log(`${kind}: 25 MiB grew memory by ${(grownBytes / MIB).toFixed(1)} MiB`);
    expect(readBytes).toBe(25 * MIB);
    expect(grownBytes / MIB).toBeLessThan(10);
  });
});
