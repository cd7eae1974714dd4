import type { ActionItemRow, CitationRow } from '../../domain/conversations/summaries.ts';
import { builder } from '../builder.ts';
import { connectionOf } from '../connection.ts';
import { SentimentEnum, SummaryStatusEnum, SummaryStyleEnum } from '../enums.ts';
import { loadedParent, registerNode } from '../node.ts';
import { Conversation, Message, Node, Summary } from '../refs.ts';

/** A part of a summary, named by it and by its place in it: a summary that is there is never changed. */
type PartOf<Row> = Row & { id: string };

const partId = (of: { id: string }, name: string, index: number) => `${of.id}:${name}:${index}`;

const Citation = builder.objectRef<PartOf<CitationRow>>('Citation').implement({
  description: 'A place in the conversation. The quote is found there, letter by letter.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'For caches: the same at each reading. `node` does not know it.' }),
    quote: t.exposeString('quote', { description: 'The words that stand there.' }),
    message: t.field({
      type: Message,
      nullable: true,
      description: "The message that holds the quote; null where it stands in the conversation's content.",
      resolve: (row, _args, ctx) => (row.messageId === null ? null : ctx.loaders.message.load(row.messageId)),
    }),
    startOffset: t.exposeInt('startOffset', {
      description: 'In UTF-16 code units, from the start of the message or of the content.',
    }),
    endOffset: t.exposeInt('endOffset', { description: 'Where the quote ends: the first unit after it.' }),
  }),
});

const ActionItem = builder.objectRef<PartOf<ActionItemRow>>('ActionItem').implement({
  description: 'Something that is to be done.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'For caches: the same at each reading. `node` does not know it.' }),
    text: t.exposeString('text', { description: 'What is to be done.' }),
    citation: t.field({
      type: Citation,
      nullable: true,
      description: 'Where it was said; null where the API that made the summary does not tell.',
      resolve: (row) => row.citation && { ...row.citation, id: `${row.id}:citation` },
    }),
  }),
});

Summary.implement({
  description: 'What a conversation comes to: one version of its summary.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The summary's id, `sum_…`." }),
    conversation: t.field({
      type: Conversation,
      description: 'The conversation that it sums up.',
      resolve: (row, _args, ctx) => loadedParent(ctx.loaders.conversation, row.conversationId),
    }),
    version: t.exposeInt('version', { description: '1 for the first summary of the conversation.' }),
    status: t.expose('status', {
      type: SummaryStatusEnum,
      description: 'Whether it is being made, is there, or failed.',
    }),
    title: t.exposeString('title', { nullable: true, description: 'In a few words; null until it has completed.' }),
    content: t.exposeString('content', { nullable: true, description: 'The summary; null until it has completed.' }),
    sentiment: t.expose('sentiment', {
      type: SentimentEnum,
      nullable: true,
      description: 'The mood; null until it has completed.',
    }),
    topics: t.exposeStringList('topics', { description: 'What it is about, most telling first.' }),
    actionItems: t.field({
      type: [ActionItem],
      description: 'What is to be done, in the order it was said.',
      resolve: (row) => row.actionItems.map((item, index) => ({ ...item, id: partId(row, 'action', index) })),
    }),
    citations: t.field({
      type: [Citation],
      description:
        "Where in the conversation the summary's statements stand. Each quote is found there, letter by letter.",
      resolve: (row) => row.citations.map((citation, index) => ({ ...citation, id: partId(row, 'citation', index) })),
    }),
    language: t.exposeString('language', { description: 'What it is written in, a BCP 47 tag such as `en`.' }),
    style: t.expose('style', { type: SummaryStyleEnum, description: 'How it is written.' }),
    generator: t.exposeString('generator', {
      description: "What made it: `extractive`, a model's name, or `ai-my-chats`.",
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed, in words fit for a user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it completed or failed.',
    }),
  }),
});

registerNode('summary', 'Summary', ['conversations:read'], (ctx, id) => ctx.loaders.summary.load(id));

export const SummaryConnection = connectionOf('Summary', 'summaries', Summary);
