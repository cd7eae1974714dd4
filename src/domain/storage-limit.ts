import type { Tx } from '../database/database.ts';
import type { NewEvent } from '../events/log.ts';
import type { Caller } from './app.ts';
import { QuotaExceededError } from './errors.ts';

/** At this share of the limit the tenant is told. */
const warningShare = 0.8;

type StorageStep = { before: bigint; after: bigint; limit: bigint };

/**
 * What `added` bytes make of the tenant's storage. Locks the tenant's counters until the transaction ends.
 * @throws QuotaExceededError where they do not fit, unless `isOverAllowed`
 */
export async function enforceStorageLimit(
  caller: Caller,
  tx: Tx,
  added: bigint,
  isOverAllowed: boolean,
): Promise<StorageStep> {
  const [row] = await tx.$queryRaw<{ used: bigint; limit: bigint | null }[]>`
    SELECT state.conversations_bytes + state.attachments_bytes AS "used", tenant.storage_limit_bytes AS "limit"
    FROM tenant_state state JOIN tenant ON tenant.id = state.tenant_id
    WHERE state.tenant_id = ${caller.tenantId}
    FOR NO KEY UPDATE OF state`;
  const before = row?.used ?? 0n;
  const limit = row?.limit ?? caller.app.settings.storageLimitBytes;
  const after = before + added;
  if (added > 0n && limit > 0n && after > limit && !isOverAllowed) throw new QuotaExceededError(before, limit);
  return { before, after, limit };
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
