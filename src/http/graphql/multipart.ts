import { randomUUID } from 'node:crypto';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import busboy from 'busboy';
import type { GraphQLParams } from 'graphql-yoga';
import { bounded } from '../../lib/bounded.ts';
import { boundaryOf, withPlainPartHeaders } from '../../lib/part-headers.ts';
import { graphqlLimits } from './limits.ts';
import { isRecord, parseJson, parseParams, requestError } from './params.ts';

export type UploadOptions = {
  /** A longer file is cut one byte past it, and refused by whoever reads its size. */
  maxFileBytes: number;
  /** Where files wait until their operation has run. */
  folder: string;
};

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

/** Whether another process of that number runs: one of our own number is a dead one's. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Folders of the files that a request brought, to be removed once it is answered. */
const spooled = new WeakMap<Request, string>();

/** Removes the files that a request brought. */
export async function removeUploads(request: Request): Promise<void> {
  const folder = spooled.get(request);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

type Upload = { field: string; filename: string; type: string; file: string };

/**
 * Reads a request of the GraphQL multipart specification. Files go to the disk as they come, so memory does not grow
 * with them and they may be used in any order; each is a `File` that reads from there.
 * @throws GraphQLError with the HTTP status
 */
export async function readMultipart(
  request: Request,
  options: UploadOptions,
): Promise<GraphQLParams | GraphQLParams[]> {
  if (request.body === null) throw requestError(400, 'The body is empty');
  const folder = path.join(options.folder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  spooled.set(request, folder);
  const { fields, uploads } = await spool(request, folder, options);

  const operations = fields.get('operations');
  const map = fields.get('map');
  if (operations === undefined || map === undefined) {
    throw requestError(400, 'A multipart request needs the fields "operations" and "map", then the files');
  }
  const params = parseParams(operations);
  const files = new Map<string, File>();
  for (const upload of uploads) {
    const blob = await openAsBlob(upload.file, { type: upload.type });
    files.set(upload.field, new File([blob], upload.filename, { type: upload.type }));
  }
  place(params, parseJson(map, '"map"'), files);
  return params;
}

async function spool(
  request: Request,
  folder: string,
  options: UploadOptions,
): Promise<{ fields: Map<string, string>; uploads: Upload[] }> {
  let parser: busboy.Busboy;
  try {
    parser = busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      defParamCharset: 'utf8',
      limits: {
        fieldSize: graphqlLimits.bodyBytes,
        fields: 8,
        files: graphqlLimits.files,
        fileSize: options.maxFileBytes + 1,
        parts: graphqlLimits.files + 8,
        headerPairs: 32,
      },
    });
  } catch {
    throw requestError(400, 'The multipart body cannot be read: its boundary is missing');
  }
  const fields = new Map<string, string>();
  const uploads: Upload[] = [];
  const writes: Promise<void>[] = [];
  const refuse = (status: number, message: string) => parser.destroy(requestError(status, message));
  parser.on('field', (name, value, info) => {
    if (info.valueTruncated) refuse(413, `"${name}" is larger than ${graphqlLimits.bodyBytes} bytes`);
    else fields.set(name, value);
  });
  parser.on('file', (field, stream, info) => {
    const file = path.join(folder, String(uploads.length));
    uploads.push({ field, filename: info.filename || 'file', type: info.mimeType, file });
    const written = pipeline(stream, createWriteStream(file, { mode: 0o600 }));
    written.catch((err) => parser.destroy(err));
    writes.push(written);
  });
  parser.on('filesLimit', () => refuse(413, `A request may bring ${graphqlLimits.files} files at most`));
  parser.on('fieldsLimit', () => refuse(400, 'The multipart body has too many fields'));
  parser.on('partsLimit', () => refuse(400, 'The multipart body has too many parts'));
  try {
    // What lies past a file's limit is read, so that the refusal arrives, but not without end.
    const mostBytes = graphqlLimits.files * options.maxFileBytes + 2 * graphqlLimits.bodyBytes;
    const body = bounded(Readable.fromWeb(request.body as NodeReadableStream<Uint8Array>), mostBytes, () =>
      requestError(413, 'The body is longer than the files that a request may bring'),
    );
    const boundary = boundaryOf(request.headers.get('content-type') ?? '') ?? '';
    await pipeline(body, (chunks) => withPlainPartHeaders(chunks, boundary), parser, { signal: request.signal });
    await Promise.all(writes);
  } catch (err) {
    await Promise.allSettled(writes);
    if (err instanceof Error && /Unexpected end|Malformed part|Missing boundary/i.test(err.message)) {
      throw requestError(400, 'The multipart body is malformed');
    }
    throw err;
  }
  return { fields, uploads };
}

/** Puts the files where the map says, which must be nulls that are there: nothing is added to any object. */
function place(params: GraphQLParams | GraphQLParams[], map: unknown, files: ReadonlyMap<string, File>): void {
  if (!isRecord(map)) throw requestError(400, '"map" must be a JSON object of lists of paths');
  for (const [field, paths] of Object.entries(map)) {
    const file = files.get(field);
    if (file === undefined) throw requestError(400, `"map" names the file "${field}", which is not in the request`);
    if (!Array.isArray(paths)) throw requestError(400, '"map" must be a JSON object of lists of paths');
    for (const given of paths) {
      const steps = String(given).split('.');
      const last = steps.pop() ?? '';
      let target: unknown = params;
      for (const step of steps) target = own(target, step);
      if (typeof target !== 'object' || target === null || own(target, last) !== null) {
        throw requestError(400, `"map" has the path "${String(given)}", where "operations" has no null`);
      }
      Object.assign(target, { [last]: file });
    }
  }
}

function own(target: unknown, key: string): unknown {
  if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
  return Object.getOwnPropertyDescriptor(target, key)?.value;
}
