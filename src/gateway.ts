import path from 'node:path';
import { openChannel } from './admin/channel.ts';
import { runCommand } from './admin/commands.ts';
import { bootstrap } from './bootstrap.ts';
import type { Config } from './config.ts';
import { deskOf } from './desk.ts';
import type { App } from './domain/app.ts';
import { authenticate } from './domain/tenants/api-keys.ts';
import { countLocked } from './domain/upstreams/credentials.ts';
import { createHttpApp, type Mounts } from './http/app.ts';
import { createConsole } from './http/console.ts';
import { createFiles } from './http/files.ts';
import { isFromHere, isLoopback } from './http/from-here.ts';
import { createParamsReader } from './http/graphql/body.ts';
import { openDocuments } from './http/graphql/documents/open.ts';
import { createGraphqlEngine } from './http/graphql/engine.ts';
import { createGraphqlHandler } from './http/graphql/handler.ts';
import { createKeptAnswers } from './http/graphql/kept/kept-answers.ts';
import { createSessions } from './http/graphql/sessions.ts';
import { createGraphqlSockets, type SocketSilence } from './http/graphql/sockets/socket.ts';
import { createStreams } from './http/graphql/streams.ts';
import { createSubscriptions } from './http/graphql/subscriptions.ts';
import { createMetrics } from './http/metrics.ts';
import { createHttpServer } from './http/server.ts';
import { createUpstreamWebhooks } from './http/upstream-webhooks.ts';
import { startCountFolder } from './jobs/count-folder.ts';
import { startScheduler } from './jobs/scheduler.ts';
import { startWebhookTrigger } from './jobs/webhook-trigger.ts';
import { inTime } from './lib/time/in-time.ts';
import { openUploadFolder } from './lib/uploads/spool.ts';
import { createStoredFigures } from './metrics/stored.ts';
import { createRestApi } from './rest/api.ts';
import { createServices, type ServiceOptions } from './services.ts';
import { createJobHandlers } from './workers.ts';

/** How long requests under way, and then sockets' queries, may take to end when the gateway closes. */
const closeTimeoutMs = 20_000;
const readyTimeoutMs = 3_000;
/** Where `npm run console` puts what browsers get. */
const consoleFolder = path.join(import.meta.dirname, '../dist/console');
const consoleDocuments = path.join(import.meta.dirname, 'console/generated/persisted-documents.json');

export type Gateway = {
  readonly app: App;
  readonly tenant: { id: string; slug: string };
  /** The key made at this start; null where there was one. */
  readonly newApiKey: string | null;
  /** Where the tenant's first key is kept, readable by the gateway's own user alone; null where it was given. */
  readonly keyFile: string | null;
  /** Answers a request as over the network. */
  fetch(request: Request): Promise<Response>;
  /** @returns the address to reach it at */
  listen(): Promise<{ url: string }>;
  /** Stops accepting, lets what is under way end, then gives everything back. Again: the same closing. */
  close(): Promise<void>;
};

/** `silence`: how long sockets may say nothing. */
export type GatewayOptions = ServiceOptions & { silence?: SocketSilence | undefined };

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

async function tellOfLocked(app: App): Promise<void> {
  const counts = await countLocked(app);
  if (counts.locked === 0) return;
  app.log.error(counts, 'SECRET_KEY does not open the keys of accounts: start with the one that they were kept with');
}

