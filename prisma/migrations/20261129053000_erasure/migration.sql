-- What erasures leave behind: which conversations are not to be mirrored again, and how many erasures there were. The
-- column has a default and rewrites no row; tenant_state and upstream are locked for a moment. Safe to run twice.
CREATE TABLE IF NOT EXISTS "withheld_conversation" (
    "tenant_id" TEXT NOT NULL,
    "upstream_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "withheld_conversation_pkey" PRIMARY KEY ("tenant_id","upstream_id","digest"),
    CONSTRAINT "withheld_conversation_tenant_id_upstream_id_fkey" FOREIGN KEY ("tenant_id", "upstream_id")
      REFERENCES "upstream"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE
);

ALTER TABLE "tenant_state" ADD COLUMN IF NOT EXISTS "erasures" INTEGER NOT NULL DEFAULT 0;
