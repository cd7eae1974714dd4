import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import type { Tail } from '../events/tail.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { SecretBox } from '../lib/secrets/secret-box.ts';
import type { Tracing } from '../lib/tracing/tracing.ts';
import type { FileStorage } from '../storage/file-storage.ts';
import type { Act } from './audit/act.ts';
import type { Refusals } from './audit/refusals.ts';
import type { Sender } from './audit/sender.ts';
import type { Figures } from './figures.ts';
import type { Enqueue } from './jobs.ts';
import type { FindKeyOwner } from './key-owners.ts';
import type { Provider, Providers } from './providers.ts';
import type { RateLimiter } from './rate-limits/rate-limits.ts';
import type { UsageRecorder } from './usage-recorder.ts';

/** Limits and choices of the deployment, as the domain needs them. */
export type Settings = {
  /** Where a tenant's row sets none; 0 means none. */
  requestsPerMinute: number;
  requestsPerDay: number;
  storageLimitBytes: bigint;
  maxUploadBytes: number;
  eventRetentionHours: number;
  /** 0: there is no audit log. */
  auditRetentionDays: number;
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
  readonly findKeyOwner: FindKeyOwner;
  readonly refusals: Refusals;
  readonly figures: Figures;
  readonly tracing: Tracing;
  readonly upstreams: UpstreamPort;
  /** The APIs that accounts can be connected of. */
  readonly providers: Providers;
  readonly settings: Settings;
  readonly log: Logger;
};

export const scopes = ['conversations:read', 'conversations:write', 'conversations:delete', 'admin', '*'] as const;
export type Scope = (typeof scopes)[number];

type RequestLimits = { readonly requestsPerMinute: number; readonly requestsPerDay: number };

/**
 * Who asks, and what on: the first argument of every function of the domain. There is no way to read without one,
 * and each statement is bound to its tenant.
 */
export type Caller = {
  readonly app: App;
  readonly tenantId: string;
  /** Null for the gateway's own jobs. */
  readonly apiKeyId: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** What the tenant may ask, by its row or by the deployment; 0: no limit. */
  readonly limits: RequestLimits;
  /** Base of the addresses handed out in this answer, without a slash at the end. */
  readonly baseUrl: string;
  /** Where the request came from; not given for the gateway's own jobs, of which the audit log tells nothing. */
  readonly sender?: Sender;
  /** What is being done, where the audit log is to tell of it; `lineId`: its line, once that is committed. */
  readonly audit?: Act & { lineId: string | null };
};

/**
 * What the domain asks of the part that speaks to upstreams; `src/upstreams/` implements it and `gateway.ts` hands
 * it in, since the domain may not import it. Each throws UpstreamError where the upstream fails.
 */
export type UpstreamPort = {
  /**
   * Checks an account before it is kept.
   * @throws UpstreamError where it is refused or cannot be reached; ValidationError where the address may not be used
   */
  verify(account: UpstreamCredentials): Promise<void>;
  createConversation(
    caller: Caller,
    upstreamId: string,
    draft: UpstreamConversationDraft,
    idempotencyKey: string | null,
  ): Promise<{ id: string }>;
  updateConversation(caller: Caller, conversationId: string, change: UpstreamConversationChange): Promise<void>;
  /** `isErased`: no word of it stays in the event log. */
  deleteConversation(caller: Caller, conversationId: string, isErased?: boolean): Promise<void>;
  /** @returns the id of the summary that is PROCESSING */
  regenerateSummary(
    caller: Caller,
    conversationId: string,
    options: { language: string; style: 'CONCISE' | 'DETAILED' | 'BULLETS' },
  ): Promise<{ id: string }>;
  uploadAttachment(caller: Caller, conversationId: string, file: UpstreamFile): Promise<{ id: string }>;
  deleteAttachment(caller: Caller, attachmentId: string): Promise<void>;
  /** The bytes of a file that only the upstream holds. */
  openAttachment(
    caller: Caller,
    attachmentId: string,
    signal: AbortSignal,
  ): Promise<{ stream: ReadableStream<Uint8Array>; sizeBytes: number | null }>;
};

/** What an account is reached with. */
export type UpstreamCredentials = {
  provider: Provider;
  baseUrl: string;
  remoteTenant: string | null;
  apiKey: string;
};

export type UpstreamConversationDraft = {
  title: string;
  content: string;
  source: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB';
  metadata: Record<string, unknown> | null;
};

export type UpstreamConversationChange = {
  title?: string;
  /** Merged key by key; null removes. */
  metadata?: Record<string, unknown>;
};

export type UpstreamFile = { filename: string; stream: AsyncIterable<Uint8Array>; signal: AbortSignal };
