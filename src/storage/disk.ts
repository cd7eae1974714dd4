import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FileNotFoundError, StorageFullError, StorageUnavailableError } from './errors.ts';
import type { FileStorage, ListedFile, OpenedFile, StoredFile } from './file-storage.ts';
import { checkKey } from './location.ts';
import { meter } from './metered.ts';

/** Unfinished writes: within the storage's folder, so that a rename can finish them; hidden, so that no key is theirs. */
const incomingFolder = '.incoming';
const abandonedAfterMs = 24 * 60 * 60 * 1000;
const readBytes = 64 * 1024;
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Of what is written, or of the folder itself: it is not mounted, not ours any more, or its disk has failed. */
const away = new Set([
  ...['ENOENT', 'ENOTDIR', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ESTALE', 'ENOTCONN', 'ENODEV', 'ENXIO', 'ETIMEDOUT'],
  ...['EMFILE', 'ENFILE'],
]);

/**
 * Keeps files in a folder, which is made where it is not there. A file is written aside, flushed to the disk, and
 * moved under its key: it is never there in part, also after a power cut. Unfinished writes older than
 * `leftoverAgeMs` are removed first.
 */
export async function createDiskStorage({
  folder,
  leftoverAgeMs = abandonedAfterMs,
}: {
  folder: string;
  leftoverAgeMs?: number;
}): Promise<FileStorage> {
  const root = resolve(folder);
  const incoming = join(root, incomingFolder);
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await removeLeftovers(incoming, Date.now() - leftoverAgeMs);

  const pathOf = (key: string): string => {
    checkKey(key);
    return join(root, key);
  };

  /** A file that is not there may be gone with the whole folder, whose disk is not mounted: that says nothing of it. */
  const checkThere = () => stat(incoming).catch(fail);
  const unlessAway = async (err: unknown): Promise<never> => {
    if (err instanceof FileNotFoundError) await checkThere();
    throw err;
  };

  return {
    async put(key, stream, { maxBytes, signal }): Promise<StoredFile> {
      const path = pathOf(key);
      const temporary = join(incoming, randomUUID());
      const { chunks, total } = meter(stream, { maxBytes, signal });
      try {
        await using handle = await open(temporary, 'wx', 0o600).catch(fail);
        for await (const chunk of chunks) await writeAll(handle, chunk).catch(fail);
        await handle.sync().catch(fail);
        signal.throwIfAborted();
        await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(fail);
        await rename(temporary, path).catch(fail);
      } catch (err) {
        await rm(temporary, { force: true }).catch(() => {});
        throw err;
      }
      await syncFolder(dirname(path)).catch(fail);
      return total();
    },

    async open(key, { start = 0, end, signal }): Promise<OpenedFile> {
      signal.throwIfAborted();
      const handle = await openToRead(pathOf(key), key).catch(unlessAway);
      try {
        const { size } = await handle.stat();
        const last = end ?? size - 1;
        if (start < 0 || last >= size || start > last + 1) throw new RangeError(`"${key}" has ${size} bytes`);
        return { stream: readPart(handle, { start, last, signal }), sizeBytes: size };
      } catch (err) {
        await handle.close();
        throw err;
      }
    },

    async remove(key) {
      try {
        await unlink(pathOf(key));
      } catch (err) {
        if (!isMissing(err)) fail(err);
        await checkThere();
      }
    },

    list: (prefix, options) => walk(root, prefix, options?.signal),

    async close() {},
  };
}

async function removeLeftovers(incoming: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const info = await stat(path).catch(unlessMissing);
    if (info && info.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
}

/** Without it, a power cut can undo the rename although the file itself is safe. */
async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and needs none of this.
  if (process.platform === 'win32') return;
  await using handle = await open(path, 'r');
  await handle.sync();
}

async function openToRead(path: string, key: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (err) {
    if (!isMissing(err)) fail(err);
  }
  throw new FileNotFoundError(key);
}

function readPart(
  handle: FileHandle,
  { start, last, signal }: { start: number; last: number; signal: AbortSignal },
): ReadableStream<Uint8Array> {
  let position = start;
  let close = (): Promise<void> => handle.close();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const onAbort = (): void => {
          controller.error(signal.reason);
          void close();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        close = async () => {
          signal.removeEventListener('abort', onAbort);
          await handle.close();
        };
      },
      async pull(controller) {
        const buffer = new Uint8Array(Math.min(readBytes, last + 1 - position));
        try {
          const { bytesRead } =
            buffer.byteLength > 0 ? await handle.read(buffer, 0, buffer.byteLength, position) : { bytesRead: 0 };
          if (signal.aborted) return;
          position += bytesRead;
          if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
          else if (position <= last) throw new Error('The file was cut short while it was read');
          if (position <= last) return;
          controller.close();
          await close();
        } catch (err) {
          if (signal.aborted) return;
          await close();
          throw err;
        }
      },
      cancel: () => close(),
    },
    { highWaterMark: 0 },
  );
}

async function* walk(root: string, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<ListedFile> {
  const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (parent !== '') checkKey(parent.slice(0, -1));
  const folders = [parent];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    const entries: Dirent[] = (await readdir(join(root, folder), { withFileTypes: true }).catch(unlessMissing)) ?? [];
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const key = `${folder}${entry.name}`;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) folders.push(`${key}/`);
      } else if (entry.isFile() && key.startsWith(prefix)) {
        const info = await stat(join(root, key)).catch(unlessMissing);
        if (info) yield { key, sizeBytes: info.size, modifiedAt: info.mtime };
      }
    }
  }
}

/** What the system says, in the storage's own words. */
function fail(err: unknown): never {
  const code = codeOf(err);
  if (full.has(code)) throw new StorageFullError({ cause: err });
  if (!away.has(code)) throw err;
  throw new StorageUnavailableError(`The folder of files fails: ${code}`, { status: null, code }, { cause: err });
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
