import type { ProviderDescription } from '../../domain/providers.ts';
import type { SignatureVerdict } from '../../lib/secrets/webhook-signature.ts';
import type { UpstreamHttpOptions } from '../http/http.ts';
import type { UpstreamClient } from './client.ts';

/** How an API is mirrored. */
export type SyncTraits = {
  /**
   * Whether its list can be relied on to show the newest change first, so that what lies behind the newest known one
   * may be left out.
   */
  readonly isSortedByChange: boolean;
  /** What no change tells of, deletions say, is noticed by going through the whole list so often. */
  readonly listEveryMs: number;
  /** What the list shows nothing of, an edited message say, is noticed by reading everything so often; null: never. */
  readonly readAllEveryMs: number | null;
  /** Where the list says how many conversations there are, for telling that it does not fit: `meta.total`. */
  readonly totalPath: string;
};

export type WebhookEvent = {
  id: string;
  /** In the API's words. */
  type: string;
  /** The upstream's id of the conversation that it is about; null for what changes none. */
  subject: string | null;
};

/** Webhooks that an API posts. */
export type UpstreamWebhooks = {
  /** Whether the API sent this, lately. `body`: the raw bytes. */
  verify(given: { headers: Headers; secret: string; body: Uint8Array; nowMs?: number }): SignatureVerdict;
  /** Null where it is no event. */
  read(json: unknown): WebhookEvent | null;
  /** The types that say that a summary was made, or could not be. */
  readonly summaryTypes: { readonly completed: string; readonly failed: string };
};

/** What a client is made of, besides what is particular to its API. */
export type ClientOptions = Omit<UpstreamHttpOptions, 'name' | 'limits' | 'refineLimits'> & {
  /** As `connection.remoteTenant` of the description asks; null where the API has no tenants. */
  remoteTenant: string | null;
};

/** All that is particular to one API, as its folder gives it. */
export type UpstreamProvider = ProviderDescription & {
  readonly sync: SyncTraits;
  /** Null where the API posts none. */
  readonly webhooks: UpstreamWebhooks | null;
  /** A WritingClient where the capabilities name a write. @throws UpstreamFailure where the options cannot be used */
  createClient(options: ClientOptions): UpstreamClient;
};
