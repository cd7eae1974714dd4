import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Database, StatementObserver } from './database/database.ts';
import type { App, Settings } from './domain/app.ts';
import { systemCaller } from './domain/caller.ts';
import { createRateLimiter } from './domain/rate-limits.ts';
import { ensureKey, ensureTenant, makeFirstKey } from './domain/tenants/tenants.ts';
import { createUsageRecorder } from './domain/usage-recorder.ts';
import { createTail } from './events/tail.ts';
import { createWakeUps } from './events/wake-ups.ts';
import { createHttpApp, type Mounts } from './http/app.ts';
import { createFiles } from './http/files.ts';
import { createGraphqlEngine } from './http/graphql/engine.ts';
import { createGraphqlHandler } from './http/graphql/handler.ts';
import { openUploadFolder } from './http/graphql/multipart.ts';
import { createSessions } from './http/graphql/sessions.ts';
import { createGraphqlSockets } from './http/graphql/socket.ts';
import { createMetrics } from './http/metrics.ts';
import { createHttpServer } from './http/server.ts';
import { createUpstreamWebhooks } from './http/upstream-webhooks.ts';
import { createQueue } from './jobs/queue.ts';
import { startScheduler } from './jobs/scheduler.ts';
import { startWebhookTrigger } from './jobs/webhook-trigger.ts';
import { createEgress } from './lib/egress/egress.ts';
import { createSecretBox } from './lib/secrets/secret-box.ts';
import { readOrMakeSecret } from './lib/secrets/secret-file.ts';
import { createRestApi } from './rest/api.ts';
import { createStorage } from './storage/storage.ts';
import { createUpstreamClients, type UpstreamPatience } from './upstreams/clients/clients.ts';
import { recordDrift } from './upstreams/clients/record-drift.ts';
import { providers } from './upstreams/clients/registry.ts';
import { createRateBudget } from './upstreams/http/budget.ts';
import { createSharedSpending } from './upstreams/http/spending-store.ts';
import { createUpstreamPort } from './upstreams/write-through/port.ts';
import { createJobHandlers } from './workers.ts';

/** How long requests under way, and then sockets' queries, may take to end when the gateway closes. */
const closeTimeoutMs = 20_000;
const readyTimeoutMs = 3_000;

export type GatewayOptions = {
  log: Logger;
  /** Told each SQL statement of the domain. */
  observe?: StatementObserver;
  /** How long upstreams are waited for and tried again; each has a default. */
  patience?: UpstreamPatience;
};

export type Gateway = {
  readonly app: App;
  readonly tenant: { id: string; slug: string };
  /** The key made at this start, which nothing can show again; null where there was one. */
  readonly newApiKey: string | null;
  /** Answers a request as over the network. */
  fetch(request: Request): Promise<Response>;
  /** @returns the address to reach it at */
  listen(): Promise<{ url: string }>;
  /** Stops accepting, lets what is under way end, then gives everything back. Again: the same closing. */
  close(): Promise<void>;
};

/** Puts the gateway together. @throws FolderInUseError, KeyTakenError, or what the database cannot be opened for */
export async function createGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  /** What is to be given back, last first. */
  const closers: (() => unknown)[] = [];
  const release = async () => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (err) {
        log.error({ err }, 'a part of the gateway did not close');
      }
    }
  };
  try {
    return await assemble(config, options, closers, release);
  } catch (err) {
    await release();
    throw err;
  }
}

