export type BreakerOptions = {
  /** Failures in a row after which calls are refused. Default 5. */
  threshold?: number;
  /** How long they are refused at first; twice as long each time that the trial fails. Default 10,000. */
  cooldownMs?: number;
  /** Default 300,000. */
  maxCooldownMs?: number;
  now?: () => number;
};

/** Keeps calls away from an upstream that is down, and lets one through now and then to see whether it still is. */
export type Breaker = {
  /** How long calls are still refused, in milliseconds; 0: not now. */
  remainingMs(): number;
  /** Claims a call: 0, or how long to wait. A claim ends with exactly one of the three below. */
  enter(): number;
  succeeded(): void;
  failed(): void;
  /** The call said nothing about the upstream's health. */
  undecided(): void;
};

/** While a trial is under way the rest waits this long at a time. */
const trialPauseMs = 1_000;

export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { threshold = 5, cooldownMs = 10_000, maxCooldownMs = 300_000, now = Date.now } = options;
  let failures = 0;
  let openings = 0;
  let openUntil = 0;
  let isOnTrial = false;

  const isOpen = () => failures >= threshold;
  const remainingMs = () => {
    if (!isOpen()) return 0;
    return Math.max(openUntil - now(), isOnTrial ? trialPauseMs : 0);
  };
  return {
    remainingMs,
    enter() {
      const remaining = remainingMs();
      if (remaining === 0 && isOpen()) isOnTrial = true;
      return remaining;
    },
    succeeded() {
      failures = 0;
      openings = 0;
      isOnTrial = false;
    },
    failed() {
      failures += 1;
      // Calls that were under way when it opened tell nothing new.
      if (failures === threshold || isOnTrial) {
        openUntil = now() + Math.min(cooldownMs * 2 ** openings, maxCooldownMs);
        openings += 1;
      }
      isOnTrial = false;
    },
    undecided() {
      isOnTrial = false;
    },
  };
}
