import { type Clock, systemClock } from './clock.ts';
import { UpstreamFailure } from './failure.ts';
import type { RateObservation } from './rate-headers.ts';
import {
  allowance,
  createSlidingCount,
  hasRoom,
  type ObservedWindow,
  openWindow,
  type RateWindow,
  type SlidingCount,
} from './rate-windows.ts';

export type RatePriority = 'interactive' | 'background';

/** What an answer's headers add to the limits known so far; null where that is nothing. */
export type RefineLimits = (observation: RateObservation, known: readonly RateWindow[]) => readonly RateWindow[] | null;

export type AcquireOptions = {
  /** Interactive requests go first, and a part of what may be spent is theirs alone. */
  priority: RatePriority;
  /** The account's published limits, as far as known. */
  limits: readonly RateWindow[];
  refineLimits?: RefineLimits | undefined;
  /** What would have to wait longer is refused, at once where that can be told. */
  maxWaitMs: number;
  signal?: AbortSignal | undefined;
};

/** What all requests of one upstream account (`key`) share. */
export type RateBudget = {
  /**
   * Resolves when one request may be sent. Every acquired request is then observed once, answered or not.
   * @throws UpstreamFailure RATE_LIMITED, its `retryAfterMs` telling when there is room; ABORTED when the signal fires
   */
  acquire(key: string, options: AcquireOptions): Promise<void>;
  /** Takes in what the answer said; `noObservation` where there was none. */
  observe(key: string, observation: RateObservation): Promise<void> | void;
};

type Waiter = { priority: RatePriority; grant: () => void };

type Account = {
  /** As told by those who acquire; what answers have made of it since. */
  toldLimits: readonly RateWindow[];
  limits: readonly RateWindow[];
  refineLimits: RefineLimits | undefined;
  counts: Map<number, SlidingCount>;
  /** By limit: an API with several windows tells of whichever is tightest. */
  observed: Map<number, ObservedWindow>;
  blockedUntil: number;
  /** Answers 429 in a row that did not say how long to wait. */
  strikes: number;
  inFlight: number;
  waiting: Record<RatePriority, Set<Waiter>>;
  wakeUp: AbortController | null;
};

/** A clock that is a little behind would otherwise be early. */
const resetMarginMs = 250;
const assumedWindowMs = 60_000;

/**
 * A budget for the requests of this process. Other processes that use the same account are noticed by what the
 * upstream's headers say is left. Spends at most nine tenths of a published limit in any of its windows, nine tenths of
 * what an answer's headers first tell to be left of a window, and nothing until a `Retry-After` has passed.
 */
export function createLocalRateBudget(options: { clock?: Clock } = {}): RateBudget {
  const clock = options.clock ?? systemClock;
  const accounts = new Map<string, Account>();

  function accountOf(key: string): Account {
    const known = accounts.get(key);
    if (known) return known;
    const account: Account = {
      toldLimits: [],
      limits: [],
      refineLimits: undefined,
      counts: new Map(),
      observed: new Map(),
      blockedUntil: 0,
      strikes: 0,
      inFlight: 0,
      waiting: { interactive: new Set(), background: new Set() },
      wakeUp: null,
    };
    accounts.set(key, account);
    return account;
  }

  function grant(account: Account): void {
    const now = clock.now();
    account.inFlight += 1;
    for (const { windowMs } of account.limits) {
      const count = account.counts.get(windowMs) ?? createSlidingCount(windowMs);
      account.counts.set(windowMs, count);
      count.add(now);
    }
    for (const window of account.observed.values()) window.remaining -= 1;
  }

  /** Lets in whoever may, and wakes up again when the next one may. */
  function drain(account: Account): void {
    for (const priority of ['interactive', 'background'] as const) {
      for (const waiter of account.waiting[priority]) {
        if (freeAt(account, priority, clock.now()) > clock.now()) break;
        account.waiting[priority].delete(waiter);
        grant(account);
        waiter.grant();
      }
    }
    account.wakeUp?.abort();
    account.wakeUp = null;
    const next = (['interactive', 'background'] as const).filter((priority) => account.waiting[priority].size > 0);
    if (next.length === 0) return;
    const wakeUp = new AbortController();
    account.wakeUp = wakeUp;
    const at = Math.min(...next.map((priority) => freeAt(account, priority, clock.now())));
    clock.sleep(Math.max(1, at - clock.now()), wakeUp.signal).then(
      () => drain(account),
      () => undefined,
    );
  }

  return {
    async acquire(key, { priority, limits, refineLimits, maxWaitMs, signal }) {
      if (signal?.aborted) throw givenUp();
      const account = accountOf(key);
      if (account.toldLimits !== limits) Object.assign(account, { toldLimits: limits, limits });
      account.refineLimits = refineLimits;
      const waitMs = freeAt(account, priority, clock.now()) - clock.now();
      if (waitMs > maxWaitMs) throw spent(waitMs);

      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { priority, grant: resolve };
      account.waiting[priority].add(waiter);
      drain(account);
      if (!account.waiting[priority].has(waiter)) return;

      const ended = new AbortController();
      const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
      const late = clock.sleep(maxWaitMs, stop).then(
        () => {
          throw spent(Math.max(1, freeAt(account, priority, clock.now()) - clock.now()));
        },
        () => {
          if (!ended.signal.aborted) throw givenUp();
        },
      );
      try {
        await Promise.race([promise, late]);
      } catch (error) {
        // Let in at the very moment that it gave up: then it is in, and whoever sends is to notice the signal.
        if (account.waiting[priority].has(waiter)) throw error;
      } finally {
        account.waiting[priority].delete(waiter);
        ended.abort();
      }
    },

    observe(key, observation) {
      const account = accountOf(key);
      account.inFlight = Math.max(0, account.inFlight - 1);
      account.limits = account.refineLimits?.(observation, account.limits) ?? account.limits;
      noteWindow(account, observation, clock.now());
      notePause(account, observation, clock.now());
      drain(account);
      if (isForgettable(account, clock.now())) accounts.delete(key);
    },
  };
}

