import { Counter, Histogram, type Registry } from 'prom-client';
import type { Figures } from '../domain/figures.ts';
import { createBoundedLabels } from '../lib/bounded-labels.ts';

/** Upstreams that have series of their own; further ones share `other`. */
export const maxUpstreamLabels = 200;

const jobBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];
const syncBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
const summaryBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const webhookBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const statementBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What this process has worked off since it began. */
export function createWorkFigures(registry: Registry): Figures {
  const registers = [registry];
  const upstreamLabel = createBoundedLabels(maxUpstreamLabels);
  const count = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const time = <Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const jobs = time('convograph_job_duration_seconds', 'Jobs run, by outcome', ['job', 'outcome'], jobBuckets);
  const syncs = count('convograph_syncs_total', "Workers' turns at a sync, by how they ended", [
    'upstream',
    'provider',
    'outcome',
  ]);
  const syncSeconds = time(
    'convograph_sync_duration_seconds',
    'From the beginning of a sync to its end',
    ['provider'],
    syncBuckets,
  );
  const syncRequests = count('convograph_sync_requests_total', 'Requests sent by finished syncs', [
    'upstream',
    'provider',
  ]);
  const syncChanges = count('convograph_sync_changes_total', 'Conversations made, changed or removed by syncs', [
    'upstream',
    'provider',
  ]);
  const summaries = time(
    'convograph_summary_duration_seconds',
    'Calls of the summarizer, by outcome',
    ['outcome'],
    summaryBuckets,
  );
  const webhooks = time(
    'convograph_webhook_attempt_duration_seconds',
    'Attempts to deliver to webhooks, by outcome',
    ['outcome'],
    webhookBuckets,
  );
  const statements = time(
    'convograph_database_statement_duration_seconds',
    'SQL statements, with the wait for a connection',
    [],
    statementBuckets,
  );

  return {
    jobEnded: (job, outcome, seconds) => jobs.observe({ job, outcome }, seconds),
    syncEnded: ({ id, provider }, outcome, run) => {
      const upstream = upstreamLabel(id);
      syncs.inc({ upstream, provider, outcome });
      if (run === null) return;
      syncSeconds.observe({ provider }, run.seconds);
      syncRequests.inc({ upstream, provider }, run.requests);
      syncChanges.inc({ upstream, provider }, run.changes);
    },
    summaryEnded: (outcome, seconds) => summaries.observe({ outcome }, seconds),
    webhookAttempted: (outcome, seconds) => webhooks.observe({ outcome }, seconds),
    statementEnded: (seconds) => statements.observe(seconds),
  };
}
