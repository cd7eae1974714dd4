/** What an answer says about the upstream's rate limit; null where it says nothing, or there was no answer. */
export type RateObservation = {
  status: number | null;
  limit: number | null;
  remaining: number | null;
  /** Until `remaining` begins anew. */
  resetInMs: number | null;
  retryAfterMs: number | null;
};

export const noObservation: RateObservation = {
  status: null,
  limit: null,
  remaining: null,
  resetInMs: null,
  retryAfterMs: null,
};

const dayMs = 86_400_000;

/**
 * Reads `X-RateLimit-Limit/-Remaining/-Reset` and `Retry-After` (lower-case names) of an answer got at `now`.
 * The reset is an instant by the upstream's clock: its `Date` header, where given, takes the difference of clocks out.
 */
export function readRateHeaders(headers: Record<string, string>, status: number, now: number): RateObservation {
  const { date = '' } = headers;
  const sentAt = Date.parse(date);
  const upstreamNow = Number.isNaN(sentAt) ? now : sentAt;
  return {
    status,
    limit: wholeNumber(headers['x-ratelimit-limit']),
    remaining: wholeNumber(headers['x-ratelimit-remaining']),
    resetInMs: resetInMs(wholeNumber(headers['x-ratelimit-reset']), upstreamNow),
    retryAfterMs: retryAfterMs(headers['retry-after'], upstreamNow),
  };
}

/** Seconds, or an HTTP date; a day at most. */
function retryAfterMs(value: string | undefined, upstreamNow: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  const isDate = /[a-z]/i.test(text);
  const ms = isDate ? Date.parse(text) - upstreamNow : /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, Math.ceil(ms)), dayMs);
}

/** Epoch seconds as published; milliseconds, and seconds from now, are told apart by their size. */
function resetInMs(reset: number | null, upstreamNow: number): number | null {
  if (reset === null) return null;
  const ms = reset > 1e11 ? reset - upstreamNow : reset > 1e8 ? reset * 1000 - upstreamNow : reset * 1000;
  return Math.min(Math.max(0, ms), dayMs);
}

function wholeNumber(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value.trim()) ? Number(value) : null;
}
