-- The conversation that a posted webhook is about, in a column of its own: where it stands in the body differs by API.
-- Adding it locks the table for a moment; what waits to be handled is filled in, and run again to the same.
ALTER TABLE "inbound_webhook" ADD COLUMN IF NOT EXISTS "subject" TEXT;
UPDATE "inbound_webhook" SET "subject" = coalesce(body #>> '{data,conversation,id}', body #>> '{data,conversation_id}')
  WHERE "handled_at" IS NULL;
