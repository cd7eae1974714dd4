import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import type { App } from './domain/app.ts';
import { systemCaller } from './domain/caller.ts';
import { ensureKey, ensureTenant, isFirstTenant, makeFirstKey } from './domain/tenants/tenants.ts';

export type Bootstrapped = {
  tenant: { id: string; slug: string };
  /** Made at this start; null where the tenant had a key. */
  newApiKey: string | null;
  /** Where a key that was made here is kept; null where there is none. */
  keyFile: string | null;
  /** What pages on this machine are opened with: the first key of a tenant with demo data. */
  demoKey: string | null;
};

/**
 * The tenant of BOOTSTRAP_TENANT with a key, and demo data where the embedded database is new. It counts as new until
 * its first key is there, which is made last: a start that is stopped midway is made up for by the next.
 * @throws KeyTakenError
 */
export async function bootstrap(config: Config, app: App): Promise<Bootstrapped> {
  const { database } = app;
  const tenant = await ensureTenant(database, config.bootstrapTenant);
  const isNew = config.databaseUrl === null && (await isFirstTenant(database, tenant));
  if (config.isDemoWanted ?? isNew) {
    const { seedDemoData } = await import('./demo/seed.ts');
    await seedDemoData(systemCaller(app, tenant.id));
  }
  if (config.bootstrapApiKey !== null) {
    await ensureKey(database, tenant, config.bootstrapApiKey);
    return { tenant, newApiKey: null, keyFile: null, demoKey: isDemoHere(config) ? config.bootstrapApiKey : null };
  }
  const file = path.join(config.dataDir, 'keys', `${tenant.slug}.key`);
  const newApiKey = await makeFirstKey(database, tenant, (key) => keep(file, key));
  const kept = newApiKey ?? (await readKey(file));
  return { tenant, newApiKey, keyFile: kept === null ? null : file, demoKey: isDemoHere(config) ? kept : null };
}

/** Pages are opened with a key on the embedded database alone, and never where no demo is wanted. */
function isDemoHere(config: Config): boolean {
  return config.databaseUrl === null && config.isDemoWanted !== false;
}

/** The database has the key's hash alone, so that whoever starts the gateway is given it once more from here. */
async function keep(file: string, key: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${key}\n`, { mode: 0o600, flush: true });
}

async function readKey(file: string): Promise<string | null> {
  return (await readFile(file, 'utf8').catch(() => '')).trim() || null;
}
