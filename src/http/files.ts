import { type Context, Hono } from 'hono';
import type { App, Caller } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { loadAttachments, openAttachment } from '../domain/conversations/attachments.ts';
import { NotFoundError, UpstreamError } from '../domain/errors.ts';
import { exportFile, loadExports } from '../domain/exports/exports.ts';
import { contentDisposition } from '../lib/filename.ts';
import { type ByteRange, parseRange } from '../lib/range.ts';
import { verifyPath } from '../lib/secrets/signed-url.ts';
import { FileNotFoundError, StorageUnavailableError } from '../storage/errors.ts';
import type { RequestEnv } from './app.ts';

type FilesContext = Context<{ Bindings: RequestEnv }>;

/** A file as it is served. */
type Served = {
  filename: string;
  contentType: string;
  /** Of exactly these bytes; null where they are not ours to know. */
  etag: string | null;
  /** Null where it is not known before they are read. */
  sizeBytes: number | null;
  /** Whether a part can be read alone. */
  hasRanges: boolean;
  open(options: { start?: number; end?: number; signal: AbortSignal }): Promise<{
    stream: ReadableStream<Uint8Array>;
    sizeBytes: number | null;
  }>;
};

const retryAfterSeconds = '5';
const saneType = /^[\w.+-]+\/[\w.+-]+(?:; charset=[\w-]+)?$/;
/** Whatever the file is, and whoever made it: it runs nothing, and reads nothing of ours, also where it is shown. */
const sandbox = "sandbox; default-src 'none'; frame-ancestors 'none'";

/**
 * Files by their signed addresses: `/files/attachments/{id}`, `/files/exports/{id}`. The address is all that is asked
 * for; one that was altered, is over, or is of another tenant is 403, and one whose file is gone 404. Always a
 * download, in parts where it is asked for so.
 */
export function createFiles(app: App): Hono<{ Bindings: RequestEnv }> {
  const files = new Hono<{ Bindings: RequestEnv }>();
  const route = (path: string, find: (caller: Caller, id: string) => Promise<Served | null>) => {
    files.get(path, async (c) => {
      const verified = verifyWithAny(app.secrets.signingKeys('files'), c.req.url);
      const tenantId = verified.ok ? verified.claims['tenant'] : undefined;
      if (tenantId === undefined) {
        const isOver = !verified.ok && verified.reason === 'expired';
        return refuse(
          c,
          403,
          'forbidden',
          isOver ? 'This address is over: ask for a new one' : 'This address is not valid',
        );
      }
      const served = await find(systemCaller(app, tenantId), c.req.param('id') ?? '');
      return served === null ? notFound(c) : serve(c, served);
    });
    files.all(path, (c) => {
      c.header('allow', 'GET, HEAD');
      return refuse(c, 405, 'bad_request', 'Only GET and HEAD are served here');
    });
  };
  route('/files/attachments/:id', findAttachment);
  route('/files/exports/:id', findExport);
  files.notFound(notFound);
  files.onError((err, c) => {
    if (err instanceof NotFoundError) return notFound(c);
    if (err instanceof FileNotFoundError) {
      app.log.error({ err, requestId: c.env.requestId }, 'a file is gone from the storage');
      return notFound(c);
    }
    const isUpstream = err instanceof UpstreamError;
    if (!isUpstream && !(err instanceof StorageUnavailableError)) throw err;
    app.log.warn({ err, requestId: c.env.requestId }, 'a file could not be read');
    const delayMs = isUpstream ? err.retryAfterMs : null;
    c.header('retry-after', delayMs === null ? retryAfterSeconds : String(Math.ceil(delayMs / 1_000)));
    const who = isUpstream ? 'The API that holds the file' : 'The file storage';
    return refuse(c, 503, 'service_unavailable', `${who} does not answer now: try again`);
  });
  return files;
}

