import { Prisma } from '../../database/generated/client.ts';
import { anyText } from '../../database/planning.ts';
import type { Caller } from '../app.ts';

/** A difference between what an upstream's API documents and what it sends, with how often it was seen. */
export type UpstreamDriftRow = {
  upstreamId: string;
  /** What was read or written: `conversation.get`. */
  resource: string;
  /** `data[].summary.title`: without ids or indexes. */
  path: string;
  kind: 'UNKNOWN' | 'MISSING' | 'TYPE';
  expected: string | null;
  actual: string | null;
  count: bigint;
  firstSeenAt: Date;
  lastSeenAt: Date;
};

/** All differences seen at these upstreams, most seen first. */
export function loadUpstreamDrift(caller: Caller, upstreamIds: readonly string[]): Promise<UpstreamDriftRow[]> {
  return caller.app.database.read<UpstreamDriftRow>(Prisma.sql`
    SELECT upstream_id AS "upstreamId", resource, path, kind, expected, actual, count,
      first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt"
    FROM upstream_drift
    WHERE tenant_id = ${caller.tenantId} AND upstream_id = ${anyText(upstreamIds)}
    ORDER BY count DESC, resource, path, kind`);
}
