import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import { isUnavailable } from '../../database/unavailable.ts';
import {
  BadRequestError,
  ConflictError,
  type FieldMessages,
  ForbiddenError,
  NotFoundError,
  QuotaExceededError,
  RateLimitError,
  UnauthorizedError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../../domain/errors.ts';
import { logFault } from '../../lib/log-fault.ts';
import { MethodError, UnderWayError, UnknownPathError } from '../failures.ts';
import { idempotencyHeader } from '../idempotent-answers.ts';

const statuses = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  validation_error: 422,
  rate_limit_exceeded: 429,
  internal_error: 500,
  service_unavailable: 503,
} as const;

type ErrorCode = keyof typeof statuses;

/** A failure in this API's words. */
type ErrorAnswer = {
  status: (typeof statuses)[ErrorCode] | 405 | 415;
  headers: Record<string, string>;
  body: {
    error: { code: ErrorCode; message: string; details?: Record<string, unknown>; retry_after?: number };
  };
};

type Extras = { details?: Record<string, unknown>; headers?: Record<string, string>; status?: 405 | 415 };

function answer(code: ErrorCode, message: string, { details, headers = {}, status }: Extras = {}): ErrorAnswer {
  const body = { error: { code, message, ...(details !== undefined && { details }) } };
  return { status: status ?? statuses[code], headers, body };
}

function later(code: ErrorCode, message: string, seconds: number): ErrorAnswer {
  const { status, body } = answer(code, message);
  return {
    status,
    headers: { 'retry-after': String(seconds) },
    body: { error: { ...body.error, retry_after: seconds } },
  };
}

function invalid(fields: FieldMessages): ErrorAnswer {
  return answer('validation_error', 'Validation failed', { details: { fields } });
}

/** What was thrown, in this API's words. What nobody expected is logged whole and answered without detail. */
export function toErrorAnswer(err: unknown, requestId: string, log: Logger): ErrorAnswer {
  const known = fromRequest(err) ?? fromDomain(err);
  if (known !== null) return known;
  if (isUnavailable(err)) {
    logFault(log, { err, requestId }, 'service unavailable');
    return later('service_unavailable', 'The service is not available now: try again in a moment', 1);
  }
  logFault(log, { err, requestId }, 'internal error');
  return answer('internal_error', 'Internal error', { details: { request_id: requestId } });
}

/** Failures of the request's form. */
function fromRequest(err: unknown): ErrorAnswer | null {
  if (err instanceof UnknownPathError) return answer('not_found', err.message);
  if (err instanceof MethodError) {
    return answer('bad_request', err.message, { status: 405, headers: { allow: err.allowed.join(', ') } });
  }
  if (err instanceof UnderWayError) return later('service_unavailable', err.message, err.retryAfterSeconds);
  if (err instanceof HTTPException && err.status === 415) {
    return answer(
      'bad_request',
      'Content-Type must be the one that this call takes: application/json, or multipart/form-data for a file',
      { status: 415 },
    );
  }
  if (err instanceof HTTPException && err.status === 400) {
    return answer('bad_request', 'The body is not readable JSON', {
      details: { fields: { body: ['The body is not readable JSON'] } },
    });
  }
  return null;
}

function fromDomain(err: unknown): ErrorAnswer | null {
  if (err instanceof UnauthorizedError) return answer('unauthorized', err.message);
  if (err instanceof ForbiddenError) return answer('forbidden', err.message);
  if (err instanceof NotFoundError) return answer('not_found', err.message);
  if (err instanceof ValidationError) return invalid(err.fields);
  if (err instanceof ConflictError) return invalid({ [idempotencyHeader]: [err.message] });
  if (err instanceof UnsupportedError) return invalid({ id: [err.message] });
  if (err instanceof QuotaExceededError) return invalid({ content: [err.message] });
  if (err instanceof RateLimitError) return later('rate_limit_exceeded', err.message, err.retryAfterSeconds);
  if (err instanceof BadRequestError) {
    const details = Object.keys(err.fields).length > 0 ? { details: { fields: err.fields } } : {};
    return answer('bad_request', err.message, details);
  }
  if (err instanceof UpstreamError) return fromUpstream(err);
  return null;
}

/** What the upstream refused is the request's fault; all else is a service that is away for now. */
function fromUpstream(err: UpstreamError): ErrorAnswer {
  if (err.httpStatus === 404) return answer('not_found', err.message);
  if (err.httpStatus === 400 || err.httpStatus === 422) return invalid({ body: [err.message] });
  const seconds = Math.max(1, Math.ceil((err.retryAfterMs ?? 1_000) / 1_000));
  const told = later('service_unavailable', err.message, seconds);
  const { code, message } = told.body.error;
  const details = { upstream_status: err.httpStatus, outcome: err.outcome.toLowerCase() };
  return { ...told, body: { error: { code, message, details, retry_after: seconds } } };
}

/** A request that is not even read: before it is known who asks, nothing is left of any limit. */
export function refuse({ status, message }: { status: number; message: string }): Response {
  const { body } =
    status === 404
      ? answer('not_found', message)
      : answer('bad_request', message, { details: { fields: { body: [message] } } });
  const headers = {
    'x-ratelimit-limit': '0',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.floor(Date.now() / 1_000)),
  };
  return Response.json(body, { status, headers });
}
