import { requireScope } from '../../domain/caller.ts';
import { builder } from '../builder.ts';
import { Import } from '../refs.ts';
import {
  changesFeed,
  cursorArgDescriptions,
  eventUnion,
  findPresent,
  orGone,
  type StreamEvent,
  watchedIds,
} from './feed.ts';

type Change = { importId: string };

const ImportStatusChange = builder.objectRef<Change & StreamEvent>('ImportStatusChange').implement({
  description: "An import's status changed, or it came further.",
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    import: t.field({
      type: Import,
      description: 'As it is now, which may be later than the event.',
      resolve: async (event, _args, ctx) => orGone(await ctx.loaders.import.load(event.importId)),
    }),
  }),
});

const ImportStatusEvent = eventUnion('ImportStatusEvent', ImportStatusChange);

builder.subscriptionField('importStatusChanged', (t) =>
  t.field({
    type: ImportStatusEvent,
    description: "Changes of imports' status, and how far they are, once a second at most.",
    args: {
      importIds: t.arg.idList({ description: 'Of these, whose present state is sent first; of all where not given.' }),
      after: t.arg.string({ description: cursorArgDescriptions.after }),
    },
    subscribe: (_root, { importIds: given, after }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      return changesFeed({
        type: 'import.changed',
        ids: watchedIds('importIds', given),
        after,
        findPresent: (feed, ids) => findPresent(feed.loaders.import, ids),
        toChange: (importId): Change => ({ importId }),
      });
    },
    resolve: (event) => event as never,
  }),
);
