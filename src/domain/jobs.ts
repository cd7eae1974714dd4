import type { Tx } from '../database/database.ts';

/** Every job there is, and what it is told. All are at least once: each is written to be run twice. */
export type JobData = {
  summarize: { tenantId: string; conversationId: string; summaryId: string };
  'sync-upstream': { tenantId: string; upstreamId: string };
  'disconnect-upstream': { tenantId: string; upstreamId: string };
  'handle-inbound-webhook': { tenantId: string; upstreamId: string; eventId: string };
  'reconcile-upstream-write': { tenantId: string; writeId: string };
  'watch-upstream-summary': { tenantId: string; conversationId: string; summaryId: string };
  'run-export': { tenantId: string; exportId: string };
  'run-import': { tenantId: string; importId: string };
  'dispatch-webhooks': { tenantId: string };
  'deliver-webhook': { tenantId: string; webhookId: string };
  'delete-files': { keys: string[] };
  'sweep-files': Record<string, never>;
  'clean-up': Record<string, never>;
};

export type JobName = keyof JobData;

export type JobRequest = {
  [Name in JobName]: {
    name: Name;
    data: JobData[Name];
    /** At most one job of that name with that key waits, and at most one runs. */
    key?: string;
    startAfter?: Date;
    /** Higher goes first; 0 where not given. */
    priority?: number;
  };
}[JobName];

/** Puts jobs into the queue as part of the transaction `tx`: they are there if and only if it commits. */
export type Enqueue = (tx: Tx, requests: readonly JobRequest[]) => Promise<void>;
