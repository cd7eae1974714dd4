import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { limit } from './dialects/limit.ts';
import { postgraphile } from './dialects/postgraphile.ts';
import { prisma } from './dialects/prisma.ts';
import { product } from './dialects/product.ts';
import { peerFile, type ServerProcess, startArguments, startServer } from './processes.ts';
import { apiKey, type Bench, tenantSlug } from './seed.ts';
import type { Dialect } from './shapes.ts';

export type Contender = { name: string; dialect: Dialect; path: string; start(bench: Bench): Promise<ServerProcess> };

function createProduct(name: string, cacheMb: number): Contender {
  return {
    name,
    dialect: product,
    path: '/graphql',
    start: async ({ databaseUrl }) => {
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
    },
  };
}

function createPeer(name: string, dialect: Dialect, pathname: string): Contender {
  return {
    name,
    dialect,
    path: pathname,
    start: ({ databaseUrl, tenantId }) =>
      startServer([peerFile(name)], { DATABASE_URL: databaseUrl, TENANT_ID: tenantId }),
  };
}

/** The product first: it makes what tables are missing. */
export const contenders: readonly Contender[] = [
  createProduct('product', 0),
  createProduct('product-kept', 64),
  createPeer('postgraphile', postgraphile, '/graphql'),
  createPeer('mercurius', prisma, '/graphql'),
  createPeer('apollo', prisma, '/'),
  createPeer('limit', limit, '/'),
];
