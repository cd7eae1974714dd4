import { z } from 'zod';
import type { MirroredStatus, Unreadable } from './records.ts';

/** The pieces both wire formats are read with: whatever does not fit an optional field is null, never an error. */
export const identifier = z.string().min(1).max(500);
export const lenientText = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => text ?? null);
export const lenientCount = z
  .number()
  .int()
  .nonnegative()
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

const localTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?$/;

/**
 * An instant from an ISO 8601 string (UTC where it names no zone) or a number of seconds or milliseconds since the
 * epoch; null for anything else, and for years that no conversation has.
 */
export function readTime(value: unknown): Date | null {
  let ms = Number.NaN;
  if (typeof value === 'number') ms = value > 1e11 ? value : value > 1e8 ? value * 1000 : Number.NaN;
  else if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) {
    const text = value.trim().replace(',', '.').replace(' ', 'T');
    const isDay = text.length === 10;
    ms = Date.parse(localTime.test(text) && !isDay ? `${text}Z` : text);
  }
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return year >= 1970 && year < 10_000 ? date : null;
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

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
