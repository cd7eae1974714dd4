import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import busboy from 'busboy';
import { HTTPException } from 'hono/http-exception';
import { BadRequestError, ValidationError } from '../domain/errors.ts';
import { bounded } from '../lib/bounded.ts';
import { boundaryOf, withPlainPartHeaders } from '../lib/part-headers.ts';

const maxFields = 16;
const maxFieldBytes = 4_096;
/** What a form needs beside its file. */
const formOverheadBytes = 65_536;
/** Of a body that does not say how long it is, so many times the largest file is read. */
const readBeyond = 4;

/** A file that came in a form, kept on the disk until it is used: memory does not grow with it. */
export type FormFile = AsyncDisposable & {
  /** As the field `filename` has it, or else the file itself. */
  filename: string;
  /** In hex. */
  sha256: string;
  open(): AsyncIterable<Uint8Array>;
};

export type FormFileOptions = { folder: string; maxFileBytes: number };

/**
 * Reads the field `file` of a form. A file over the limit is cut one byte past it, for whoever counts to refuse.
 * @throws HTTPException 415 where it is no form; BadRequestError where it cannot be read; ValidationError where it has
 * no file, or is so long that its file must be too large
 */
export async function readFormFile(request: Request, options: FormFileOptions): Promise<FormFile> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(type)) throw new HTTPException(415);
  // The body is not touched before: the server reads on, so that the refusal arrives, only of one that nobody has.
  if (Number(request.headers.get('content-length') ?? 0) > options.maxFileBytes + formOverheadBytes) {
    throw tooLarge(options.maxFileBytes);
  }
  if (request.body === null) throw unreadable();
  const folder = path.join(options.folder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, 'file');
    const found = await spool(request, request.body, file, options.maxFileBytes);
    if (found === null) throw new ValidationError({ file: ['File is required'] });
    return { ...found, open: () => createReadStream(file), [Symbol.asyncDispose]: remove };
  } catch (err) {
    await remove();
    throw err;
  }
}

async function spool(
  request: Request,
  body: ReadableStream<Uint8Array>,
  file: string,
  maxFileBytes: number,
): Promise<{ filename: string; sha256: string } | null> {
  const parser = openParser(request, maxFileBytes);
  const hash = createHash('sha256');
  let own: string | null = null;
  let given: string | null = null;
  let writing: Promise<void> | null = null;
  parser.on('field', (name, value) => {
    if (name === 'filename' && value.trim() !== '') given = value;
  });
  parser.on('file', (name, stream, info) => {
    if (name !== 'file' || writing !== null) {
      stream.resume();
      return;
    }
    own = info.filename || 'file';
    stream.on('data', (chunk: Buffer) => hash.update(chunk));
    writing = pipeline(stream, createWriteStream(file, { mode: 0o600 }));
    writing.catch((err) => parser.destroy(err));
  });
  try {
    // What lies past the limit is read, so that the refusal arrives, but not without end.
    const mostBytes = maxFileBytes * readBeyond + formOverheadBytes;
    const source = bounded(Readable.fromWeb(body as NodeReadableStream<Uint8Array>), mostBytes, () =>
      tooLarge(maxFileBytes),
    );
    const boundary = boundaryOf(request.headers.get('content-type') ?? '') ?? '';
    await pipeline(source, (chunks) => withPlainPartHeaders(chunks, boundary), parser, { signal: request.signal });
    await writing;
  } catch (err) {
    await Promise.allSettled([writing]);
    if (err instanceof Error && /Unexpected end|Malformed part|Missing boundary/i.test(err.message)) throw unreadable();
    throw err;
  }
  return own === null ? null : { filename: given ?? own, sha256: hash.digest('hex') };
}

function tooLarge(maxFileBytes: number): ValidationError {
  return new ValidationError({ file: [`File must be at most ${Math.floor(maxFileBytes / 1_048_576)} MB`] });
}

function openParser(request: Request, maxFileBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      defParamCharset: 'utf8',
      limits: {
        fieldSize: maxFieldBytes,
        fields: maxFields,
        files: 1,
        fileSize: maxFileBytes + 1,
        parts: maxFields + 1,
        headerPairs: 32,
      },
    });
  } catch {
    throw unreadable();
  }
}

function unreadable(): BadRequestError {
  const message = 'The body is not a readable form (multipart/form-data)';
  return new BadRequestError(message, { body: [message] });
}
