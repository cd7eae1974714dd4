import { isDeepStrictEqual } from 'node:util';
import { requireScope } from '../../domain/caller.ts';
import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import { conversationCondition } from '../../domain/conversations/list/filter.ts';
import {
  type ConversationListState,
  listEventTypes,
  readConversationList,
} from '../../domain/conversations/list/live-list.ts';
import { BadRequestError } from '../../domain/errors.ts';
import { encodeCursor } from '../../events/cursor.ts';
import type { EventType } from '../../events/log.ts';
import { patchOf } from '../../lib/pages/list-patch.ts';
import { defaultPageSize, maxPageSize, readPageArgs } from '../../lib/pages/paging.ts';
import { builder } from '../builder.ts';
import { ConversationFilterInput, ConversationOrderInput } from '../conversations/filter.ts';
import { Conversation } from '../refs.ts';
import { listFeedOf } from './feed.ts';

type Listed = { cursor: string; totalCount: number; endCursor: string | null };
type Whole = Listed & { nodes: ConversationRow[] };
type Placed = { index: number; conversation: ConversationRow };
type Patch = Listed & { removed: string[]; inserted: Placed[]; moved: Placed[]; updated: ConversationRow[] };

const cursorDescription = 'The place among all events at which the list is so.';
const totalCountDescription = 'Length of the whole list.';
const endCursorDescription =
  'Of the last that it holds: `after` of `conversations` in the same order, to go on below; null where it is empty.';

const ConversationList = builder.objectRef<Whole>('ConversationList').implement({
  description: 'The beginning of a list, whole: sent first, and again to a listener that has not kept up.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: cursorDescription }),
    nodes: t.field({ type: [Conversation], description: 'In their order.', resolve: ({ nodes }) => nodes }),
    totalCount: t.exposeInt('totalCount', { description: totalCountDescription }),
    endCursor: t.exposeString('endCursor', { nullable: true, description: endCursorDescription }),
  }),
});

const ConversationPlace = builder.objectRef<Placed>('ConversationPlace').implement({
  description: 'A conversation and where it is to be put.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the changed list, from 0.' }),
    conversation: t.field({
      type: Conversation,
      description: 'The conversation that stands there.',
      resolve: ({ conversation }) => conversation,
    }),
  }),
});

const ConversationListPatch = builder.objectRef<Patch>('ConversationListPatch').implement({
  description:
    'How the list changed: take out `removed` and those of `moved`, then put `inserted` and `moved` at their indexes, ' +
    'lowest first, and replace `updated`.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: cursorDescription }),
    removed: t.exposeIDList('removed', { description: 'Ids of those that are not in it any more.' }),
    inserted: t.field({
      type: [ConversationPlace],
      description: 'Those that are new in it, in the order of their indexes.',
      resolve: ({ inserted }) => inserted,
    }),
    moved: t.field({
      type: [ConversationPlace],
      description: 'Those that stand elsewhere now, in the order of their indexes.',
      resolve: ({ moved }) => moved,
    }),
    updated: t.field({
      type: [Conversation],
      description: 'Those that changed and stay where they are among the others.',
      resolve: ({ updated }) => updated,
    }),
    totalCount: t.exposeInt('totalCount', { description: totalCountDescription }),
    endCursor: t.exposeString('endCursor', { nullable: true, description: endCursorDescription }),
  }),
});

const ConversationListEvent = builder.unionType('ConversationListEvent', {
  description: 'The list, or how it changed.',
  types: [ConversationList, ConversationListPatch],
  resolveType: (event) => ('nodes' in event ? 'ConversationList' : 'ConversationListPatch'),
});

builder.subscriptionField('conversationsLive', (t) =>
  t.field({
    type: ConversationListEvent,
    description:
      'The beginning of a list as `conversations` gives it, and then how it changes: after each event it is what the ' +
      'query gives at that `cursor`. A filter by `updatedSince` or by days is held against instants that do not move.',
    args: {
      filter: t.arg({ type: ConversationFilterInput, description: 'Which ones; all where not given.' }),
      orderBy: t.arg({
        type: ConversationOrderInput,
        description: 'In which order; CREATED_AT, DESC where not given.',
      }),
      first: t.arg.int({ description: `How many; ${defaultPageSize} where not given, from 1 to ${maxPageSize}.` }),
    },
    subscribe: (_root, { filter, orderBy, first }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      conversationCondition(ctx.caller, filter);
      const window = readPageArgs({ first });
      if ('problem' in window) throw new BadRequestError(window.problem);
      const { tenantId } = ctx.caller;
      return listFeedOf<ConversationListState, Whole | Patch>({
        types: new Set<EventType>(listEventTypes),
        read: (feed, since) => readConversationList(feed.caller, { filter, orderBy, first }, since),
        whole: ({ seq, rows, totalCount, endCursor }): Whole => ({
          cursor: encodeCursor(tenantId, seq),
          nodes: rows,
          totalCount,
          endCursor,
        }),
        patch: (before, after) => toPatch(tenantId, before, after),
      });
    },
    resolve: (event) => event as never,
  }),
);

function toPatch(tenantId: string, before: ConversationListState, after: ConversationListState): Patch | null {
  const known = new Map(before.rows.map((row) => [row.id, row]));
  const rows = new Map(after.rows.map((row) => [row.id, row]));
  const { removed, placed } = patchOf([...known.keys()], [...rows.keys()]);
  const places = (isNew: boolean) =>
    placed.flatMap(({ id, index, ...place }) => {
      const conversation = rows.get(id);
      return place.isNew === isNew && conversation !== undefined ? [{ index, conversation }] : [];
    });
  const placedIds = new Set(placed.map(({ id }) => id));
  const updated = after.rows.filter((row) => {
    if (placedIds.has(row.id)) return false;
    return after.changedIds.has(row.id) || !isDeepStrictEqual(known.get(row.id), row);
  });
  const hasChanged = removed.length + placed.length + updated.length > 0 || before.totalCount !== after.totalCount;
  const { seq, totalCount, endCursor } = after;
  if (!hasChanged) return null;
  return {
    cursor: encodeCursor(tenantId, seq),
    removed,
    inserted: places(true),
    moved: places(false),
    updated,
    totalCount,
    endCursor,
  };
}
