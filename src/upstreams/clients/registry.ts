import { aiMyChats } from './ai-my-chats/provider.ts';
import { animam } from './animam/provider.ts';
import type { UpstreamProvider } from './provider.ts';

/** The APIs that this gateway knows, a line each: all else that is particular to one stands in its folder. */
const registered: readonly UpstreamProvider[] = [
  // biome-ignore format: a line each
  aiMyChats,
  animam,
];

/** By their names, in the order of the graph's enum. */
export const providers: ReadonlyMap<string, UpstreamProvider> = new Map(
  registered.map((provider) => [provider.name, provider]),
);

/** @throws Error where no such API is registered */
export function getProvider(name: string): UpstreamProvider {
  const provider = providers.get(name);
  if (provider === undefined) throw new Error(`no API is registered as ${name}`);
  return provider;
}
