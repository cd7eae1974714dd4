import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { Figures } from '../domain/figures.ts';
import type { Enqueue, JobData, JobName } from '../domain/jobs.ts';
import { noTracing, type Tracing } from '../lib/tracing/tracing.ts';
import { watchDueJobs } from './due-jobs.ts';
import { insertJobs, partsOfNewJobs, type Traced } from './insert-jobs.ts';
import { dropOvertaken } from './overtaken.ts';

type QueueSettings = {
  /** Jobs of that name at once in one process. */
  concurrency: number;
  /** How often each worker looks for jobs where the database cannot wake it. */
  pollingSeconds: number;
  retryLimit: number;
  /** Before the second try; doubled for each further one. */
  retryDelaySeconds: number;
  retryDelayMaxSeconds: number;
  expireSeconds: number;
};

const defaultQueueSettings: QueueSettings = {
  concurrency: 2,
  pollingSeconds: 5,
  retryLimit: 20,
  retryDelaySeconds: 1,
  retryDelayMaxSeconds: 300,
  expireSeconds: 900,
};

const settings: Record<JobName, QueueSettings> = {
  summarize: defaultQueueSettings,
  'sync-upstream': { ...defaultQueueSettings, concurrency: 4, pollingSeconds: 2, expireSeconds: 6 * 3600 },
  'disconnect-upstream': { ...defaultQueueSettings, concurrency: 1 },
  'handle-inbound-webhook': { ...defaultQueueSettings, pollingSeconds: 1 },
  'reconcile-upstream-write': { ...defaultQueueSettings, pollingSeconds: 2 },
  'watch-upstream-summary': { ...defaultQueueSettings, concurrency: 4, pollingSeconds: 1 },
  'run-export': { ...defaultQueueSettings, concurrency: 1, retryLimit: 10, expireSeconds: 6 * 3600 },
  'run-import': { ...defaultQueueSettings, retryLimit: 10, expireSeconds: 6 * 3600 },
  'dispatch-webhooks': defaultQueueSettings,
  'deliver-webhook': { ...defaultQueueSettings, concurrency: 16, pollingSeconds: 10 },
  'delete-files': { ...defaultQueueSettings, concurrency: 1 },
  'sweep-files': { ...defaultQueueSettings, concurrency: 1, retryLimit: 2, expireSeconds: 6 * 3600 },
  'clean-up': { ...defaultQueueSettings, concurrency: 1 },
};

/** A worker that has not been heard of for so long is taken for dead; the least that pg-boss allows. */
const heartbeatSeconds = 10;
/**
 * pg-boss remembers which keys are active. A job queued behind an active one of its key starts at most these two
 * intervals and a look of `watchDueJobs`, 3 s, after that one has ended.
 */
const monitorIntervalSeconds = 1;
const cacheIntervalSeconds = 1;
/** Each worker looks by itself as seldom as this: it is woken, and `watchDueJobs` looks for all of them. */
const ownLookSeconds = 300;
const stopTimeoutMs = 20_000;

/** `isLast`: should this try fail, there is no other. */
type JobTry = { isLast: boolean };
export type JobHandler<Name extends JobName> = (
  data: JobData[Name],
  signal: AbortSignal,
  attempt?: JobTry,
) => Promise<void>;
export type JobHandlers = { [Name in JobName]?: JobHandler<Name> };

export type JobCount = {
  name: string;
  waiting: number;
  active: number;
  failed: number;
  /** Since the oldest of those that wait was due; 0 where none is. */
  oldestSeconds: number;
};

export type Queue = {
  readonly enqueue: Enqueue;
  /** Starts to work jobs off. */
  work(handlers: JobHandlers): Promise<void>;
  /** Whether the queue answers. */
  ping(): Promise<void>;
  /** Jobs waiting, running, and failed for good within the last hour; a line for each name. */
  counts(): Promise<JobCount[]>;
  /** Takes no further job, and tells the running ones to stop: what is asked of the process meanwhile goes before. */
  rest(): Promise<void>;
  /** Tells the running jobs to stop and waits for them, 20 s at most; what has not ended by then is run again later. */
  close(): Promise<void>;
};

type QueueOptions = {
  isWorker: boolean;
  figures?: Pick<Figures, 'jobEnded'>;
  tracing?: Tracing;
};

