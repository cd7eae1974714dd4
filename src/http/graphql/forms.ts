import { isFormType, mediaType } from './body.ts';
import { requestError } from './params.ts';

/** Any of these headers makes a browser ask first (a preflight) before it sends a form to another origin. */
export const csrfHeaders = ['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf'] as const;
const keyHeaders = ['authorization', 'x-api-key'] as const;

/**
 * Refuses a form that a page of another origin may have posted without being let.
 *
 * A page must ask first for `Authorization` too, so a form that bears a key would be safe by that alone: were there no
 * proxies that put the key in, for whoever has their cookie. Hence a form with a key is also asked for its `Origin`,
 * which browsers send with every POST: none, the gateway's own, or one of `CORS_ORIGINS`. Clients that send no other
 * header, as urql does, so upload as they are.
 * @throws GraphQLError with status 403
 */
export function createFormCheck(corsOrigins: readonly string[]): (request: Request, baseUrl: string) => void {
  const known = new Set(corsOrigins);
  const isKnown = (origin: string | null, own: string) =>
    origin === null || known.has(origin) || URL.parse(origin)?.host === URL.parse(own)?.host;
  return ({ headers, method }, baseUrl) => {
    if (method !== 'POST' || !isFormType(mediaType(headers))) return;
    if (csrfHeaders.some((name) => headers.has(name))) return;
    if (!keyHeaders.some((name) => headers.has(name))) {
      const message = `A form must bear a key, or the header ${csrfHeaders[0]} with any value`;
      throw requestError(403, message, { code: 'FORBIDDEN' });
    }
    const origin = headers.get('origin');
    if (isKnown(origin, baseUrl)) return;
    const message = `A form from ${origin} must bear the header ${csrfHeaders[0]}, with any value: CORS_ORIGINS does not name that origin`;
    throw requestError(403, message, { code: 'FORBIDDEN' });
  };
}
