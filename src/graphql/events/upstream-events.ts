import { requireScope } from '../../domain/caller.ts';
import { loadUpstreams, type UpstreamRow } from '../../domain/upstreams/upstreams.ts';
import { builder } from '../builder.ts';
import { Upstream } from '../refs.ts';
import { cursorArgDescriptions, eventUnion, type StreamEvent, streamChanges, watchedIds } from './event-stream.ts';

type Change = { upstream: UpstreamRow };

const UpstreamStatusChange = builder.objectRef<Change & StreamEvent>('UpstreamStatusChange').implement({
  description: "An upstream's status changed, or its sync went on.",
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    upstream: t.field({
      type: Upstream,
      description: 'As it is now, which may be later than the event.',
      resolve: (event) => event.upstream,
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
      const upstreamIds = watchedIds('upstreamIds', given);
      return streamChanges(ctx, {
        type: 'upstream.changed',
        ids: upstreamIds,
        after,
        load: (ids) => loadUpstreams(ctx.caller, ids),
        toChange: (row): Change => ({ upstream: row }),
      });
    },
    resolve: (event) => event as never,
  }),
);