export async function createQueue(database: Database, log: Logger, options: QueueOptions): Promise<Queue> {
  const { tracing = noTracing } = options;
  const boss = new PgBoss({
    ...database.queue,
    schema: 'jobs',
    useListenNotify: options.isWorker,
    supervise: false,
    schedule: false,
    monitorIntervalSeconds,
    queueCacheIntervalSeconds: cacheIntervalSeconds,
    max: 4,
  });
  boss.on('error', (err) => log.error({ err }, 'job queue'));
  boss.on('warning', (warning) => log.debug({ warning }, 'job queue'));
  await boss.start();
  const existing = new Set((await boss.getQueues()).map((queue) => queue.name));
  for (const [name, own] of Object.entries(settings)) {
    const queueOptions = {
      retryLimit: own.retryLimit,
      retryDelay: own.retryDelaySeconds,
      retryBackoff: true,
      retryDelayMax: own.retryDelayMaxSeconds,
      expireInSeconds: own.expireSeconds,
      heartbeatSeconds,
      deleteAfterSeconds: 3600,
      notify: true,
    };
    // `stately`: at most one waiting and one running for each key; jobs without a key get one of their own.
    if (existing.has(name)) await boss.updateQueue(name, queueOptions);
    else await boss.createQueue(name, { ...queueOptions, policy: 'stately' });
    // pg-boss looks a queue up at its first use: done inside a transaction of the embedded database, that
    // statement would wait for the transaction, and the transaction for it.
    await boss.findJobs(name, { id: crypto.randomUUID() });
  }

  if (database.kind === 'pglite' && options.isWorker) await takeBackOrphans(database);

  const stopping = new AbortController();
  /** Workers that wait for a job, by queue. */
  const idle = new Map<JobName, Set<string>>();
  let stopWatching = async () => {};
  const rest = async () => {
    stopping.abort(new Error('the process is stopping'));
    await stopWatching();
    await Promise.all([...idle.keys()].map((name) => boss.offWork(name, { wait: false })));
  };

  return {
    enqueue: {
      within: (tx, requests) => insertJobs(tx, requests, tracing.traceparent()),
      along: (requests, from) => partsOfNewJobs(requests, tracing.traceparent(), from),
    },
    work: async (handlers) => {
      for (const [name, handler] of Object.entries(handlers) as [JobName, JobHandler<JobName>][]) {
        const { concurrency, pollingSeconds, retryLimit } = settings[name];
        const idleOnes = new Set<string>();
        idle.set(name, idleOnes);
        for (let worker = 0; worker < concurrency; worker++) {
          const workerId = await boss.work<JobData[JobName] & Traced>(
            name,
            {
              batchSize: 1,
              pollingIntervalSeconds: pollingSeconds,
              notifyPollingIntervalSeconds: ownLookSeconds,
              heartbeatRefreshSeconds: heartbeatSeconds / 3,
            },
            async ([job]) => {
              if (job === undefined) return;
              idleOnes.delete(workerId);
              const startedAt = performance.now();
              const tellEnd = (outcome: 'done' | 'failed') =>
                options.figures?.jobEnded(name, outcome, (performance.now() - startedAt) / 1_000);
              try {
                const isLast = job.retryCount >= retryLimit;
                const { traceparent: parent, ...data } = job.data;
                const attributes = { 'messaging.message.id': job.id, 'convograph.job.tries': job.retryCount + 1 };
                await tracing.inSpan(`job ${name}`, { kind: 'CONSUMER', attributes, parent: parent ?? null }, () =>
                  handler(data as JobData[JobName], AbortSignal.any([job.signal, stopping.signal]), { isLast }),
                );
                tellEnd('done');
              } catch (err) {
                await dropOvertaken(database, { name, id: job.id }).catch((cause: unknown) =>
                  log.warn({ err: cause, job: name, jobId: job.id }, 'what a failed job has overtaken still waits'),
                );
                if (stopping.signal.aborted) throw err;
                tellEnd('failed');
                log.warn({ err, job: name, jobId: job.id, tries: job.retryCount + 1 }, 'job failed; it is tried again');
                throw err;
              } finally {
                idleOnes.add(workerId);
                // A worker sleeps after each job; where more are waiting, it looks for the next at once.
                boss.notifyWorker(workerId);
              }
            },
          );
          idleOnes.add(workerId);
        }
      }
      stopWatching = watchDueJobs(database, log, {
        wake: (name, due) => {
          for (const workerId of [...(idle.get(name) ?? [])].slice(0, due)) boss.notifyWorker(workerId);
        },
        // Before the jobs of dead workers are taken back.
        supervise: async () => {
          await dropOvertaken(database);
          await boss.supervise();
        },
      });
    },
    ping: async () => {
      await boss.getQueue('summarize');
    },
    counts: async () => {
      const counted = await database.read<JobCount>(countStatement);
      return Object.keys(settings).map(
        (name) =>
          counted.find((count) => count.name === name) ?? { name, waiting: 0, active: 0, failed: 0, oldestSeconds: 0 },
      );
    },
    rest,
    close: async () => {
      await rest();
      await boss.stop({ graceful: true, timeout: stopTimeoutMs });
    },
  };
}

/** The table is pg-boss's, which has `start_after` in the past for what may run at once. */
const countStatement = Prisma.sql`
  SELECT name, count(*) FILTER (WHERE state IN ('created', 'retry'))::int AS waiting,
    count(*) FILTER (WHERE state = 'active')::int AS active, count(*) FILTER (WHERE state = 'failed')::int AS failed,
    greatest(0, coalesce(extract(epoch FROM now() - min(start_after) FILTER (WHERE state IN ('created', 'retry'))), 0))
      ::float8 AS "oldestSeconds"
  FROM jobs.job WHERE state IN ('created', 'retry', 'active', 'failed') GROUP BY name`;

/** On the embedded database there is one process: what is active at its start belonged to the one before. */
async function takeBackOrphans(database: Database): Promise<void> {
  await database.prisma.$executeRawUnsafe(
    `UPDATE jobs.job SET heartbeat_on = now() - interval '1 day' WHERE state = 'active'`,
  );
}
