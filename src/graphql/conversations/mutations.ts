import { appendMessages } from '../../domain/conversations/message-writes.ts';
import {
  createConversation,
  deleteConversation,
  regenerateSummary,
  updateConversation,
} from '../../domain/conversations/writes.ts';
import {
  ConflictError,
  NotFoundError,
  QuotaExceededError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../../domain/errors.ts';
import { builder } from '../builder.ts';
import { ConversationSourceEnum, MessageRoleEnum, SummaryStyleEnum } from '../enums.ts';
import { Conversation, Message, Summary } from '../refs.ts';

const idDescription = "The conversation's id, `conv_…`.";
const idempotencyDescription = 'The same key with the same input gives the first answer again, for 24 hours.';

const MessageInput = builder.inputType('MessageInput', {
  description: 'A message to be written.',
  fields: (t) => ({
    role: t.field({ type: MessageRoleEnum, required: true, description: 'Whether a person wrote it, or who answers.' }),
    content: t.string({ required: true, description: 'What was written, at most 100 000 characters.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When; as the message before it where not given, or now.',
    }),
  }),
});

builder.relayMutationField(
  'createConversation',
  {
    description: 'A conversation to be made.',
    inputFields: (t) => ({
      title: t.string({ required: true, description: 'Required, at most 200 characters.' }),
      content: t.string({ description: 'Fewer than 10 000 characters. One of `content` and `messages` is given.' }),
      messages: t.field({ type: [MessageInput], description: 'In their order; at most 1 000.' }),
      source: t.field({ type: ConversationSourceEnum, defaultValue: 'API', description: 'How it came in.' }),
      segment: t.string({ description: "The tenant's own grouping, `pricing`: at most 100 characters." }),
      metadata: t.field({ type: 'JSONObject', description: 'Whatever else is to be known of it; 64 KiB at most.' }),
      upstreamId: t.id({
        description: 'Where it is created: in this upstream, whose API must allow it, or LOCAL where none is named.',
      }),
      idempotencyKey: t.string({ description: idempotencyDescription }),
    }),
  },
  {
    description: 'Makes a conversation, and begins its summary.',
    errors: {
      types: [ValidationError, NotFoundError, QuotaExceededError, ConflictError, UnsupportedError, UpstreamError],
    },
    resolve: async (_root, { input }, ctx) => ({ conversation: await createConversation(ctx.caller, input) }),
  },
  {
    description: 'The conversation was made.',
    outputFields: (t) => ({
      conversation: t.expose('conversation', {
        type: Conversation,
        description: 'The new conversation; its summary is PROCESSING.',
      }),
    }),
  },
);

builder.relayMutationField(
  'updateConversation',
  {
    description: 'What is to change of a conversation; what is not given stays.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      title: t.string({ description: 'At most 200 characters.' }),
      segment: t.string({ description: 'At most 100 characters; null removes it.' }),
      metadata: t.field({
        type: 'JSONObject',
        description: 'Merged, key by key, into what is there; a key given null is removed.',
      }),
    }),
  },
  {
    description: 'Changes a conversation, upstream first where it lives there.',
    errors: { types: [ValidationError, NotFoundError, UnsupportedError, UpstreamError] },
    resolve: async (_root, { input: { id, ...change } }, ctx) => ({
      conversation: await updateConversation(ctx.caller, id, change),
    }),
  },
  {
    description: 'The conversation was changed.',
    outputFields: (t) => ({
      conversation: t.expose('conversation', { type: Conversation, description: 'As it is now.' }),
    }),
  },
);

builder.relayMutationField(
  'deleteConversation',
  {
    description: 'Which conversation is to be deleted.',
    inputFields: (t) => ({ id: t.id({ required: true, description: idDescription }) }),
  },
  {
    description: 'Deletes a conversation with all that is its own, upstream first where it lives there.',
    errors: { types: [NotFoundError, UnsupportedError, UpstreamError] },
    resolve: async (_root, { input: { id } }, ctx) => {
      await deleteConversation(ctx.caller, id);
      return { deletedConversationId: id };
    },
  },
  {
    description: 'The conversation was deleted, with its messages, summaries and files.',
    outputFields: (t) => ({
      deletedConversationId: t.exposeID('deletedConversationId', { description: 'The id it had.' }),
    }),
  },
);

builder.relayMutationField(
  'appendMessages',
  {
    description: 'Messages to be added.',
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: 'The conversation that gets them, a LOCAL one.' }),
      messages: t.field({ type: [MessageInput], required: true, description: 'In their order; at most 1 000.' }),
      idempotencyKey: t.string({ description: idempotencyDescription }),
    }),
  },
  {
    description: 'Adds messages to the end of a LOCAL conversation.',
    errors: { types: [ValidationError, NotFoundError, QuotaExceededError, ConflictError, UnsupportedError] },
    resolve: (_root, { input }, ctx) => appendMessages(ctx.caller, input),
  },
  {
    description: 'The messages were added.',
    outputFields: (t) => ({
      conversation: t.expose('conversation', {
        type: Conversation,
        description: 'As it is now; it is summarised anew.',
      }),
      messages: t.expose('messages', { type: [Message], description: 'Those that were added.' }),
    }),
  },
);

builder.relayMutationField(
  'regenerateSummary',
  {
    description: 'How a conversation is to be summarised anew.',
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: idDescription }),
      language: t.string({
        defaultValue: 'en',
        description: 'The language to write it in, a BCP 47 tag such as `de`.',
      }),
      style: t.field({ type: SummaryStyleEnum, defaultValue: 'CONCISE', description: 'How it is written.' }),
    }),
  },
  {
    description: 'Has a new version of the summary made, by the API that the conversation lives in or by this gateway.',
    errors: { types: [ValidationError, NotFoundError, UnsupportedError, UpstreamError] },
    resolve: async (_root, { input }, ctx) => ({ summary: await regenerateSummary(ctx.caller, input) }),
  },
  {
    description: 'A summary is being made.',
    outputFields: (t) => ({
      summary: t.expose('summary', {
        type: Summary,
        description:
          'PROCESSING; `summaryStatusChanged` tells when it is done. One that is already under way is answered again.',
      }),
    }),
  },
);
