import { requireScope } from '../../domain/caller.ts';
import { builder } from '../builder.ts';
import { Upstream } from '../refs.ts';
import {
  changesFeed,
  cursorArgDescriptions,
  eventUnion,
  findPresent,
  orGone,
  type StreamEvent,
  watchedIds,
} from './feed.ts';

type Change = { upstreamId: string };

const UpstreamStatusChange = builder.objectRef<Change & StreamEvent>('UpstreamStatusChange').implement({
  description: "An upstream's status changed, or its sync went on.",
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    upstream: t.field({
      type: Upstream,
      description: 'As it is now, which may be later than the event.',
      resolve: async (event, _args, ctx) => orGone(await ctx.loaders.upstream.load(event.upstreamId)),
    }),
  }),
});

const UpstreamStatusEvent = eventUnion('UpstreamStatusEvent', UpstreamStatusChange);

builder.subscriptionField('upstreamStatusChanged', (t) =>
  t.field({
    type: UpstreamStatusEvent,
    description: 'How the upstreams do. Needs the scope `admin`.',
    args: {
      upstreamIds: t.arg.idList({
        description: 'Of these, whose present state is sent first; of all where not given.',
      }),
      after: t.arg.string({ description: cursorArgDescriptions.after }),
    },
    subscribe: (_root, { upstreamIds: given, after }, ctx) => {
      requireScope(ctx.caller, 'admin');
      return changesFeed({
        type: 'upstream.changed',
        ids: watchedIds('upstreamIds', given),
        after,
        findPresent: (feed, ids) => findPresent(feed.loaders.upstream, ids),
        toChange: (upstreamId): Change => ({ upstreamId }),
      });
    },
    resolve: (event) => event as never,
  }),
);
