import type { Caller, Scope } from '../../domain/app.ts';
import type { RateLimit } from '../../domain/rate-limits/rate-limits.ts';
import { type ApiKeyRow, getApiKey, listApiKeys, loadApiKeys } from '../../domain/tenants/api-keys.ts';
import { getOwnTenant, type TenantRow } from '../../domain/tenants/tenants.ts';
import { builder } from '../builder.ts';
import { registerNode } from '../node.ts';
import { Node } from '../refs.ts';

/** What each scope opens. */
const scopeMeanings: Record<Scope, string> = {
  'conversations:read': 'conversations and all that is theirs, search, stats, exports',
  'conversations:write': 'making and changing conversations, their summaries and files',
  'conversations:delete': 'deleting conversations',
  admin: 'upstreams, webhooks, keys, account and usage',
  '*': 'everything',
};
export const scopesDescription = `Scopes: ${Object.entries(scopeMeanings)
  .map(([scope, meaning]) => `\`${scope}\` (${meaning})`)
  .join(', ')}.`;

const Tenant = builder.objectRef<TenantRow>('Tenant').implement({
  description: 'Whose data it is: one customer of this deployment.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The tenant's id, `ten_…`." }),
    slug: t.exposeString('slug', { description: 'Its name in addresses, `my-company`.' }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

registerNode('tenant', 'Tenant', [], async (ctx, id) => (id === ctx.caller.tenantId ? getOwnTenant(ctx.caller) : null));

const RateLimitType = builder.objectRef<RateLimit>('RateLimit').implement({
  description: 'How many requests the tenant may make.',
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'Requests in a minute; 0: no limit.' }),
    remaining: t.exposeInt('remaining', { description: 'Requests left until `resetAt`.' }),
    resetAt: t.expose('resetAt', { type: 'DateTime', description: 'When all of them are there again.' }),
  }),
});

export const ApiKey = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description: 'A key to this gateway. The key itself is shown once, when it is made.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The key's id, `key_…`; not the key itself." }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', {
      description: "The key's first characters: enough to know it by, too few to use.",
    }),
    scopes: t.exposeStringList('scopes', { description: `What it may do. ${scopesDescription}` }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From when on it is refused; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is refused; null where it is not revoked.',
    }),
  }),
});

registerNode('apiKey', 'ApiKey', [], async (ctx, id) => (await loadApiKeys(ctx.caller, [id]))[0] ?? null);

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'Who is calling: the key that the request bears, and its tenant.',
  fields: (t) => ({
    tenant: t.field({
      type: Tenant,
      description: 'The tenant that the key belongs to.',
      resolve: (caller) => getOwnTenant(caller),
    }),
    apiKey: t.field({
      type: ApiKey,
      description: 'The key that is used.',
      resolve: (caller) => getApiKey(caller, caller.apiKeyId ?? ''),
    }),
    scopes: t.stringList({
      description: `What the key may do, sorted. ${scopesDescription}`,
      resolve: (caller) => [...caller.scopes].sort(),
    }),
    rateLimit: t.field({
      type: RateLimitType,
      description: 'What is left of the rate limit.',
      resolve: (caller) => caller.app.limiter.peek(caller),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: 'Who is calling: tenant, scopes, what is left of the rate limit.',
    resolve: (_root, _args, ctx) => ctx.caller,
  }),
  apiKeys: t.field({
    type: [ApiKey],
    nullable: true,
    description: "The tenant's keys, newest first. Needs the scope `admin`.",
    resolve: (_root, _args, ctx) => listApiKeys(ctx.caller),
  }),
}));
