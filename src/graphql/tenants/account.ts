import type { Caller } from '../../domain/app.ts';
import type { StatsGroup } from '../../domain/stats/stats.ts';
import {
  type AccountRow,
  countRequestsToday,
  getAccount,
  getUsage,
  type UsageRow,
} from '../../domain/tenants/account.ts';
import { builder } from '../builder.ts';
import { DateRangeInput } from '../conversations/filter.ts';
import { SourceCount } from '../conversations/stats.ts';

const StorageUsage = builder.objectRef<AccountRow>('StorageUsage').implement({
  description: 'What a tenant stores, and how much it may.',
  fields: (t) => ({
    usedBytes: t.expose('usedBytes', {
      type: 'SafeInt',
      description: 'Titles, contents, messages and files, in bytes.',
    }),
    limitBytes: t.expose('limitBytes', { type: 'SafeInt', description: 'What may be stored, in bytes; 0: no limit.' }),
  }),
});

const ApiUsage = builder.objectRef<Caller>('ApiUsage').implement({
  description: 'The requests of a day.',
  fields: (t) => ({
    requestsToday: t.int({
      description: 'Requests of the tenant since midnight, in UTC, this one included.',
      resolve: (caller) => countRequestsToday(caller),
    }),
    limitPerDay: t.int({
      description: 'Requests that a day may have; 0: no limit.',
      resolve: (caller) => caller.limits.requestsPerDay,
    }),
  }),
});

const Account = builder.objectRef<AccountRow>('Account').implement({
  description: 'What the tenant has, and may use.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The tenant's id, `ten_…`." }),
    email: t.exposeString('email', { description: 'Where its owner is reached.' }),
    plan: t.exposeString('plan', { description: 'What it has booked.' }),
    storage: t.field({
      type: StorageUsage,
      description: 'What it stores, and how much it may.',
      resolve: (row) => row,
    }),
    apiUsage: t.field({
      type: ApiUsage,
      description: "Today's requests, and how many a day may have.",
      resolve: (_row, _args, ctx) => ctx.caller,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const StorageByType = builder.objectRef<UsageRow>('StorageByType').implement({
  description: 'What is stored now, by kind.',
  fields: (t) => ({
    conversationsBytes: t.expose('conversationsBytes', {
      type: 'SafeInt',
      description: 'Titles, contents and messages, in bytes of UTF-8.',
    }),
    attachmentsBytes: t.expose('attachmentsBytes', {
      type: 'SafeInt',
      description: 'Files that this gateway stores, in bytes.',
    }),
    totalBytes: t.field({
      type: 'SafeInt',
      description: 'Conversations and attachments together, in bytes.',
      resolve: (row) => row.conversationsBytes + row.attachmentsBytes,
    }),
  }),
});

const EndpointCount = builder.objectRef<StatsGroup<string>>('EndpointCount').implement({
  description: 'How many requests an endpoint had.',
  fields: (t) => ({
    endpoint: t.exposeString('value', {
      description:
        '`/conversations`, `/search`, `/summaries`, `/attachments`, `/exports`, `/account`, `/webhooks` or `/graphql`.',
    }),
    requests: t.exposeInt('count', { description: 'How many requests it had in the range.' }),
  }),
});

const UsageStatistics = builder.objectRef<UsageRow>('UsageStatistics').implement({
  description: 'What the tenant used in a range of UTC days.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'The first day that is counted.' }),
    to: t.expose('to', { type: 'Date', description: 'The last day that is counted.' }),
    totalConversations: t.exposeInt('totalConversations', { description: 'Conversations created in it.' }),
    conversationsBySource: t.expose('conversationsBySource', {
      type: [SourceCount],
      description: 'The same by how they came in, most first.',
    }),
    storage: t.field({
      type: StorageByType,
      description: 'What is stored now, whatever the range.',
      resolve: (row) => row,
    }),
    totalApiRequests: t.exposeInt('totalApiRequests', { description: 'Requests made in it, this one included.' }),
    apiRequestsByEndpoint: t.expose('apiRequestsByEndpoint', {
      type: [EndpointCount],
      description: 'The same by endpoint, most first; endpoints without requests are left out.',
    }),
  }),
});

builder.queryFields((t) => ({
  account: t.field({
    type: Account,
    nullable: true,
    description: "The tenant's account. Needs the scope `admin`.",
    resolve: (_root, _args, ctx) => getAccount(ctx.caller),
  }),
  usage: t.field({
    type: UsageStatistics,
    nullable: true,
    description: 'What was used; in the current calendar month where `range` is not given. Needs the scope `admin`.',
    args: {
      range: t.arg({
        type: DateRangeInput,
        description: "UTC days, both included; an open end is the first day of the other's month, or today.",
      }),
    },
    resolve: (_root, { range }, ctx) => getUsage(ctx.caller, range),
  }),
}));
