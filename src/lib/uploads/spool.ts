import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import busboy from 'busboy';
import { bounded } from './bounded.ts';
import { boundaryOf, withPlainPartHeaders } from './part-headers.ts';

type SpoolOptions = {
  /** Where the request's own folder is made. */
  folder: string;
  limits: {
    /** The most that is read of a body, with what is read of one that was refused, so that its client sees the answer. */
    bodyBytes: number;
    files: number;
    /** A longer file is cut one byte past it, for whoever counts to refuse. */
    fileBytes: number;
    fields: number;
    fieldBytes: number;
  };
  /** Which files are kept, by their field; the others are read and forgotten. Default: all. */
  isWanted?(field: string): boolean;
  /** Sees what the files that are kept hold, as it comes. */
  onBytes?(chunk: Uint8Array): void;
  /** What a body is refused with; null where what is over a limit may be left out. */
  refusal(fault: SpoolFault, field: string): Error | null;
};

/** `boundary` and `malformed` cannot be read at all; the others are limits. */
export type SpoolFault = 'boundary' | 'malformed' | 'bodyBytes' | 'files' | 'fields' | 'fieldBytes';

type SpooledFile = { field: string; filename: string; type: string; path: string };

/** What a form brought; its files are removed with it. */
export type Spool = AsyncDisposable & {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: readonly SpooledFile[];
};

/**
 * Reads a `multipart/form-data` body. Files go to the disk as they come, so memory does not grow with them.
 * @throws what `refusal` gives; nothing is left on the disk then
 */
export async function spoolForm(
  request: Request,
  body: ReadableStream<Uint8Array>,
  options: SpoolOptions,
): Promise<Spool> {
  const folder = path.join(options.folder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    return { ...(await read(request, body, folder, options)), [Symbol.asyncDispose]: remove };
  } catch (err) {
    await remove();
    throw err;
  }
}

async function read(
  request: Request,
  body: ReadableStream<Uint8Array>,
  folder: string,
  options: SpoolOptions,
): Promise<{ fields: Map<string, string>; files: SpooledFile[] }> {
  const contentType = request.headers.get('content-type') ?? '';
  const parser = openParser(contentType, options);
  const fields = new Map<string, string>();
  const files: SpooledFile[] = [];
  const writes: Promise<Error | null>[] = [];
  const refuse = (fault: SpoolFault, field = '') => {
    const refusal = options.refusal(fault, field);
    if (refusal !== null) parser.destroy(refusal);
    return refusal;
  };
  parser.on('field', (name, value, info) => {
    if (!info.valueTruncated || refuse('fieldBytes', name) === null) fields.set(name, value);
  });
  parser.on('file', (field, stream, info) => {
    if (options.isWanted?.(field) === false) {
      stream.resume();
      return;
    }
    const file = path.join(folder, String(files.length));
    files.push({ field, filename: info.filename || 'file', type: info.mimeType, path: file });
    writes.push(keep(stream, file, options.onBytes));
  });
  parser.on('filesLimit', () => refuse('files'));
  parser.on('fieldsLimit', () => refuse('fields'));
  parser.on('partsLimit', () => refuse('fields'));
  const orRefusal = (fault: SpoolFault, err: Error) => options.refusal(fault, '') ?? err;
  try {
    // What lies past a limit is read, so that the refusal arrives, but not without end.
    const source = bounded(Readable.fromWeb(body as NodeReadableStream<Uint8Array>), options.limits.bodyBytes, () =>
      orRefusal('bodyBytes', new Error('the body is too long')),
    );
    const boundary = boundaryOf(contentType) ?? '';
    await pipeline(source, (chunks) => withPlainPartHeaders(chunks, boundary), parser, { signal: request.signal });
  } catch (err) {
    await Promise.allSettled(writes);
    if (err instanceof Error && /Unexpected end|Malformed part|Missing boundary/i.test(err.message)) {
      throw orRefusal('malformed', err);
    }
    throw err;
  }
  const failed = (await Promise.all(writes)).find((failure) => failure !== null);
  if (failed !== undefined) throw failed;
  return { fields, files };
}

/**
 * Writes a file. One that cannot be written, on a full disk, say, is read to its end all the same, so that its sender sees the
 * answer and not a connection that breaks. @returns what it failed with
 */
async function keep(
  stream: Readable,
  file: string,
  onBytes: (chunk: Uint8Array) => void = () => {},
): Promise<Error | null> {
  let failure: unknown = null;
  const handle = await open(file, 'wx', 0o600).catch((err: unknown) => {
    failure = err;
    return null;
  });
  try {
    for await (const chunk of stream) {
      onBytes(chunk);
      if (failure !== null) continue;
      await handle?.writeFile(chunk).catch((err: unknown) => {
        failure = err;
      });
    }
  } catch {
    // What broke off is told by whoever reads the body.
  }
  await handle?.close();
  return failure === null || failure instanceof Error ? failure : new Error(String(failure));
}

function openParser(contentType: string, { limits, refusal }: SpoolOptions): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      limits: {
        fieldSize: limits.fieldBytes,
        fields: limits.fields,
        files: limits.files,
        fileSize: limits.fileBytes + 1,
        parts: limits.files + limits.fields,
        headerPairs: 32,
      },
    });
  } catch (err) {
    throw refusal('boundary', '') ?? err;
  }
}

/**
 * A folder of this process alone for files that wait, within `parent`; what dead processes left there is removed.
 * @returns the folder, and what removes it
 */
export async function openUploadFolder(parent: string): Promise<{ folder: string; remove(): Promise<void> }> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    if (!isAlive(Number(name))) await rm(path.join(parent, name), { recursive: true, force: true });
  }
  const folder = path.join(parent, String(process.pid));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Whether another process of that id runs. A folder of our own id was left by one that is dead. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM';
  }
}
