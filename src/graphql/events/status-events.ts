import type DataLoader from 'dataloader';
import type { Scope } from '../../domain/app.ts';
import { requireScope } from '../../domain/caller.ts';
import type { EventType } from '../../events/log.ts';
import { builder } from '../builder.ts';
import type { Loaders } from '../loaders.ts';
import { Export, Import, Upstream } from '../refs.ts';
import {
  cursorArgDescriptions,
  eventUnion,
  feedOf,
  findPresent,
  orGone,
  type StreamEvent,
  watchedIds,
} from './feed.ts';

type Change = { id: string };

type StatusSubscription = {
  /** What it is about, as the graph names it: `export` makes `exportStatusChanged`, `ExportStatusChange` and `exportIds`. */
  name: 'export' | 'import' | 'upstream';
  type: typeof Export | typeof Import | typeof Upstream;
  loaderOf: (loaders: Loaders) => DataLoader<string, unknown>;
  event: EventType;
  scope: Exclude<Scope, '*'>;
  description: string;
  changeDescription: string;
};

/**
 * A subscription to how things of a kind do. Each event has the thing as it is now, read when it is asked for alone; of
 * those that are named, the present state is sent first.
 */
function addStatusSubscription(options: StatusSubscription): void {
  const { name, type, loaderOf, scope, description } = options;
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Status`;
  const idsName = `${name}Ids`;

  const change = builder.objectRef<Change & StreamEvent>(`${typeName}Change`).implement({
    description: options.changeDescription,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
      occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
      [name]: t.field({
        type,
        description: 'As it is now, which may be later than the event.',
        resolve: async ({ id }, _args, ctx) => orGone(await loaderOf(ctx.loaders).load(id)) as never,
      }),
    }),
  });
  const event = eventUnion(`${typeName}Event`, change);

  builder.subscriptionField(`${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Changed`, (t) =>
    t.field({
      type: event,
      description,
      args: {
        [idsName]: t.arg.idList({
          description: 'Of these, whose present state is sent first; of all where not given.',
        }),
        after: t.arg.string({ description: cursorArgDescriptions.after }),
      },
      subscribe: (_root, args: { [ids: string]: unknown; after?: string | null | undefined }, ctx) => {
        requireScope(ctx.caller, scope);
        const ids = watchedIds(idsName, args[idsName] as string[] | null | undefined);
        return feedOf({
          types: [options.event],
          after: args.after,
          snapshot:
            ids === null
              ? null
              : async (feed): Promise<Change[]> =>
                  (await findPresent(loaderOf(feed.loaders), [...ids])).map((id) => ({ id })),
          map: async (_feed, events) =>
            events.flatMap((each) =>
              ids === null || ids.has(each.subjectId) ? [{ event: each, change: { id: each.subjectId } }] : [],
            ),
        });
      },
      resolve: (value) => value as never,
    }),
  );
}

addStatusSubscription({
  name: 'export',
  type: Export,
  loaderOf: (loaders) => loaders.export,
  event: 'export.changed',
  scope: 'conversations:read',
  description: "Changes of exports' status, and their progress, once a second at most.",
  changeDescription: "An export's status changed, or it came further.",
});

addStatusSubscription({
  name: 'import',
  type: Import,
  loaderOf: (loaders) => loaders.import,
  event: 'import.changed',
  scope: 'conversations:read',
  description: "Changes of imports' status, and how far they are, once a second at most.",
  changeDescription: "An import's status changed, or it came further.",
});

addStatusSubscription({
  name: 'upstream',
  type: Upstream,
  loaderOf: (loaders) => loaders.upstream,
  event: 'upstream.changed',
  scope: 'admin',
  description: 'How the upstreams do. Needs the scope `admin`.',
  changeDescription: "An upstream's status changed, or its sync went on.",
});
