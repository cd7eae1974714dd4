import type { Provider } from '../../domain/providers.ts';
import { openStats, type StatsScope } from '../../domain/stats/scope.ts';
import {
  countByColumn,
  countByDay,
  countTopics,
  type DayCount,
  getStatsTotals,
  maxStatsDays,
  type StatsGroup,
} from '../../domain/stats/stats.ts';
import { maxPageSize } from '../../lib/pages/paging.ts';
import { builder } from '../builder.ts';
import { ConversationSourceEnum, ProviderEnum, SentimentEnum, StatsPeriodEnum } from '../enums.ts';
import { graphqlError } from '../errors.ts';
import { noteFilter } from '../sources.ts';
import { ConversationFilterInput, DateRangeInput } from './filter.ts';

const countDescription = 'How many conversations there are of it.';

export const FacetCount = builder.objectRef<StatsGroup<string>>('FacetCount').implement({
  description: 'How many conversations have a value.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'What they have in common: a topic, a segment, an API.' }),
    count: t.exposeInt('count', { description: countDescription }),
  }),
});

const SegmentCount = builder.objectRef<StatsGroup<string | null>>('SegmentCount').implement({
  description: 'How many conversations a segment has.',
  fields: (t) => ({
    segment: t.exposeString('value', { nullable: true, description: 'The segment; null for those without.' }),
    conversations: t.exposeInt('count', { description: countDescription }),
  }),
});

const ProviderCount = builder.objectRef<StatsGroup<Provider>>('ProviderCount').implement({
  description: 'How many conversations live in an API.',
  fields: (t) => ({
    provider: t.expose('value', { type: ProviderEnum, description: 'The API that they live in.' }),
    conversations: t.exposeInt('count', { description: countDescription }),
  }),
});

export const SourceCount = builder
  .objectRef<StatsGroup<'EMAIL' | 'WHATSAPP' | 'API' | 'WEB' | null>>('SourceCount')
  .implement({
    description: 'How many conversations came in by a way.',
    fields: (t) => ({
      source: t.expose('value', {
        type: ConversationSourceEnum,
        nullable: true,
        description: 'The way; null where it is not known.',
      }),
      conversations: t.exposeInt('count', { description: countDescription }),
    }),
  });

const SentimentCount = builder
  .objectRef<StatsGroup<'POSITIVE' | 'NEUTRAL' | 'NEGATIVE' | null>>('SentimentCount')
  .implement({
    description: 'How many conversations have a sentiment.',
    fields: (t) => ({
      sentiment: t.expose('value', {
        type: SentimentEnum,
        nullable: true,
        description: 'The sentiment; null where there is no completed summary.',
      }),
      conversations: t.exposeInt('count', { description: countDescription }),
    }),
  });

const DayCountType = builder.objectRef<DayCount>('DayCount').implement({
  description: 'The figures of one day.',
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The day, in the time zone asked for.' }),
    conversations: t.exposeInt('conversations', { description: 'How many began on it.' }),
    messages: t.exposeInt('messages', { description: 'How many messages those have.' }),
  }),
});

const defaultTopicCount = 10;

const Stats = builder.objectRef<StatsScope>('Stats').implement({
  description: 'Figures over the conversations that began in a span of time, and over their messages.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Where the span begins.' }),
    to: t.expose('to', { type: 'DateTime', description: 'Where it ends: the first instant that is not in it.' }),
    totalConversations: t.int({
      description: 'How many conversations began in it.',
      resolve: async (row, _args, ctx) => (await getStatsTotals(ctx.caller, row)).totalConversations,
    }),
    totalMessages: t.int({
      description: 'How many messages they have.',
      resolve: async (row, _args, ctx) => (await getStatsTotals(ctx.caller, row)).totalMessages,
    }),
    avgMessagesPerConversation: t.float({
      description: 'Messages of a conversation on average; 0 where there are none.',
      resolve: async (row, _args, ctx) => (await getStatsTotals(ctx.caller, row)).avgMessagesPerConversation,
    }),
    avgResponseTimeMs: t.float({
      nullable: true,
      description: "From a user's message to the assistant's next one; null where there is no such pair.",
      resolve: async (row, _args, ctx) => (await getStatsTotals(ctx.caller, row)).avgResponseTimeMs,
    }),
    bySegment: t.field({
      type: [SegmentCount],
      description: 'Conversations by segment, most first.',
      resolve: (row, _args, ctx) => countByColumn(ctx.caller, row, 'segment'),
    }),
    byProvider: t.field({
      type: [ProviderCount],
      description: 'Conversations by the API that they live in, most first.',
      resolve: (row, _args, ctx) => countByColumn(ctx.caller, row, 'provider'),
    }),
    bySource: t.field({
      type: [SourceCount],
      description: 'Conversations by how they came in, most first.',
      resolve: (row, _args, ctx) => countByColumn(ctx.caller, row, 'source'),
    }),
    bySentiment: t.field({
      type: [SentimentCount],
      description: 'Conversations by sentiment, most first.',
      resolve: (row, _args, ctx) => countByColumn(ctx.caller, row, 'sentiment'),
    }),
    topTopics: t.field({
      type: [FacetCount],
      description: 'The topics of most conversations, most first.',
      args: {
        first: t.arg.int({
          description: `How many; ${defaultTopicCount} where not given, from 1 to ${maxPageSize}.`,
        }),
      },
      resolve: (row, { first }, ctx) => {
        const count = first ?? defaultTopicCount;
        if (count < 1 || count > maxPageSize) {
          throw graphqlError('BAD_REQUEST', `\`first\` must be from 1 to ${maxPageSize}, and is ${count}`);
        }
        return countTopics(ctx.caller, row, count);
      },
    }),
    byDay: t.field({
      type: [DayCountType],
      description: `Every day of the range, days without conversations included; ${maxStatsDays} at most.`,
      resolve: (row, _args, ctx) => countByDay(ctx.caller, row),
    }),
  }),
});

builder.queryField('stats', (t) =>
  t.field({
    type: Stats,
    description: 'Figures over conversations. `range` wins over `period`; LAST_7_DAYS where neither is given.',
    args: {
      period: t.arg({ type: StatsPeriodEnum, description: 'A span that ends now.' }),
      range: t.arg({ type: DateRangeInput, description: 'Days in the time zone asked for, both included.' }),
      filter: t.arg({ type: ConversationFilterInput, description: 'Which conversations; all where not given.' }),
      timeZone: t.arg.string({ description: 'IANA, `Europe/Berlin`; UTC where not given.' }),
    },
    resolve: async (_root, args, ctx) => {
      const scope = await openStats(ctx.caller, args);
      noteFilter(ctx, args.filter);
      return scope;
    },
  }),
);
