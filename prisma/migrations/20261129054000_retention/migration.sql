-- How long a tenant's conversations are kept. A column without a default rewrites no row: the table is locked for a
-- moment. Safe to run twice.
ALTER TABLE "tenant" ADD COLUMN IF NOT EXISTS "retention_days" INTEGER;
