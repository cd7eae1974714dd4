import { hive } from './dialects/hive.ts';
import { limit } from './dialects/limit.ts';
import { postgraphile } from './dialects/postgraphile.ts';
import { prisma } from './dialects/prisma.ts';
import { product } from './dialects/product.ts';
import { peerFile, type ServerProcess, startServer } from './processes.ts';
import type { Bench } from './seed.ts';
import type { Dialect } from './shapes.ts';
import { startHive } from './start-hive.ts';
import { startProduct } from './start-product.ts';

export type Contender = {
  name: string;
  dialect: Dialect;
  path: string;
  /** What the report tells beside its figures. */
  note?: string;
  start(bench: Bench): Promise<ServerProcess>;
};

const hiveNote =
  'over both REST APIs, each conversation in both under one id: 41 requests for `page`, 3 for `one`. They are answered ' +
  'in memory by processes of their own, whose CPU is left out; it does take of the machine, as a database does.';

function createProduct(name: string, cacheMb: number): Contender {
  return { name, dialect: product, path: '/graphql', start: (bench) => startProduct(bench, cacheMb) };
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
  { name: 'hive', dialect: hive, path: '/graphql', note: hiveNote, start: startHive },
  createPeer('limit', limit, '/'),
];
