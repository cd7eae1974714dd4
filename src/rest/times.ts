import { Temporal } from 'temporal-polyfill';
import { dayMs, secondMs } from '../lib/time/durations.ts';

/** Years that every part of the service can hold, with room for a day or an offset more. */
const firstYear = 1;
const lastYear = 9_999;

/** Whether this is a day of the calendar, `2024-01-31`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    const { year } = Temporal.PlainDate.from(text, { overflow: 'reject' });
    return year >= firstYear && year <= lastYear;
  } catch {
    return false;
  }
}

/** The instant that an ISO 8601 time with its offset names, to the millisecond; null where it is none. */
export function parseInstant(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/.test(text)) return null;
  try {
    const instant = new Date(Temporal.Instant.from(text).epochMilliseconds);
    const year = instant.getUTCFullYear();
    return year >= firstYear && year <= lastYear ? instant : null;
  } catch {
    return null;
  }
}

const lastInstant = new Date('9999-12-31T23:59:59.999Z');

/** What to say beside a refusal of a time whose `+` came as a space, as it does in a query; else empty. */
export function plusHint(text: unknown): string {
  const isPlusLost = typeof text === 'string' && /\d \d{2}:?\d{2}$/.test(text);
  return isPlusLost ? ': a `+` in a query must be sent as `%2B`' : '';
}

/** The first instant of a span that begins with a day or an instant; null where it is neither. */
export function spanStart(text: string): Date | null {
  return isDay(text) ? new Date(`${text}T00:00:00.000Z`) : parseInstant(text);
}

/**
 * The first instant after a span that ends with a day, which is in it whole, or with an instant, which is in it with
 * its second, since answers show times to the second. Null where it is neither.
 */
export function spanEnd(text: string): Date | null {
  const start = spanStart(text);
  if (start === null) return null;
  const end = isDay(text) ? start.getTime() + dayMs : Math.floor(start.getTime() / secondMs) * secondMs + secondMs;
  return new Date(Math.min(end, lastInstant.getTime()));
}
