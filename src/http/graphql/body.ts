import { isUtf8 } from 'node:buffer';
import type { GraphQLParams } from 'graphql-yoga';
import { isRecord } from '../../lib/json.ts';
import type { Documents } from './documents/documents.ts';
import { graphqlLimits } from './limits.ts';
import { readMultipart, type UploadOptions } from './multipart.ts';
import { parseJson, parseParams, type RequestParams, requestError } from './params.ts';

const form = 'application/x-www-form-urlencoded';

/** `type/subtype` of a Content-Type, lower case. */
export function mediaType(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Whether a browser sends it to another origin without asking first. */
export function isFormType(type: string): boolean {
  return type === form || type === 'multipart/form-data';
}

export function isGraphqlType(type: string): boolean {
  return type === 'application/json' || type === 'application/graphql+json' || isFormType(type);
}

/** What a request asks for, read once however often it is called. @throws GraphQLError with the HTTP status */
export type ParamsReader = (request: Request) => Promise<GraphQLParams | GraphQLParams[]>;

export function createParamsReader(uploads: UploadOptions, documents: Documents): ParamsReader {
  const known = new WeakMap<Request, Promise<GraphQLParams | GraphQLParams[]>>();
  const read = async (request: Request) => {
    const params =
      request.method === 'POST'
        ? await readGraphqlBody(request, uploads)
        : readGraphqlQuery(noted(request, request.url));
    return Array.isArray(params) ? documents.resolveBatch(params) : documents.resolve(params);
  };
  return (request) => {
    const params = known.get(request) ?? read(request);
    known.set(request, params);
    return params;
  };
}

/** What requests were written as, but for those of several parts. */
const texts = new WeakMap<Request, string>();

/** The text that a request's operation was read from; null where it came in parts, or is not read. */
export function textOf(request: Request): string | null {
  return texts.get(request) ?? null;
}

/** What the query string of a GET asks for. @throws GraphQLError with the HTTP status */
export function readGraphqlQuery(url: string): RequestParams {
  const start = url.indexOf('?');
  return readFields(new URLSearchParams(start < 0 ? '' : url.slice(start + 1)));
}

function readFields(fields: URLSearchParams): RequestParams {
  return {
    ...pick(fields, 'query'),
    ...pick(fields, 'documentId'),
    ...pick(fields, 'operationName'),
    ...pickJson(fields, 'variables'),
    ...pickJson(fields, 'extensions'),
  };
}

/**
 * What a POST asks for: JSON, a form, or a multipart request with files.
 * @throws GraphQLError with the HTTP status
 */
export async function readGraphqlBody(
  request: Request,
  uploads: UploadOptions,
): Promise<RequestParams | RequestParams[]> {
  const type = mediaType(request.headers);
  if (type === 'multipart/form-data') return readMultipart(request, uploads);
  const text = noted(request, await readText(request));
  if (type === form) return readFields(new URLSearchParams(text));
  return parseParams(text);
}

function noted(request: Request, text: string): string {
  texts.set(request, text);
  return text;
}

function pick(fields: URLSearchParams, name: 'query' | 'operationName' | 'documentId'): RequestParams {
  const value = fields.get(name);
  // A form sends an empty field for none.
  return value === null || (name !== 'query' && value === '') ? {} : { [name]: value };
}

function pickJson(fields: URLSearchParams, name: 'variables' | 'extensions'): GraphQLParams {
  const value = fields.get(name);
  if (value === null || value === '') return {};
  const parsed = parseJson(value, `"${name}"`);
  if (parsed === null) return {};
  if (!isRecord(parsed)) throw requestError(400, `"${name}" must be a JSON object`);
  return { [name]: parsed };
}

async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request);
  if (bytes.byteLength > graphqlLimits.bodyBytes) throw tooLarge();
  if (!isUtf8(bytes)) throw requestError(400, 'The body is not UTF-8');
  return bytes.toString('utf8');
}

/** A body of a length that was told, and so was judged before, is read from the connection without a stream. */
async function readBytes(request: Request): Promise<Buffer> {
  if (request.headers.has('content-length')) return Buffer.from(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > graphqlLimits.bodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge() {
  return requestError(413, `The body is larger than ${graphqlLimits.bodyBytes} bytes`);
}
