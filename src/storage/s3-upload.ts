import { FileTooLargeError, StorageUnavailableError } from './errors.ts';
import type { PutOptions } from './file-storage.ts';
import { findTag, readText, type S3Answer, type S3Client } from './s3-client.ts';

/** The least that S3 takes for a part, and so the most that an upload holds in memory. */
export const partBytes = 5 * 1024 * 1024;
const blockBytes = 64 * 1024;
export const maxParts = 10_000;
export const maxAnswerBytes = 8 * 1024 * 1024;
export const cleanupTimeoutMs = 10_000;
/** A call that moves at most one part, or answers briefly. */
const callTimeoutMs = 5 * 60 * 1000;

type Part = { blocks: Uint8Array[]; sizeBytes: number; isLast: boolean };

export function withDeadline(signal: AbortSignal | undefined, timeoutMs = callTimeoutMs): AbortSignal {
  const deadline = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

export function headerOf(answer: S3Answer, name: string): string {
  return String(answer.headers[name] ?? '');
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof StorageUnavailableError && error.status === status;
}

/**
 * Cuts a stream into parts of `partBytes`, the last one smaller, maybe empty. All parts use the same memory: each is
 * good until the next is asked for.
 */
export async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Part, undefined> {
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  const cut = (isLast: boolean): Part => ({
    blocks: blocks
      .slice(0, Math.ceil(sizeBytes / blockBytes))
      .map((block, index) => block.subarray(0, sizeBytes - index * blockBytes)),
    sizeBytes,
    isLast,
  });
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      if (sizeBytes === partBytes) {
        yield cut(false);
        sizeBytes = 0;
      }
      const index = Math.floor(sizeBytes / blockBytes);
      const block = blocks[index] ?? new Uint8Array(blockBytes);
      blocks[index] = block;
      const filled = sizeBytes % blockBytes;
      const piece = chunk.subarray(offset, offset + blockBytes - filled);
      block.set(piece, filled);
      sizeBytes += piece.byteLength;
      offset += piece.byteLength;
    }
  }
  yield cut(true);
}

export async function* joined(first: Part, rest: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield first;
  yield* rest;
}

function typeHeaders({ contentType }: PutOptions): Record<string, string> {
  return { 'content-type': contentType ?? 'application/octet-stream' };
}

export async function putWhole(client: S3Client, path: string, part: Part, options: PutOptions): Promise<void> {
  try {
    const answer = await client.send({
      method: 'PUT',
      key: path,
      headers: typeHeaders(options),
      body: part,
      signal: withDeadline(options.signal),
    });
    await answer.body.dump();
    options.signal.throwIfAborted();
  } catch (err) {
    // It may have been taken all the same.
    await removePath(client, path, AbortSignal.timeout(cleanupTimeoutMs)).catch(() => {});
    throw err;
  }
}

export async function putInParts(
  client: S3Client,
  path: string,
  parts: AsyncIterable<Part>,
  options: PutOptions,
): Promise<void> {
  const { signal } = options;
  const started = await client.send({
    method: 'POST',
    key: path,
    query: { uploads: '' },
    headers: typeHeaders(options),
    signal: withDeadline(signal),
  });
  const uploadId = findTag(await readText(started, maxAnswerBytes), 'UploadId');
  if (uploadId === null)
    throw new StorageUnavailableError('The file storage opened no upload', { status: started.status, code: null });
  let isEnding = false;
  try {
    const etags: string[] = [];
    for await (const part of parts) {
      if (etags.length === maxParts) throw new FileTooLargeError(partBytes * maxParts);
      const answer = await client.send({
        method: 'PUT',
        key: path,
        query: { partNumber: String(etags.length + 1), uploadId },
        body: part,
        signal: withDeadline(signal),
      });
      await answer.body.dump();
      etags.push(headerOf(answer, 'etag'));
    }
    signal.throwIfAborted();
    isEnding = true;
    await completeUpload(client, { path, uploadId, etags, signal });
    signal.throwIfAborted();
  } catch (err) {
    const cleanup = AbortSignal.timeout(cleanupTimeoutMs);
    await endUpload(client, { path, uploadId, signal: cleanup }).catch(() => {});
    if (isEnding) await removePath(client, path, cleanup).catch(() => {});
    throw err;
  }
}

async function completeUpload(
  client: S3Client,
  { path, uploadId, etags, signal }: { path: string; uploadId: string; etags: string[]; signal: AbortSignal },
): Promise<void> {
  const listed = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`);
  const answer = await client.send({
    method: 'POST',
    key: path,
    query: { uploadId },
    headers: { 'content-type': 'application/xml' },
    body: { blocks: [body], sizeBytes: body.byteLength },
    signal: withDeadline(signal),
  });
  // S3 answers 200 before it has put the parts together, and may tell of a failure only in the body.
  const text = await readText(answer, maxAnswerBytes);
  if (text.includes('<Error>')) {
    const code = findTag(text, 'Code');
    throw new StorageUnavailableError(`The file storage could not join the parts (${code})`, {
      status: answer.status,
      code,
    });
  }
}

export async function endUpload(
  client: S3Client,
  { path, uploadId, signal }: { path: string; uploadId: string; signal: AbortSignal },
): Promise<void> {
  const answer = await client.send({ method: 'DELETE', key: path, query: { uploadId }, signal });
  await answer.body.dump();
}

export async function removePath(client: S3Client, path: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await client.send({ method: 'DELETE', key: path, signal });
    await answer.body.dump();
  } catch (err) {
    if (!isStatus(err, 404)) throw err;
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
