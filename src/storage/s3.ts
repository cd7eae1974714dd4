import { FileNotFoundError, StorageUnavailableError } from './errors.ts';
import type { FileStorage, ListedFile, OpenedFile } from './file-storage.ts';
import { checkKey, type S3Location } from './location.ts';
import { meter } from './metered.ts';
import { createS3Client, findBlocks, findTag, readText, type S3Client, type S3Credentials } from './s3-client.ts';
import {
  cleanupTimeoutMs,
  endUpload,
  headerOf,
  isStatus,
  joined,
  maxAnswerBytes,
  maxParts,
  partBytes,
  partsOf,
  putInParts,
  putWhole,
  removePath,
  withDeadline,
} from './s3-upload.ts';

export type { S3Credentials } from './s3-client.ts';

const abandonedAfterMs = 24 * 60 * 60 * 1000;
/**
 * Keeps files in a bucket of Amazon S3 or a server that speaks like it. Up to 5 MiB go in one request, more in parts
 * of 5 MiB, one at a time: 48.8 GiB a file at most. What fails or is aborted is taken back; uploads that a crash left
 * open are ended once older than `leftoverAgeMs`.
 */
export async function createS3Storage(
  options: Omit<S3Location, 'kind'> & { credentials: S3Credentials; leftoverAgeMs?: number },
): Promise<FileStorage> {
  const client = createS3Client({ ...options, bucketUrl: bucketUrlOf(options) });
  const root = options.prefix === '' ? '' : `${options.prefix}/`;
  const pathOf = (key: string): string => {
    checkKey(key);
    return root + key;
  };
  await endLeftovers(client, root, Date.now() - (options.leftoverAgeMs ?? abandonedAfterMs));

  return {
    async put(key, stream, putOptions) {
      const path = pathOf(key);
      const { maxBytes = Number.POSITIVE_INFINITY, signal } = putOptions;
      const { chunks, total } = meter(stream, { maxBytes: Math.min(maxBytes, partBytes * maxParts), signal });
      const parts = partsOf(chunks);
      try {
        const first = await parts.next();
        if (first.done) throw new Error('A stream was cut into no parts');
        if (first.value.isLast) await putWhole(client, path, first.value, putOptions);
        else await putInParts(client, path, joined(first.value, parts), putOptions);
      } finally {
        await parts.return(undefined);
      }
      return total();
    },

    async open(key, { start = 0, end, signal }): Promise<OpenedFile> {
      if (start < 0 || (end !== undefined && end < start)) throw new RangeError(`There is no range ${start} to ${end}`);
      const isPart = start > 0 || end !== undefined;
      const answer = await client
        .send({
          method: 'GET',
          key: pathOf(key),
          headers: isPart ? { range: `bytes=${start}-${end ?? ''}` } : {},
          signal,
        })
        .catch((error: unknown) => {
          if (isStatus(error, 404)) throw new FileNotFoundError(key, { cause: error });
          if (isStatus(error, 416)) throw new RangeError(`The range lies outside "${key}"`, { cause: error });
          throw error;
        });
      // Destroying a body makes it emit an error that nobody else listens for.
      answer.body.on('error', () => {});
      const [, total] = headerOf(answer, 'content-range').match(/\/(\d+)$/) ?? [];
      const sizeBytes = Number(total ?? (headerOf(answer, 'content-length') || Number.NaN));
      if (
        !Number.isSafeInteger(sizeBytes) ||
        (isPart && total === undefined) ||
        (end ?? 0) > Math.max(sizeBytes - 1, 0)
      ) {
        answer.body.destroy();
        if (Number.isSafeInteger(sizeBytes) && total !== undefined)
          throw new RangeError(`"${key}" has ${sizeBytes} bytes`);
        throw new StorageUnavailableError('The file storage does not say how long a file is', {
          status: answer.status,
          code: null,
        });
      }
      return { stream: pulled(answer.body, signal), sizeBytes };
    },

    async remove(key, removeOptions) {
      await removePath(client, pathOf(key), withDeadline(removeOptions?.signal));
    },

    list: (prefix, listOptions) => listObjects(client, { root, prefix, signal: listOptions?.signal }),

    close: () => client.close(),
  };
}

function bucketUrlOf({ bucket, endpoint, region }: Omit<S3Location, 'kind'>): string {
  if (endpoint !== null) return `${endpoint}/${bucket}`;
  // A dot in the name is outside what Amazon's wildcard certificate covers.
  if (bucket.includes('.')) return `https://s3.${region}.amazonaws.com/${bucket}`;
  return `https://${bucket}.s3.${region}.amazonaws.com`;
}

/** A server that cannot list open uploads is left alone: it ends them by a rule of its own, or never. */
async function endLeftovers(client: S3Client, root: string, beforeMs: number): Promise<void> {
  const signal = AbortSignal.timeout(cleanupTimeoutMs);
  try {
    const answer = await client.send({ method: 'GET', query: { uploads: '', prefix: root }, signal });
    for (const upload of findBlocks(await readText(answer, maxAnswerBytes), 'Upload')) {
      const path = findTag(upload, 'Key');
      const uploadId = findTag(upload, 'UploadId');
      if (path === null || uploadId === null || !path.startsWith(root)) continue;
      if (Date.parse(findTag(upload, 'Initiated') ?? '') < beforeMs)
        await endUpload(client, { path, uploadId, signal });
    }
  } catch {
    return;
  }
}

async function* listObjects(
  client: S3Client,
  { root, prefix, signal }: { root: string; prefix: string; signal: AbortSignal | undefined },
): AsyncGenerator<ListedFile> {
  let token: string | null = null;
  do {
    const query: Record<string, string> = { 'list-type': '2', prefix: root + prefix };
    if (token !== null) query['continuation-token'] = token;
    const answer = await client.send({ method: 'GET', query, signal: withDeadline(signal) });
    const text = await readText(answer, maxAnswerBytes);
    for (const object of findBlocks(text, 'Contents')) {
      const path = findTag(object, 'Key');
      if (path === null || !path.startsWith(root)) continue;
      yield {
        key: path.slice(root.length),
        sizeBytes: Number(findTag(object, 'Size')),
        modifiedAt: new Date(findTag(object, 'LastModified') ?? 0),
      };
    }
    token = findTag(text, 'NextContinuationToken');
  } while (token !== null);
}

function pulled(
  body: AsyncIterable<unknown> & { destroy(): unknown },
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else if (value instanceof Uint8Array) controller.enqueue(value);
        } catch (err) {
          signal.throwIfAborted();
          throw new StorageUnavailableError('The file storage broke off', { status: null, code: null }, { cause: err });
        }
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
