import type { Logger } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { UpstreamFailure } from './failure.ts';
import type { RateObservation } from './rate-headers.ts';
import {
  freeAt,
  isForgettable,
  learn,
  leaseSize,
  noRateUsage,
  type RateUsage,
  recordUse,
  roomNow,
} from './rate-usage.ts';
import { createLocalRateUsage, type RateUsageStore } from './rate-usage-store.ts';
import type { RateWindow } from './rate-windows.ts';

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
  /** Requests that may be sent now, by what this process saw last; null where it knows nothing of the account. */
  left(key: string): number | null;
};

type Waiter = { maxWaitMs: number; isNew: boolean; settle: (err?: unknown) => void };

/** This process's side of an account. */
type Account = {
  /** As told by those who acquire; what answers have made of it since. */
  toldLimits: readonly RateWindow[];
  limits: readonly RateWindow[];
  refineLimits: RefineLimits | undefined;
  inFlight: number;
  waiting: Record<RatePriority, Set<Waiter>>;
  /** Room for background requests that was taken at once, and is to be used until then (milliseconds since the epoch). */
  leased: { count: number; until: number };
  /** What was known at the last look. */
  seen: RateUsage;
  /** Whether somebody is being let in, and whether there was another call to. */
  drain: 'idle' | 'running' | 'again';
  wakeUp: AbortController | null;
};

const priorities = ['interactive', 'background'] as const;
/** How long requests may be sent whose room was taken at once; they count from when it was taken. */
const leaseMs = 1_000;

/**
 * The budget of upstream accounts, over what `store` knows of them. Spends at most nine tenths of a published limit in
 * any of its windows, nine tenths of what an answer's headers first tell to be left of a window, and nothing until a
 * `Retry-After` has passed.
 */