async function assemble(
  config: Config,
  options: GatewayOptions,
  closers: (() => unknown)[],
  release: () => Promise<void>,
): Promise<Gateway> {
  const { log } = options;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const secret = config.secretKey ?? (await readOrMakeSecret(path.join(config.dataDir, 'secret')));
  const database = await openDatabase(config, options);
  closers.push(() => database.close());
  const redis = await openRedis(config, log);
  closers.push(() => redis?.disconnect());
  const storage = await createStorage(config.storage, { credentials: config.s3Credentials ?? undefined });
  closers.push(() => storage.close());
  const wakeUps = await createWakeUps(database, redis, log);
  closers.push(() => wakeUps.close());
  const tail = createTail(database, wakeUps, log);
  closers.push(() => tail.close());
  const limiter = await createRateLimiter(redis, log);
  closers.push(() => limiter.close());
  const usage = createUsageRecorder(database, log);
  closers.push(() => usage.close());
  const egress = createEgress({ allowPrivateNetwork: config.allowPrivateNetwork });
  closers.push(() => egress.close());
  // Closed before what its jobs stand on.
  const queue = await createQueue(database, log, { isWorker: config.role !== 'web' });
  closers.push(() => queue.close());

  const secrets = createSecretBox(secret);
  const clients = createUpstreamClients({
    egress,
    secrets,
    // The embedded database has one process.
    budget: createRateBudget(database.kind === 'pglite' ? { log } : { log, store: createSharedSpending(database) }),
    patience: options.patience ?? {},
  });
  const upstreamParts = { clients, recordDrift, absentAfterMs: options.patience?.absentAfterMs };
  const app: App = {
    database,
    enqueue: queue.enqueue,
    wakeUps,
    tail,
    storage,
    secrets,
    limiter,
    usage,
    upstreams: createUpstreamPort(upstreamParts),
    providers,
    settings: toSettings(config),
    log,
  };

  const tenant = await ensureTenant(database, config.bootstrapTenant);
  const isDemo = config.isDemoWanted ?? (config.databaseUrl === null && tenant.isNew);
  const newApiKey = config.bootstrapApiKey === null ? await makeFirstKey(database, tenant) : null;
  if (config.bootstrapApiKey !== null) await ensureKey(database, tenant, config.bootstrapApiKey);
  const knownKey = config.bootstrapApiKey ?? newApiKey;

  if (isDemo) {
    const { seedDemoData } = await import('./demo/seed.ts');
    await seedDemoData(systemCaller(app, tenant.id));
  }
  const demoKey = await keepDemoKey(config, isDemo ? knownKey : null);

  const waiting = await openUploadFolder(path.join(config.dataDir, 'uploads'));
  closers.push(() => waiting.remove());

  const metrics = createMetrics();
  const sessions = createSessions(database, log);
  const { hasIntrospection } = config;
  const uploads = { maxFileBytes: config.maxUploadBytes, folder: waiting.folder };
  const engine = createGraphqlEngine({ hasIntrospection, uploads, log, metrics, sessions });
  const isServing = config.role !== 'worker';
  const http = createHttpApp({
    graphql: isServing ? createGraphqlHandler({ app, engine, hasIntrospection }) : null,
    graphiql: config.hasGraphiql
      ? loadGraphiql(isLoopback(config.host) && config.publicUrl === null ? demoKey : null)
      : null,
    mounts: isServing ? createMounts(app, waiting.folder) : {},
    checkReady: async () => {
      await withDeadline(Promise.all([database.ping(), queue.ping()]));
    },
    metrics,
    sources: { jobs: () => withDeadline(queue.counts()) },
    corsOrigins: config.corsOrigins,
    log,
  });
  const sockets = createGraphqlSockets({ app, engine, sessions, metrics, hasIntrospection });
  const server = createHttpServer(http, isServing ? sockets : null, log);
  if (config.role !== 'web') {
    await queue.work(createJobHandlers(app, config, egress, upstreamParts));
    closers.push(startScheduler(app));
    closers.push(startWebhookTrigger(app));
  }

  let closing: Promise<void> | null = null;
  return {
    app,
    tenant,
    newApiKey,
    fetch: (request) => http.fetch(request),
    listen: () => server.listen(config.port, config.host),
    close: () => {
      closing ??= (async () => {
        const served = server.close(closeTimeoutMs);
        sessions.close();
        await Promise.all([served, sockets.close(closeTimeoutMs)]);
        await release();
      })();
      return closing;
    },
  };
}

/**
 * GraphiQL is large, and loaded when somebody opens it. The key is put into the page only for a browser on this
 * machine that asked for it by a name of this machine: not through a proxy, nor by a name that was bent to here.
 */
function loadGraphiql(apiKey: string | null): (request: Request) => Promise<Response> {
  const load = (key: string | null) =>
    import('./http/graphql/graphiql.ts').then(({ createGraphiql }) => createGraphiql(key));
  let withKey: ReturnType<typeof load> | null = null;
  let withoutKey: ReturnType<typeof load> | null = null;
  return async (request) => {
    if (apiKey === null || !isFromHere(request.headers)) {
      withoutKey ??= load(null);
      return (await withoutKey)(request);
    }
    withKey ??= load(apiKey);
    return (await withKey)(request);
  };
}

const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

function isFromHere(headers: Headers): boolean {
  const host = URL.parse(`http://${headers.get('host') ?? ''}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return isLoopback(host) && proxyHeaders.every((name) => !headers.has(name));
}

/**
 * The key that GraphiQL is opened with where there are demo data. One made by the gateway is kept beside them, since
 * the database has its hash alone; an explicit DEMO_DATA=false forgets it.
 */
async function keepDemoKey(config: Config, key: string | null): Promise<string | null> {
  const file = path.join(config.dataDir, 'demo-key');
  if (config.isDemoWanted === false || config.databaseUrl !== null) return key;
  if (key !== null) await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key ?? ((await readFile(file, 'utf8').catch(() => '')).trim() || null);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The parts of the service beside GraphQL, by their paths. */
function createMounts(app: App, uploadFolder: string): Mounts {
  return {
    '/files/*': createFiles(app),
    '/webhooks/upstreams/*': createUpstreamWebhooks(app),
    ...createRestApi(app, { uploadFolder }),
  };
}

/** The database's parts are loaded as they are needed: each costs a start a good part of a second. */
async function openDatabase(config: Config, { log, observe }: GatewayOptions): Promise<Database> {
  if (config.databaseUrl === null) {
    const { openPglite } = await import('./database/pglite.ts');
    return openPglite(path.join(config.dataDir, 'db'), observe);
  }
  const { openPostgres } = await import('./database/postgres.ts');
  return openPostgres(config.databaseUrl, (err) => log.warn({ err }, 'a connection to the database was lost'), observe);
}

async function openRedis(config: Config, log: Logger): Promise<Redis | null> {
  if (config.redisUrl === null) return null;
  const { Redis } = await import('ioredis');
  const redis = new Redis(config.redisUrl, { lazyConnect: true });
  redis.on('error', (err) => log.warn({ err }, 'Redis does not answer'));
  await redis.connect();
  return redis;
}

function toSettings(config: Config): Settings {
  return {
    requestsPerMinute: config.requestsPerMinute,
    requestsPerDay: config.requestsPerDay,
    storageLimitBytes: config.storageLimitBytes,
    maxUploadBytes: config.maxUploadBytes,
    eventRetentionHours: config.eventRetentionHours,
    allowPrivateNetwork: config.allowPrivateNetwork,
    publicUrl: config.publicUrl,
    generator: config.summarizer.kind === 'openai' ? config.summarizer.model : 'extractive',
  };
}

async function withDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), readyTimeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
