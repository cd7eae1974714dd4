import { z } from 'zod';
import { isRecord } from '../../lib/json.ts';
import type { MirroredStatus, Unreadable } from './records.ts';

/** The pieces both wire formats are read with: what does not fit a lenient one is null, never an error. */

/** A text, or a number that is exact: its digits. */
export const identifier = z.union([z.string().min(1).max(500), z.int().transform(String)]);
export const lenientText = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => text ?? null);
/** A text, or what else can stand for one: a number's digits. */
export const lenientScalarText = z
  .union([z.string(), z.union([z.number(), z.boolean()]).transform(String)])
  .nullish()
  .catch(null)
  .transform((text) => text ?? null);
/** A whole number, or its digits as a text. */
export const lenientCount = z
  .union([
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .nullish()
  .catch(null)
  .transform((count) => count ?? null);
/** An object; anything else that is there becomes one, under the name `value`. */
export const lenientRecord = z
  .unknown()
  .optional()
  .transform((value) => (value == null ? null : isRecord(value) ? value : { value }));
export const lenientTime = z.unknown().optional().transform(readTime);
export const lenientTexts = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((items) => (items ?? []).filter((item) => typeof item === 'string'));

/** Also with the zone in words after it, as RFC 9557 has it: `2024-01-25T10:30:00+01:00[Europe/Berlin]`. */
const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?([.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:(?<=Z|\d)\[[\w/+-]{1,60}\])?$/i;
const basicTime = /^(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)(?!\d)/i;
/** RFC 2822, as e-mail and HTTP have it. */
const mailTime =
  /^(?:[a-z]{3}, *)?(\d{1,2}) ([a-z]{3}) (\d{4}) \d\d:\d\d(?::\d\d)? (?:GMT|UTC?|[ECMP][SD]T|[+-]\d{4})$/i;
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
/** Larger numbers are seconds, milliseconds and so on since the epoch; smaller ones are no time that a conversation has. */
const epochFloor = { seconds: 1e8, milliseconds: 1e11, microseconds: 1e14, nanoseconds: 1e17 } as const;

/**
 * An instant from an ISO 8601 text (UTC where it names no zone; a leap second is the second after), an RFC 2822 date, or
 * seconds, or smaller parts of them, since the epoch, as a number or as digits. Null for anything else, for days that no month
 * has, and for years that no conversation has.
 */
export function readTime(value: unknown): Date | null {
  const text = typeof value === 'string' ? value.trim() : '';
  const ms = typeof value === 'number' ? fromEpoch(value) : (fromIso(text) ?? fromMail(text) ?? fromDigits(text));
  const date = new Date(ms ?? Number.NaN);
  const year = date.getUTCFullYear();
  return year >= 1970 && year < 10_000 ? date : null;
}

/** Whether a text is an instant as both APIs document them, to the letter: ISO 8601 with a zone, and no leap second. */
export function isPlainTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(text) && readTime(text) !== null;
}

function fromEpoch(count: number): number | null {
  if (count > epochFloor.nanoseconds) return count / 1e6;
  if (count > epochFloor.microseconds) return count / 1e3;
  if (count > epochFloor.milliseconds) return count;
  return count > epochFloor.seconds ? count * 1_000 : null;
}

function fromDigits(text: string): number | null {
  return /^(?:\d{9,13}|\d{15,16}|\d{18,19})(\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : null;
}

function fromIso(text: string): number | null {
  const found = isoTime.exec(text.replace(basicTime, '$1-$2-$3T$4:$5:$6'));
  if (found === null) return null;
  const [, year, month, day, time = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = found;
  if (!isDay(Number(year), Number(month), Number(day))) return null;
  const isLeap = seconds === ':60';
  const isUtc = /^[zug]/i.test(zone);
  const offset = isUtc ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  const exact = isLeap ? ':59' : `${seconds}${fraction.replace(',', '.')}`;
  return Date.parse(`${year}-${month}-${day}T${time}${exact}${offset}`) + (isLeap ? 1_000 : 0);
}

function fromMail(text: string): number | null {
  const found = mailTime.exec(text);
  if (found === null) return null;
  const month = months.indexOf((found[2] ?? '').toLowerCase()) + 1;
  return isDay(Number(found[3]), month, Number(found[1])) ? Date.parse(text) : null;
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The keys of an object that are not among the known ones. */
export function furtherKeys(raw: object, known: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !known.has(key)));
}

/** Further keys beside the metadata itself, which keeps its names: a further key of the same name gets `_` before it. */
export function withFurther(
  metadata: Record<string, unknown> | null,
  further: Record<string, unknown>,
): Record<string, unknown> | null {
  const entries = Object.entries(further);
  if (entries.length === 0) return metadata;
  const beside = entries.map(([key, value]) => [metadata && Object.hasOwn(metadata, key) ? `_${key}` : key, value]);
  return { ...metadata, ...Object.fromEntries(beside) };
}

export function unreadableItem(raw: unknown, reason: string): Unreadable {
  const { id = null } = isRecord(raw) ? raw : {};
  const isNamed = (typeof id === 'string' && id !== '') || typeof id === 'number';
  return { unreadable: true, id: isNamed ? String(id).slice(0, 500) : null, reason };
}

/** Why zod could not read an item, in short: `id: Invalid input: expected string, received number`. */
export function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'item'}: ${issue.message}`.slice(0, 300) : 'It is not as documented';
}

const statuses: ReadonlyMap<string, MirroredStatus> = new Map([
  ['processing', 'PROCESSING'],
  ['pending', 'PROCESSING'],
  ['queued', 'PROCESSING'],
  ['in_progress', 'PROCESSING'],
  ['failed', 'FAILED'],
  ['error', 'FAILED'],
]);

/** What is neither under way nor failed is completed. */
export function readStatus(status: string | null): MirroredStatus {
  return statuses.get((status ?? '').toLowerCase()) ?? 'COMPLETED';
}