export function createRateBudget(
  options: { clock?: Clock; store?: RateUsageStore; log?: Pick<Logger, 'warn'> } = {},
): RateBudget {
  const clock = options.clock ?? systemClock;
  const store = options.store ?? createLocalRateUsage(clock);
  const accounts = new Map<string, Account>();

  function accountOf(key: string): Account {
    const known = accounts.get(key);
    if (known) return known;
    const account: Account = {
      toldLimits: [],
      limits: [],
      refineLimits: undefined,
      inFlight: 0,
      waiting: { interactive: new Set(), background: new Set() },
      leased: { count: 0, until: 0 },
      seen: noRateUsage(),
      drain: 'idle',
      wakeUp: null,
    };
    accounts.set(key, account);
    return account;
  }

  /** As far as was known at the last look. */
  function waitIn({ seen, limits }: Account, priority: RatePriority): number {
    return freeAt(seen, limits, priority === 'background', clock.now()) - clock.now();
  }

  /** Takes room for one request. @returns 0 where there was some, else the milliseconds until there may be */
  async function take(key: string, account: Account, priority: RatePriority): Promise<number> {
    const { leased } = account;
    const isBackground = priority === 'background';
    if (isBackground && leased.count > 0 && clock.now() < leased.until) {
      leased.count -= 1;
      return 0;
    }
    return store.update(key, (spending, now) => {
      account.seen = spending;
      // Another process may have been told more: one that starts is not held to the smallest plan's.
      account.limits = spending.limits ?? account.limits;
      const { limits } = account;
      const at = freeAt(spending, limits, isBackground, now);
      if (at > now) return at - now;
      const requests = store.isShared && isBackground ? leaseSize(spending, limits, now) : 1;
      recordUse(spending, limits, requests, now);
      if (requests > 1) account.leased = { count: requests - 1, until: clock.now() + leaseMs };
      return 0;
    });
  }

  /** Lets in whoever may, and wakes up again when the next one may. */
  async function drain(key: string, account: Account): Promise<void> {
    if (account.drain !== 'idle') {
      account.drain = 'again';
      return;
    }
    let waitMs: number;
    do {
      account.drain = 'running';
      waitMs = Number.POSITIVE_INFINITY;
      for (const priority of priorities) waitMs = Math.min(waitMs, await letIn(key, account, priority));
    } while (wasCalledAgain(account));
    account.drain = 'idle';
    account.wakeUp?.abort();
    account.wakeUp = null;
    if (waitMs === Number.POSITIVE_INFINITY) return;
    const wakeUp = new AbortController();
    account.wakeUp = wakeUp;
    clock.sleep(Math.max(1, waitMs), wakeUp.signal).then(
      () => drain(key, account),
      () => undefined,
    );
  }

  /** @returns the milliseconds after which the next of its kind may go; infinite where none waits */
  async function letIn(key: string, account: Account, priority: RatePriority): Promise<number> {
    const waiting = account.waiting[priority];
    for (const waiter of waiting) {
      let waitMs: number;
      try {
        waitMs = await take(key, account, priority);
      } catch (err) {
        waiting.delete(waiter);
        waiter.settle(err);
        continue;
      }
      if (waitMs > 0) {
        refuseHasty(waiting, waitMs);
        return waiting.size > 0 ? waitMs : Number.POSITIVE_INFINITY;
      }
      account.inFlight += 1;
      // A waiter that left while the store was awaited: its room is lost, not handed on.
      if (waiting.delete(waiter)) waiter.settle();
      else account.inFlight -= 1;
    }
    return Number.POSITIVE_INFINITY;
  }

  return {
    async acquire(key, { priority, limits, refineLimits, maxWaitMs, signal }) {
      if (signal?.aborted) throw givenUp();
      const account = accountOf(key);
      if (account.toldLimits !== limits) Object.assign(account, { toldLimits: limits, limits });
      account.refineLimits = refineLimits;

      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const settle = (err?: unknown) => (err === undefined ? resolve() : reject(err));
      const waiter: Waiter = { maxWaitMs, isNew: true, settle };
      account.waiting[priority].add(waiter);
      const ended = new AbortController();
      const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
      clock.sleep(maxWaitMs, stop).then(
        () => {
          // Not looked at yet: it is let in at the first look, or not at all.
          if (waiter.isNew) waiter.maxWaitMs = 0;
          else giveUp(spent(Math.max(1, waitIn(account, priority))));
        },
        () => {
          if (!ended.signal.aborted) giveUp(givenUp());
        },
      );
      // If it was let in first, this does nothing, and the sender must check the signal.
      const giveUp = (err: UpstreamFailure) => {
        if (account.waiting[priority].delete(waiter)) reject(err);
      };
      try {
        void drain(key, account);
        await promise;
      } finally {
        ended.abort();
      }
    },

    left: (key) => {
      const account = accounts.get(key);
      return account === undefined ? null : roomNow(account.seen, account.limits, clock.now());
    },

    async observe(key, observation) {
      const account = accountOf(key);
      account.inFlight = Math.max(0, account.inFlight - 1);
      const refined = account.refineLimits?.(observation, account.limits) ?? null;
      if (refined !== null) account.limits = refined;
      // Most answers tell nothing that the last look did not.
      const isNews =
        !store.isShared ||
        refined !== null ||
        learn(structuredClone(account.seen), observation, account.inFlight, clock.now());
      if (isNews) {
        if (observation.status === 429) account.leased.count = 0;
        try {
          await store.update(key, (spending, now) => {
            learn(spending, observation, account.inFlight, now);
            if (refined !== null) spending.limits = refined;
            account.seen = spending;
          });
        } catch (err) {
          // The answer counts for more than what it said of the limits.
          options.log?.warn({ err }, "what an answer told of an upstream's limits could not be kept");
        }
      }
      if (!isIdle(account)) void drain(key, account);
      else if (isForgettable(account.seen, clock.now())) accounts.delete(key);
    },
  };
}

function wasCalledAgain({ drain }: Account): boolean {
  return drain === 'again';
}

function isIdle({ inFlight, waiting, drain }: Account): boolean {
  return inFlight === 0 && drain === 'idle' && waiting.interactive.size + waiting.background.size === 0;
}

/** Refuses those that have just come and will not wait for so long. */
function refuseHasty(waiting: Set<Waiter>, waitMs: number): void {
  for (const waiter of waiting) {
    if (waiter.isNew && waiter.maxWaitMs < waitMs && waiting.delete(waiter)) waiter.settle(spent(waitMs));
    waiter.isNew = false;
  }
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
