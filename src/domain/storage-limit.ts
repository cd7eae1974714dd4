import { Prisma } from '../database/generated/client.ts';
import type { NewEvent } from '../events/log.ts';
import { QuotaExceededError } from './errors.ts';

/** At this share of the limit the tenant is told. */
const warningShare = 0.8;

type StorageStep = { before: bigint; after: bigint; limit: bigint };

/**
 * A step of a tenant's storage that was made in a transaction; 0: there is no limit.
 * @throws QuotaExceededError where what was added does not fit, unless `isOverAllowed`
 */
export function checkStorageLimit({ before, after, limit }: StorageStep, isOverAllowed: boolean): void {
  if (after > before && limit > 0n && after > limit && !isOverAllowed) throw new QuotaExceededError(before, limit);
}

/** The events of a step that crosses the warning or the limit, upwards. */
export function storageEvents(tenantId: string, { before, after, limit }: StorageStep): NewEvent[] {
  if (limit <= 0n) return [];
  const data = { usedBytes: Number(after), limitBytes: Number(limit) };
  const warning = BigInt(Math.ceil(Number(limit) * warningShare));
  const events: NewEvent[] = [];
  if (before < warning && after >= warning) {
    events.push({ type: 'storage.limit_reached', subjectId: tenantId, data });
  }
  if (before <= limit && after > limit) events.push({ type: 'storage.limit_exceeded', subjectId: tenantId, data });
  return events;
}

/**
 * Whether adding so many bytes to a row of `tenant_state` is neither refused nor told of, as a condition: certainly so,
 * since a step that nearly crosses the warning may be called one that does. Holds the tenant as rows that refer to it do,
 * before the counters: so does its removal, and in another order the two would wait for each other.
 */
export function isQuietStep(tenantId: string, addedBytes: bigint, deploymentLimit: bigint): Prisma.Sql {
  return Prisma.sql`(
    SELECT bytes <= 0 OR (before + ${addedBytes}::bigint <= bytes
      AND (before > bytes * ${warningShare}::numeric + 1 OR before + ${addedBytes}::bigint < bytes * ${warningShare}::numeric - 1))
    FROM (SELECT conversations_bytes + attachments_bytes AS before, coalesce(
      (SELECT storage_limit_bytes FROM tenant WHERE tenant.id = ${tenantId} FOR KEY SHARE),
      ${deploymentLimit}::bigint) AS bytes) step)`;
}
