import { UsageError } from './command.ts';

/** How values are typed on the command line. Each reader throws UsageError with what would be right. */

const mebibyte = 1_048_576n;
const maxCount = 2_147_483_647;
const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m`, `24h`, `7d`, or `0`; in milliseconds. */
export function readDurationMs(option: string, text: string): number {
  const match = /^(\d{1,5})([mhd])$/.exec(text);
  if (text === '0') return 0;
  if (match === null) throw new UsageError(`--${option} "${text}" is not a time like 30m, 24h or 7d`);
  return Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
}

/** A day or an instant, or a time from now (`90d`); null for `never`. */
export function readEnd(option: string, text: string): Date | null {
  if (text === 'never') return null;
  if (/^\d{1,5}[mhd]$/.test(text)) return new Date(Date.now() + readDurationMs(option, text));
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : null;
  if (date !== null && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(`--${option} "${text}" is neither a day like 2027-12-31, a time from now like 90d, nor never`);
}

/** A whole number; 0 for `none`, and null, the deployment's own, for `default`. */
export function readLimit(option: string, text: string): number | null {
  if (text === 'default') return null;
  if (text === 'none') return 0;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= maxCount) return number;
  throw new UsageError(`--${option} "${text}" is neither a whole number up to ${maxCount}, none nor default`);
}

/** A whole number of days; null for `none`. */
export function readDays(option: string, text: string): number | null {
  if (text === 'none') return null;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} "${text}" is neither a whole number of days nor none`);
}

/** As `readLimit`, from MiB to bytes. */
export function readLimitBytes(option: string, text: string): bigint | null {
  const limit = readLimit(option, text);
  return limit === null ? null : BigInt(limit) * mebibyte;
}

export function showBytes(bytes: bigint): string {
  return `${(Number(bytes) / Number(mebibyte)).toFixed(1)} MB`;
}
