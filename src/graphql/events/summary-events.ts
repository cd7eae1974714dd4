import type { SummaryStatus } from '../../database/generated/enums.ts';
import { requireScope } from '../../domain/caller.ts';
import { loadNewestSummaries, loadSummaries, type SummaryRow } from '../../domain/conversations/summaries.ts';
import { builder } from '../builder.ts';
import { SummaryStatusEnum } from '../enums.ts';
import { loadedParent } from '../node.ts';
import { Conversation, Summary } from '../refs.ts';
import {
  abortable,
  cursorArgDescriptions,
  eventUnion,
  type StreamEvent,
  streamEvents,
  watchedIds,
} from './event-stream.ts';

type Change = { status: SummaryStatus; previousStatus: SummaryStatus | null; summary: SummaryRow };

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
    summary: t.field({
      type: Summary,
      description: 'The summary whose status changed.',
      resolve: (event) => event.summary,
    }),
    conversation: t.field({
      type: Conversation,
      description: 'What it sums up.',
      resolve: (event, _args, ctx) => loadedParent(ctx.loaders.conversation, event.summary.conversationId),
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
        (conversationIds == null || conversationIds.includes(conversationId)) &&
        (statuses == null || statuses.includes(status));
      return abortable((signal) =>
        streamEvents(ctx, {
          types: ['summary.changed'],
          after,
          signal,
          snapshot:
            conversationIds == null
              ? null
              : async () =>
                  (await loadNewestSummaries(ctx.caller, conversationIds))
                    .filter((summary) => isWanted(summary.conversationId, summary.status))
                    .map((summary) => ({ status: summary.status, previousStatus: null, summary })),
          map: async (events) => {
            const wanted = events.filter(({ data }) => isWanted(data.conversationId, data.status));
            const ids = wanted.map((event) => event.subjectId);
            const summaries = new Map(
              (ids.length === 0 ? [] : await loadSummaries(ctx.caller, ids)).map((row) => [row.id, row]),
            );
            // One whose conversation is gone by now is told by `conversationChanged`.
            return wanted.flatMap((event) => {
              const summary = summaries.get(event.subjectId);
              const { status, previousStatus } = event.data;
              return summary === undefined ? [] : [{ event, change: { status, previousStatus, summary } }];
            });
          },
        }),
      );
    },
    resolve: (event) => event as never,
  }),
);
