import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServerProcess, startArguments, startServer } from './processes.ts';
import { apiKey, type Bench, tenantSlug } from './seed.ts';

/** The product as `npm start` runs it, over the bench's database. */
export async function startProduct({ databaseUrl }: Bench, cacheMb: number): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-bench-'));
  const server = await startServer(startArguments(), {
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    PORT: '0',
    SECRET_KEY: 'a secret of the bench alone, 32 and more',
    BOOTSTRAP_TENANT: tenantSlug,
    BOOTSTRAP_API_KEY: apiKey,
    REQUESTS_PER_MINUTE: '0',
    REQUESTS_PER_DAY: '0',
    STORAGE_LIMIT_MB: '0',
    ANSWER_CACHE_MB: String(cacheMb),
    // Jobs are left for a worker: what is measured is the request.
    ROLE: 'web',
    LOG_LEVEL: 'warn',
  });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...server, stop };
}
