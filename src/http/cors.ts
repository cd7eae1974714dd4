import { csrfHeaders } from './graphql/handler.ts';
import { costHeader } from './graphql/use-cost.ts';

const allowedHeaders = [
  'authorization',
  'x-api-key',
  'content-type',
  'idempotency-key',
  'x-request-id',
  costHeader,
  ...csrfHeaders,
];
const exposedHeaders = [
  'retry-after',
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];
const preflightSeconds = 600;

/** What lets browsers on the given origins call: without cookies, so another origin never acts for a user. */
export function createCors(origins: readonly string[]) {
  const allowed = new Set(origins);
  return {
    /** The answer to a preflight; null where the request is none. */
    preflight: (request: Request): Response | null => {
      if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return null;
      const origin = request.headers.get('origin') ?? '';
      if (!allowed.has(origin)) return new Response(null, { status: 204, headers: { vary: 'Origin' } });
      return new Response(null, {
        status: 204,
        headers: {
          vary: 'Origin',
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
          'access-control-allow-headers': allowedHeaders.join(', '),
          'access-control-max-age': String(preflightSeconds),
        },
      });
    },
    /** Adds to an answer what lets its origin read it. */
    apply: (request: Request, headers: Headers): void => {
      if (allowed.size === 0) return;
      headers.append('vary', 'Origin');
      const origin = request.headers.get('origin');
      if (origin === null || !allowed.has(origin)) return;
      headers.set('access-control-allow-origin', origin);
      headers.set('access-control-expose-headers', exposedHeaders.join(', '));
    },
  };
}
