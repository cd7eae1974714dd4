/** At most `limit` requests in any `windowMs`, as an API publishes it. */
export type RateWindow = { limit: number; windowMs: number };

/** The share of a limit that is spent at most: others may use the same account. */
const spendable = 0.9;
/** The share of that which is kept for interactive calls. */
const keptForInteractive = 0.2;

/** How many requests of a published limit each kind of call may use. */
export function allowance(limit: number, isBackground: boolean): number {
  const whole = Math.max(1, Math.floor(limit * spendable));
  return isBackground ? Math.max(1, Math.floor(whole * (1 - keptForInteractive))) : whole;
}

/**
 * Requests over a sliding window, in sixtieths of it, oldest first; it errs on the side of too many. What has left the
 * window stays until the next one is added.
 */
export type SlidingCount = { endsAt: number; count: number }[];

export function addToCount(buckets: SlidingCount, windowMs: number, added: number, now: number): void {
  while (buckets[0] && buckets[0].endsAt + windowMs <= now) buckets.shift();
  const last = buckets.at(-1);
  if (last && now < last.endsAt) last.count += added;
  else buckets.push({ endsAt: now + windowMs / 60, count: added });
}

/** How many requests the window holds. */
export function countOf(buckets: SlidingCount, windowMs: number, now: number): number {
  return buckets.reduce((total, { endsAt, count }) => (endsAt + windowMs <= now ? total : total + count), 0);
}

/** The instant from which one more keeps within `allowed`. */
export function countFreeAt(buckets: SlidingCount, windowMs: number, allowed: number, now: number): number {
  let left = countOf(buckets, windowMs, now);
  for (const bucket of buckets) {
    if (left < allowed) return now;
    if (bucket.endsAt + windowMs <= now) continue;
    left -= bucket.count;
    if (left < allowed) return bucket.endsAt + windowMs;
  }
  return now;
}

/** A window that the upstream's own headers tell of. */
export type ObservedWindow = {
  limit: number;
  remaining: number;
  /** Of what was left when the window was first seen, the tenth that stays unspent. */
  reserve: number;
  keptForInteractive: number;
  endsAt: number;
  /** Taken for granted when the one before ended; the next answer tells. */
  isAssumed: boolean;
};

export function openWindow(limit: number, remaining: number, endsAt: number, isAssumed: boolean): ObservedWindow {
  const reserve = limit <= 1 ? 0 : Math.ceil(remaining * (1 - spendable) - 1e-9);
  const kept = Math.floor(Math.max(0, remaining - reserve) * keptForInteractive);
  return { limit, remaining, reserve, keptForInteractive: kept, endsAt, isAssumed };
}

/** How many requests of each kind the window has room for. */
export function roomIn(window: ObservedWindow, isBackground: boolean): number {
  return window.remaining - window.reserve - (isBackground ? window.keptForInteractive : 0);
}
