import { z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import type { Scope } from '../../domain/app.ts';
import { requireScope } from '../../domain/caller.ts';
import type { RestEnv } from '../env.ts';
import { idempotencyHeader } from '../idempotent-answers.ts';

/** What the descriptions of this API's calls share. */

const errorSchema = z
  .object({
    error: z.object({
      code: z
        .enum([
          'bad_request',
          'unauthorized',
          'forbidden',
          'not_found',
          'validation_error',
          'rate_limit_exceeded',
          'internal_error',
          'service_unavailable',
        ])
        .openapi({ description: 'What kind of failure it is.' }),
      message: z.string().openapi({ description: 'What is wrong, for people.' }),
      details: z
        .object({
          fields: z
            .record(z.string(), z.array(z.string()))
            .optional()
            .openapi({ description: 'What is wrong with each parameter or body field.' }),
        })
        .catchall(z.unknown())
        .optional(),
      retry_after: z.int().optional().openapi({ description: 'Seconds after which to try again.' }),
    }),
  })
  .openapi('Error', { description: 'Every failure of AI My Chats’ API.' });

const rateLimitHeaders = {
  'X-RateLimit-Limit': { description: 'Requests that may be made.', schema: { type: 'integer' as const } },
  'X-RateLimit-Remaining': { description: 'Requests that are left.', schema: { type: 'integer' as const } },
  'X-RateLimit-Reset': {
    description: 'When all are there again, in epoch seconds.',
    schema: { type: 'integer' as const },
  },
  RateLimit: { description: 'What is left of each limit, and for how long.', schema: { type: 'string' as const } },
  'RateLimit-Policy': { description: 'The limits and their windows.', schema: { type: 'string' as const } },
  'X-Request-Id': { description: 'Names this answer in the logs.', schema: { type: 'string' as const } },
};
const retryHeaders = {
  ...rateLimitHeaders,
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' as const } },
};

const failure = (description: string, headers: typeof rateLimitHeaders = rateLimitHeaders) => ({
  description,
  headers,
  content: { 'application/json': { schema: errorSchema } },
});

const failures = {
  400: failure('A query parameter is not as it should be, or the body is not readable.'),
  401: failure('No key, or none that is good.'),
  403: failure('The key lacks the scope.'),
  404: failure('There is no such thing.'),
  413: failure('The body is too large.'),
  415: failure('The body is of another type.'),
  422: failure('The body is not as it should be.'),
  429: failure('Too many requests.', retryHeaders),
  500: failure('A fault of the server.'),
  503: failure('Something that is needed is away for now.', retryHeaders),
} as const;

/** The failures that any call may end in, and those named. */
export function errorResponses<const Status extends 404 | 413 | 415 | 422>(...statuses: Status[]) {
  const own = Object.fromEntries(statuses.map((status) => [status, failures[status]])) as Pick<typeof failures, Status>;
  const { 400: bad, 401: unauthorized, 403: forbidden, 429: tooMany, 500: fault, 503: away } = failures;
  return { 400: bad, 401: unauthorized, 403: forbidden, ...own, 429: tooMany, 500: fault, 503: away };
}

/** An answer of JSON. */
export function jsonResponse<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, headers: rateLimitHeaders, content: { 'application/json': { schema } } };
}

/** What a call needs of its key; null: any good key. */
export function requiresScope(scope: Exclude<Scope, '*'> | null) {
  const middleware = createMiddleware<RestEnv>(async (c, next) => {
    if (scope !== null) requireScope(c.get('caller'), scope);
    await next();
  });
  return { security: [{ apiKey: scope === null ? [] : [scope] }], middleware };
}

/** A body of JSON. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** Described here, read where it is used: the header's name keeps its capitals. */
export const idempotencyHeaders = z.object({
  [idempotencyHeader]: z
    .string()
    .optional()
    .openapi({
      param: {
        description:
          'The same key with the same request gives the first answer again, for 24 hours; with another one it is ' +
          'refused (422).',
      },
    }),
});

export const idParams = (name: string) =>
  z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path', description: `Id of the ${name}.` } }) });

export const metaSchema = z.object({
  page: z.int(),
  per_page: z.int(),
  total: z.int().openapi({ description: 'Of all pages.' }),
  total_pages: z.int(),
});
