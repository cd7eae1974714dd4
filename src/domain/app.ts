import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import type { Tail } from '../events/tail.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { Enqueue } from '../jobs/enqueue.ts';
import type { SecretBox } from '../lib/secret-box.ts';
import type { FileStorage } from '../storage/storage.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { UpstreamPort } from './upstream-port.ts';
import type { UsageRecorder } from './usage-recorder.ts';

/** Limits and choices of the deployment, as the domain needs them. */
export type Settings = {
  /** Where a tenant's row sets none; 0 means none. */
  requestsPerMinute: number;
  requestsPerDay: number;
  storageLimitBytes: bigint;
  maxUploadBytes: number;
  eventRetentionHours: number;
  allowPrivateNetwork: boolean;
  /** Base of the addresses handed out, without a slash at the end; null: from each request's host. */
  publicUrl: string | null;
  /** What makes this gateway's own summaries: `extractive` or a model's name. */
  generator: string;
};

/** What the domain stands on: one a process. */
export type App = {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly wakeUps: WakeUps;
  readonly tail: Tail;
  readonly storage: FileStorage;
  readonly secrets: SecretBox;
  readonly limiter: RateLimiter;
  readonly usage: UsageRecorder;
  readonly upstreams: UpstreamPort;
  readonly settings: Settings;
  readonly log: Logger;
};
