import type { Provider } from './providers.ts';

/** What of an upstream its answers' readers are told. */
export type UpstreamState = { id: string; provider: Provider; status: string; lastSyncedAt: Date | null };

/**
 * Where a tenant stood when somebody asked: it comes with who that is, in the same statement. Good for what the request
 * tells of that instant, and for nothing that the request itself changes.
 */
export type Standing = {
  /** The number of the newest event of its log. */
  readonly logHead: bigint;
  /** All that are not being disconnected, oldest first. */
  readonly upstreams: readonly UpstreamState[];
};
