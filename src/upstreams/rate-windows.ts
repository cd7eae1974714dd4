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

/** Counts requests over a sliding window, in sixtieths of it, erring on the side of too many. */
export type SlidingCount = {
  add(now: number): void;
  /** The instant from which one more keeps within `allowed`. */
  freeAt(allowed: number, now: number): number;
};

export function createSlidingCount(windowMs: number): SlidingCount {
  const bucketMs = windowMs / 60;
  const buckets: { endsAt: number; count: number }[] = [];
  let total = 0;
  const forget = (now: number) => {
    while (buckets[0] && buckets[0].endsAt + windowMs <= now) total -= buckets.shift()?.count ?? 0;
  };
  return {
    add(now) {
      forget(now);
      const last = buckets.at(-1);
      if (last && now < last.endsAt) last.count += 1;
      else buckets.push({ endsAt: now + bucketMs, count: 1 });
      total += 1;
    },
    freeAt(allowed, now) {
      forget(now);
      let left = total;
      for (const bucket of buckets) {
        if (left < allowed) return now;
        left -= bucket.count;
        if (left < allowed) return bucket.endsAt + windowMs;
      }
      return now;
    },
  };
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

export function hasRoom(window: ObservedWindow, isBackground: boolean): boolean {
  const usable = window.remaining - window.reserve;
  return usable >= 1 + (isBackground ? window.keptForInteractive : 0);
}
