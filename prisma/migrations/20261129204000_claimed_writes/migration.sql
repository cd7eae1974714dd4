-- Which write made a conversation there: asked for each write of unknown outcome, under the lock that lets one at a time
-- ask, over all writes that an account had within two days. Writes wait while it is made. Safe to run twice.
CREATE INDEX IF NOT EXISTS "upstream_write_claimed_idx"
  ON "upstream_write" ("tenant_id", "upstream_id", (request->>'claimed'));
