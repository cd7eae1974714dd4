const maxDepth = 100;

/** Makes a text storable: NUL, which PostgreSQL refuses, and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/**
 * A copy of a JSON value with all texts and keys made storable. What lies deeper than 100 levels is replaced by a mark
 * that says so, and a key `__proto__`, which is never data, is left out.
 */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, depth + 1));
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, held]) => [cleanText(key), cleanJson(held, depth + 1)]));
}
