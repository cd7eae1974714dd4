import type { Caller } from '../../domain/app.ts';
import type { Drift } from './drift.ts';

/** Differences kept of one upstream: an API that makes up new keys all the time fills no table. */
const maxKept = 500;

/**
 * Counts how an upstream's answers differ from its published pages, in one statement; none where there is nothing.
 * Never inside a transaction: it uses a connection of its own. A failure is logged, and stops nobody.
 */
export async function recordDrift(caller: Caller, upstreamId: string, drifts: readonly Drift[]): Promise<void> {
  if (drifts.length === 0) return;
  const { tenantId, app } = caller;
  const groups = Map.groupBy(drifts, ({ resource, path, kind }) => JSON.stringify([resource, path, kind]));
  // In one order, so that two who count at once do not wait for each other in a circle.
  const rows = [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => (group[0] === undefined ? [] : [{ ...group[0], count: group.length }]));
  const now = new Date();
  try {
    await app.database.prisma.$executeRaw`
      INSERT INTO upstream_drift AS known
        (tenant_id, upstream_id, resource, path, kind, expected, actual, count, first_seen_at, last_seen_at)
      SELECT upstream.tenant_id, upstream.id, seen.resource, seen.path, seen.kind, seen.expected, seen.actual,
        seen.count, ${now}::timestamptz, ${now}::timestamptz
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS seen(resource text, path text, kind text, expected text, actual text, count bigint)
      JOIN upstream ON upstream.tenant_id = ${tenantId} AND upstream.id = ${upstreamId}
      LEFT JOIN upstream_drift old ON old.tenant_id = upstream.tenant_id AND old.upstream_id = upstream.id
        AND old.resource = seen.resource AND old.path = seen.path AND old.kind = seen.kind
      WHERE old.path IS NOT NULL OR ${maxKept}::int >
        (SELECT count(*) FROM upstream_drift WHERE tenant_id = ${tenantId} AND upstream_id = ${upstreamId})
      ON CONFLICT (tenant_id, upstream_id, resource, path, kind) DO UPDATE SET
        count = known.count + excluded.count, expected = excluded.expected, actual = excluded.actual,
        last_seen_at = excluded.last_seen_at`;
  } catch (err) {
    app.log.warn({ err, upstreamId }, 'differences from the API pages could not be counted');
  }
}
