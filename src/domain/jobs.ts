import type { Tx } from '../database/database.ts';
import type { Prisma } from '../database/generated/client.ts';

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

/** Puts jobs into the queue: they are there if and only if what they are part of commits. */
export type Enqueue = {
  /** As part of the transaction `tx`. */
  within(tx: Tx, requests: readonly JobRequest[]): Promise<void>;
  /**
   * As part of a statement, which begins with `WITH`, bears these parts, and reads `woken` at its end: jobs whose keys
   * nobody else can have. `from` is another of its parts: where that has no row, there are no jobs.
   */
  along(requests: readonly JobRequest[], from: Prisma.Sql): Prisma.Sql;
};
