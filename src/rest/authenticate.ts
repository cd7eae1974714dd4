import type { App } from '../domain/app.ts';
import { RateLimitError } from '../domain/errors.ts';
import type { RateLimit } from '../domain/rate-limits/rate-limits.ts';
import { authenticate as authenticateKey, tokenFrom } from '../domain/tenants/api-keys.ts';
import { rateLimitFields } from '../lib/rate-limit-fields.ts';
import type { RestContext } from './env.ts';

/** Sets the caller and the headers that tell what is left. @throws UnauthorizedError, RateLimitError */
export async function authenticate(app: App, c: RestContext): Promise<void> {
  // Without a good key there is nothing to ask for, and nothing to wait for.
  setRateHeaders(c, { limit: 0, remaining: 0, resetAt: new Date(), standings: [] });
  const sender = { way: 'REST', ...c.env.origin } as const;
  const caller = await authenticateKey(app, tokenFrom(c.req.raw.headers), c.env.baseUrl, sender);
  c.set('caller', caller);
  try {
    const rateLimit = await app.limiter.consume(caller);
    c.set('rateLimit', rateLimit);
    setRateHeaders(c, rateLimit);
  } catch (err) {
    if (err instanceof RateLimitError) {
      const resetAt = new Date(Date.now() + err.retryAfterSeconds * 1_000);
      setRateHeaders(c, { ...(await app.limiter.peek(caller)), remaining: 0, resetAt });
    }
    throw err;
  }
}

function setRateHeaders(c: RestContext, { limit, remaining, resetAt, standings }: RateLimit): void {
  c.header('X-RateLimit-Limit', String(limit));
  c.header('X-RateLimit-Remaining', String(remaining));
  c.header('X-RateLimit-Reset', String(epochSeconds(resetAt)));
  for (const [name, value] of Object.entries(rateLimitFields(standings))) c.header(name, value);
}

/** Whole seconds since 1970, the next where it lies between two. */
export function epochSeconds(instant: Date): number {
  return Math.ceil(instant.getTime() / 1_000);
}
