-- Providers as text: an API that the gateway learns of needs no migration. Changing the type rewrites both tables, each
-- under ACCESS EXCLUSIVE until the transaction ends. Run again it changes text to text, and finds no type to drop.
ALTER TABLE "upstream" ALTER COLUMN "provider" TYPE text USING "provider"::text;
ALTER TABLE "conversation" ALTER COLUMN "provider" TYPE text USING "provider"::text;
DROP TYPE IF EXISTS "Provider";
