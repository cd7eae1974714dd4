-- Counters of conversations. Rows of `conversation` are counted by triggers, so no way to change them goes uncounted.
-- Locks: CREATE TRIGGER keeps others from writing to `conversation` (not from reading) until the commit, and what is
-- there is counted meanwhile: about 30 s for a million conversations. All of it is one transaction, so a migration
-- that was broken off is run again from the start.

-- CreateTable
CREATE TABLE "conversation_change" (
    "tenant_id" TEXT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "quarter" TIMESTAMPTZ(3) NOT NULL,
    "provider" TEXT NOT NULL,
    "upstream_id" TEXT,
    "status" TEXT NOT NULL,
    "source" TEXT,
    "segment" TEXT,
    "sentiment" TEXT,
    "topics" TEXT[],
    "conversations" BIGINT NOT NULL,
    "messages" BIGINT NOT NULL,
    "response_ms" BIGINT NOT NULL,
    "responses" BIGINT NOT NULL,

    CONSTRAINT "conversation_change_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "conversation_count" (
    "tenant_id" TEXT NOT NULL,
    "grain" TEXT NOT NULL,
    "dimension" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT,
    "conversations" BIGINT NOT NULL,
    "messages" BIGINT NOT NULL,
    "response_ms" BIGINT NOT NULL,
    "responses" BIGINT NOT NULL,

    CONSTRAINT "conversation_count_pkey" PRIMARY KEY ("tenant_id","grain","dimension","starts_at","key")
);

-- Rows come and go all the time, and counts are changed in place.
ALTER TABLE conversation_change SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE conversation_count SET (fillfactor = 70);

