import type { App } from '../../src/domain/app.ts';

/**
 * Puts many conversations into a tenant's account at once, each with four messages and a completed summary, made a
 * minute apart until an hour ago. Without events, search index and counters: for what only reads them.
 * `hasMessages: false` leaves out the messages themselves, which are most of the work: for what reads lists alone.
 */
export async function seedConversations(
  app: App,
  tenantId: string,
  count: number,
  { hasMessages = true } = {},
): Promise<void> {
  const { prisma } = app.database;
  const batch = 5_000;
  for (let from = 1; from <= count; from += batch) {
    const to = Math.min(from + batch - 1, count);
    const at = `now() - interval '1 hour' - (${count} - n) * interval '1 minute'`;
    const range = `generate_series(${from}, ${to}) n`;
    const conversations = `INSERT INTO conversation (tenant_id, id, provider, title, preview, source, status, segment, metadata, created_at,
         updated_at, started_at, last_message_at, activity_at, message_count, size_bytes, summary_id, sentiment, topics)
       SELECT $1, 'conv_' || lpad(n::text, 26, '0'), 'LOCAL', 'Question ' || n || ' about prices', 'Hello', 'WEB',
         'COMPLETED', CASE WHEN n % 3 = 0 THEN 'pricing' END, json_build_object('visits', n), ${at}, ${at}, ${at},
         ${at} + interval '3 minutes', ${at} + interval '3 minutes', 4, 400, 'sum_' || lpad(n::text, 26, '0'),
         (ARRAY['POSITIVE', 'NEUTRAL', 'NEGATIVE'])[n % 3 + 1]::"Sentiment", ARRAY['pricing', 'trial'] FROM ${range}`;
    const messages = `INSERT INTO message (tenant_id, id, conversation_id, position, role, content, created_at)
       SELECT $1, 'msg_' || lpad((n * 4 + p)::text, 26, '0'), 'conv_' || lpad(n::text, 26, '0'), p,
         (CASE WHEN p % 2 = 0 THEN 'USER' ELSE 'ASSISTANT' END)::"MessageRole",
         'Message ' || p || ' of ' || n || ': we are a team of twenty-five, and need the shared inbox, reports and seats.',
         ${at} + p * interval '1 minute' FROM ${range}, generate_series(0, 3) p`;
    const summaries = `INSERT INTO summary (tenant_id, id, conversation_id, version, status, title, content, sentiment, topics,
         generator, created_at, completed_at)
       SELECT $1, 'sum_' || lpad(n::text, 26, '0'), 'conv_' || lpad(n::text, 26, '0'), 1, 'COMPLETED', 'Prices',
         'The visitor asks what the Pro plan costs, and whether seats can be added later. A trial is offered.',
         (ARRAY['POSITIVE', 'NEUTRAL', 'NEGATIVE'])[n % 3 + 1]::"Sentiment", ARRAY['pricing', 'trial'], 'extractive',
         ${at}, ${at} FROM ${range}`;
    const statements = hasMessages ? [conversations, messages, summaries] : [conversations, summaries];
    for (const sql of statements) await prisma.$executeRawUnsafe(sql, tenantId);
  }
}
