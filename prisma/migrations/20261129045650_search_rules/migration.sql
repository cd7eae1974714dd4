-- Which rules made a document. A column with a default rewrites no row: the table is locked for a moment. The index is
-- made over small numbers and locks writes for as long as that takes, about a second for a million conversations. Safe
-- to run twice.
-- AlterTable
ALTER TABLE "conversation_search" ADD COLUMN IF NOT EXISTS "rules" INTEGER NOT NULL DEFAULT 1;

-- CreateIndex
CREATE INDEX IF NOT EXISTS "conversation_search_rules_idx" ON "conversation_search"("rules");
