import { requireScope } from '../../domain/caller.ts';
import { capabilitiesOf, findConversationByExternalId } from '../../domain/conversations/conversations.ts';
import { listConversations } from '../../domain/conversations/list/list.ts';
import { isStorable } from '../../lib/text.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgs } from '../connection.ts';
import { ConversationCapabilityEnum, ConversationSourceEnum, ConversationStatusEnum, ProviderEnum } from '../enums.ts';
import { primeRelated } from '../loaders.ts';
import { registerNode } from '../node.ts';
import { conversationReadingOf } from '../reading/conversation-reading.ts';
import { fieldsAt } from '../reading/selected-fields.ts';
import { Attachment, Conversation, Node, Summary, Upstream } from '../refs.ts';
import { noteFilter } from '../sources.ts';
import { ConversationFilterInput, ConversationOrderInput } from './filter.ts';
import { MessageConnection } from './message.ts';
import { SummaryConnection } from './summary.ts';

Conversation.implement({
  description: 'A conversation of any of the APIs.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: '`conv_…`; of this gateway, not of its API.' }),
    provider: t.expose('provider', { type: ProviderEnum, description: 'Which API it lives in.' }),
    upstream: t.field({
      type: Upstream,
      nullable: true,
      description: 'The upstream account that it is mirrored from; null when LOCAL.',
      resolve: (row, _args, ctx) => (row.upstreamId === null ? null : ctx.loaders.upstream.load(row.upstreamId)),
    }),
    externalId: t.exposeID('externalId', { nullable: true, description: 'Its id in its own API; null when LOCAL.' }),
    title: t.exposeString('title', { description: 'What it is about.' }),
    content: t.string({
      nullable: true,
      description: 'The whole text; of a conversation made of messages, its transcript.',
      resolve: (row, _args, ctx) =>
        row.content === null && row.messageCount > 0 ? ctx.loaders.transcript.load(row.id) : row.content,
    }),
    preview: t.exposeString('preview', {
      description: 'The first words of it, in plain text: at most 200 characters.',
    }),
    source: t.expose('source', {
      type: ConversationSourceEnum,
      nullable: true,
      description: 'How it came in; null where its API does not say.',
    }),
    status: t.expose('status', { type: ConversationStatusEnum, description: 'How far the making of its summary is.' }),
    segment: t.exposeString('segment', { nullable: true, description: "The tenant's own grouping, `pricing`." }),
    sessionId: t.exposeString('sessionId', {
      nullable: true,
      description: 'The session that it belongs to, where its API has sessions.',
    }),
    metadata: t.expose('metadata', {
      type: 'JSONObject',
      nullable: true,
      description: 'Whatever else is known of it: what its API sends beside, and what was given.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made, in its own API.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed, in its own API.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'When it began, which may be before it was made in its API.',
    }),
    lastMessageAt: t.expose('lastMessageAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last message was written; null where it has no messages.',
    }),
    messageCount: t.exposeInt('messageCount', { description: 'How many messages it has.' }),
    messages: t.field({
      type: MessageConnection,
      description: 'What was said, oldest first.',
      args: pageArgs,
      resolve: (row, args, ctx) => ctx.loaders.messagePage.take({ parent: row, args }),
    }),
    summary: t.field({
      type: Summary,
      nullable: true,
      description: 'The newest completed summary, or the one being made where none has completed.',
      resolve: (row, _args, ctx) => (row.summaryId === null ? null : ctx.loaders.summary.take(row.summaryId)),
    }),
    summaries: t.field({
      type: SummaryConnection,
      description: 'Every version, newest first.',
      args: pageArgs,
      resolve: (row, args, ctx) => ctx.loaders.summaryPage.load({ parent: row, args }),
    }),
    attachments: t.field({
      type: [Attachment],
      description: 'Its files, oldest first.',
      resolve: (row, _args, ctx) => ctx.loaders.attachments.take(row.id),
    }),
    capabilities: t.field({
      type: [ConversationCapabilityEnum],
      description: 'What the caller can do to it.',
      resolve: (row, _args, ctx) => capabilitiesOf(ctx.caller, row.provider),
    }),
  }),
});

registerNode('conversation', 'Conversation', ['conversations:read'], (ctx, id, info) =>
  ctx.loaders.conversationWith.load({ id, reading: conversationReadingOf(ctx.asked, info, [[]]) }),
);

export const ConversationConnection = connectionOf('Conversation', 'conversations', Conversation);

builder.queryFields((t) => ({
  conversation: t.field({
    type: Conversation,
    nullable: true,
    description: 'A conversation by its gateway id.',
    args: { id: t.arg.id({ required: true, description: "The conversation's id, `conv_…`." }) },
    resolve: (_root, { id }, ctx, info) => {
      requireScope(ctx.caller, 'conversations:read');
      if (!isStorable(id)) return null;
      return ctx.loaders.conversationWith.load({ id, reading: conversationReadingOf(ctx.asked, info, [[]]) });
    },
  }),
  conversationByExternalId: t.field({
    type: Conversation,
    nullable: true,
    description: 'A conversation by the id that its own API gave it.',
    args: {
      provider: t.arg({ type: ProviderEnum, required: true, description: 'The API that it lives in.' }),
      externalId: t.arg.id({ required: true, description: 'The id that it has there.' }),
      upstreamId: t.arg.id({
        description: 'Which account, where several have that id; the first connected otherwise.',
      }),
    },
    resolve: (_root, args, ctx) => findConversationByExternalId(ctx.caller, args),
  }),
  conversations: t.field({
    type: ConversationConnection,
    description: 'All conversations of the tenant, from every API, as one list; newest first where no order is given.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: ConversationFilterInput, description: 'Which ones; all where not given.' }),
      orderBy: t.arg({
        type: ConversationOrderInput,
        description: 'In which order; CREATED_AT, DESC where not given.',
      }),
    },
    resolve: async (_root, args, ctx, info) => {
      const reading = conversationReadingOf(ctx.asked, info, [['nodes'], ['edges', 'node']]);
      const fields = fieldsAt(info, [[]]);
      const page = await listConversations(ctx.caller, args, reading, {
        isCounted: fields.has('totalCount'),
        isPeeking: fields.has('pageInfo'),
      });
      primeRelated(ctx.loaders, page.related, reading);
      noteFilter(ctx, args.filter);
      return page;
    },
  }),
}));
