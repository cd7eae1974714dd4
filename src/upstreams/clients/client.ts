import { UpstreamFailure, type UpstreamHttpOptions } from '../http/http.ts';
import { type AiMyChatsClient, createAiMyChatsClient } from './ai-my-chats/client.ts';
import { type AnimamClient, createAnimamClient } from './animam/client.ts';

/** Told apart by `provider`. Both list, get and verify; only AI My Chats writes. */
export type UpstreamClient = AiMyChatsClient | AnimamClient;

export type UpstreamClientOptions = Omit<UpstreamHttpOptions, 'name' | 'baseUrl' | 'refineLimits'> & {
  provider: UpstreamClient['provider'];
  /** Default: the API's public address. */
  baseUrl?: string | null;
  /** The tenant's slug; ANIMAM needs one. */
  remoteTenant?: string | null;
};

/** @throws UpstreamFailure where key, base address or slug cannot be used at all */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { provider, remoteTenant, ...rest } = options;
  if (provider === 'AI_MY_CHATS') return createAiMyChatsClient(rest);
  if (!remoteTenant) throw new UpstreamFailure({ kind: 'REJECTED', message: "Animam needs the tenant's slug" });
  return createAnimamClient({ ...rest, remoteTenant });
}
