import { dayMs } from '../client/durations.ts';

/** Days that a key opens something; `0`: without end. */
export type Lifetime = '0' | '30' | '90' | '365';

export const lifetimes: readonly { value: Lifetime; label: string }[] = [
  { value: '0', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];

/** When a key of that lifetime ends, from now on; null: never. */
export function endOf(lifetime: Lifetime): string | null {
  return lifetime === '0' ? null : new Date(Date.now() + Number(lifetime) * dayMs).toISOString();
}
