-- Files that are being read into tenants, and what has become of them. New tables alone: nothing that is there is
-- locked, but `tenant` for a moment by the foreign key. Safe to run twice.
DO $$ BEGIN
  CREATE TYPE "ImportStatus" AS ENUM ('PROCESSING', 'COMPLETED', 'FAILED');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS "import" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "status" "ImportStatus" NOT NULL DEFAULT 'PROCESSING',
    "filename" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "storage_key" TEXT,
    "assistant" TEXT,
    "is_dry_run" BOOLEAN NOT NULL DEFAULT false,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "report" JSONB,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "import_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id")
      ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX IF NOT EXISTS "import_tenant_id_created_at_id_idx" ON "import"("tenant_id", "created_at", "id");

CREATE INDEX IF NOT EXISTS "import_created_at_idx" ON "import"("created_at");
