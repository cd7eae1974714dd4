import {
  addTenant,
  changeTenant,
  getTenant,
  listTenants,
  removeTenant,
  type TenantOverview,
  type TenantSettings,
} from '../domain/tenants/administration.ts';
import { createApiKey } from '../domain/tenants/api-keys.ts';
import { type Command, type Input, type OptionSpec, UsageError } from './command.ts';
import { asOperator } from './operator.ts';
import { table } from './table.ts';
import { readDays, readLimit, readLimitBytes, showBytes } from './values.ts';

const settingOptions: Record<string, OptionSpec> = {
  name: { value: 'NAME', help: 'what it is called' },
  email: { value: 'ADDRESS', help: 'shown by the account' },
  plan: { value: 'PLAN', help: 'shown by the account' },
  'requests-per-minute': { value: 'N', help: 'a number, none, or default (REQUESTS_PER_MINUTE)' },
  'requests-per-day': { value: 'N', help: 'a number, none, or default (REQUESTS_PER_DAY)' },
  'storage-limit-mb': { value: 'N', help: 'a number, none, or default (STORAGE_LIMIT_MB)' },
  'retention-days': { value: 'N', help: 'local conversations without activity for so long are deleted; or none' },
};

function readSettings(input: Input): Partial<TenantSettings> {
  const settings: Partial<TenantSettings> = {};
  for (const field of ['name', 'email', 'plan'] as const) {
    const value = input.text(field);
    if (value !== undefined) settings[field] = value;
  }
  const perMinute = input.text('requests-per-minute');
  if (perMinute !== undefined) settings.requestsPerMinute = readLimit('requests-per-minute', perMinute);
  const perDay = input.text('requests-per-day');
  if (perDay !== undefined) settings.requestsPerDay = readLimit('requests-per-day', perDay);
  const storage = input.text('storage-limit-mb');
  if (storage !== undefined) settings.storageLimitBytes = readLimitBytes('storage-limit-mb', storage);
  const retention = input.text('retention-days');
  if (retention !== undefined) settings.retentionDays = readDays('retention-days', retention);
  return settings;
}

const shownLimit = (limit: number | bigint | null) =>
  limit === null ? 'default' : limit === 0 ? 'none' : String(limit);

function showTenants(tenants: readonly TenantOverview[]): string {
  return table(
    ['SLUG', 'NAME', 'CONVERSATIONS', 'STORED', 'UPSTREAMS', 'KEYS', 'PER MINUTE', 'PER DAY', 'STORAGE', 'KEPT'],
    tenants.map((tenant) => [
      tenant.slug,
      tenant.name,
      String(tenant.conversations),
      showBytes(tenant.usedBytes),
      String(tenant.upstreams),
      String(tenant.validKeys),
      shownLimit(tenant.requestsPerMinute),
      shownLimit(tenant.requestsPerDay),
      tenant.storageLimitBytes === null || tenant.storageLimitBytes === 0n
        ? shownLimit(tenant.storageLimitBytes === null ? null : 0)
        : showBytes(tenant.storageLimitBytes),
      tenant.retentionDays === null
        ? 'for ever'
        : `${tenant.retentionDays} day${tenant.retentionDays === 1 ? '' : 's'}`,
    ]),
  );
}

export const tenantCommands: readonly Command[] = [
  {
    name: 'tenant add',
    summary: 'Makes a tenant, empty, with a key of scope * that is shown this once',
    positionals: ['SLUG'],
    options: settingOptions,
    run: async ({ app }, input) => {
      const [slug = ''] = input.positionals;
      const tenant = await addTenant(app, slug, readSettings(input));
      const { secret, apiKey } = await asOperator(
        app,
        tenant.id,
        { action: 'tenant add', targetId: tenant.id },
        (owner) => createApiKey(owner, { name: 'First key', scopes: ['*'] }),
      );
      return {
        data: { tenant, apiKey: { id: apiKey.id, secret } },
        text: `Tenant "${slug}" is there. Its key, shown this once: ${secret}`,
      };
    },
  },
  {
    name: 'tenant list',
    summary: 'All tenants, with what they hold and may use',
    positionals: [],
    options: {},
    run: async ({ app }) => {
      const tenants = await listTenants(app);
      return { data: { tenants }, text: tenants.length === 0 ? 'There are no tenants.' : showTenants(tenants) };
    },
  },
  {
    name: 'tenant set',
    summary: 'Changes what a tenant is called or may use; what is not given stays',
    positionals: ['SLUG'],
    options: settingOptions,
    run: async ({ app }, input) => {
      const [slug = ''] = input.positionals;
      const settings = readSettings(input);
      if (Object.keys(settings).length === 0) throw new UsageError('Nothing is to change: give one of the options');
      const { id } = await getTenant(app, slug);
      const tenant = await asOperator(app, id, { action: 'tenant set', targetId: id }, () =>
        changeTenant(app, slug, settings),
      );
      return { data: { tenant }, text: showTenants([tenant]) };
    },
  },
  {
    name: 'tenant remove',
    summary: 'Deletes a tenant with all it has, files included; nothing is deleted upstream',
    positionals: ['SLUG'],
    options: { confirm: { value: 'SLUG', help: 'the slug once more, since this cannot be undone' } },
    run: async ({ app }, input) => {
      const [slug = ''] = input.positionals;
      const { conversations } = await getTenant(app, slug);
      if (input.text('confirm') !== slug) {
        throw new UsageError(
          `Tenant "${slug}" has ${conversations} conversations, and they cannot be brought back: add --confirm ${slug}`,
        );
      }
      const removed = await removeTenant(app, slug, new AbortController().signal);
      return {
        data: { slug, ...removed },
        text: `Tenant "${slug}" is gone, with ${removed.conversations} conversations and ${removed.files} files.`,
      };
    },
  },
];
