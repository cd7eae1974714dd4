import type { Database } from '../../database/database.ts';
import { newId } from '../../lib/id.ts';
import type { Caller } from '../app.ts';
import { nameOfSlug } from './administration.ts';
import { hashKey, keyPrefix, newKey } from './api-keys.ts';

export type TenantRow = { id: string; slug: string; name: string; createdAt: Date };

/**
 * The tenant with that slug, made with its counters where it is not there. Any number of processes may do so at once.
 */
export async function ensureTenant(database: Database, slug: string): Promise<TenantRow> {
  const rows = await database.prisma.$queryRaw<TenantRow[]>`
    INSERT INTO tenant (id, slug, name, email) VALUES (${newId('tenant')}, ${slug}, ${nameOfSlug(slug)}, '')
    ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug
    RETURNING id, slug, name, created_at AS "createdAt"`;
  const tenant = rows[0];
  if (tenant === undefined) throw new Error(`tenant ${slug} could not be made`);
  await database.prisma.$executeRaw`
    INSERT INTO tenant_state (tenant_id) VALUES (${tenant.id}) ON CONFLICT DO NOTHING`;
  return tenant;
}

/** A key that is the operator's already belongs to another tenant. */
export class KeyTakenError extends Error {
  override name = 'KeyTakenError';
  constructor(slug: string) {
    super(`BOOTSTRAP_API_KEY already belongs to another tenant than "${slug}": choose another key`);
  }
}

/**
 * Makes sure that `key` opens the tenant with scope `*`: made where it is not there, valid again where it was revoked.
 * @throws KeyTakenError
 */
export async function ensureKey(database: Database, tenant: TenantRow, key: string): Promise<void> {
  const rows = await database.prisma.$queryRaw<{ tenantId: string }[]>`
    INSERT INTO api_key (tenant_id, id, name, prefix, hash, scopes)
    VALUES (${tenant.id}, ${newId('apiKey')}, 'Bootstrap', ${keyPrefix(key)}, ${hashKey(key)}, ARRAY['*'])
    ON CONFLICT (hash) DO UPDATE SET
      scopes = CASE WHEN api_key.tenant_id = excluded.tenant_id THEN excluded.scopes ELSE api_key.scopes END,
      revoked_at = CASE WHEN api_key.tenant_id = excluded.tenant_id THEN NULL ELSE api_key.revoked_at END,
      expires_at = CASE WHEN api_key.tenant_id = excluded.tenant_id THEN NULL ELSE api_key.expires_at END
    RETURNING tenant_id AS "tenantId"`;
  if (rows[0]?.tenantId !== tenant.id) throw new KeyTakenError(tenant.slug);
}

/** Whether the tenant is the only one and has never had a key: keys are revoked, and never deleted while it is there. */
export async function isFirstTenant(database: Database, tenant: TenantRow): Promise<boolean> {
  const [tenants, keys] = await Promise.all([
    database.prisma.tenant.count(),
    database.prisma.apiKey.count({ where: { tenantId: tenant.id } }),
  ]);
  return tenants === 1 && keys === 0;
}

/**
 * A key with scope `*` for a tenant that has none at all. `keep` is given it before it becomes valid.
 * @returns the key; null where the tenant has keys, or another process was first
 */
export async function makeFirstKey(
  database: Database,
  tenant: TenantRow,
  keep: (key: string) => Promise<void> = async () => {},
): Promise<string | null> {
  const key = newKey();
  return database.transaction(async (tx) => {
    await tx.$queryRaw`SELECT tenant_id FROM tenant_state WHERE tenant_id = ${tenant.id} FOR NO KEY UPDATE`;
    const made = await tx.$executeRaw`
      INSERT INTO api_key (tenant_id, id, name, prefix, hash, scopes)
      SELECT ${tenant.id}, ${newId('apiKey')}, 'Bootstrap', ${keyPrefix(key)}, ${hashKey(key)}, ARRAY['*']
      WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE tenant_id = ${tenant.id})`;
    if (made !== 1) return null;
    await keep(key);
    return key;
  });
}

/** The caller's tenant. */
export async function getOwnTenant(caller: Caller): Promise<TenantRow> {
  return caller.app.database.prisma.tenant.findUniqueOrThrow({
    where: { id: caller.tenantId },
    select: { id: true, slug: true, name: true, createdAt: true },
  });
}
