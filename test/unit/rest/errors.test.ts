import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  QuotaExceededError,
  RateLimitError,
  UnauthorizedError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../../../src/domain/errors.ts';
import { toErrorAnswer as toAiMyChats } from '../../../src/rest/ai-my-chats/errors.ts';
import { toErrorAnswer as toAnimam } from '../../../src/rest/animam/errors.ts';

const log = pino({ level: 'silent' });

function upstream(httpStatus: number | null, retryAfterMs: number | null = null): UpstreamError {
  return new UpstreamError('AI My Chats did not do it', {
    provider: 'AI_MY_CHATS',
    httpStatus,
    outcome: 'NOT_APPLIED',
    retryAfterMs,
  });
}

test.each([
  [new BadRequestError('bad', { page: ['bad'] }), 400, 'bad_request'],
  [new UnauthorizedError(true), 401, 'unauthorized'],
  [new ForbiddenError('admin'), 403, 'forbidden'],
  [new NotFoundError('Export'), 404, 'not_found'],
  [new ValidationError({ title: ['Title is required'] }), 422, 'validation_error'],
  [new ConflictError('used before'), 422, 'validation_error'],
  [new UnsupportedError('read-only', 'ANIMAM'), 422, 'validation_error'],
  [new QuotaExceededError(2n, 1n), 422, 'validation_error'],
  [new RateLimitError(7), 429, 'rate_limit_exceeded'],
  [upstream(404), 404, 'not_found'],
  [upstream(422), 422, 'validation_error'],
  [upstream(500), 503, 'service_unavailable'],
  [upstream(null), 503, 'service_unavailable'],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 503, 'service_unavailable'],
  [new Error('boom'), 500, 'internal_error'],
])('AI My Chats: %s is %i %s', (err, status, code) => {
  const answer = toAiMyChats(err, 'request-1', log);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});

test('AI My Chats: what can be tried again says when, in the header and in the body', () => {
  for (const [err, seconds] of [
    [new RateLimitError(7), 7],
    [upstream(503, 2_400), 3],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 1],
  ] as const) {
    const { headers, body } = toAiMyChats(err, 'request-1', log);
    expect([headers['retry-after'], body.error.retry_after]).toEqual([String(seconds), seconds]);
  }
});

test('an internal error tells nothing but the request’s id, in either API', () => {
  const err = new Error('relation "conversation" does not exist at 10.0.0.7');
  expect(toAiMyChats(err, 'request-1', log)).toEqual({
    status: 500,
    headers: {},
    body: { error: { code: 'internal_error', message: 'Internal error', details: { request_id: 'request-1' } } },
  });
  expect(toAnimam(err, 'request-1', log)).toEqual({
    status: 500,
    headers: {},
    body: { error: 'Internal error (request request-1)' },
  });
});

test.each([
  [new BadRequestError('page must be a number'), 400, 'page must be a number'],
  [new UnauthorizedError(false), 401, 'A valid API key is required: Authorization: Bearer ak_…'],
  [new UnauthorizedError(true), 403, 'This API key is expired or revoked'],
  [new ForbiddenError('conversations:read'), 403, 'This API key lacks the scope conversations:read'],
  [new NotFoundError('Conversation'), 404, 'Conversation not found'],
  [new RateLimitError(7), 429, 'Too many requests: try again in 7 s'],
  [
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    503,
    'The service is not available now: try again in a moment',
  ],
])('Animam: %s is %i', (err, status, error) => {
  const answer = toAnimam(err, 'request-1', log);
  expect([answer.status, answer.body]).toEqual([status, { error }]);
});