async function assemble(
  config: Config,
  options: GatewayOptions,
  closers: (() => unknown)[],
  release: () => Promise<void>,
): Promise<Gateway> {
  const { log, silence } = options;
  // Removed last: jobs read files there as well.
  const waiting = await openUploadFolder(path.join(config.dataDir, 'uploads'));
  closers.push(() => waiting.remove());
  const services = await createServices(config, options, closers);
  const { app, database, queue, egress, upstreamParts, registry } = services;

  const { tenant, newApiKey, keyFile, demoKey } = await bootstrap(config, app);
  await tellOfLocked(app);

  const { budgetLeft } = upstreamParts.clients;
  const jobs = () => queue.counts();
  const metrics = createMetrics(registry, createStoredFigures({ database, jobs, budgetLeft, registry, log }));
  const sessions = createSessions(database, log);
  const { hasIntrospection } = config;
  const uploads = { maxFileBytes: config.maxUploadBytes, folder: waiting.folder };
  const documents = await openDocuments(config, consoleDocuments, log);
  const readParams = createParamsReader(uploads, documents);
  const engine = createGraphqlEngine({ hasIntrospection, readParams, documents, log, metrics });
  const subscriptions = createSubscriptions(app, metrics, hasIntrospection);
  const streams = createStreams({ engine, subscriptions, sessions, metrics, hasIntrospection, log });
  const isServing = config.role !== 'worker';
  const pageKey = isLoopback(config.host) && config.publicUrl === null ? demoKey : null;
  const http = createHttpApp({
    graphql: isServing
      ? createGraphqlHandler({
          app,
          engine,
          streams,
          readParams,
          kept: createKeptAnswers({ maxBytes: config.answerCacheBytes, readParams, metrics }),
          metrics,
          hasIntrospection,
          corsOrigins: config.corsOrigins,
        })
      : null,
    graphiql: config.hasGraphiql ? loadGraphiql(app, pageKey, config) : null,
    mounts: isServing
      ? { ...createMounts(app, waiting.folder), ...createConsole({ folder: consoleFolder, demoKey: pageKey }) }
      : {},
    checkReady: async () => {
      await inTime(Promise.all([database.ping(), queue.ping()]), readyTimeoutMs);
      return services.troubles();
    },
    metrics,
    tracing: app.tracing,
    corsOrigins: config.corsOrigins,
    log,
  });
  const ways = { app, engine, documents, subscriptions, sessions, metrics, hasIntrospection };
  const sockets = createGraphqlSockets({ ...ways, silence });
  const server = createHttpServer(http, isServing ? sockets : null, log);
  if (config.role !== 'web') {
    await queue.work(createJobHandlers(app, config, { egress, parts: upstreamParts, uploadFolder: waiting.folder }));
    closers.push(startScheduler(app));
    closers.push(startWebhookTrigger(app));
    closers.push(startCountFolder(app));
  }

  let closing: Promise<void> | null = null;
  return {
    app,
    tenant,
    newApiKey,
    keyFile,
    fetch: (request) => http.fetch(request),
    listen: async () => {
      const listening = await server.listen(config.port, config.host);
      // Nobody else can open the embedded database: whoever administers it asks here.
      if (database.kind === 'pglite') {
        const desk = deskOf(services, config);
        const channel = await openChannel(config.dataDir, (argv, tell) => runCommand({ ...desk, tell }, argv), log);
        closers.push(() => channel.close());
      }
      return listening;
    },
    close: () => {
      closing ??= (async () => {
        const resting = queue.rest().catch((err) => log.error({ err }, 'jobs did not stop'));
        const served = server.close(closeTimeoutMs);
        sessions.close();
        streams.close();
        await Promise.all([served, sockets.close(closeTimeoutMs), resting]);
        subscriptions.close();
        await release();
      })();
      return closing;
    },
  };
}

/**
 * GraphiQL is large, and loaded when somebody opens it. A browser on this machine is given the key, while it is valid;
 * else the page says how to get another.
 */
function loadGraphiql(
  app: App,
  apiKey: string | null,
  { hasIntrospection, isListOnly }: Config,
): (request: Request) => Promise<Response> {
  const withheld = isListOnly ? 'documents' : hasIntrospection ? null : 'schema';
  let page: Promise<(request: Request, apiKey: string | null) => Promise<Response>> | null = null;
  return async (request) => {
    page ??= import('./http/graphql/graphiql/page.ts').then(({ createGraphiql }) =>
      createGraphiql(withheld, app.providers),
    );
    const isOffered = apiKey !== null && isFromHere(request.headers) && (await isValidKey(app, apiKey));
    return (await page)(request, isOffered ? apiKey : null);
  };
}

async function isValidKey(app: App, key: string): Promise<boolean> {
  return authenticate(app, key, '').then(
    () => true,
    () => false,
  );
}

/** The parts of the service beside GraphQL, by their paths. */
function createMounts(app: App, uploadFolder: string): Mounts {
  return {
    '/files/*': createFiles(app),
    '/webhooks/upstreams/*': createUpstreamWebhooks(app),
    ...createRestApi(app, { uploadFolder }),
  };
}
