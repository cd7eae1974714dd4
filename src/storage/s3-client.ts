import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, type Dispatcher, request } from 'undici';
import { minuteMs } from '../lib/time/durations.ts';
import { StorageFullError, StorageUnavailableError } from './errors.ts';

export type S3Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

/** `query` values are encoded here. `body` may be sent more than once. */
type S3Call = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: { blocks: Uint8Array[]; sizeBytes: number };
  signal: AbortSignal;
};

export type S3Answer = {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  body: Dispatcher.ResponseData['body'];
};

export type S3Client = {
  /**
   * Sends a signed request, again (twice at most) after a broken connection, 429 or 5xx. Statuses under 300 are given
   * back with their body unread.
   * @throws StorageUnavailableError, StorageFullError, or the signal's reason
   */
  send(call: S3Call): Promise<S3Answer>;
  close(): Promise<void>;
};

const tries = 3;
const firstPauseMs = 200;
const connectTimeoutMs = 10_000;
const silenceTimeoutMs = minuteMs;
const maxErrorBytes = 64 * 1024;
const fullCodes = new Set([
  'XMinioStorageFull',
  'QuotaExceeded',
  'XMinioAdminBucketQuotaExceeded',
  'InsufficientCapacity',
]);

/** Speaks to one bucket. An answer that stays silent for a minute is given up. */
export function createS3Client(options: {
  /** Address of the bucket, without a slash at its end. */
  bucketUrl: string;
  region: string;
  credentials: S3Credentials;
}): S3Client {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: silenceTimeoutMs,
    bodyTimeout: silenceTimeoutMs,
  });

  async function sendOnce(call: S3Call): Promise<S3Answer> {
    const url = new URL(`${options.bucketUrl}/${call.key ?? ''}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const hash = createHash('sha256');
    for (const block of call.body?.blocks ?? []) hash.update(block);
    const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
    const signed = await new AwsV4Signer({
      method: call.method,
      url: url.href,
      // The hash of what is sent is signed, so that the server refuses bytes damaged on the way.
      headers: { ...call.headers, 'x-amz-content-sha256': hash.digest('hex') },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 's3',
      region: options.region,
    }).sign();
    const headers = Object.fromEntries(signed.headers);
    if (call.body) headers['content-length'] = String(call.body.sizeBytes);
    const { statusCode, ...answer } = await request(signed.url, {
      method: call.method,
      headers,
      body: call.body ? Readable.from(call.body.blocks) : null,
      signal: call.signal,
      dispatcher: agent,
    });
    return { status: statusCode, headers: answer.headers, body: answer.body };
  }

  return {
    async send(call) {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await sendOnce(call).catch((error: unknown) => error);
        call.signal.throwIfAborted();
        if (isAnswer(outcome) && outcome.status < 300) return outcome;
        const fault = isAnswer(outcome) ? await readFault(outcome, call) : noAnswer(outcome, call);
        const isPassing =
          fault instanceof StorageUnavailableError &&
          (fault.status === null || fault.status === 429 || (fault.status >= 500 && fault.status !== 501));
        if (!isPassing || attempt === tries) throw fault;
        await wait(firstPauseMs * 2 ** (attempt - 1), undefined, { signal: call.signal }).catch(() => {});
        call.signal.throwIfAborted();
      }
    },
    close: () => agent.close(),
  };
}

function isAnswer(outcome: unknown): outcome is S3Answer {
  return !(outcome instanceof Error);
}

function noAnswer(error: unknown, { method }: S3Call): StorageUnavailableError {
  return new StorageUnavailableError(
    `The file storage gave no answer to ${method}`,
    { status: null, code: null },
    { cause: error },
  );
}

async function readFault(answer: S3Answer, { method }: S3Call): Promise<StorageUnavailableError | StorageFullError> {
  const text = await readText(answer, maxErrorBytes).catch(() => '');
  const code = findTag(text, 'Code');
  if (answer.status === 507 || (code !== null && fullCodes.has(code))) return new StorageFullError();
  const words = [code, findTag(text, 'Message')].filter((part) => part !== null).join(': ');
  return new StorageUnavailableError(
    `The file storage answered ${method} with ${answer.status}${words && ` (${words})`}`,
    {
      status: answer.status,
      code,
    },
  );
}

/** Reads a small answer whole. @throws Error where it is larger than `maxBytes` */
export async function readText(answer: S3Answer, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of answer.body) {
    if (!(part instanceof Uint8Array)) continue;
    sizeBytes += part.byteLength;
    if (sizeBytes > maxBytes) throw new Error(`The file storage answered with more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of the first element of that name in one of S3's answers, whose elements bear no attributes. */
export function findTag(xml: string, name: string): string | null {
  const [, text] = xml.match(new RegExp(`<${name}>([^<]*)</${name}>`)) ?? [];
  return (
    text?.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, entity) => {
      if (entity !== undefined) return entities[entity] ?? whole;
      const point = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }) ?? null
  );
}

/** The insides of every element of that name. */
export function findBlocks(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, inside = '']) => inside);
}
