import { builder } from '../builder.ts';
import {
  ConversationOrderFieldEnum,
  ConversationSourceEnum,
  ConversationStatusEnum,
  OrderDirectionEnum,
  ProviderEnum,
  SentimentEnum,
} from '../enums.ts';

export const DateRangeInput = builder.inputType('DateRange', {
  description: 'Calendar days, both included; an end that is not given is open.',
  fields: (t) => ({
    from: t.field({ type: 'Date', description: 'The first day of the range.' }),
    to: t.field({ type: 'Date', description: 'The last day of the range.' }),
  }),
});

const IntRangeInput = builder.inputType('IntRange', {
  description: 'Whole numbers, both included; an end that is not given is open.',
  fields: (t) => ({
    min: t.int({ description: 'The smallest that is taken.' }),
    max: t.int({ description: 'The largest that is taken.' }),
  }),
});

export const ConversationFilterInput = builder.inputType('ConversationFilter', {
  description: 'Conditions are joined by AND; a list holds where any of its items does, and takes up to 100.',
  fields: (t) => ({
    ids: t.idList({ description: 'One of these conversations, `conv_…`.' }),
    providers: t.field({ type: [ProviderEnum], description: 'That live in one of these APIs.' }),
    upstreamIds: t.idList({ description: 'Mirrored from these accounts.' }),
    statuses: t.field({ type: [ConversationStatusEnum], description: 'With one of these statuses.' }),
    sources: t.field({ type: [ConversationSourceEnum], description: 'That came in by one of these ways.' }),
    segments: t.stringList({ description: 'In one of these segments.' }),
    sentiments: t.field({ type: [SentimentEnum], description: 'With one of these sentiments.' }),
    topics: t.stringList({ description: 'With any of these topics.' }),
    started: t.field({ type: DateRangeInput, description: 'On `startedAt`, both days included, in UTC.' }),
    updatedSince: t.field({ type: 'DateTime', description: 'Changed then or later.' }),
    messageCount: t.field({ type: IntRangeInput, description: 'With so many messages.' }),
    metadata: t.field({
      type: 'JSONObject',
      description:
        'Whose metadata holds all of this: `{ "plan": "pro" }` also finds those with further keys. Objects within are ' +
        'held against objects in the same way, and lists hold where each of their items is in the list there.',
    }),
    search: t.string({
      description: 'Words that the title or the content holds: all of them, in any case. Nothing in it is an operator.',
    }),
  }),
});

export const ConversationOrderInput = builder.inputType('ConversationOrder', {
  description: 'How conversations are sorted; those that are equal, by id.',
  fields: (t) => ({
    field: t.field({
      type: ConversationOrderFieldEnum,
      required: true,
      description: 'Which of their times they are sorted by.',
    }),
    direction: t.field({
      type: OrderDirectionEnum,
      required: true,
      description: 'Whether the oldest or the newest comes first.',
    }),
  }),
});