async function findAttachment(caller: Caller, id: string): Promise<Served | null> {
  const [row] = await loadAttachments(caller, [id]);
  if (row === undefined) return null;
  const isOurs = row.storageKey !== null;
  return {
    filename: row.filename,
    contentType: row.mimeType,
    etag: row.checksum,
    sizeBytes: isOurs ? Number(row.sizeBytes) : null,
    hasRanges: isOurs,
    open: (options) => openAttachment(caller, row, options),
  };
}

async function findExport(caller: Caller, id: string): Promise<Served | null> {
  const [row] = await loadExports(caller, [id]);
  const key = row?.storageKey ?? null;
  if (row === undefined || key === null) return null;
  const { name, contentType } = exportFile(row);
  return {
    filename: name,
    contentType,
    etag: key.slice(key.lastIndexOf('/') + 1),
    sizeBytes: Number(row.sizeBytes),
    hasRanges: true,
    open: (options) => caller.app.storage.open(key, options),
  };
}

async function serve(c: FilesContext, served: Served): Promise<Response> {
  const { raw } = c.req;
  const etag = served.etag === null ? null : `"${served.etag}"`;
  const headers = new Headers({
    'content-type': saneType.test(served.contentType) ? served.contentType : 'application/octet-stream',
    'content-disposition': contentDisposition(served.filename),
    'content-security-policy': sandbox,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
    'accept-ranges': served.hasRanges ? 'bytes' : 'none',
  });
  if (etag !== null) headers.set('etag', etag);
  if (etag !== null && isKnown(raw.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });

  const range = rangeOf(raw, served, etag);
  if (range.kind === 'unsatisfiable') {
    headers.set('content-range', range.contentRange);
    return new Response(null, { status: 416, headers });
  }
  const isPart = range.kind === 'part';
  if (isPart) headers.set('content-range', range.contentRange);
  const status = isPart ? 206 : 200;
  const sizeBytes = isPart ? range.sizeBytes : served.sizeBytes;
  if (sizeBytes !== null) headers.set('content-length', String(sizeBytes));
  if (raw.method === 'HEAD') return new Response(null, { status, headers });

  const part = isPart ? { start: range.start, end: range.end } : {};
  const opened = await untilOpened(raw.signal, (signal) => served.open({ ...part, signal }));
  if (sizeBytes === null && opened.sizeBytes !== null) headers.set('content-length', String(opened.sizeBytes));
  return new Response(opened.stream as ReadableStream<Uint8Array<ArrayBuffer>>, { status, headers });
}

/**
 * Gives up opening a file when its reader leaves. Once it is open, the reader's leaving cancels the stream, which is
 * its end; an abort would be its failure.
 */
async function untilOpened<Value>(leaving: AbortSignal, open: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const opening = new AbortController();
  const stop = () => opening.abort(leaving.reason);
  if (leaving.aborted) stop();
  leaving.addEventListener('abort', stop, { once: true });
  try {
    return await open(opening.signal);
  } finally {
    leaving.removeEventListener('abort', stop);
  }
}

function rangeOf({ headers }: Request, { hasRanges, sizeBytes }: Served, etag: string | null): ByteRange {
  if (!hasRanges || sizeBytes === null) return { kind: 'whole' };
  // A part of what the client has an older version of would not fit.
  const condition = headers.get('if-range');
  if (condition !== null && condition !== etag) return { kind: 'whole' };
  return parseRange(headers.get('range'), sizeBytes);
}

function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

function notFound(c: FilesContext): Response {
  return refuse(c, 404, 'not_found', 'There is no such file');
}

function refuse(c: FilesContext, status: 403 | 404 | 405 | 503, code: string, message: string): Response {
  return c.json({ error: { code, message } }, status);
}

/** By the key that an address was signed with; altered where it was none of them. */
function verifyWithAny(keys: readonly Buffer[], address: string): ReturnType<typeof verifyPath> {
  const verdicts = keys.map((key) => verifyPath({ key, address }));
  const known = verdicts.find((verdict) => verdict.ok || verdict.reason === 'expired');
  return known ?? { ok: false, reason: 'altered' };
}
