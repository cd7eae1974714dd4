type Given = Record<string, unknown>;
type Statement = { text: string; values(given: Given): unknown[] };

const order = 'ORDER BY conversation.created_at DESC, conversation.id DESC LIMIT 20';
const flat = `'id', conversation.id, 'title', conversation.title, 'status', conversation.status, 'createdAt', conversation.created_at`;
const full = `${flat},
  'messages', (SELECT json_agg(json_build_object('id', message.id, 'role', message.role, 'content', message.content,
      'createdAt', message.created_at) ORDER BY message.position)
    FROM message WHERE message.tenant_id = conversation.tenant_id AND message.conversation_id = conversation.id
      AND message.position < 8),
  'summary', (SELECT json_build_object('id', summary.id, 'content', summary.content, 'topics', summary.topics)
    FROM summary WHERE summary.tenant_id = conversation.tenant_id AND summary.id = conversation.summary_id),
  'attachments', (SELECT coalesce(json_agg(json_build_object('id', attachment.id, 'filename', attachment.filename,
      'size', attachment.size_bytes, 'mimeType', attachment.mime_type) ORDER BY attachment.created_at, attachment.id), '[]')
    FROM attachment WHERE attachment.tenant_id = conversation.tenant_id AND attachment.conversation_id = conversation.id)`;

/** A list as `{ "nodes": […] }`; the first value is the tenant. */
function list(fields: string, { where = '', count = false } = {}): string {
  const total = `, 'totalCount', (SELECT count(*) FROM conversation WHERE tenant_id = $1)`;
  return `SELECT json_build_object('nodes', json_agg(node)${count ? total : ''})::text FROM (
    SELECT json_build_object(${fields}) AS node FROM conversation
    WHERE conversation.tenant_id = $1 ${where} ${order}) page`;
}

const search = `WITH found AS MATERIALIZED (
    SELECT conversation_id AS id, ts_rank(document, query) AS rank
    FROM conversation_search, to_tsquery('simple', $2) query WHERE tenant_id = $1 AND document @@ query),
  page AS (SELECT id, rank FROM found ORDER BY rank DESC, id DESC LIMIT 20),
  facts AS (SELECT provider, segment, sentiment, topics FROM found JOIN conversation ON tenant_id = $1
    AND conversation.id = found.id),
  facets AS (SELECT json_build_object(
    'providers', (SELECT json_object_agg(coalesce(provider::text, ''), n) FROM (SELECT provider, count(*) n FROM facts GROUP BY 1) a),
    'segments', (SELECT json_object_agg(coalesce(segment, ''), n) FROM (SELECT segment, count(*) n FROM facts GROUP BY 1) a),
    'sentiments', (SELECT json_object_agg(coalesce(sentiment::text, ''), n) FROM (SELECT sentiment, count(*) n FROM facts GROUP BY 1) a),
    'topics', (SELECT json_object_agg(topic, n) FROM (SELECT unnest(topics) topic, count(*) n FROM facts GROUP BY 1) a)) AS json)
  SELECT json_build_object('totalCount', (SELECT count(*) FROM found), 'facets', (SELECT json FROM facets),
    'nodes', (SELECT json_agg(json_build_object('id', page.id, 'title', title, 'score', page.rank,
        'snippet', ts_headline('simple', (SELECT string_agg(content, ' ' ORDER BY position) FROM message
          WHERE message.tenant_id = $1 AND message.conversation_id = page.id), to_tsquery('simple', $2))) ORDER BY page.rank DESC, page.id DESC)
      FROM page JOIN conversation ON tenant_id = $1 AND conversation.id = page.id))::text`;

