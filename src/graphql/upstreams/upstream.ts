import { requireScope } from '../../domain/caller.ts';
import { listUpstreams, type SyncRunRow, type UpstreamRow, webhookUrlOf } from '../../domain/upstreams/upstreams.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { ProviderEnum, UpstreamStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Node, Upstream } from '../refs.ts';

const UpstreamFault = builder.objectRef<UpstreamRow>('UpstreamFault').implement({
  description: 'What went wrong at the last sync.',
  fields: (t) => ({
    message: t.string({
      description: 'What the upstream said, or how it could not be reached, in words.',
      resolve: (row) => row.errorMessage ?? '',
    }),
    httpStatus: t.exposeInt('errorHttpStatus', {
      nullable: true,
      description: "The upstream's HTTP status; null where there was no answer.",
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'When it went wrong.',
      resolve: (row) => row.errorAt ?? row.createdAt,
    }),
    retryAt: t.expose('retryAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again; null where it is not.',
    }),
  }),
});

const SyncRun = builder.objectRef<SyncRunRow>('SyncRun').implement({
  description: 'One reading of an upstream, under way or finished.',
  fields: (t) => ({
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the sync began.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is under way.',
    }),
    full: t.exposeBoolean('full', { description: 'Whole history (true), or only what changed.' }),
    requests: t.exposeInt('requests', { description: 'Requests sent to the upstream.' }),
    scanned: t.exposeInt('scanned', { description: 'Conversations seen in its lists.' }),
    created: t.exposeInt('created', { description: 'Conversations that were new.' }),
    updated: t.exposeInt('updated', { description: 'Conversations that had changed.' }),
    deleted: t.exposeInt('deleted', { description: 'Conversations that were gone.' }),
  }),
});

/** What whoever may read conversations does not see of where they come from. */
export function forAdmin<Value>(read: (row: UpstreamRow, ctx: Context) => Value) {
  return (row: UpstreamRow, _args: object, ctx: Context): Value => {
    requireScope(ctx.caller, 'admin');
    return read(row, ctx);
  };
}

Upstream.implement({
  description:
    'An account at an API, mirrored into this graph. Whoever may read conversations sees where they come ' +
    'from, and how fresh that is; what says so needs the scope `admin`.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The upstream's id, `up_…`." }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'The API that the account is at.' }),
    name: t.exposeString('name', { description: 'What it is called here.' }),
    baseUrl: t.string({
      description: "The API's address. Needs the scope `admin`.",
      resolve: forAdmin((row) => row.baseUrl),
    }),
    remoteTenant: t.string({
      nullable: true,
      description: "The tenant's name at the API, where that has tenants. Needs the scope `admin`.",
      resolve: forAdmin((row) => row.remoteTenant),
    }),
    status: t.expose('status', {
      type: UpstreamStatusEnum,
      description: 'Whether syncing goes well, and if not, how it fails.',
    }),
    conversationCount: t.int({
      description: 'Conversations mirrored from it.',
      resolve: (row, _args, ctx) => ctx.loaders.upstreamConversationCount.load(row.id),
    }),
    lastSyncedAt: t.expose('lastSyncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a sync last went through.',
    }),
    nextSyncAt: t.expose('nextSyncAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next sync is due; null where none is: it is paused, or its credentials are refused.',
    }),
    syncIntervalSeconds: t.exposeInt('syncIntervalSeconds', {
      nullable: true,
      description: 'How long after the last sync the next one is due, where all goes well.',
    }),
    lastError: t.field({
      type: UpstreamFault,
      nullable: true,
      description: 'Null where the last sync went through. Needs the scope `admin`.',
      resolve: forAdmin((row) => (row.errorMessage === null ? null : row)),
    }),
    lastSync: t.field({
      type: SyncRun,
      nullable: true,
      description: 'The newest sync, its progress while it is under way; null before the first.',
      resolve: (row, _args, ctx) => ctx.loaders.lastSync.load(row.id),
    }),
    webhookUrl: t.string({
      description: 'Where the upstream posts its webhooks. Needs the scope `admin`.',
      resolve: forAdmin((row, ctx) => webhookUrlOf(ctx.caller, row.id)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was connected.' }),
  }),
});

registerNode('upstream', 'Upstream', ['conversations:read', 'admin'], (ctx, id) => ctx.loaders.upstream.load(id));

builder.queryFields((t) => ({
  upstream: t.field({
    type: Upstream,
    nullable: true,
    description: 'An account that is mirrored, by its id. Needs the scope `conversations:read` or `admin`.',
    args: { id: t.arg.id({ required: true, description: "The upstream's id, `up_…`." }) },
    resolve: (_root, { id }, ctx) => {
      requireScope(ctx.caller, 'conversations:read', 'admin');
      return ctx.loaders.upstream.load(id);
    },
  }),
  upstreams: t.field({
    type: [Upstream],
    nullable: true,
    description: 'The accounts that are mirrored, oldest first. Needs the scope `conversations:read` or `admin`.',
    resolve: (_root, _args, ctx) => listUpstreams(ctx.caller),
  }),
}));