function freeAt(account: Account, priority: RatePriority, now: number): number {
  const isBackground = priority === 'background';
  let at = Math.max(now, account.blockedUntil);
  for (const { limit, windowMs } of account.limits) {
    at = Math.max(at, account.counts.get(windowMs)?.freeAt(allowance(limit, isBackground), now) ?? now);
  }
  for (const window of account.observed.values()) {
    if (window.endsAt <= now) {
      Object.assign(window, openWindow(window.limit, window.limit, now + assumedWindowMs, true));
    }
    if (!hasRoom(window, isBackground)) at = Math.max(at, window.endsAt);
  }
  return at;
}

function noteWindow(account: Account, { limit, remaining, resetInMs }: RateObservation, now: number): void {
  if (limit === null || remaining === null || resetInMs === null) return;
  const left = Math.max(0, remaining - account.inFlight);
  const endsAt = now + resetInMs + resetMarginMs;
  // The upstream tells of its tightest window: one that was only taken for granted, and would be tighter, is no more.
  for (const [other, window] of account.observed) {
    if (other !== limit && window.isAssumed && window.remaining < left) account.observed.delete(other);
  }
  const known = account.observed.get(limit);
  // More left than can be left of the known window, and a later end: another window has begun.
  const isNext = known && endsAt > known.endsAt + 1_000 && left > known.remaining + 1;
  if (!known || known.endsAt <= now || known.isAssumed || isNext) {
    account.observed.set(limit, openWindow(limit, left, endsAt, false));
  } else {
    known.remaining = Math.min(known.remaining, left);
  }
}

function notePause(account: Account, { status, retryAfterMs, resetInMs }: RateObservation, now: number): void {
  if (status === 429) {
    const pauseMs = retryAfterMs ?? Math.max(resetInMs ?? 0, Math.min(60_000, 1_000 * 2 ** account.strikes));
    account.strikes = retryAfterMs === null ? account.strikes + 1 : 0;
    account.blockedUntil = Math.max(account.blockedUntil, now + pauseMs);
  } else if (status !== null) {
    account.strikes = 0;
    if (status >= 500 && retryAfterMs !== null) {
      account.blockedUntil = Math.max(account.blockedUntil, now + retryAfterMs);
    }
  }
}

/** Nothing is known of it that a new one would not know. */
function isForgettable(account: Account, now: number): boolean {
  const isIdle = account.inFlight === 0 && account.waiting.interactive.size + account.waiting.background.size === 0;
  return (
    isIdle &&
    account.blockedUntil <= now &&
    account.strikes === 0 &&
    account.observed.size === 0 &&
    [...account.counts.values()].every((count) => count.freeAt(1, now) === now)
  );
}

function spent(waitMs: number): UpstreamFailure {
  return new UpstreamFailure({
    kind: 'RATE_LIMITED',
    message: 'As many requests were made as the upstream allows for now',
    retryAfterMs: Math.ceil(waitMs),
  });
}

function givenUp(): UpstreamFailure {
  return new UpstreamFailure({ kind: 'ABORTED', message: 'The call was given up while it waited for its turn' });
}
