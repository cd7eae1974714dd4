-- Who did what: the audit log. A new table, which locks nothing but tenant, for a moment. Safe to run twice.
CREATE TABLE IF NOT EXISTS "audit_entry" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "way" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "api_key_id" TEXT,
    "target_id" TEXT,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "address" TEXT,
    "forwarded_for" TEXT,
    "request_id" TEXT,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("tenant_id","id"),
    CONSTRAINT "audit_entry_tenant_id_fkey" FOREIGN KEY ("tenant_id")
      REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX IF NOT EXISTS "audit_entry_tenant_id_at_id_idx" ON "audit_entry"("tenant_id", "at", "id");
