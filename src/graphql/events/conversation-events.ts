import { requireScope } from '../../domain/caller.ts';
import {
  type ConversationFilter,
  conversationCondition,
  matchesFacts,
  matchingConversationIds,
} from '../../domain/conversations/list/filter.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { ConversationFilterInput } from '../conversations/filter.ts';
import { ChangeKindEnum } from '../enums.ts';
import { Conversation } from '../refs.ts';
import { cursorArgDescriptions, eventUnion, feedOf, findPresent, type StreamEvent, watchedIds } from './feed.ts';

type Change = { kind: 'SNAPSHOT' | 'CREATED' | 'UPDATED' | 'DELETED'; conversationId: string };

const ConversationChange = builder.objectRef<Change & StreamEvent>('ConversationChange').implement({
  description: 'A conversation changed.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    kind: t.field({ type: ChangeKindEnum, description: 'What happened to it.', resolve: (event) => event.kind }),
    conversationId: t.exposeID('conversationId', { description: 'The id of the conversation that changed.' }),
    conversation: t.field({
      type: Conversation,
      nullable: true,
      description: 'As it is now, which may be later than the event; null once deleted.',
      resolve: (event, _args, ctx) => ctx.loaders.conversation.take(event.conversationId),
    }),
  }),
});

const ConversationEvent = eventUnion('ConversationEvent', ConversationChange);

const kinds = {
  'conversation.created': 'CREATED',
  'conversation.updated': 'UPDATED',
  'conversation.deleted': 'DELETED',
} as const;

builder.subscriptionField('conversationChanged', (t) =>
  t.field({
    type: ConversationEvent,
    description: 'Changes of conversations of every API.',
    args: {
      conversationIds: t.arg.idList({
        description: 'Of these, whose present state is sent first; of all where not given.',
      }),
      filter: t.arg({
        type: ConversationFilterInput,
        description:
          'Of those that hold now, when the event is sent. A deleted one is held against what it last was, but for `search` and `metadata`.',
      }),
      after: t.arg.string({ description: cursorArgDescriptions.after }),
    },
    subscribe: (_root, { conversationIds: given, filter, after }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      const conversationIds = watchedIds('conversationIds', given);
      // A filter that cannot hold by its form is refused now, not at the first event.
      conversationCondition(ctx.caller, filter);
      return feedOf({
        types: ['conversation.created', 'conversation.updated', 'conversation.deleted'],
        after,
        snapshot:
          conversationIds === null
            ? null
            : async (feed) =>
                (await findHeld(feed, [...conversationIds], filter)).map(
                  (conversationId): Change => ({ kind: 'SNAPSHOT', conversationId }),
                ),
        map: async (feed, events) => {
          const named = events.filter(({ subjectId }) => conversationIds === null || conversationIds.has(subjectId));
          const present = named.filter(({ type }) => type !== 'conversation.deleted');
          const ids = [...new Set(present.map(({ subjectId }) => subjectId))];
          // Without a filter each event is told, also of one that is gone by now.
          const held = filter == null ? null : new Set(await findHeld(feed, ids, filter));
          return named.flatMap((event): { event: typeof event; change: Change }[] => {
            const isWanted =
              event.type === 'conversation.deleted'
                ? matchesFacts({ ...event.data, id: event.subjectId }, filter)
                : held === null || held.has(event.subjectId);
            const change = { kind: kinds[event.type], conversationId: event.subjectId };
            return isWanted ? [{ event, change }] : [];
          });
        },
      });
    },
    resolve: (event) => event as never,
  }),
);

/** Those of the conversations that are there, and that a filter holds for now. */
async function findHeld(
  ctx: Context,
  ids: readonly string[],
  filter: ConversationFilter | null | undefined,
): Promise<string[]> {
  if (filter == null) return findPresent(ctx.loaders.conversation, ids);
  return matchingConversationIds(ctx.caller, ids, filter);
}
