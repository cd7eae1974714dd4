import type { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';

export type UpstreamFigures = {
  tenantId: string;
  id: string;
  provider: string;
  baseUrl: string;
  apiKeyCipher: string;
  status: string;
  /** Since what was mirrored was last known to be all; since it was connected where it never was. */
  lagSeconds: number;
};

type Totals = {
  conversationsBytes: number;
  attachmentsBytes: number;
  /** Deliveries to webhooks that are due, or will be. */
  deliveriesPending: number;
  /** Of the webhook that is furthest behind the event log. */
  lagEvents: number;
  lagSeconds: number;
};

export type StoredFigures = { upstreams: UpstreamFigures[]; byStatus: StatusCount[]; totals: Totals };
type StatusCount = { provider: string; status: string; upstreams: number };

/** Figures of the whole deployment, the same whichever process is asked. At most `maxUpstreams` one by one. */
export async function readStored(database: Database, maxUpstreams: number): Promise<StoredFigures> {
  const upstreams = await database.read<UpstreamFigures>(Prisma.sql`
    SELECT tenant_id AS "tenantId", id, provider, base_url AS "baseUrl", api_key_cipher AS "apiKeyCipher",
      status::text AS status,
      greatest(0, extract(epoch FROM now() - coalesce(last_synced_at, created_at)))::float8 AS "lagSeconds"
    FROM upstream WHERE NOT is_disconnecting ORDER BY id LIMIT ${maxUpstreams}`);
  const byStatus = await database.read<StatusCount>(Prisma.sql`
    SELECT provider, status::text AS status, count(*)::int AS upstreams
    FROM upstream WHERE NOT is_disconnecting GROUP BY 1, 2`);
  const [totals] = await database.read<Totals>(Prisma.sql`
    SELECT
      (SELECT coalesce(sum(conversations_bytes), 0)::float8 FROM tenant_state) AS "conversationsBytes",
      (SELECT coalesce(sum(attachments_bytes), 0)::float8 FROM tenant_state) AS "attachmentsBytes",
      (SELECT count(*)::int FROM webhook_delivery WHERE next_attempt_at IS NOT NULL) AS "deliveriesPending",
      coalesce(max(state.event_seq - reader.seq), 0)::float8 AS "lagEvents",
      coalesce(max(extract(epoch FROM now() - next.occurred_at)), 0)::float8 AS "lagSeconds"
    FROM webhook
    JOIN event_reader reader ON reader.tenant_id = webhook.tenant_id AND reader.name = 'webhooks/' || webhook.id
    JOIN tenant_state state ON state.tenant_id = webhook.tenant_id
    LEFT JOIN event next ON next.tenant_id = webhook.tenant_id AND next.seq = reader.seq + 1
    WHERE webhook.active`);
  if (totals === undefined) throw new Error('an aggregate gave no row');
  return { upstreams, byStatus, totals };
}
