import { z } from 'zod';
import { parseStorageLocation, type StorageLocation } from './storage/location.ts';

/** What a variable names, separated by commas. */
export function partsOf(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

/** A variable that is set to nothing is one that is not set. */
export const text = z.preprocess((value) => (value === '' ? undefined : value), z.string().optional());

export const integer = (fallback: number, min: number, max: number) =>
  text.transform((value, ctx) => {
    if (value === undefined) return fallback;
    const number = /^\d{1,15}$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    ctx.addIssue({ code: 'custom', message: `"${value}" is not a whole number from ${min} to ${max}` });
    return z.NEVER;
  });

export const flag = <Fallback extends boolean | null>(fallback: Fallback) =>
  text.transform((value, ctx): boolean | Fallback => {
    const lower = value?.toLowerCase();
    if (lower === undefined) return fallback;
    if (lower === 'true' || lower === '1') return true;
    if (lower === 'false' || lower === '0') return false;
    ctx.addIssue({ code: 'custom', message: `"${value}" is neither true nor false` });
    return z.NEVER;
  });

export const oneOf = <Value extends string>(values: readonly Value[], fallback: Value) =>
  text.transform((value, ctx): Value => {
    const found = value === undefined ? fallback : values.find((each) => each === value.toLowerCase());
    if (found !== undefined) return found;
    ctx.addIssue({ code: 'custom', message: `"${value}" is not one of ${values.join(', ')}` });
    return z.NEVER;
  });

/** An address with one of the protocols; its text is not repeated in messages, since it may hold a password. */
export const address = (protocols: readonly string[], example: string) =>
  text.transform((value, ctx) => {
    if (value === undefined) return null;
    const url = URL.parse(value);
    if (url !== null && protocols.includes(url.protocol) && url.hostname !== '') return value;
    ctx.addIssue({ code: 'custom', message: `is not an address like ${example}` });
    return z.NEVER;
  });

export const webBase = address(['http:', 'https:'], 'https://gateway.example.com').transform((value, ctx) => {
  if (value === null) return null;
  const url = new URL(value);
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    ctx.addIssue({ code: 'custom', message: 'must not hold a query, a fragment or credentials' });
    return z.NEVER;
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
});

export const origins = text.transform((value, ctx) => {
  const list = partsOf(value);
  const bad = list.filter((origin) => {
    const url = URL.parse(origin);
    return url === null || !/^https?:$/.test(url.protocol) || url.origin !== origin.replace(/\/$/, '');
  });
  for (const origin of bad) {
    ctx.addIssue({ code: 'custom', message: `"${origin}" is not an origin like https://app.example.com` });
  }
  return list.map((origin) => origin.replace(/\/$/, ''));
});

export const matching = (pattern: RegExp, wanted: string) =>
  text.transform((value, ctx) => {
    if (value === undefined || pattern.test(value)) return value ?? null;
    ctx.addIssue({ code: 'custom', message: `must be ${wanted}` });
    return z.NEVER;
  });

export const storageLocation = text.transform((value, ctx): StorageLocation | null => {
  if (value === undefined) return null;
  try {
    return parseStorageLocation(value);
  } catch (err) {
    ctx.addIssue({ code: 'custom', message: err instanceof Error ? err.message : String(err) });
    return z.NEVER;
  }
});

/** `name=value,…`, as OpenTelemetry has it; a value may be percent-encoded, and is not repeated in messages. */
export const traceHeaders = text.transform((value, ctx) => {
  const pairs = partsOf(value).map((part) => /^([\w-]+)=(.*)$/.exec(part));
  if (pairs.includes(null)) {
    ctx.addIssue({ code: 'custom', message: 'must be names and values like api-key=…,other=…' });
    return z.NEVER;
  }
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', decoded(pair?.[2] ?? '')]));
});

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

export const share = text.transform((value, ctx) => {
  if (value === undefined) return 1;
  const number = /^(0|1|0?\.\d+|1\.0+)$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  ctx.addIssue({ code: 'custom', message: `"${value}" is not a number from 0 to 1, such as 0.1` });
  return z.NEVER;
});
