import { type Answer, isRecord, json, Refusal, type SeenRequest } from '../answer.ts';
import type { AiMyChatsAttachment, AiMyChatsConversation, AiMyChatsSummary } from './store.ts';

export type Fields = Record<string, string[]>;

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'bad_request',
  422: 'validation_error',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  503: 'service_unavailable',
};

export function errorAnswer(status: number, message: string, details?: unknown): Answer {
  const code = CODES[status] ?? (status >= 500 ? 'internal_error' : 'bad_request');
  return json(status, { error: { code, message, ...(details === undefined ? {} : { details }) } });
}

export function tooMany(message: string, retryAfter: number | string): Answer {
  const error = { code: 'rate_limit_exceeded', message };
  return json(
    429,
    { error: typeof retryAfter === 'number' ? { ...error, retry_after: retryAfter } : error },
    { 'Retry-After': String(retryAfter) },
  );
}

export function invalid(fields: Fields): Refusal {
  return new Refusal(errorAnswer(422, 'Validation failed', { fields }));
}

export function badRequest(fields: Fields): Refusal {
  return new Refusal(errorAnswer(400, 'Invalid request parameters', { fields }));
}

export function notFound(what: string): Refusal {
  return new Refusal(errorAnswer(404, `${what} not found`));
}

export function readBody(request: SeenRequest): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw new Refusal(errorAnswer(400, 'The body is not JSON'));
  }
  if (!isRecord(body))
    throw new Refusal(errorAnswer(422, 'Validation failed', { fields: { body: ['Must be an object'] } }));
  return body;
}

export function readPaging(given: Readonly<Record<string, unknown>>, refuse: (fields: Fields) => Refusal) {
  return {
    page: readInteger(given, 'page', 1, Number.MAX_SAFE_INTEGER, refuse),
    perPage: readInteger(given, 'per_page', 20, 100, refuse),
  };
}

function readInteger(
  given: Readonly<Record<string, unknown>>,
  name: string,
  standard: number,
  max: number,
  refuse: (fields: Fields) => Refusal,
): number {
  const value = given[name];
  if (value === undefined) return standard;
  const number = typeof value === 'string' && !/^\d+$/.test(value) ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > max) {
    throw refuse({ [name]: [max === 100 ? 'Must be between 1 and 100' : 'Must be at least 1'] });
  }
  return number;
}

export function readDay(value: unknown, name: string, refuse: (fields: Fields) => Refusal): string | null {
  if (value === undefined || value === null) return null;
  const text = typeof value === 'string' ? value : '';
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(Date.parse(text))) {
    throw refuse({ [name]: ['Must be an ISO 8601 date'] });
  }
  return text.slice(0, 10);
}

/** A list's summary, without action items as the page has it. */
export function listedSummary(summary: AiMyChatsSummary | null) {
  if (!summary) return null;
  const { title, content, sentiment, topics } = summary;
  return { title, content, sentiment, topics };
}

export function listed(conversation: AiMyChatsConversation) {
  const { id, title, source, status, created_at, updated_at, summary } = conversation;
  return { id, title, source, status, created_at, updated_at, summary: listedSummary(summary) };
}

export function whole(conversation: AiMyChatsConversation, origin: string, showsMetadata: boolean) {
  const { id, title, content, source, status, created_at, updated_at, summary, attachments, metadata } = conversation;
  return {
    id,
    title,
    content,
    source,
    status,
    created_at,
    updated_at,
    summary,
    attachments: attachments.map((each) => ({
      id: each.id,
      filename: each.filename,
      size: each.bytes.length,
      url: fileUrl(each, origin),
    })),
    ...(showsMetadata ? { metadata } : {}),
  };
}

export function shownAttachment(attachment: AiMyChatsAttachment, origin: string) {
  const { id, filename, bytes, mime_type, created_at } = attachment;
  return { id, filename, size: bytes.length, mime_type, url: fileUrl(attachment, origin), created_at };
}

/** The page's files are on a host of their own, without a key; here under a path beside the API's. */
function fileUrl({ id }: AiMyChatsAttachment, origin: string): string {
  return `${origin}/storage/${id}`;
}
