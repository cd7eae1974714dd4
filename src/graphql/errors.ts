import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { isUnavailable } from '../database/unavailable.ts';
import {
  BadRequestError,
  DomainError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  UnauthorizedError,
  ValidationError,
} from '../domain/errors.ts';
import { logFault } from '../lib/log-fault.ts';
import { rateLimitFields } from '../lib/rate-limit-fields.ts';

/** `extensions.code` of top-level errors, and the HTTP status of an answer that has no data. */
const httpStatuses = {
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof httpStatuses;

/** A top-level error in the contract's form. */
export function graphqlError(
  code: ErrorCode,
  message: string,
  extensions: Record<string, unknown> = {},
  headers?: Record<string, string>,
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, ...extensions, http: { status: httpStatuses[code], ...(headers && { headers }) } },
  });
}

/**
 * What a resolver threw, in the contract's words. What nobody expected is logged whole and answered without detail.
 * GraphQL's own errors pass as they are.
 */
export function toGraphqlError(thrown: unknown, requestId: string, log: Logger): GraphQLError {
  const err = thrown instanceof GraphQLError && thrown.originalError ? thrown.originalError : thrown;
  const at = thrown instanceof GraphQLError ? thrown : null;
  const located = (error: GraphQLError) =>
    at === null
      ? error
      : new GraphQLError(error.message, {
          extensions: error.extensions,
          ...(at.nodes && { nodes: at.nodes }),
          ...(at.path && { path: at.path }),
        });
  if (err instanceof GraphQLError) {
    // An error of a variable or an argument: the outer one says which it is, the inner one what is wrong.
    if (at !== null && at !== err && err.extensions['code'] === undefined && at.path === undefined) return at;
    return at === null || at === err ? err : located(err);
  }
  if (err instanceof DomainError) {
    const known = fromDomain(err);
    if (known !== null) return located(known);
  }
  if (isUnavailable(err)) {
    logFault(log, { err, requestId }, 'service unavailable');
    return located(
      graphqlError('SERVICE_UNAVAILABLE', 'The database or the storage cannot be reached now: try again', {
        requestId,
      }),
    );
  }
  logFault(log, { err, requestId }, 'internal error');
  return located(graphqlError('INTERNAL_ERROR', 'Internal error', { requestId }));
}

function fromDomain(err: DomainError): GraphQLError | null {
  if (err instanceof UnauthorizedError) return graphqlError('UNAUTHORIZED', err.message);
  if (err instanceof ForbiddenError) return graphqlError('FORBIDDEN', err.message);
  if (err instanceof RateLimitError) {
    const seconds = err.retryAfterSeconds;
    const headers = { ...rateLimitFields(err.standings), 'retry-after': String(seconds) };
    return graphqlError('RATE_LIMIT_EXCEEDED', err.message, { retryAfterSeconds: seconds }, headers);
  }
  if (err instanceof BadRequestError) return graphqlError('BAD_REQUEST', err.message);
  if (err instanceof NotFoundError) return graphqlError('BAD_REQUEST', err.message);
  if (err instanceof ValidationError) {
    const fields = Object.entries(err.fields).map(([field, messages]) => `${field}: ${messages.join(', ')}`);
    return graphqlError('BAD_REQUEST', [err.message, ...fields].join('; '));
  }
  return null;
}
