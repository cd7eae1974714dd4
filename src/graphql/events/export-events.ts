import { requireScope } from '../../domain/caller.ts';
import { builder } from '../builder.ts';
import { Export } from '../refs.ts';
import {
  changesFeed,
  cursorArgDescriptions,
  eventUnion,
  findPresent,
  orGone,
  type StreamEvent,
  watchedIds,
} from './feed.ts';

type Change = { exportId: string };

const ExportStatusChange = builder.objectRef<Change & StreamEvent>('ExportStatusChange').implement({
  description: "An export's status changed, or it came further.",
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    export: t.field({
      type: Export,
      description: 'As it is now, which may be later than the event.',
      resolve: async (event, _args, ctx) => orGone(await ctx.loaders.export.load(event.exportId)),
    }),
  }),
});

const ExportStatusEvent = eventUnion('ExportStatusEvent', ExportStatusChange);

builder.subscriptionField('exportStatusChanged', (t) =>
  t.field({
    type: ExportStatusEvent,
    description: "Changes of exports' status, and their progress, once a second at most.",
    args: {
      exportIds: t.arg.idList({ description: 'Of these, whose present state is sent first; of all where not given.' }),
      after: t.arg.string({ description: cursorArgDescriptions.after }),
    },
    subscribe: (_root, { exportIds: given, after }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      return changesFeed({
        type: 'export.changed',
        ids: watchedIds('exportIds', given),
        after,
        findPresent: (feed, ids) => findPresent(feed.loaders.export, ids),
        toChange: (exportId): Change => ({ exportId }),
      });
    },
    resolve: (event) => event as never,
  }),
);
