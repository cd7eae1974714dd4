import type { Logger } from 'pino';
import { csrfHeaders } from './graphql/forms.ts';
import { costHeader } from './graphql/use-cost.ts';
import type { HeaderFields } from './plain-response.ts';

const allowedHeaders = [
  'authorization',
  'x-api-key',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'x-request-id',
  costHeader,
  ...csrfHeaders,
];
const exposedHeaders = [
  'etag',
  'retry-after',
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];
const preflightSeconds = 600;
/** Origins are whatever somebody sends: of so many the log is told, and no more is kept of them. */
const maxTold = 20;
const maxOriginLength = 200;

/** What lets browsers on the given origins call: without cookies, so another origin never acts for a user. */
export function createCors(origins: readonly string[], log: Pick<Logger, 'warn'>) {
  const allowed = new Set(origins);
  const told = new Set<string>();
  /** Browsers tell their page nothing of why: who runs the gateway is told, once an origin. */
  const tell = (origin: string) => {
    if (told.has(origin) || told.size >= maxTold) return;
    told.add(origin);
    const now = [...allowed, origin].join(',');
    log.warn({ origin }, `a page of ${origin} was refused: start with CORS_ORIGINS=${now} to let it call`);
  };
  return {
    /** The answer to a preflight; null where the request is none. */
    preflight: (request: Request): Response | null => {
      if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return null;
      const origin = request.headers.get('origin') ?? '';
      if (!allowed.has(origin)) {
        tell(origin.slice(0, maxOriginLength));
        return new Response(null, { status: 204, headers: { vary: 'Origin' } });
      }
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
    apply: (request: Request, headers: HeaderFields): void => {
      const origin = request.headers.get('origin');
      if (origin !== null && !allowed.has(origin) && isFromElsewhere(request)) tell(origin.slice(0, maxOriginLength));
      if (allowed.size === 0) return;
      headers.append('vary', 'Origin');
      if (origin === null || !allowed.has(origin)) return;
      headers.set('access-control-allow-origin', origin);
      headers.set('access-control-expose-headers', exposedHeaders.join(', '));
    },
  };
}

/** Whether a browser says that a script of another origin asks; most ask first, but a plain GET does not. */
function isFromElsewhere({ headers }: Request): boolean {
  return headers.get('sec-fetch-mode') === 'cors' && headers.get('sec-fetch-site') !== 'same-origin';
}
