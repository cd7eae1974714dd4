import { requireScope } from '../../domain/caller.ts';
import {
  connectUpstream,
  disconnectUpstream,
  listUpstreams,
  type SyncRunRow,
  syncUpstream,
  type UpstreamRow,
  updateUpstream,
  webhookUrlOf,
} from '../../domain/upstreams/upstreams.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { ProviderEnum, UpstreamStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Node, Upstream } from '../refs.ts';
import { resultOf } from '../results.ts';

const UpstreamFault = builder.objectRef<UpstreamRow>('UpstreamFault').implement({
  description: 'What went wrong at the last sync.',
  fields: (t) => ({
    message: t.string({ description: 'In words.', resolve: (row) => row.errorMessage ?? '' }),
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
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
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
    id: t.exposeID('id', { description: '`up_…`.' }),
    provider: t.field({ type: ProviderEnum, description: 'Which API.', resolve: (row) => row.provider }),
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
    status: t.field({ type: UpstreamStatusEnum, description: 'How it does.', resolve: (row) => row.status }),
    conversationCount: t.int({
      description: 'Conversations mirrored from it.',
      resolve: (row, _args, ctx) => ctx.loaders.upstreamConversationCount.load(row.id),
    }),
    lastSyncedAt: t.expose('lastSyncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a sync last went through.',
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

builder.queryField('upstreams', (t) =>
  t.field({
    type: [Upstream],
    nullable: true,
    description: 'The accounts that are mirrored, oldest first. Needs the scope `conversations:read` or `admin`.',
    resolve: (_root, _args, ctx) => listUpstreams(ctx.caller),
  }),
);

/** A payload that holds an upstream as it is now. */
function upstreamPayload(name: string, description: string) {
  return builder.objectRef<{ upstream: UpstreamRow }>(name).implement({
    description,
    fields: (t) => ({
      upstream: t.field({ type: Upstream, description: 'As it is now.', resolve: (payload) => payload.upstream }),
    }),
  });
}

const secondsDescription = 'Seconds between syncs, from 1 to 86 400.';
const webhookSecretDescription = 'The secret that the upstream signs its webhooks with.';

const ConnectUpstreamInput = builder.inputType('ConnectUpstreamInput', {
  description: 'An account to be mirrored.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, required: true, description: 'Which API: any but LOCAL.' }),
    name: t.string({ description: 'What it is called here.' }),
    baseUrl: t.string({ description: "The API's public address where this is not given." }),
    apiKey: t.string({ required: true, description: 'Kept encrypted; no query gives it back.' }),
    remoteTenant: t.string({
      description: "The tenant's name at the API, such as `my-company`; required where that has tenants.",
    }),
    webhookSecret: t.string({ description: webhookSecretDescription }),
    syncIntervalSeconds: t.int({ defaultValue: 60, description: secondsDescription }),
  }),
});

const connectResult = resultOf(
  'ConnectUpstream',
  upstreamPayload('ConnectUpstreamPayload', 'The account is connected, and its first sync has begun.'),
  ['ValidationError', 'UpstreamError'],
);

const UpdateUpstreamInput = builder.inputType('UpdateUpstreamInput', {
  description: 'What is to change of an upstream; what is not given stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`up_…`.' }),
    name: t.string({ description: 'What it is called here.' }),
    apiKey: t.string({ description: 'A new key, checked at the API first.' }),
    webhookSecret: t.string({ description: webhookSecretDescription }),
    syncIntervalSeconds: t.int({ description: secondsDescription }),
    paused: t.boolean({ description: 'Whether syncing is to rest.' }),
  }),
});

const updateResult = resultOf('UpdateUpstream', upstreamPayload('UpdateUpstreamPayload', 'The upstream was changed.'), [
  'ValidationError',
  'NotFoundError',
  'UpstreamError',
]);

const SyncUpstreamInput = builder.inputType('SyncUpstreamInput', {
  description: 'Which upstream is to be synced.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`up_…`.' }),
    full: t.boolean({
      defaultValue: false,
      description: 'Reads the whole history again, and notices what was deleted upstream.',
    }),
  }),
});

const syncResult = resultOf('SyncUpstream', upstreamPayload('SyncUpstreamPayload', 'A sync was asked for.'), [
  'NotFoundError',
]);

const DisconnectUpstreamInput = builder.inputType('DisconnectUpstreamInput', {
  description: 'Which upstream is to be disconnected.',
  fields: (t) => ({ id: t.id({ required: true, description: '`up_…`.' }) }),
});

const DisconnectUpstreamPayload = builder
  .objectRef<{ disconnectedUpstreamId: string }>('DisconnectUpstreamPayload')
  .implement({
    description: 'Nothing is mirrored from it any more; what was mirrored is being deleted.',
    fields: (t) => ({
      disconnectedUpstreamId: t.exposeID('disconnectedUpstreamId', { description: 'The id it had.' }),
    }),
  });

const disconnectResult = resultOf('DisconnectUpstream', DisconnectUpstreamPayload, ['NotFoundError']);

builder.mutationFields((t) => ({
  connectUpstream: t.field({
    type: connectResult.type,
    description: 'Checks an account at its API and begins to mirror it. Needs the scope `admin`.',
    args: { input: t.arg({ type: ConnectUpstreamInput, required: true, description: 'The account.' }) },
    resolve: (_root, { input }, ctx) =>
      connectResult.attempt(async () => ({ upstream: await connectUpstream(ctx.caller, input) })),
  }),
  updateUpstream: t.field({
    type: updateResult.type,
    description: 'Changes an upstream. Needs the scope `admin`.',
    args: { input: t.arg({ type: UpdateUpstreamInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input: { id, ...change } }, ctx) =>
      updateResult.attempt(async () => ({ upstream: await updateUpstream(ctx.caller, id, change) })),
  }),
  syncUpstream: t.field({
    type: syncResult.type,
    description:
      'Starts a sync now and answers at once; `Upstream.lastSync` and `upstreamStatusChanged` tell how it goes. ' +
      'One that is PAUSED or UNAUTHORIZED stays so, and is answered as it is. Needs the scope `admin`.',
    args: { input: t.arg({ type: SyncUpstreamInput, required: true, description: 'Which one, and how much.' }) },
    resolve: (_root, { input }, ctx) =>
      syncResult.attempt(async () => ({ upstream: await syncUpstream(ctx.caller, input.id, input.full ?? false) })),
  }),
  disconnectUpstream: t.field({
    type: disconnectResult.type,
    description: 'Stops mirroring, and deletes what was mirrored. Needs the scope `admin`.',
    args: { input: t.arg({ type: DisconnectUpstreamInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) =>
      disconnectResult.attempt(async () => {
        await disconnectUpstream(ctx.caller, input.id);
        return { disconnectedUpstreamId: input.id };
      }),
  }),
}));
