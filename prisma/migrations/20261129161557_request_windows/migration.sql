-- What all servers have taken of a tenant's requests. A new table, which locks nothing but tenant, for a moment. Safe to run twice.
CREATE TABLE IF NOT EXISTS "request_window" (
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "granted" INTEGER NOT NULL,
    "lease" INTEGER NOT NULL,

    CONSTRAINT "request_window_pkey" PRIMARY KEY ("tenant_id","name"),
    CONSTRAINT "request_window_tenant_id_fkey" FOREIGN KEY ("tenant_id")
      REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
