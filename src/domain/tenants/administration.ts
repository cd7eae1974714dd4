import { Prisma } from '../../database/generated/client.ts';
import { newId } from '../../lib/id.ts';
import { textProblem } from '../../lib/text.ts';
import { removeFiles } from '../../storage/file-storage.ts';
import type { App } from '../app.ts';
import { ConflictError, type FieldMessages, NotFoundError, ValidationError } from '../errors.ts';

/** What an operator does to whole tenants: nobody's caller may, so these take the app itself. */

/** Of the limits, null takes the deployment's and 0 means none. */
export type TenantSettings = {
  name: string;
  /** Empty where none is known. */
  email: string;
  plan: string;
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
  storageLimitBytes: bigint | null;
  /** Null: conversations are kept for ever. */
  retentionDays: number | null;
};

export type TenantOverview = TenantSettings & {
  id: string;
  slug: string;
  createdAt: Date;
  conversations: number;
  usedBytes: bigint;
  validKeys: number;
  upstreams: number;
};

const slugForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const maxTextLength = 200;
const maxRetentionDays = 36_500;
/** Rows go some at a time, so that no lock is held for long and a process that is killed can go on. */
const removalBatch = 500;

/** `Acme GmbH` is not known; `acme-gmbh` becomes `Acme Gmbh`. */
export function nameOfSlug(slug: string): string {
  return slug.replace(
    /(^|-)([a-z])/g,
    (_, dash: string, letter: string) => (dash === '' ? '' : ' ') + letter.toUpperCase(),
  );
}

/** A new tenant, with its counters and without a key. @throws ValidationError; ConflictError where the slug is taken */
export async function addTenant(
  app: App,
  slug: string,
  settings: Partial<TenantSettings> = {},
): Promise<{ id: string; slug: string }> {
  checkSettings(settings, slugForm.test(slug) ? {} : { slug: ['must be 1 to 63 of a-z, 0-9 and "-"'] });
  const id = newId('tenant');
  const data = { id, slug, name: nameOfSlug(slug), email: '', ...settings };
  const made = await app.database.transaction(async (tx) => {
    const { count } = await tx.tenant.createMany({ data: [data], skipDuplicates: true });
    if (count === 1) await tx.tenantState.create({ data: { tenantId: id } });
    return count === 1;
  });
  if (!made) throw new ConflictError(`There is a tenant "${slug}" already`);
  return { id, slug };
}

/** All tenants with what they hold, by slug. */
export function listTenants(app: App): Promise<TenantOverview[]> {
  return readTenants(app, Prisma.sql`true`);
}

/** @throws NotFoundError */
export async function getTenant(app: App, slug: string): Promise<TenantOverview> {
  const [row] = textProblem(slug) === null ? await readTenants(app, Prisma.sql`tenant.slug = ${slug}`) : [];
  if (row === undefined) throw new NotFoundError(`Tenant "${slug}"`);
  return row;
}

function readTenants(app: App, condition: Prisma.Sql): Promise<TenantOverview[]> {
  return app.database.prisma.$queryRaw<TenantOverview[]>`
    SELECT tenant.id, tenant.slug, tenant.name, tenant.email, tenant.plan, tenant.created_at AS "createdAt",
      tenant.requests_per_minute AS "requestsPerMinute", tenant.requests_per_day AS "requestsPerDay",
      tenant.storage_limit_bytes AS "storageLimitBytes", tenant.retention_days AS "retentionDays",
      coalesce(state.conversations_bytes + state.attachments_bytes, 0) AS "usedBytes",
      (SELECT count(*)::int FROM conversation WHERE conversation.tenant_id = tenant.id) AS "conversations",
      (SELECT count(*)::int FROM upstream WHERE upstream.tenant_id = tenant.id) AS "upstreams",
      (SELECT count(*)::int FROM api_key WHERE api_key.tenant_id = tenant.id AND revoked_at IS NULL
        AND coalesce(expires_at > now(), true)) AS "validKeys"
    FROM tenant LEFT JOIN tenant_state state ON state.tenant_id = tenant.id
    WHERE ${condition} ORDER BY tenant.slug`;
}

/** What is not given stays. @throws NotFoundError, ValidationError */
export async function changeTenant(app: App, slug: string, change: Partial<TenantSettings>): Promise<TenantOverview> {
  checkSettings(change);
  const { id } = await getTenant(app, slug);
  await app.database.prisma.tenant.update({ where: { id }, data: change });
  return getTenant(app, slug);
}

/**
 * Deletes a tenant with all it has: its keys first, so that nothing new comes, then its rows some at a time, its
 * files, and last itself. Stopped midway, it goes on when it is asked for again. Sockets of its keys are closed
 * within seconds; nothing is asked of its upstreams.
 * @throws NotFoundError
 */
export async function removeTenant(
  app: App,
  slug: string,
  signal: AbortSignal,
): Promise<{ conversations: number; files: number }> {
  const { id } = await getTenant(app, slug);
  const { prisma } = app.database;
  const where = { tenantId: id };
  await prisma.apiKey.deleteMany({ where });
  await prisma.webhook.deleteMany({ where });
  await prisma.upstream.updateMany({ where, data: { status: 'PAUSED', nextSyncAt: null } });
  let conversations = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = await prisma.conversation.findMany({ where, select: { id: true }, take: removalBatch });
    if (rows.length === 0) break;
    const ids = rows.map((row) => row.id);
    conversations += (await prisma.conversation.deleteMany({ where: { ...where, id: { in: ids } } })).count;
  }
  // An export that is being made, or a file that is being read, finds its row gone and gives up.
  await prisma.export.deleteMany({ where });
  await prisma.import.deleteMany({ where });
  const files = await removeFolder(app, `${id}/`, signal);
  await prisma.$executeRaw`DELETE FROM event_reader WHERE tenant_id = ${id}`;
  await app.database.transaction((tx) => tx.tenant.delete({ where: { id } }));
  app.log.info({ tenantId: id, slug, conversations, files }, 'a tenant was removed');
  return { conversations, files };
}

async function removeFolder(app: App, prefix: string, signal: AbortSignal): Promise<number> {
  const keys = (await Array.fromAsync(app.storage.list(prefix, { signal }))).map(({ key }) => key);
  await removeFiles(app.storage, keys, signal);
  return keys.length;
}

function checkSettings(settings: Partial<TenantSettings>, fields: FieldMessages = {}): void {
  for (const field of ['name', 'email', 'plan'] as const) {
    const value = settings[field];
    if (value === undefined) continue;
    const problem = value.length > maxTextLength ? `must be at most ${maxTextLength} characters` : textProblem(value);
    if (problem !== null) fields[field] = [problem];
    else if (field !== 'email' && value.trim() === '') fields[field] = ['must not be empty'];
  }
  if (settings.email && !/^[^\s@]+@[^\s@]+$/.test(settings.email)) fields['email'] = ['is not an e-mail address'];
  const { retentionDays } = settings;
  if (
    retentionDays != null &&
    !(Number.isInteger(retentionDays) && retentionDays >= 1 && retentionDays <= maxRetentionDays)
  )
    fields['retentionDays'] = [`must be a whole number from 1 to ${maxRetentionDays}`];
  if (Object.keys(fields).length > 0) throw new ValidationError(fields);
}
