import type { RateObservation } from '../../http/rate-headers.ts';
import type { RateWindow } from '../../http/rate-windows.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

function windows(perHour: number, perMinute: number): readonly RateWindow[] {
  return [
    { limit: perHour, windowMs: hourMs },
    { limit: perMinute, windowMs: minuteMs },
  ];
}

/** The limits that AI My Chats publishes for its plans. */
export const planLimits = {
  free: windows(100, 10),
  starter: windows(500, 50),
  standard: windows(2_000, 100),
  pro: windows(10_000, 500),
} as const;

/**
 * Which plan's limits the headers of an answer speak of. They tell of one window, the tightest: the plan adds the other.
 * Null where they fit what is already known, or say nothing; none where no published plan has such a limit.
 */
export function refineLimits(observation: RateObservation, known: readonly RateWindow[]): readonly RateWindow[] | null {
  const { limit, resetInMs, status } = observation;
  if (limit === null || resetInMs === null) {
    // An account that tells of no limit is not held to the smallest plan's: its 429s will say. What did not succeed may
    // be no word of the account's at all.
    const isSuccess = status !== null && status >= 200 && status < 300;
    return isSuccess && known.length > 0 ? [] : null;
  }
  // Some numbers are one plan's hour and another's minute; what ends later than in a minute is an hour.
  const fits = (window: RateWindow) => window.limit === limit && resetInMs <= window.windowMs + 2_000;
  if (known.some(fits)) return null;
  const isFitting = (plan: readonly RateWindow[]) => plan.some(fits);
  const isByMinute = (plan: readonly RateWindow[]) => plan.some((each) => fits(each) && each.windowMs === minuteMs);
  const plans = Object.values(planLimits);
  return plans.find(isByMinute) ?? plans.find(isFitting) ?? [];
}
