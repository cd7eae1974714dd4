import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { checkSignature } from './s3-signature.ts';

/** Given each request before it is handled: an answer makes the server refuse it so, or say nothing ever. */
export type S3Fault = (request: { method: string; url: URL }) => { status: number; code: string } | 'hang' | undefined;

export type S3Server = AsyncDisposable & {
  /** `http://127.0.0.1:…`, to be asked as `endpoint/bucket/key`. */
  endpoint: string;
  bucket: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Every request so far, `PUT /bucket/key?query`. */
  requests: string[];
  /** What is kept, by key. */
  objects: ReadonlyMap<string, { body: Buffer; contentType: string }>;
  /** Keys of the uploads begun, and neither completed nor ended. */
  openUploads(): string[];
  setFault(fault: S3Fault | undefined): void;
};

type Answer = { status: number; headers?: Record<string, string>; body?: string | Buffer };
type StoredObject = { body: Buffer; contentType: string; modifiedAt: Date };
type Upload = {
  key: string;
  contentType: string;
  initiatedAt: Date;
  parts: Map<number, { body: Buffer; etag: string }>;
};

const BUCKET = 'files';
const LIST_LENGTH = 1000;
const LEAST_PART_BYTES = 5 * 1024 * 1024;

/** An S3 server in memory on a free port of 127.0.0.1: signatures, ranges, lists in pages, uploads in parts with S3's rules. */
export async function startS3Server(): Promise<S3Server> {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret/with+signs=' };
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  const requests: string[] = [];
  let fault: S3Fault | undefined;

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', 'http://localhost');
    const method = req.method ?? 'GET';
    requests.push(`${method} ${url.pathname}${url.search}`);
    const found = fault?.({ method, url });
    if (found === 'hang') return;
    const body = Buffer.concat(await Array.fromAsync(req));
    const refusal = checkSignature({ method, url, headers: req.headers, body }, credentials);
    const {
      status,
      headers,
      body: text,
    } = found
      ? refuse(found.status, found.code)
      : refusal
        ? refuse(403, refusal)
        : answer({ method, url, body, headers: req.headers });
    const sized = status === 204 ? {} : { 'content-length': Buffer.byteLength(text ?? '') };
    res.writeHead(status, { ...headers, ...sized }).end(text);
  };

  const answer = ({
    method,
    url,
    body,
    headers,
  }: {
    method: string;
    url: URL;
    body: Buffer;
    headers: IncomingMessage['headers'];
  }): Answer => {
    const key = decodeURIComponent(url.pathname.slice(`/${BUCKET}/`.length));
    const query = url.searchParams;
    const contentType = String(headers['content-type'] ?? 'binary/octet-stream');
    if (!url.pathname.startsWith(`/${BUCKET}/`)) return refuse(404, 'NoSuchBucket');
    if (key === '' && query.has('uploads')) return listUploads(query.get('prefix') ?? '');
    if (key === '') return listObjects(query);
    const uploadId = query.get('uploadId');
    if (uploadId !== null)
      return answerUpload({ method, key, uploadId, number: Number(query.get('partNumber')), body });
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, { key, contentType, initiatedAt: new Date(), parts: new Map() });
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (method === 'PUT') {
      objects.set(key, { body, contentType, modifiedAt: new Date() });
      return { status: 200, headers: { etag: etagOf(body) } };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    const object = objects.get(key);
    return object ? readObject(object, headers.range) : refuse(404, 'NoSuchKey');
  };

  const answerUpload = (call: {
    method: string;
    key: string;
    uploadId: string;
    number: number;
    body: Buffer;
  }): Answer => {
    const upload = uploads.get(call.uploadId);
    if (upload?.key !== call.key) return refuse(404, 'NoSuchUpload');
    if (call.method === 'PUT') {
      const etag = etagOf(call.body);
      upload.parts.set(call.number, { body: call.body, etag });
      return { status: 200, headers: { etag } };
    }
    if (call.method === 'DELETE') {
      uploads.delete(call.uploadId);
      return { status: 204 };
    }
    const listed = [...call.body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
    const parts = listed.map(([, number, etag]) => {
      const part = upload.parts.get(Number(number));
      return part?.etag === etag?.replaceAll('&quot;', '"') ? part : undefined;
    });
    const bodies = parts.flatMap((part) => (part ? [part.body] : []));
    if (bodies.length === 0 || bodies.length < parts.length) return refuse(400, 'InvalidPart');
    if (bodies.slice(0, -1).some((part) => part.byteLength < LEAST_PART_BYTES)) return refuse(400, 'EntityTooSmall');
    objects.set(upload.key, { body: Buffer.concat(bodies), contentType: upload.contentType, modifiedAt: new Date() });
    uploads.delete(call.uploadId);
    return xml(`<CompleteMultipartUploadResult><Key>${upload.key}</Key></CompleteMultipartUploadResult>`);
  };

  const listUploads = (prefix: string): Answer => {
    const found = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
    const items = found.map(
      ([id, { key, initiatedAt }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiatedAt.toISOString()}</Initiated></Upload>`,
    );
    return xml(`<ListMultipartUploadsResult>${items.join('')}</ListMultipartUploadsResult>`);
  };

  const listObjects = (query: URLSearchParams): Answer => {
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort();
    const items = keys.slice(0, LIST_LENGTH).map((key) => {
      const { body, modifiedAt } = objects.get(key) ?? { body: Buffer.alloc(0), modifiedAt: new Date() };
      return `<Contents><Key>${key}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><Size>${body.byteLength}</Size></Contents>`;
    });
    const next =
      keys.length > LIST_LENGTH ? `<NextContinuationToken>${keys[LIST_LENGTH - 1]}</NextContinuationToken>` : '';
    return xml(`<ListBucketResult>${items.join('')}${next}</ListBucketResult>`);
  };

  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');

  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    bucket: BUCKET,
    credentials,
    requests,
    objects,
    openUploads: () => [...uploads.values()].map(({ key }) => key),
    setFault(next) {
      fault = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function readObject({ body, contentType }: StoredObject, range: string | undefined): Answer {
  const headers = { 'content-type': contentType, etag: etagOf(body) };
  const [, first, last] = range?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  if (first === undefined) return { status: 200, headers, body };
  const start = Number(first);
  if (start >= body.byteLength) return refuse(416, 'InvalidRange');
  const end = last ? Math.min(Number(last), body.byteLength - 1) : body.byteLength - 1;
  const contentRange = `bytes ${start}-${end}/${body.byteLength}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: body.subarray(start, end + 1) };
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function xml(body: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

function refuse(status: number, code: string): Answer {
  const body = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
