import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../database/database.ts';
import type { JobCount } from '../jobs/queue.ts';
import { readStored, type StoredFigures, type UpstreamFigures } from './read-stored.ts';
import { maxUpstreamLabels } from './work.ts';

/** Whoever asks more often is shown the same. */
const keptMs = 3_000;
/** A database that answers later has not answered. */
const deadlineMs = 2_500;

export type StoredFigureSources = {
  database: Database;
  jobs(): Promise<JobCount[]>;
  /** Requests that an account has left now, as far as this process knows; null where it knows nothing of it. */
  budgetLeft(upstream: UpstreamFigures): number | null;
  registry: Registry;
  log: Logger;
};

/**
 * What is read from the database when figures are asked for. @returns what brings them up to date: it never throws and
 * never takes long. While the database is away they are left out, and one figure says so.
 */
export function createStoredFigures({ database, jobs, budgetLeft, registry, log }: StoredFigureSources) {
  const gauges = createGauges(registry);
  let running: Promise<void> | null = null;
  let readAt = Number.NEGATIVE_INFINITY;

  const read = async () => {
    try {
      const [stored, counts] = await Promise.all([readStored(database, maxUpstreamLabels), jobs()]);
      gauges.reset();
      showStored(gauges, stored, budgetLeft);
      showJobs(gauges, counts);
      gauges.isRead.set(1);
    } catch (err) {
      log.debug({ err }, 'figures could not be read from the database');
      gauges.reset();
    } finally {
      readAt = performance.now();
      running = null;
    }
  };

  return async (): Promise<void> => {
    if (running === null && performance.now() - readAt < keptMs) return;
    running ??= read();
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), deadlineMs);
    if ((await Promise.race([running, late])) === 'late') gauges.reset();
    clearTimeout(timer);
  };
}

type Gauges = ReturnType<typeof createGauges>;

function createGauges(registry: Registry) {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `convograph_${name}`, help, labelNames, registers });
  const isRead = gauge('database_figures_read', 'Whether the figures below could be read from the database just now');
  const stored = {
    jobs: gauge('jobs', 'Jobs in the queue; failed ones of the last hour', ['job', 'state']),
    jobAge: gauge('job_oldest_waiting_seconds', 'Since the oldest job that waits was due', ['job']),
    upstreams: gauge('upstreams', 'Connected accounts', ['provider', 'status']),
    upstreamStatus: gauge('upstream_status', '1 for the status that an account has', [
      'upstream',
      'provider',
      'status',
    ]),
    syncLag: gauge('upstream_sync_lag_seconds', 'Since an account was last mirrored', ['upstream', 'provider']),
    budget: gauge('upstream_budget_left', 'Requests that an account has left now, as far as this process knows', [
      'upstream',
      'provider',
    ]),
    storage: gauge('storage_bytes', 'Bytes stored, of all tenants', ['kind']),
    deliveries: gauge('webhook_deliveries_pending', 'Deliveries to webhooks that wait for their next attempt'),
    lagEvents: gauge('event_lag_events', 'Events that the webhook furthest behind has not read yet'),
    lagSeconds: gauge('event_lag_seconds', 'Age of the oldest of them'),
  };
  return {
    ...stored,
    isRead,
    reset: () => {
      for (const each of Object.values(stored)) each.reset();
      // A gauge without labels comes back from `reset` as 0, which would be a claim.
      for (const each of [stored.deliveries, stored.lagEvents, stored.lagSeconds]) each.remove();
      isRead.set(0);
    },
  };
}

function showStored(gauges: Gauges, stored: StoredFigures, budgetLeft: StoredFigureSources['budgetLeft']): void {
  for (const { provider, status, upstreams } of stored.byStatus) gauges.upstreams.set({ provider, status }, upstreams);
  for (const row of stored.upstreams) {
    const labels = { upstream: row.id, provider: row.provider };
    gauges.upstreamStatus.set({ ...labels, status: row.status }, 1);
    gauges.syncLag.set(labels, row.lagSeconds);
    const left = budgetLeft(row);
    if (left !== null) gauges.budget.set(labels, left);
  }
  const { totals } = stored;
  gauges.storage.set({ kind: 'conversations' }, totals.conversationsBytes);
  gauges.storage.set({ kind: 'attachments' }, totals.attachmentsBytes);
  gauges.deliveries.set(totals.deliveriesPending);
  gauges.lagEvents.set(totals.lagEvents);
  gauges.lagSeconds.set(totals.lagSeconds);
}

function showJobs(gauges: Gauges, counts: readonly JobCount[]): void {
  for (const { name: job, waiting, active, failed, oldestSeconds } of counts) {
    gauges.jobs.set({ job, state: 'waiting' }, waiting);
    gauges.jobs.set({ job, state: 'active' }, active);
    gauges.jobs.set({ job, state: 'failed' }, failed);
    gauges.jobAge.set({ job }, oldestSeconds);
  }
}
