import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import packageFile from '../package.json' with { type: 'json' };
import { type Config, generatorOf } from './config.ts';
import type { Database, StatementObserver, StatementWatch } from './database/database.ts';
import type { StatementSpan } from './database/timed-adapter.ts';
import type { App, Settings } from './domain/app.ts';
import { createRefusals } from './domain/audit/refusals.ts';
import type { Figures } from './domain/figures.ts';
import { createKeyOwners } from './domain/key-owners.ts';
import { createRateLimiter } from './domain/rate-limits/rate-limits.ts';
import { createUsageRecorder } from './domain/usage-recorder.ts';
import { createTail } from './events/tail.ts';
import { createWakeUps } from './events/wake-ups.ts';
import { createQueue, type Queue } from './jobs/queue.ts';
import { createEgress, type Egress } from './lib/egress/egress.ts';
import { watchSilence } from './lib/redis-silence.ts';
import { createSecretBox } from './lib/secrets/secret-box.ts';
import { readFormerSecrets, readOrMakeSecret, replaceSecret } from './lib/secrets/secret-file.ts';
import { noTracing, type Tracing } from './lib/tracing/tracing.ts';
import { createWorkFigures } from './metrics/work.ts';
import { createStorage } from './storage/storage.ts';
import { watchStorage } from './storage/watched.ts';
import { createUpstreamClients, type UpstreamPatience } from './upstreams/clients/clients.ts';
import { recordDrift } from './upstreams/clients/record-drift.ts';
import { providers } from './upstreams/clients/registry.ts';
import { createRateBudget } from './upstreams/http/budget.ts';
import { createSharedRateUsage } from './upstreams/http/rate-usage-store.ts';
import type { MirrorParts } from './upstreams/sync/mirror.ts';
import { createUpstreamPort } from './upstreams/write-through/port.ts';

export type ServiceOptions = {
  log: Logger;
  /** Told each SQL statement of the domain. */
  observe?: StatementObserver;
  /** Told where the embedded database has ended by itself: the process can but end. */
  onDatabaseEnd?: (err: unknown) => void;
  /** How long upstreams are waited for and tried again; each has a default. */
  patience?: UpstreamPatience;
};

/** What every process of the product stands on, whether it serves, works or administers. */
export type Services = {
  readonly app: App;
  readonly database: Database;
  readonly redis: Redis | null;
  readonly queue: Queue;
  readonly egress: Egress;
  readonly upstreamParts: MirrorParts;
  /** Makes a new secret and goes on with it; null where SECRET_KEY gives it. */
  readonly renewSecret: (() => Promise<void>) | null;
  /** Where the parts' figures are kept. */
  readonly registry: Registry;
  /** What does not answer now, in words for an operator; it goes on without. */
  readonly troubles: () => string[];
};

const redisTimeoutMs = 2_000;

/**
 * Opens all below the ways in. What is to be given back, last first, is added to `closers` as it is opened.
 * @throws FolderInUseError, or what the database cannot be opened for
 */
