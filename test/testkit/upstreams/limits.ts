export type Limits = { readonly perMinute?: number; readonly perHour?: number };

export type Standing = {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Epoch seconds at which the window that binds begins anew. */
  readonly resetAt: number;
  /** Whole seconds until then, 1 at least. */
  readonly retryAfterSeconds: number;
};

const NO_LIMIT = 1_000_000;

/** Fixed windows that begin with their first request. A refused request is not counted. */
export function createLimiter(limits: Limits, now: () => Date): () => Standing {
  const windows = [
    { limit: limits.perMinute, lengthMs: 60_000, startedAt: Number.NEGATIVE_INFINITY, used: 0 },
    { limit: limits.perHour, lengthMs: 3_600_000, startedAt: Number.NEGATIVE_INFINITY, used: 0 },
  ].flatMap(({ limit, ...window }) => (limit === undefined ? [] : [{ limit, ...window }]));

  return () => {
    const at = now().getTime();
    for (const window of windows) {
      if (at >= window.startedAt + window.lengthMs || at < window.startedAt) {
        window.startedAt = at;
        window.used = 0;
      }
    }
    const allowed = windows.every((window) => window.used < window.limit);
    if (allowed) for (const window of windows) window.used++;
    const standings = windows.map((window) => {
      const endsAt = window.startedAt + window.lengthMs;
      return {
        allowed,
        limit: window.limit,
        remaining: window.limit - window.used,
        resetAt: Math.ceil(endsAt / 1000),
        retryAfterSeconds: Math.max(1, Math.ceil((endsAt - at) / 1000)),
      };
    });
    // Of two spent windows the later to end is the one to wait for.
    standings.sort((a, b) => a.remaining - b.remaining || b.resetAt - a.resetAt);
    return (
      standings[0] ?? {
        allowed,
        limit: NO_LIMIT,
        remaining: NO_LIMIT,
        resetAt: Math.ceil(at / 1000) + 3600,
        retryAfterSeconds: 1,
      }
    );
  };
}
