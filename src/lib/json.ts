/** JSON with the keys of every object in order: equal for equal values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether there may be a number that a JavaScript number cannot hold: one of 16 digits, or with an exponent of three. */
const mayHoldLong = /[:,[]\s*-?(?:\d{16}|[\d.]+e\+?\d{3})/i;

/**
 * JSON whose numbers keep their digits: a whole number beyond ±(2^53 − 1), or any beyond 1.8e308, becomes the text that
 * was written, and `longNumbers` are the paths of those, `metadata.orders[]`. @throws SyntaxError
 */
export function parseWithDigits(text: string): { json: unknown; longNumbers: string[] } {
  if (!mayHoldLong.test(text)) return { json: JSON.parse(text), longNumbers: [] };
  const kept = new Map<unknown, Set<string>>();
  const json: unknown = JSON.parse(
    text,
    function (this: unknown, key: string, value: unknown, context?: { source?: string }) {
      const source = context?.source;
      if (typeof value !== 'number' || source === undefined || !isLong(value, source)) return value;
      kept.set(this, (kept.get(this) ?? new Set()).add(key));
      return source;
    },
  );
  return { json, longNumbers: kept.size === 0 ? [] : pathsOf(json, kept) };
}

/** `1e22` stands for all its digits, and stays. */
function isLong(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !/e/i.test(source);
}

function pathsOf(json: unknown, kept: ReadonlyMap<unknown, ReadonlySet<string>>): string[] {
  const paths = new Set<string>();
  const rest: [value: unknown, path: string][] = [[json, '']];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [value, path] = next;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, held] of Object.entries(value)) {
      const at = Array.isArray(value) ? `${path}[]` : path === '' ? key : `${path}.${key}`;
      if (kept.get(value)?.has(key)) paths.add(at);
      else rest.push([held, at]);
    }
  }
  return [...paths];
}