-- The same for equal values, and short enough for an index; values come from upstreams, of any length.
CREATE FUNCTION count_key(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN value IS NULL THEN ''
    WHEN length(value) <= 200 THEN '=' || value
    ELSE '#' || md5(value) || md5('#' || value)
  END
$$;

CREATE FUNCTION count_quarter(instant timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_bin('15 minutes', instant, '0001-01-01Z'::timestamptz)
$$;

CREATE FUNCTION count_day(instant timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_bin('1 day', instant, '0001-01-01Z'::timestamptz)
$$;

-- All that a conversation counts for.
CREATE FUNCTION count_dimensions(
  provider text, upstream_id text, status text, source text, segment text, sentiment text, topics text[]
) RETURNS TABLE (dimension text, value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT * FROM (VALUES
    ('EVERY', NULL), ('PROVIDER', provider), ('UPSTREAM', upstream_id), ('STATUS', status), ('SOURCE', source),
    ('SEGMENT', segment), ('SENTIMENT', sentiment)) single (dimension, value)
  UNION ALL SELECT DISTINCT 'TOPIC', topic FROM unnest(topics) topic
$$;

-- Notes what a statement changed. What it left as it was in all that is counted cancels out.
CREATE FUNCTION note_conversation_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO conversation_change (tenant_id, quarter, provider, upstream_id, status, source, segment, sentiment,
      topics, conversations, messages, response_ms, responses)
    SELECT tenant_id, count_quarter(started_at), provider, upstream_id, status, source,
      segment, sentiment, topics, 1, message_count, response_time_total_ms, response_count
    FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO conversation_change (tenant_id, quarter, provider, upstream_id, status, source, segment, sentiment,
      topics, conversations, messages, response_ms, responses)
    SELECT tenant_id, count_quarter(started_at), provider, upstream_id, status, source,
      segment, sentiment, topics, -1, -message_count, -response_time_total_ms, -response_count
    FROM old_rows;
  ELSE
    INSERT INTO conversation_change (tenant_id, quarter, provider, upstream_id, status, source, segment, sentiment,
      topics, conversations, messages, response_ms, responses)
    SELECT tenant_id, count_quarter(started_at), provider, upstream_id, status, source,
      segment, sentiment, topics, sum(sign), sum(sign * message_count), sum(sign * response_time_total_ms),
      sum(sign * response_count)
    FROM (SELECT -1 AS sign, * FROM old_rows UNION ALL SELECT 1, * FROM new_rows) changed
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    HAVING sum(sign) <> 0 OR sum(sign * message_count) <> 0 OR sum(sign * response_time_total_ms) <> 0
      OR sum(sign * response_count) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER count_inserted AFTER INSERT ON conversation
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_conversation_changes();
CREATE TRIGGER count_updated AFTER UPDATE ON conversation
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_conversation_changes();
CREATE TRIGGER count_deleted AFTER DELETE ON conversation
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_conversation_changes();

-- Folds up to `most` changes of a tenant into its counts, and gives how many it took: fewer where there are no more.
-- Counts and changes together are the same before and after. One process at a time folds for a tenant; who comes
-- second takes none, so that none waits.
CREATE FUNCTION fold_conversation_changes(tenant text, most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  taken_count int;
  emptied conversation_count[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('conversation_count ' || tenant, 0)) THEN RETURN 0; END IF;
  WITH taken AS (
    DELETE FROM conversation_change change USING (
      SELECT id FROM conversation_change WHERE tenant_id = tenant ORDER BY id LIMIT most
    ) first WHERE change.tenant_id = tenant AND change.id = first.id
    RETURNING change.*
  ), by_quarter AS (
    SELECT taken.quarter, sum(taken.conversations) AS conversations, sum(taken.messages) AS messages,
      sum(taken.response_ms) AS response_ms, sum(taken.responses) AS responses
    FROM taken GROUP BY 1
  ), by_day AS (
    SELECT count_day(taken.quarter) AS day, named.dimension, named.value,
      sum(taken.conversations) AS conversations, sum(taken.messages) AS messages, sum(taken.response_ms) AS response_ms,
      sum(taken.responses) AS responses
    FROM taken CROSS JOIN LATERAL count_dimensions(taken.provider, taken.upstream_id, taken.status, taken.source,
      taken.segment, taken.sentiment, taken.topics) named
    GROUP BY 1, 2, 3
  ), part AS (
    SELECT 'QUARTER' AS grain, 'EVERY' AS dimension, quarter AS starts_at, NULL AS value, conversations, messages,
      response_ms, responses
    FROM by_quarter
    UNION ALL SELECT 'DAY', dimension, day, value, conversations, messages, response_ms, responses
    FROM by_day WHERE dimension NOT IN ('UPSTREAM', 'STATUS')
    UNION ALL SELECT 'ALL', dimension, '-infinity', value, sum(conversations), sum(messages), sum(response_ms),
      sum(responses)
    FROM by_day GROUP BY dimension, value
  ), stored AS (
    INSERT INTO conversation_count AS count
    SELECT tenant, grain, dimension, starts_at, count_key(value), value, conversations, messages, response_ms, responses
    FROM part
    ON CONFLICT (tenant_id, grain, dimension, starts_at, key) DO UPDATE SET
      conversations = count.conversations + excluded.conversations, messages = count.messages + excluded.messages,
      response_ms = count.response_ms + excluded.response_ms, responses = count.responses + excluded.responses
    RETURNING count.*
  )
  SELECT (SELECT count(*) FROM taken), (
    SELECT array_agg(stored::text::conversation_count) FROM stored
    WHERE (conversations, messages, response_ms, responses) = (0, 0, 0, 0))
  INTO taken_count, emptied;
  IF emptied IS NOT NULL THEN
    DELETE FROM conversation_count count USING unnest(emptied) gone
    WHERE (count.tenant_id, count.grain, count.dimension, count.starts_at, count.key)
      = (gone.tenant_id, gone.grain, gone.dimension, gone.starts_at, gone.key);
  END IF;
  RETURN taken_count;
END $$;

INSERT INTO conversation_change (tenant_id, quarter, provider, upstream_id, status, source, segment, sentiment, topics,
  conversations, messages, response_ms, responses)
SELECT tenant_id, count_quarter(started_at), provider, upstream_id, status, source, segment,
  sentiment, topics, count(*), sum(message_count), sum(response_time_total_ms), sum(response_count)
FROM conversation GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
SELECT fold_conversation_changes(tenant_id, 2147483647) FROM (SELECT DISTINCT tenant_id FROM conversation_change) tenants;
