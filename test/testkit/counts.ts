import type { Database } from '../../src/database/database.ts';

export type Miscount = { tenantId: string; grain: string; dimension: string; value: string | null; off: bigint };

/**
 * Where what is kept of counts differs from a plain recount of the conversations, in one moment of the database.
 * Says the rules a second time, so that a wrong one is found.
 */
export async function findMiscounts(database: Database): Promise<Miscount[]> {
  return database.prisma.$queryRaw<Miscount[]>`
    WITH counted AS (
      SELECT tenant_id, started_at, provider::text, upstream_id, status::text, source::text, segment,
        sentiment::text, topics, 1 AS conversations, message_count AS messages, response_time_total_ms AS response_ms,
        response_count AS responses, 1 AS sign
      FROM conversation
      UNION ALL
      SELECT tenant_id, quarter, provider, upstream_id, status, source, segment, sentiment, topics, conversations,
        messages, response_ms, responses, -1
      FROM conversation_change
    ), named AS (
      SELECT counted.*, dimension, value FROM counted, LATERAL (
        SELECT 'EVERY' AS dimension, NULL AS value
        UNION ALL SELECT 'PROVIDER', provider UNION ALL SELECT 'UPSTREAM', upstream_id
        UNION ALL SELECT 'STATUS', status UNION ALL SELECT 'SOURCE', source UNION ALL SELECT 'SEGMENT', segment
        UNION ALL SELECT 'SENTIMENT', sentiment UNION ALL SELECT DISTINCT 'TOPIC', unnest(topics)
      ) dimensions
    ), recount AS (
      SELECT tenant_id, grain, dimension, starts_at, value, sign * conversations AS conversations,
        sign * messages AS messages, sign * response_ms AS response_ms, sign * responses AS responses
      FROM named, LATERAL (
        SELECT 'ALL' AS grain, '-infinity'::timestamptz AS starts_at
        UNION ALL SELECT 'DAY', date_trunc('day', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
          WHERE dimension NOT IN ('UPSTREAM', 'STATUS')
        UNION ALL SELECT 'QUARTER', to_timestamp(floor(extract(epoch FROM started_at) / 900) * 900)
          WHERE dimension = 'EVERY'
      ) places
      UNION ALL
      SELECT tenant_id, grain, dimension, starts_at, value, -conversations, -messages, -response_ms, -responses
      FROM conversation_count
    )
    SELECT tenant_id AS "tenantId", grain, dimension, value, sum(conversations)::bigint AS "off" FROM recount
    GROUP BY tenant_id, grain, dimension, starts_at, value
    HAVING sum(conversations) <> 0 OR sum(messages) <> 0 OR sum(response_ms) <> 0 OR sum(responses) <> 0`;
}
