import { createHash } from 'node:crypto';

/** A place in a tenant's event log as clients hold it. */
export function encodeCursor(tenantId: string, seq: bigint): string {
  return Buffer.from(`${seq}.${tag(tenantId)}`).toString('base64url');
}

/** The place that a cursor names; null where it is none of this tenant's. */
export function decodeCursor(tenantId: string, cursor: string): bigint | null {
  const match = /^(\d{1,18})\.([0-9a-f]{8})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match?.[1] === undefined || match[2] !== tag(tenantId)) return null;
  const seq = BigInt(match[1]);
  // Only the form that was given out: base64url has several writings for the same bytes.
  return encodeCursor(tenantId, seq) === cursor ? seq : null;
}

/** Tenants count for themselves: another's number would be a wrong place, not an error, without this. */
function tag(tenantId: string): string {
  return createHash('sha256').update(`cursor:${tenantId}`).digest('hex').slice(0, 8);
}
