import pg from 'pg';
import { openPostgres } from '../../src/database/postgres.ts';
import { foldCounts } from '../../src/domain/conversations/list/counters.ts';
import { ensureKey, ensureTenant } from '../../src/domain/tenants/tenants.ts';
import { makeVariants, messagesPerConversation } from './texts.ts';

export const apiKey = 'ak_bench_0000000000000000000000000000';
export const tenantSlug = 'bench';
/** Of a tenant for what is written: the lists of the other stay as they are. */
export const writerApiKey = 'ak_bench_1111111111111111111111111111';
const variantCount = 2_000;

export type Bench = {
  databaseUrl: string;
  tenantId: string;
  writerTenantId: string;
  /** Of the tenant asked; another tenant has as many. */
  conversations: number;
};

/**
 * A database of `total` conversations of eight messages, half of them in the tenant that is asked. Its name tells the
 * count, and it is kept for the next run; `isFresh` makes it anew.
 */
export async function seedDatabase(serverUrl: string, total: number, isFresh: boolean): Promise<Bench> {
  const name = `convograph_bench_${total}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  const drop = () => server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  try {
    if (isFresh) await drop();
    const { rowCount } = await server.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await server.query(`CREATE DATABASE ${name}`);
    const database = await openPostgres(url.href, (err) => console.error(err));
    try {
      const asked = await ensureTenant(database, tenantSlug);
      const other = await ensureTenant(database, 'other');
      const writer = await ensureTenant(database, 'writer');
      await ensureKey(database, asked, apiKey);
      await ensureKey(database, writer, writerApiKey);
      if (rowCount === 0) {
        await fill(url.href, [asked.id, other.id], total / 2);
        // As a worker does within seconds: the servers that are asked run no jobs.
        for (const { id } of [asked, other]) await foldCounts(database, id, new AbortController().signal);
        await database.prisma.$executeRaw`VACUUM ANALYZE`;
      }
      // What the last run wrote.
      await database.prisma.conversation.deleteMany({ where: { tenantId: writer.id } });
      return { databaseUrl: url.href, tenantId: asked.id, writerTenantId: writer.id, conversations: total / 2 };
    } finally {
      await database.close();
    }
  } catch (err) {
    // Half a database would be taken for a whole one by the next run.
    await drop();
    throw err;
  } finally {
    await server.end();
  }
}

async function fill(databaseUrl: string, tenantIds: readonly string[], count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`SET synchronous_commit = off; SET work_mem = '64MB';
    CREATE TEMP TABLE variant (number int PRIMARY KEY, title text, messages text[], summary text, topics text[], document tsvector)`);
  for (const variant of makeVariants(variantCount)) {
    const { number, title, messages, summary, topics, document } = variant;
    await client.query('INSERT INTO variant VALUES ($1, $2, $3, $4, $5, $6)', [
      number,
      title,
      messages,
      summary,
      topics,
      document,
    ]);
  }
  await client.query('ANALYZE variant');
  for (const tenantId of tenantIds) {
    for (const statement of statements(count))
      await client.query(statement.replaceAll('$tenant', client.escapeLiteral(tenantId)));
  }
  await client.end();
}

/** The n-th conversation began n minutes before a fixed instant; four of five are mirrored from two upstreams. */
function statements(count: number): string[] {
  const at = `timestamptz '2026-11-01T00:00:00Z' - n * interval '1 minute'`;
  const id = (kind: string, number: string) => `'${kind}_' || lpad((${number})::text, 26, '0')`;
  const upstream = `CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN ${id('up', '1')} ELSE ${id('up', '2')} END`;
  const from = `generate_series(1, ${count}) n JOIN variant ON variant.number = n % ${variantCount}`;
  const sentiment = `(ARRAY['POSITIVE', 'NEUTRAL', 'NEGATIVE'])[n % 3 + 1]::"Sentiment"`;
  return [
    `INSERT INTO upstream (tenant_id, id, provider, name, base_url, api_key_cipher, status, last_synced_at)
     VALUES ($tenant, ${id('up', '1')}, 'ANIMAM', 'Animam', 'https://animam.example', '', 'PAUSED', now()),
       ($tenant, ${id('up', '2')}, 'AI_MY_CHATS', 'AI My Chats', 'https://chats.example', '', 'PAUSED', now())`,
    `INSERT INTO conversation (tenant_id, id, provider, upstream_id, external_id, title, preview, source, status, segment,
       metadata, created_at, updated_at, started_at, last_message_at, activity_at, message_count, size_bytes, summary_id,
       sentiment, topics, response_time_total_ms, response_count)
     SELECT $tenant, ${id('conv', 'n')},
       CASE n % 5 WHEN 0 THEN 'LOCAL' WHEN 1 THEN 'ANIMAM' ELSE 'AI_MY_CHATS' END, ${upstream},
       CASE WHEN n % 5 > 0 THEN 'conv_' || n END, title || ' ' || n, left(messages[1], 200), 'WEB', 'COMPLETED',
       'segment-' || n % 20, json_build_object('visits', n), ${at}, ${at}, ${at}, ${at} + interval '7 minutes',
       ${at} + interval '7 minutes', ${messagesPerConversation}, 1200, ${id('sum', 'n')}, ${sentiment}, topics, 240000, 4
     FROM ${from}`,
    `INSERT INTO message (tenant_id, id, conversation_id, position, role, content, created_at)
     SELECT $tenant, ${id('msg', `n::bigint * ${messagesPerConversation} + p`)}, ${id('conv', 'n')}, p,
       (CASE WHEN p % 2 = 0 THEN 'USER' ELSE 'ASSISTANT' END)::"MessageRole", messages[p + 1],
       ${at} + p * interval '1 minute'
     FROM ${from}, generate_series(0, ${messagesPerConversation - 1}) p ORDER BY n, p`,
    `INSERT INTO summary (tenant_id, id, conversation_id, version, status, title, content, sentiment, topics, generator,
       created_at, completed_at)
     SELECT $tenant, ${id('sum', 'n')}, ${id('conv', 'n')}, 1, 'COMPLETED', title, summary, ${sentiment}, topics,
       'extractive', ${at}, ${at} FROM ${from}`,
    `INSERT INTO attachment (tenant_id, id, conversation_id, filename, size_bytes, mime_type, checksum, created_at)
     SELECT $tenant, ${id('att', 'n')}, ${id('conv', 'n')}, 'note-' || n || '.pdf', 2048, 'application/pdf',
       md5(n::text), ${at} FROM generate_series(2, ${count}, 2) n`,
    `INSERT INTO conversation_search (tenant_id, conversation_id, document)
     SELECT $tenant, ${id('conv', 'n')}, document FROM ${from}`,
    `UPDATE tenant_state SET conversations_bytes = ${count}::bigint * 1200 WHERE tenant_id = $tenant`,
  ];
}
