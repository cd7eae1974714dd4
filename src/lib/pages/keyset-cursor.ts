/** A place in an ordered list, as clients hold it: which order, the row's value in it, and its id. */
type KeysetPlace = { order: string; value: string; id: string };

export function encodeKeyset({ order, value, id }: KeysetPlace): string {
  return Buffer.from(JSON.stringify([order, value, id])).toString('base64url');
}

/** The place; null where the text is no cursor, or was made for another order. */
export function decodeKeyset(cursor: string, order: string): KeysetPlace | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed) || parsed.length !== 3) return null;
    const [foundOrder, value, id] = parsed as unknown[];
    if (foundOrder !== order || typeof value !== 'string' || typeof id !== 'string') return null;
    const place = { order, value, id };
    return encodeKeyset(place) === cursor && !/\0/.test(value + id) ? place : null;
  } catch {
    return null;
  }
}
