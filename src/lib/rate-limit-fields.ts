/** How one limit stands: so many of `limit` left until it is whole again. */
export type LimitStanding = {
  name: string;
  limit: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
};

/**
 * The header fields that tell of limits, as the IETF's draft has them (draft-ietf-httpapi-ratelimit-headers): lists of
 * structured fields, `"minute";q=6000;w=60` and `"minute";r=5999;t=42`. None where there is no limit.
 */
export function rateLimitFields(standings: readonly LimitStanding[]): Record<string, string> {
  if (standings.length === 0) return {};
  return {
    'ratelimit-policy': standings
      .map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`)
      .join(', '),
    ratelimit: standings
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
