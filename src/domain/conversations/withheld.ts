import { createHash } from 'node:crypto';

/** What stands for an upstream's id among those that are not mirrored again: the id itself may name somebody. */
export function withheldDigest(externalId: string): string {
  return createHash('sha256').update(externalId).digest('hex');
}