export async function createServices(
  config: Config,
  options: ServiceOptions,
  closers: (() => unknown)[],
): Promise<Services> {
  const { log } = options;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const secretFile = path.join(config.dataDir, 'secret');
  const secret = config.secretKey ?? (await readOrMakeSecret(secretFile));
  const formerSecrets = [...config.formerSecretKeys, ...(await readFormerSecrets(secretFile))];
  const registry = new Registry();
  const figures = createWorkFigures(registry);
  const tracing = await openTracing(config);
  closers.push(() => tracing.close());
  const database = await openDatabase(config, options, figures, tracing);
  closers.push(() => database.close());
  const redis = await openRedis(config, log);
  closers.push(() => redis?.disconnect());
  const silence = redis === null ? null : watchSilence(redis);
  closers.push(() => silence?.stop());
  const { storage, trouble: storageTrouble } = watchStorage(
    await createStorage(config.storage, { credentials: config.s3Credentials ?? undefined }),
  );
  closers.push(() => storage.close());
  const wakeUps = await createWakeUps(database, redis, log);
  closers.push(() => wakeUps.close());
  const tail = createTail(database.forListeners(), wakeUps, log);
  closers.push(() => tail.close());
  const limiter = await createRateLimiter(database, redis, log);
  closers.push(() => limiter.close());
  const isAudited = config.auditRetentionDays > 0;
  const usage = createUsageRecorder(database, log, isAudited);
  closers.push(() => usage.close());
  const refusals = createRefusals(database, log, isAudited);
  closers.push(() => refusals.close());
  const egress = createEgress({ allowPrivateNetwork: config.allowPrivateNetwork, tracing });
  closers.push(() => egress.close());
  // Closed before what its jobs stand on.
  const queue = await createQueue(database, log, { isWorker: config.role !== 'web', figures, tracing });
  closers.push(() => queue.close());

  const secrets = createSecretBox(secret, formerSecrets);
  const clients = createUpstreamClients({
    egress,
    secrets,
    // The embedded database has one process.
    budget: createRateBudget(database.kind === 'pglite' ? { log } : { log, store: createSharedRateUsage(database) }),
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
    findKeyOwner: createKeyOwners(database),
    refusals,
    figures,
    tracing,
    upstreams: createUpstreamPort(upstreamParts),
    providers,
    settings: toSettings(config),
    log,
  };

  const renewSecret = config.secretKey === null ? async () => secrets.replace(await replaceSecret(secretFile)) : null;
  const redisTrouble = () =>
    redis === null || (redis.status === 'ready' && silence?.isSilent() === false)
      ? null
      : 'Redis does not answer: wake-ups and limits go by the database';
  const troubles = () => [database.trouble, storageTrouble(), redisTrouble()].filter((trouble) => trouble !== null);
  return { app, database, redis, queue, egress, upstreamParts, renewSecret, registry, troubles };
}

/** The database's parts are loaded as they are needed: each costs a start a good part of a second. */
async function openDatabase(
  config: Config,
  { log, observe, onDatabaseEnd }: ServiceOptions,
  figures: Figures,
  tracing: Tracing,
): Promise<Database> {
  const watch: StatementWatch = {
    observe,
    ...(tracing !== noTracing && { span: statementSpan(tracing) }),
    onEnd: (sql, ms) => {
      figures.statementEnded(ms / 1_000);
      const { slowStatementMs } = config;
      if (slowStatementMs > 0 && ms >= slowStatementMs) log.warn({ sql, ms: Math.round(ms) }, 'a slow statement');
    },
  };
  if (config.databaseUrl === null) {
    const { openPglite } = await import('./database/pglite.ts');
    return openPglite(path.join(config.dataDir, 'db'), watch, onDatabaseEnd);
  }
  const { openPostgres } = await import('./database/postgres.ts');
  return openPostgres(config.databaseUrl, (err) => log.warn({ err }, 'a connection to the database was lost'), watch);
}

/** Its packages are loaded where somebody wants to know. */
async function openTracing({ tracing }: Config): Promise<Tracing> {
  if (tracing === null) return noTracing;
  const { startOtlp } = await import('./lib/tracing/otlp.ts');
  const { serviceName: name, ...options } = tracing;
  return startOtlp({ ...options, service: { name, version: packageFile.version } });
}

/** The text of a statement bears no values. */
function statementSpan(tracing: Tracing): StatementSpan {
  return (sql, run) => {
    const text = sql.trim();
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, 2_000) };
    return tracing.inSpan(/^\w+/.exec(text)?.[0].toUpperCase() ?? 'SQL', { kind: 'CLIENT', attributes }, run);
  };
}

async function openRedis(config: Config, log: Logger): Promise<Redis | null> {
  if (config.redisUrl === null) return null;
  const { Redis } = await import('ioredis');
  const redis = new Redis(config.redisUrl, {
    lazyConnect: true,
    connectTimeout: redisTimeoutMs,
    // One that takes connections and answers nothing is as good as away.
    commandTimeout: redisTimeoutMs,
  });
  redis.on('error', (err) => log.warn({ err }, 'Redis does not answer'));
  // Nothing stands on it alone: one that is away is connected to when it is back, as is told above.
  await redis.connect().catch(() => {});
  return redis;
}

function toSettings(config: Config): Settings {
  return {
    requestsPerMinute: config.requestsPerMinute,
    requestsPerDay: config.requestsPerDay,
    storageLimitBytes: config.storageLimitBytes,
    maxUploadBytes: config.maxUploadBytes,
    eventRetentionHours: config.eventRetentionHours,
    auditRetentionDays: config.auditRetentionDays,
    allowPrivateNetwork: config.allowPrivateNetwork,
    publicUrl: config.publicUrl,
    generator: generatorOf(config),
  };
}
