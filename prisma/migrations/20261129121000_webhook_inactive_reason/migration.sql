-- Why a webhook was made inactive where nobody asked for it. A column without a default rewrites no row: the table is
-- locked for a moment. Safe to run twice.
ALTER TABLE "webhook" ADD COLUMN IF NOT EXISTS "inactive_reason" TEXT;
