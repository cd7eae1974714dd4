import { isPlainTime } from './parse-fields.ts';

/** A difference between what an API's pages document and what came. */
export type Drift = {
  resource: DriftResource;
  /** `data[].summary.title`: without ids or indexes. */
  path: string;
  kind: 'UNKNOWN' | 'MISSING' | 'TYPE';
  expected: string | null;
  actual: string | null;
};

export type DriftResource = `${'conversation' | 'summary' | 'attachment' | 'account'}.${'list' | 'get' | 'write'}`;

type Variation = { nullable?: true; optional?: true };
export type Expected = Variation &
  (
    | { type: 'string' | 'number' | 'time' | 'object' | 'string[]' }
    | { type: 'string'; oneOf: readonly string[] }
    | { type: 'shape'; shape: Shape }
    | { type: 'list'; of: Shape }
  );
/** The documented keys of an object. */
export type Shape = { readonly [key: string]: Expected };

export type DriftLog = {
  compare(shape: Shape, value: unknown): void;
  note(drift: Omit<Drift, 'resource'>): void;
  readonly found: Drift[];
};

const maxDrifts = 50;
const maxPathLength = 200;

/** Collects each difference once, 50 at most. */
export function createDriftLog(resource: DriftResource): DriftLog {
  const found = new Map<string, Drift>();

  function note(drift: Omit<Drift, 'resource'>): void {
    const path = drift.path.slice(0, maxPathLength);
    const key = `${drift.kind} ${path}`;
    if (found.size < maxDrifts && !found.has(key)) found.set(key, { resource, ...drift, path });
  }

  function compareObject(shape: Shape, value: object, path: string): void {
    const given = value as Record<string, unknown>;
    for (const [key, expected] of Object.entries(shape)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (given[key] !== undefined) compareValue(expected, given[key], at);
      else if (!expected.optional) note({ path: at, kind: 'MISSING', expected: nameOf(expected), actual: null });
    }
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(shape, key)) continue;
      const at = path === '' ? withoutIds(key) : `${path}.${withoutIds(key)}`;
      note({ path: at, kind: 'UNKNOWN', expected: null, actual: typeOf(given[key]) });
    }
  }

  function compareValue(expected: Expected, value: unknown, path: string): void {
    if (value === null && expected.nullable) return;
    const fits = doesFit(expected, value);
    if (!fits) {
      const actual =
        'oneOf' in expected && typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeOf(value);
      note({ path, kind: 'TYPE', expected: nameOf(expected), actual });
    } else if (expected.type === 'shape') {
      compareObject(expected.shape, value as object, path);
    } else if (expected.type === 'list') {
      for (const item of value as unknown[]) {
        if (typeOf(item) === 'object') compareObject(expected.of, item as object, `${path}[]`);
        else note({ path: `${path}[]`, kind: 'TYPE', expected: 'object', actual: typeOf(item) });
      }
    }
  }

  return {
    compare(shape, value) {
      if (typeOf(value) === 'object') compareObject(shape, value as object, '');
      else note({ path: '', kind: 'TYPE', expected: 'object', actual: typeOf(value) });
    },
    note,
    get found() {
      return [...found.values()];
    },
  };
}

function doesFit(expected: Expected, value: unknown): boolean {
  switch (expected.type) {
    case 'string':
      return typeof value === 'string' && !('oneOf' in expected && !expected.oneOf.includes(value));
    case 'number':
      return typeof value === 'number';
    case 'time':
      return typeof value === 'string' && isPlainTime(value);
    case 'string[]':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'list':
      return Array.isArray(value);
    default:
      return typeOf(value) === 'object';
  }
}

function nameOf(expected: Expected): string {
  const name =
    'oneOf' in expected
      ? expected.oneOf.join('|')
      : expected.type === 'shape'
        ? 'object'
        : expected.type === 'list'
          ? 'object[]'
          : expected.type;
  return expected.nullable ? `${name}|null` : name;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A key that is a number, a UUID or `conv_12a` would make a path of its own for every conversation. */
export function withoutIds(key: string): string {
  return /^(\w*_)?(?=.*\d)[\da-f-]{3,}$/i.test(key) || /^\d+$/.test(key) ? '*' : key;
}
