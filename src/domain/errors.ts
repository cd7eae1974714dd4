import type { LimitStanding } from '../lib/rate-limit-fields.ts';

/** Expected failures. `graphql/` and `rest/` each put them into their own words, in one place each. */
export class DomainError extends Error {
  override name = 'DomainError';
}

/** Messages for each field, by the input field's path without `input`: `{ title: ['Title is required'] }`. */
export type FieldMessages = Record<string, string[]>;

export class ValidationError extends DomainError {
  override name = 'ValidationError';
  readonly fields: FieldMessages;
  constructor(fields: FieldMessages, message = 'Validation failed') {
    super(message);
    this.fields = fields;
  }
}

/** There is no such thing, or it is another tenant's: the two read the same. */
export class NotFoundError extends DomainError {
  override name = 'NotFoundError';
  constructor(what = 'Resource') {
    super(`${what} not found`);
  }
}

/** The API that the conversation lives in cannot do this. */
export class UnsupportedError extends DomainError {
  override name = 'UnsupportedError';
  readonly provider: string;
  constructor(message: string, provider: string) {
    super(message);
    this.provider = provider;
  }
}

export class QuotaExceededError extends DomainError {
  override name = 'QuotaExceededError';
  readonly usedBytes: bigint;
  readonly limitBytes: bigint;
  constructor(usedBytes: bigint, limitBytes: bigint) {
    super(`The storage limit of ${limitBytes} bytes is reached: delete something, or raise the limit`);
    this.usedBytes = usedBytes;
    this.limitBytes = limitBytes;
  }
}

/** The same idempotency key came before, with another request. */
export class ConflictError extends DomainError {
  override name = 'ConflictError';
}

type UpstreamOutcome = 'NOT_APPLIED' | 'UNKNOWN';

export class UpstreamError extends DomainError {
  override name = 'UpstreamError';
  readonly provider: string;
  readonly httpStatus: number | null;
  readonly outcome: UpstreamOutcome;
  readonly retryAfterMs: number | null;
  constructor(
    message: string,
    details: {
      provider: string;
      httpStatus: number | null;
      outcome: UpstreamOutcome;
      retryAfterMs: number | null;
    },
  ) {
    super(message);
    this.provider = details.provider;
    this.httpStatus = details.httpStatus;
    this.outcome = details.outcome;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The request itself is malformed: a bad cursor, `first` out of bounds. */
export class BadRequestError extends DomainError {
  override name = 'BadRequestError';
  readonly fields: FieldMessages;
  constructor(message: string, fields: FieldMessages = {}) {
    super(message);
    this.fields = fields;
  }
}

export function badCursor(side: 'before' | 'after'): BadRequestError {
  return new BadRequestError(`\`${side}\` is not a cursor of this list in this order`, {
    [side]: ['is not a cursor of this list in this order'],
  });
}

/** No key, or one that is unknown, revoked or expired: all read the same. */
export class UnauthorizedError extends DomainError {
  override name = 'UnauthorizedError';
  /** For Animam's API, which tells an expired or revoked key (403) from an unknown one (401). */
  readonly isKnownKey: boolean;
  constructor(isKnownKey = false) {
    super('A valid API key is required: Authorization: Bearer ak_…');
    this.isKnownKey = isKnownKey;
  }
}

/** The key lacks a scope. */
export class ForbiddenError extends DomainError {
  override name = 'ForbiddenError';
  constructor(scope: string) {
    super(`This API key lacks the scope ${scope}`);
  }
}

export class RateLimitError extends DomainError {
  override name = 'RateLimitError';
  readonly retryAfterSeconds: number;
  /** The limits as they stand. */
  readonly standings: readonly LimitStanding[];
  constructor(retryAfterSeconds: number, standings: readonly LimitStanding[] = []) {
    super(`Too many requests: try again in ${retryAfterSeconds} s`);
    this.retryAfterSeconds = retryAfterSeconds;
    this.standings = standings;
  }
}
