import { requireScope } from '../../domain/caller.ts';
import { type ConversationRow, loadConversations } from '../../domain/conversations/conversations.ts';
import { conversationCondition, matchesFacts, matchingConversationIds } from '../../domain/conversations/filter.ts';
import { builder } from '../builder.ts';
import { ConversationFilterInput } from '../conversations/filter.ts';
import { ChangeKindEnum } from '../enums.ts';
import { Conversation } from '../refs.ts';
import {
  abortable,
  cursorArgDescriptions,
  eventUnion,
  type StreamEvent,
  streamEvents,
  watchedIds,
} from './event-stream.ts';

type Change = {
  kind: 'SNAPSHOT' | 'CREATED' | 'UPDATED' | 'DELETED';
  conversationId: string;
  conversation: ConversationRow | null;
};

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
      resolve: (event) => event.conversation,
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
      const pick = async (ids: readonly string[]) => {
        const held = filter == null ? ids : await matchingConversationIds(ctx.caller, ids, filter);
        return new Map((await loadConversations(ctx.caller, [...held])).map((row) => [row.id, row]));
      };
      return abortable((signal) =>
        streamEvents(ctx, {
          types: ['conversation.created', 'conversation.updated', 'conversation.deleted'],
          after,
          signal,
          snapshot:
            conversationIds == null
              ? null
              : async () =>
                  [...(await pick(conversationIds)).values()].map(
                    (row): Change => ({ kind: 'SNAPSHOT', conversationId: row.id, conversation: row }),
                  ),
          map: async (events) => {
            const named = events.filter(
              ({ subjectId }) => conversationIds == null || conversationIds.includes(subjectId),
            );
            const rows = await pick([...new Set(named.map(({ subjectId }) => subjectId))]);
            return named.flatMap((event): { event: typeof event; change: Change }[] => {
              const kind = kinds[event.type];
              const conversation = rows.get(event.subjectId) ?? null;
              // Without a filter each event is told, also of one that is gone by now.
              const isWanted =
                event.type === 'conversation.deleted'
                  ? matchesFacts({ ...event.data, id: event.subjectId }, filter)
                  : conversation !== null || filter == null;
              const change = { kind, conversationId: event.subjectId, conversation };
              return isWanted ? [{ event, change }] : [];
            });
          },
        }),
      );
    },
    resolve: (event) => event as never,
  }),
);
