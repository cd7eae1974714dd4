import { useSyncExternalStore } from 'react';
import { dayMs, hourMs, minuteMs, secondMs } from '../client/durations.ts';
import { listenToNow, readNow } from './now.ts';

const sameDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const sameYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const anyDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

/** As short as it says enough: `14:05`, `3 May`, `3 May 2024`. */
export function shortTime(iso: string, now: number): string {
  const at = new Date(iso);
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return sameDay.format(at);
  return at.getFullYear() === today.getFullYear() ? sameYear.format(at) : anyDay.format(at);
}

/** How long ago, or in how long: `2 min ago`, `in 3 hr`. */
export function distance(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const size = Math.abs(ms);
  if (size < minuteMs) return ms > 5 * secondMs ? relative.format(Math.round(ms / secondMs), 'second') : 'just now';
  if (size < hourMs) return relative.format(Math.round(ms / minuteMs), 'minute');
  const hours = Math.round(ms / hourMs);
  // A day ahead is told by the hour, although the time shown may be some seconds behind.
  if (Math.abs(hours) <= 24) return relative.format(hours, 'hour');
  return relative.format(Math.round(ms / dayMs), 'day');
}

/** The time, as often as what is shown by it changes. */
export function useNow(): number {
  return useSyncExternalStore(listenToNow, readNow);
}

export function Time({ at, look = 'short' }: { at: string; look?: 'short' | 'distance' | 'whole' }) {
  const time = useNow();
  const text =
    look === 'whole' ? whole.format(new Date(at)) : look === 'short' ? shortTime(at, time) : distance(at, time);
  return (
    <time dateTime={at} title={whole.format(new Date(at))} className="tabular">
      {text}
    </time>
  );
}
