import type { Provider, ProviderDescription } from '../../domain/providers.ts';
import { aiMyChats } from './ai-my-chats/provider.ts';
import { animam } from './animam/provider.ts';

/** The APIs that this gateway knows, a line each: all else that is particular to one stands in its folder. */
const registered: readonly ProviderDescription[] = [aiMyChats, animam];

/** By their names, in the order of the graph's enum. */
export const providers: ReadonlyMap<Provider, ProviderDescription> = new Map(
  registered.map((provider) => [provider.name, provider]),
);