const stats = `WITH facts AS MATERIALIZED (
    SELECT started_at, message_count, response_time_total_ms AS ms, response_count AS answers, segment, sentiment, topics
    FROM conversation WHERE tenant_id = $1 AND started_at >= date_trunc('day', now()) - interval '89 days' AND started_at < now())
  SELECT json_build_object('conversations', count(*), 'messages', sum(message_count), 'responseMs', sum(ms) / nullif(sum(answers), 0),
    'byDay', (SELECT json_agg(day) FROM (SELECT started_at::date, count(*), sum(message_count) FROM facts GROUP BY 1 ORDER BY 1) day),
    'bySegment', (SELECT json_agg(a) FROM (SELECT segment, count(*) n FROM facts GROUP BY 1 ORDER BY 2 DESC) a),
    'bySentiment', (SELECT json_agg(a) FROM (SELECT sentiment, count(*) n FROM facts GROUP BY 1 ORDER BY 2 DESC) a),
    'topTopics', (SELECT json_agg(a) FROM (SELECT unnest(topics), count(*) n FROM facts GROUP BY 1 ORDER BY 2 DESC LIMIT 10) a))::text
  FROM facts`;

/** All that making a conversation writes: rows, search index, event, counters, job. */
const create = `WITH made AS (SELECT 'conv_' || replace(gen_random_uuid()::text, '-', '') AS id, now() AS at),
  texts AS (SELECT given ->> 'role' AS role, given ->> 'content' AS content, ordinality::int - 1 AS position
    FROM json_array_elements($3::json) WITH ORDINALITY AS each (given, ordinality)),
  summed AS (INSERT INTO summary (tenant_id, id, conversation_id, version, status, generator, created_at)
    SELECT $1, 'sum_' || substr(id, 6), id, 1, 'PROCESSING', 'extractive', at FROM made),
  told AS (INSERT INTO message (tenant_id, id, conversation_id, position, role, content, created_at)
    SELECT $1, 'msg_' || replace(gen_random_uuid()::text, '-', ''), id, position, role::"MessageRole", content, at FROM made, texts),
  indexed AS (INSERT INTO conversation_search (tenant_id, conversation_id, document)
    SELECT $1, id, setweight(to_tsvector('english', $2), 'A')
      || (SELECT setweight(to_tsvector('english', string_agg(content, ' ')), 'D') FROM texts) FROM made),
  queued AS (INSERT INTO jobs.job (name, data, singleton_key)
    SELECT 'summarize', jsonb_build_object('tenantId', $1, 'conversationId', id), id FROM made),
  numbered AS (UPDATE tenant_state SET event_seq = event_seq + 1, conversations_bytes = conversations_bytes + 100
    WHERE tenant_id = $1 RETURNING event_seq),
  logged AS (INSERT INTO event (tenant_id, seq, type, subject_id, data, occurred_at)
    SELECT $1, event_seq, 'conversation.created', id, '{}', at FROM made, numbered),
  inserted AS (INSERT INTO conversation (tenant_id, id, provider, title, preview, source, status, created_at, updated_at,
      started_at, last_message_at, activity_at, message_count, size_bytes, summary_id)
    SELECT $1, id, 'LOCAL', $2, left((SELECT content FROM texts LIMIT 1), 200), 'API', 'PROCESSING', at, at, at, at, at, 2, 100,
      'sum_' || substr(id, 6) FROM made RETURNING id, status)
  SELECT json_build_object('id', id, 'status', status)::text FROM inserted`;

export function createStatements(tenantId: string): Record<string, Statement> {
  const own = (text: string, ...names: string[]): Statement => ({
    text,
    values: (given) => [tenantId, ...names.map((name) => given[name])],
  });
  const json = (value: unknown) => JSON.stringify(value);
  return {
    page: own(list(full)),
    flat: own(list(flat)),
    pageCount: own(list(full, { count: true })),
    flatCount: own(list(flat, { count: true })),
    deep: own(list(full, { where: 'AND (conversation.created_at, conversation.id) < ($2, $3)' }), 'createdAt', 'id'),
    filtered: own(list(full, { where: 'AND conversation.upstream_id = $2' }), 'upstreamId'),
    one: own(list(full, { where: 'AND conversation.id = $2' }), 'id'),
    search: { text: search, values: (given) => [tenantId, String(given['words']).split(' ').join(' & ')] },
    stats: own(stats),
    create: { text: create, values: (given) => [given['tenantId'], given['title'], json(given['messages'])] },
  };
}
