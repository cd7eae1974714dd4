import type { SummaryStatus } from '../../database/generated/enums.ts';
import { requireScope } from '../../domain/caller.ts';
import { loadNewestSummaries } from '../../domain/conversations/summaries.ts';
import { builder } from '../builder.ts';
import { SummaryStatusEnum } from '../enums.ts';
import { Conversation, Summary } from '../refs.ts';
import { cursorArgDescriptions, eventUnion, feedOf, orGone, type StreamEvent, watchedIds } from './feed.ts';

type Change = {
  status: SummaryStatus;
  previousStatus: SummaryStatus | null;
  summaryId: string;
  conversationId: string;
};

const SummaryStatusChange = builder.objectRef<Change & StreamEvent>('SummaryStatusChange').implement({
  description: "A summary's status changed.",
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place among all events: `after`, to go on from here.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it changed.' }),
    status: t.field({
      type: SummaryStatusEnum,
      description: 'What it changed to. `summary` is as it is now, which may be later.',
      resolve: (event) => event.status,
    }),
    previousStatus: t.field({
      type: SummaryStatusEnum,
      nullable: true,
      description:
        "Null for the present state, sent first, and for a conversation's first summary; of a new version, the status of the one before.",
      resolve: (event) => event.previousStatus,
    }),
    // One whose conversation is gone by now is told by `conversationChanged`.
    summary: t.field({
      type: Summary,
      description: 'The summary whose status changed.',
      resolve: async (event, _args, ctx) => orGone(await ctx.loaders.summary.load(event.summaryId)),
    }),
    conversation: t.field({
      type: Conversation,
      description: 'What it sums up.',
      resolve: async (event, _args, ctx) => orGone(await ctx.loaders.conversation.load(event.conversationId)),
    }),
  }),
});

const SummaryStatusEvent = eventUnion('SummaryStatusEvent', SummaryStatusChange);

builder.subscriptionField('summaryStatusChanged', (t) =>
  t.field({
    type: SummaryStatusEvent,
    description: "Changes of summaries' status, whichever API makes them.",
    args: {
      conversationIds: t.arg.idList({
        description: 'Of these conversations, whose present state is sent first; of all where not given.',
      }),
      statuses: t.arg({ type: [SummaryStatusEnum], description: 'To one of these statuses; to any where not given.' }),
      after: t.arg.string({ description: cursorArgDescriptions.after }),
    },
    subscribe: (_root, { conversationIds: given, statuses, after }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      const conversationIds = watchedIds('conversationIds', given);
      const isWanted = (conversationId: string, status: SummaryStatus) =>
        (conversationIds === null || conversationIds.has(conversationId)) &&
        (statuses == null || statuses.includes(status));
      return feedOf({
        types: ['summary.changed'],
        after,
        snapshot:
          conversationIds === null
            ? null
            : async (feed): Promise<Change[]> =>
                (await loadNewestSummaries(feed.caller, [...conversationIds]))
                  .filter(({ conversationId, status }) => isWanted(conversationId, status))
                  .map((row) => {
                    feed.loaders.summary.prime(row.id, row);
                    const { id: summaryId, conversationId, status } = row;
                    return { summaryId, conversationId, status, previousStatus: null };
                  }),
        map: async (_feed, events) =>
          events.flatMap((event) => {
            const { conversationId, status, previousStatus } = event.data;
            const change: Change = { summaryId: event.subjectId, conversationId, status, previousStatus };
            return isWanted(conversationId, status) ? [{ event, change }] : [];
          }),
      });
    },
    resolve: (event) => event as never,
  }),
);
