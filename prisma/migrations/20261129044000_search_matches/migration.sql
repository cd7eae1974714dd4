-- The documents of a tenant that match, with their ranks; all of rank 0 where `ranking` is null. Always by the index:
-- PostgreSQL takes reading a document for as cheap as reading a number, and chose to unpack every document of the table
-- rather than to look a common word up (1,635 ms instead of 37 for 50,000 documents).
-- With too little memory it forgets which documents of a page matched, and unpacks them all again.
-- Locks nothing; CREATE OR REPLACE may be run again.
CREATE OR REPLACE FUNCTION search_matches(tenant text, matching tsquery, ranking tsquery, weights float4[])
RETURNS TABLE (conversation_id text, rank float8) LANGUAGE sql STABLE
SET enable_seqscan = off SET work_mem = '64MB' AS $$
  SELECT search.conversation_id, coalesce(ts_rank(weights, search.document, ranking), 0)::float8 FROM conversation_search search
  WHERE search.tenant_id = tenant AND search.document @@ matching
$$;
