import { UnsupportedError } from './errors.ts';

/**
 * The APIs that conversations live in, as the domain knows them: what each can do, and what connecting an account of it
 * takes. `src/upstreams/clients/registry.ts` lists them and `gateway.ts` hands them in; nothing here knows one by name
 * but LOCAL, which is this gateway itself.
 */

/** A provider's name, as the database keeps it and the graph's enum says it. */
export type Provider = string;

export const localProvider = 'LOCAL';

/**
 * What an API can do: make, change and delete conversations, make their summaries (and new ones when asked), take
 * files, tell of changes by webhooks. All of them can be listed and read. Where it makes no summaries, the gateway does.
 */
export type ProviderCapability = 'CREATE' | 'UPDATE' | 'DELETE' | 'SUMMARIZE' | 'ATTACH' | 'WEBHOOKS';

export type ProviderDescription = {
  readonly name: Provider;
  /** In messages and documents: `AI My Chats`. */
  readonly label: string;
  /** What the graph's enum tells of it. */
  readonly description: string;
  readonly capabilities: ReadonlySet<ProviderCapability>;
  readonly connection: {
    /** The API's public address, without a slash at its end: taken where none is given. */
    readonly baseUrl: string;
    /** What names the tenant at the API, and what to say where it does not fit; null where the API has no tenants. */
    readonly remoteTenant: { readonly pattern: RegExp; readonly problem: string } | null;
  };
};

export type Providers = ReadonlyMap<Provider, ProviderDescription>;

const changes = ['CREATE', 'UPDATE', 'DELETE', 'ATTACH'] as const;
const refusals: Record<ProviderCapability, string> = {
  CREATE: 'makes no conversations for others',
  UPDATE: 'does not let conversations be changed',
  DELETE: 'does not let conversations be deleted',
  SUMMARIZE: 'makes no summaries',
  ATTACH: 'takes no files',
  WEBHOOKS: 'posts no webhooks',
};

/** Whether a conversation's API can do something itself; LOCAL is this gateway, which can do all. */
export function canDo(providers: Providers, provider: Provider, capability: ProviderCapability): boolean {
  return provider === localProvider || providers.get(provider)?.capabilities.has(capability) === true;
}

/** @throws UnsupportedError where it cannot */
export function requireCapability(providers: Providers, provider: Provider, capability: ProviderCapability): void {
  if (canDo(providers, provider, capability)) return;
  const isReadOnly = changes.every((change) => !canDo(providers, provider, change));
  const label = labelOf(providers, provider);
  const message = isReadOnly ? `${label} conversations are read-only` : `${label} ${refusals[capability]}`;
  throw new UnsupportedError(message, provider);
}

/** A provider's name for people. */
export function labelOf(providers: Providers, provider: Provider): string {
  return provider === localProvider ? 'Local' : (providers.get(provider)?.label ?? provider);
}

/** `FIRST, SECOND or THIRD`: what may be connected. */
export function listNames(providers: Providers): string {
  const names = [...providers.keys()];
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
