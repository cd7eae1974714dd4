import { Temporal } from 'temporal-polyfill';
import { dayMs } from './durations.ts';

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
  return sayable(Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds);
}

function sayable(epochMs: number): Date {
  return new Date(Math.min(Math.max(epochMs, firstInstantMs), lastInstantMs));
}

/**
 * So many days in a row, none past the year 9999, each with its first instant there. Clocks change on few of them:
 * until they do, days begin as long before or after UTC's as the last one did.
 */
export function daysIn(timeZone: string, firstDay: string, count: number): { date: string; start: Date }[] {
  const firstMs = Date.parse(`${firstDay}T00:00:00.000Z`);
  let offsetMs = 0;
  let changesAtMs = Number.NEGATIVE_INFINITY;
  return Array.from({ length: count }, (_, index) => {
    const midnight = new Date(firstMs + index * dayMs);
    const date = midnight.toISOString().slice(0, 10);
    let startMs = midnight.getTime() - offsetMs;
    if (startMs >= changesAtMs) {
      const start = Temporal.PlainDate.from(date).toZonedDateTime(timeZone);
      startMs = start.epochMilliseconds;
      offsetMs = start.offsetNanoseconds / 1e6;
      changesAtMs = start.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
    }
    return { date, start: sayable(startMs) };
  });
}

/** The day so many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Days from `from` to `to`, both included; 0 where `to` comes before. */
export function daysBetween(from: string, to: string): number {
  return Math.max(0, Temporal.PlainDate.from(from).until(to, { largestUnit: 'days' }).days + 1);
}
