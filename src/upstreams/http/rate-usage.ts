import type { RateObservation } from './rate-headers.ts';
import {
  addToCount,
  allowance,
  countFreeAt,
  countOf,
  type ObservedWindow,
  openWindow,
  type RateWindow,
  roomIn,
  type SlidingCount,
} from './rate-windows.ts';

/** What is known of the requests of one upstream account; plain data, so that processes can share it. */
export type RateUsage = {
  /** The account's limits as its answers tell them; null where none has told of any yet. */
  limits: readonly RateWindow[] | null;
  /** By the length of the window. */
  counts: Record<string, SlidingCount>;
  /** By limit: an API with several windows tells of whichever is tightest. */
  observed: Record<string, ObservedWindow>;
  /** Milliseconds since the epoch; 0: not blocked. */
  blockedUntil: number;
  /** Answers 429 in a row that did not say how long to wait. */
  strikes: number;
};

/** A clock that is a little behind would otherwise be early. */
const resetMarginMs = 250;
const assumedWindowMs = 60_000;
/** Of the room that there is, the share that one process takes at once, and the most. */
const shareTaken = 1 / 16;
const mostTaken = 16;

export function noRateUsage(): RateUsage {
  return { limits: null, counts: {}, observed: {}, blockedUntil: 0, strikes: 0 };
}

/** The instant from which one more request may be sent. */
export function freeAt(spending: RateUsage, limits: readonly RateWindow[], isBackground: boolean, now: number): number {
  let at = Math.max(now, spending.blockedUntil);
  for (const { limit, windowMs } of limits) {
    const buckets = spending.counts[windowMs] ?? [];
    at = Math.max(at, countFreeAt(buckets, windowMs, allowance(limit, isBackground), now));
  }
  for (const window of Object.values(spending.observed)) {
    if (window.endsAt <= now) {
      Object.assign(window, openWindow(window.limit, window.limit, now + assumedWindowMs, true));
    }
    if (roomIn(window, isBackground) < 1) at = Math.max(at, window.endsAt);
  }
  return at;
}

/** How many requests may be sent now, interactive ones; null where no limit is known. */
export function roomNow(spending: RateUsage, limits: readonly RateWindow[], now: number): number | null {
  const rooms = roomsIn(spending, limits, false, now);
  if (rooms.length === 0) return null;
  return spending.blockedUntil > now ? 0 : Math.max(0, Math.floor(Math.min(...rooms)));
}

function roomsIn(spending: RateUsage, limits: readonly RateWindow[], isBackground: boolean, now: number): number[] {
  return [
    ...limits.map(
      ({ limit, windowMs }) => allowance(limit, isBackground) - countOf(spending.counts[windowMs] ?? [], windowMs, now),
    ),
    ...Object.values(spending.observed).map((window) =>
      // Its end is told by the next request: until then, what it had at its beginning.
      window.endsAt <= now ? window.limit : roomIn(window, isBackground),
    ),
  ];
}

/** How many requests to take at once, where one is free: few where there is little room, so that others find some. */
export function leaseSize(spending: RateUsage, limits: readonly RateWindow[], now: number): number {
  const rooms = roomsIn(spending, limits, true, now);
  return Math.max(1, Math.min(mostTaken, Math.floor(Math.min(...rooms) * shareTaken)));
}

export function recordUse(spending: RateUsage, limits: readonly RateWindow[], requests: number, now: number): void {
  for (const { windowMs } of limits) {
    const buckets = spending.counts[windowMs] ?? [];
    spending.counts[windowMs] = buckets;
    addToCount(buckets, windowMs, requests, now);
  }
  for (const window of Object.values(spending.observed)) window.remaining -= requests;
}

/** Takes in what an answer said, of which `inFlight` others are on their way. @returns whether that changed anything */
export function learn(spending: RateUsage, observation: RateObservation, inFlight: number, now: number): boolean {
  const isNewWindow = learnWindow(spending, observation, inFlight, now);
  const { blockedUntil, strikes } = spending;
  learnPause(spending, observation, now);
  return isNewWindow || spending.blockedUntil !== blockedUntil || spending.strikes !== strikes;
}

function learnWindow(
  { observed }: RateUsage,
  { limit, remaining, resetInMs }: RateObservation,
  inFlight: number,
  now: number,
): boolean {
  if (limit === null || remaining === null || resetInMs === null) return false;
  const left = Math.max(0, remaining - inFlight);
  const endsAt = now + resetInMs + resetMarginMs;
  let isChanged = false;
  // Upstreams report their tightest window. An assumed window that claims less room than the reported one is wrong.

  for (const [other, window] of Object.entries(observed)) {
    if (Number(other) === limit || !window.isAssumed || window.remaining >= left) continue;
    delete observed[other];
    isChanged = true;
  }
  const known = observed[limit];
  // More left than can be left of the known window, and a later end: another window has begun.
  const isNext = known && endsAt > known.endsAt + 1_000 && left > known.remaining + 1;
  if (!known || known.endsAt <= now || known.isAssumed || isNext) {
    observed[limit] = openWindow(limit, left, endsAt, false);
    return true;
  }
  if (left >= known.remaining) return isChanged;
  known.remaining = left;
  return true;
}

function learnPause(spending: RateUsage, { status, retryAfterMs, resetInMs }: RateObservation, now: number): void {
  if (status === 429) {
    const pauseMs = retryAfterMs ?? Math.max(resetInMs ?? 0, Math.min(60_000, 1_000 * 2 ** spending.strikes));
    spending.strikes = retryAfterMs === null ? spending.strikes + 1 : 0;
    spending.blockedUntil = Math.max(spending.blockedUntil, now + pauseMs);
  } else if (status !== null) {
    spending.strikes = 0;
    if (status >= 500 && retryAfterMs !== null) {
      spending.blockedUntil = Math.max(spending.blockedUntil, now + retryAfterMs);
    }
  }
}

/** Whether the state equals a fresh one, and may be dropped. */
export function isForgettable({ counts, observed, blockedUntil, strikes }: RateUsage, now: number): boolean {
  return (
    blockedUntil <= now &&
    strikes === 0 &&
    Object.keys(observed).length === 0 &&
    Object.entries(counts).every(([windowMs, buckets]) => countOf(buckets, Number(windowMs), now) === 0)
  );
}
