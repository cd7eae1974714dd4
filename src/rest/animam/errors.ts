import type { Logger } from 'pino';
import { isUnavailable } from '../../database/unavailable.ts';
import {
  BadRequestError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  UnauthorizedError,
} from '../../domain/errors.ts';
import { logFault } from '../../lib/log-fault.ts';
import { MethodError, UnknownPathError } from '../failures.ts';

/** A failure in this API's words. */
type ErrorAnswer = {
  status: 400 | 401 | 403 | 404 | 405 | 429 | 500 | 503;
  headers: Record<string, string>;
  body: { error: string };
};

/** The address names a tenant that is not the key's, whether there is one of that name or not. */
export class OtherTenantError extends Error {
  override name = 'OtherTenantError';
  constructor() {
    super('This API key is not one of this tenant');
  }
}

function answer(status: ErrorAnswer['status'], error: string, headers: Record<string, string> = {}): ErrorAnswer {
  return { status, headers, body: { error } };
}

/** What was thrown, in this API's words. What nobody expected is logged whole and answered without detail. */
export function toErrorAnswer(err: unknown, requestId: string, log: Logger): ErrorAnswer {
  if (err instanceof UnauthorizedError) {
    return err.isKnownKey ? answer(403, 'This API key is expired or revoked') : answer(401, err.message);
  }
  if (err instanceof ForbiddenError || err instanceof OtherTenantError) return answer(403, err.message);
  if (err instanceof NotFoundError || err instanceof UnknownPathError) return answer(404, err.message);
  if (err instanceof MethodError) return answer(405, err.message, { allow: err.allowed.join(', ') });
  if (err instanceof BadRequestError) return answer(400, err.message);
  if (err instanceof RateLimitError) {
    return answer(429, err.message, { 'retry-after': String(err.retryAfterSeconds) });
  }
  if (isUnavailable(err)) {
    logFault(log, { err, requestId }, 'service unavailable');
    return answer(503, 'The service is not available now: try again in a moment', { 'retry-after': '1' });
  }
  logFault(log, { err, requestId }, 'internal error');
  return answer(500, `Internal error (request ${requestId})`);
}

/** A request that is not even read. */
export function refuse({ status, message }: { status: number; message: string }): Response {
  return Response.json({ error: message }, { status });
}
