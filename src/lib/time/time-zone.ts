import { Temporal } from 'temporal-polyfill';

/** Whether this is an IANA time zone, `Europe/Berlin` or `UTC`. Bare offsets are none. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text) || text.length > 64) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The calendar day that an instant falls on there, `2024-01-31`. */
export function dayOf(instant: Date, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString();
}

const firstInstantMs = Date.parse('0001-01-01T00:00:00.000Z');
/** The last millisecond of the year 9999. */
export const lastInstantMs = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A day's first instant there: not always midnight, where clocks change. Within the years 1 to 9999 in UTC, which is
 * what everything here can say: the first or the last of them for a day that begins beyond.
 */
export function startOfDayIn(day: string, timeZone: string): Date {
  const { epochMilliseconds } = Temporal.PlainDate.from(day).toZonedDateTime(timeZone);
  return new Date(Math.min(Math.max(epochMilliseconds, firstInstantMs), lastInstantMs));
}

/** The day so many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Days from `from` to `to`, both included; 0 where `to` comes before. */
export function daysBetween(from: string, to: string): number {
  return Math.max(0, Temporal.PlainDate.from(from).until(to, { largestUnit: 'days' }).days + 1);
}
