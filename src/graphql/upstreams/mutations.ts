import { NotFoundError, UpstreamError, ValidationError } from '../../domain/errors.ts';
import {
  connectUpstream,
  disconnectUpstream,
  syncUpstream,
  type UpstreamRow,
  updateUpstream,
} from '../../domain/upstreams/upstreams.ts';
import { builder, type Types } from '../builder.ts';
import { ProviderEnum } from '../enums.ts';
import { Upstream } from '../refs.ts';

const idDescription = "The upstream's id, `up_…`.";
const nameDescription = 'What it is called here.';
const secondsDescription = 'Seconds between syncs, from 1 to 86 400.';
const webhookSecretDescription = 'The secret that the upstream signs its webhooks with.';

/** A payload that holds an upstream as it is now. */
const upstreamPayload = (description: string) => ({
  description,
  outputFields: (t: PayloadFields) => ({
    upstream: t.expose('upstream', { type: Upstream, description: 'The account as it is now.' }),
  }),
});
type PayloadFields = PothosSchemaTypes.ObjectFieldBuilder<Types, { upstream: UpstreamRow }>;

builder.relayMutationField(
  'connectUpstream',
  {
    description: 'An account to be mirrored.',
    inputFields: (t) => ({
      provider: t.field({ type: ProviderEnum, required: true, description: 'Which API: any but LOCAL.' }),
      name: t.string({ description: nameDescription }),
      baseUrl: t.string({ description: "The API's public address where this is not given." }),
      apiKey: t.string({ required: true, description: 'Kept encrypted; no query gives it back.' }),
      remoteTenant: t.string({
        description: "The tenant's name at the API, such as `my-company`; required where that has tenants.",
      }),
      webhookSecret: t.string({ description: webhookSecretDescription }),
      syncIntervalSeconds: t.int({ defaultValue: 60, description: secondsDescription }),
    }),
  },
  {
    description: 'Checks an account at its API and begins to mirror it. Needs the scope `admin`.',
    errors: { types: [ValidationError, UpstreamError] },
    resolve: async (_root, { input }, ctx) => ({ upstream: await connectUpstream(ctx.caller, input) }),
  },
  upstreamPayload('The account is connected, and its first sync has begun.'),
);

builder.relayMutationField(
  'updateUpstream',
  {
    description: 'What is to change of an upstream; what is not given stays.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      name: t.string({ description: nameDescription }),
      apiKey: t.string({ description: 'A new key, checked at the API first.' }),
      webhookSecret: t.string({ description: webhookSecretDescription }),
      syncIntervalSeconds: t.int({ description: secondsDescription }),
      paused: t.boolean({ description: 'Whether syncing is to rest.' }),
    }),
  },
  {
    description: 'Changes an upstream. Needs the scope `admin`.',
    errors: { types: [ValidationError, NotFoundError, UpstreamError] },
    resolve: async (_root, { input: { id, ...change } }, ctx) => ({
      upstream: await updateUpstream(ctx.caller, id, change),
    }),
  },
  upstreamPayload('The upstream was changed.'),
);

builder.relayMutationField(
  'syncUpstream',
  {
    description: 'Which upstream is to be synced.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      full: t.boolean({
        defaultValue: false,
        description: 'Reads the whole history again, and notices what was deleted upstream.',
      }),
    }),
  },
  {
    description:
      'Starts a sync now and answers at once; `Upstream.lastSync` and `upstreamStatusChanged` tell how it goes. ' +
      'One that is PAUSED or UNAUTHORIZED stays so, and is answered as it is. Needs the scope `admin`.',
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input: { id, full } }, ctx) => ({
      upstream: await syncUpstream(ctx.caller, id, full ?? false),
    }),
  },
  upstreamPayload('A sync was asked for.'),
);

builder.relayMutationField(
  'disconnectUpstream',
  {
    description: 'Which upstream is to be disconnected.',
    inputFields: (t) => ({ id: t.id({ required: true, description: idDescription }) }),
  },
  {
    description: 'Stops mirroring, and deletes what was mirrored. Needs the scope `admin`.',
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input: { id } }, ctx) => {
      await disconnectUpstream(ctx.caller, id);
      return { disconnectedUpstreamId: id };
    },
  },
  {
    description: 'Nothing is mirrored from it any more; what was mirrored is being deleted.',
    outputFields: (t) => ({
      disconnectedUpstreamId: t.exposeID('disconnectedUpstreamId', { description: 'The id it had.' }),
    }),
  },
);
