import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DocumentNode, print } from 'graphql';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { describe } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { App } from '../../src/domain/app.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';
import type { SocketSilence } from '../../src/http/graphql/sockets/socket.ts';
import type { UpstreamPatience } from '../../src/upstreams/clients/clients.ts';
import { copyTemplate } from './template.ts';

export type DatabaseKind = 'pglite' | 'postgres';

export type StartOptions = {
  /** Default `pglite`. */
  database?: DatabaseKind;
  /** Over the usual environment of a test. */
  env?: Record<string, string>;
  /** A folder to start in again; kept at the end. Default: a new one, removed at the end. */
  dataDir?: string;
  /** An existing PostgreSQL database to start on; kept at the end. */
  databaseUrl?: string;
  log?: Logger;
  /** How long upstreams are waited for and tried again. */
  patience?: UpstreamPatience;
  /** How long sockets may say nothing. */
  silence?: SocketSilence;
};

/** A typed document, as the code generator writes them. */
type TypedDocument<Result, Variables> = DocumentNode & { __apiType?: (variables: Variables) => Result };

export type GraphqlAnswer<Data> = {
  status: number;
  headers: Headers;
  body: {
    data?: Data | null;
    errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
  };
};

export type TestGateway = AsyncDisposable & {
  readonly url: string;
  readonly wsUrl: string;
  /** With scope `*`. */
  readonly apiKey: string;
  readonly tenantSlug: string;
  readonly tenantId: string;
  readonly app: App;
  readonly gateway: Gateway;
  readonly dataDir: string;
  /** What another process on the same database is given; null on the embedded one. */
  readonly databaseUrl: string | null;
  readonly secretKey: string;
  /** Over the network; a path is taken from the gateway's address. Without the key. */
  fetch(pathOrUrl: string, init?: RequestInit): Promise<Response>;
  /** Asks by POST, for `application/graphql-response+json`. `apiKey: null` sends none. */
  graphql<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: string | TypedDocument<Data, Variables>,
    variables?: Variables,
    options?: { apiKey?: string | null; headers?: Record<string, string> },
  ): Promise<GraphqlAnswer<Data>>;
  /**
   * The SQL statements of the domain while `run` runs, transactions' own words left out. The gateway's own clockwork
   * is among them: of several `tries` the one with the fewest is told, of those that `isCounted` takes where given.
   */
  countStatements<T>(
    run: () => Promise<T>,
    options?: { tries?: number; isCounted?: (sql: string) => boolean },
  ): Promise<{ count: number; statements: string[]; result: T }>;
  /** Closes the gateway, and keeps its folder and database. */
  stop(): Promise<void>;
  close(): Promise<void>;
};

/** What gateways on PostgreSQL are started with. */
const testSecret = 'a secret of the tests alone, 32+';

/** A key of the form that the gateway takes. */
export function newTestKey(): string {
  return `ak_test_${randomBytes(16).toString('hex')}`;
}

/** A whole gateway on a free port, on a database of its own, without demo data. */
export async function startGateway(options: StartOptions = {}): Promise<TestGateway> {
  const kind = options.database ?? 'pglite';
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'convograph-test-')));
  const apiKey = options.env?.['BOOTSTRAP_API_KEY'] ?? newTestKey();
  const dropped = kind === 'postgres' && options.databaseUrl === undefined ? await createDatabase() : null;
  const databaseUrl = options.databaseUrl ?? dropped?.url;
  if (kind === 'pglite' && options.dataDir === undefined) await copyTemplate(path.join(dataDir, 'db'));
  const config = parseConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    DEMO_DATA: 'false',
    BOOTSTRAP_TENANT: 'test',
    BOOTSTRAP_API_KEY: apiKey,
    ALLOW_PRIVATE_NETWORK: 'true',
    // Tests count statements, and write past the log what it would take long to come to.
    ANSWER_CACHE_MB: '0',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, SECRET_KEY: testSecret }),
    ...options.env,
  });
  const watchers = new Set<(sql: string) => void>();
  const log = options.log ?? pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const observe = (sql: string) => {
    for (const watch of watchers) watch(sql);
  };
  const gateway = await createGateway(config, {
    log,
    observe,
    patience: options.patience ?? {},
    silence: options.silence,
  });
  const { url } = await gateway.listen();

  const fetchFrom: TestGateway['fetch'] = (pathOrUrl, init) => fetch(new URL(pathOrUrl, url), init);
  const close = async () => {
    await gateway.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    await dropped?.drop();
  };

  return {
    url,
    wsUrl: `${url.replace('http', 'ws')}/graphql`,
    apiKey,
    tenantSlug: gateway.tenant.slug,
    tenantId: gateway.tenant.id,
    app: gateway.app,
    gateway,
    dataDir,
    databaseUrl: databaseUrl ?? null,
    secretKey: options.env?.['SECRET_KEY'] ?? testSecret,
    fetch: fetchFrom,
    graphql: async (document, variables, { apiKey: ownKey = apiKey, headers } = {}) => {
      const response = await fetchFrom('/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(ownKey !== null && { authorization: `Bearer ${ownKey}` }),
          ...headers,
        },
        body: JSON.stringify({ query: typeof document === 'string' ? document : print(document), variables }),
      });
      return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
    },
    countStatements: async (run, { tries = 1, isCounted = () => true } = {}) => {
      const counted = async () => {
        const statements: string[] = [];
        const watch = (sql: string) => {
          if (isCounted(sql) && !/^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b/i.test(sql)) statements.push(sql);
        };
        watchers.add(watch);
        try {
          const result = await run();
          return { count: statements.length, statements, result };
        } finally {
          watchers.delete(watch);
        }
      };
      let fewest = await counted();
      for (let attempt = 1; attempt < tries; attempt++) {
        const next = await counted();
        if (next.count < fewest.count) fewest = next;
      }
      return fewest;
    },
    stop: () => gateway.close(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Another tenant of the same gateway, with a key of scope `*`. */
export async function addTenant(gateway: TestGateway, slug: string): Promise<{ tenantId: string; apiKey: string }> {
  const { ensureKey, ensureTenant } = await import('../../src/domain/tenants/tenants.ts');
  const apiKey = newTestKey();
  const tenant = await ensureTenant(gateway.app.database, slug);
  await ensureKey(gateway.app.database, tenant, apiKey);
  return { tenantId: tenant.id, apiKey };
}

/** An empty database on the server of TEST_DATABASE_URL. */
export async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('TEST_DATABASE_URL is not set');
  const name = `convograph_test_${randomUUID().replaceAll('-', '')}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Runs a suite on the embedded database, and on PostgreSQL where TEST_DATABASE_URL names a server. */
export function eachDatabase(name: string, suite: (database: DatabaseKind) => void): void {
  describe(`${name}, on pglite`, () => suite('pglite'));
  if (process.env['TEST_DATABASE_URL'] !== undefined) describe(`${name}, on postgres`, () => suite('postgres'));
  else console.info(`left out: "${name}" on postgres, since TEST_DATABASE_URL is not set`);
}
