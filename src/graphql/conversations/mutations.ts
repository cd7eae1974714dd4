import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import { appendMessages } from '../../domain/conversations/message-writes.ts';
import type { MessageRow } from '../../domain/conversations/messages.ts';
import type { SummaryRow } from '../../domain/conversations/summaries.ts';
import {
  createConversation,
  deleteConversation,
  regenerateSummary,
  updateConversation,
} from '../../domain/conversations/writes.ts';
import { builder } from '../builder.ts';
import { ConversationSourceEnum, MessageRoleEnum, SummaryStyleEnum } from '../enums.ts';
import { Conversation, Message, Summary } from '../refs.ts';
import { resultOf } from '../results.ts';

const idempotencyDescription = 'The same key with the same input gives the first answer again, for 24 hours.';

const MessageInput = builder.inputType('MessageInput', {
  description: 'A message to be written.',
  fields: (t) => ({
    role: t.field({ type: MessageRoleEnum, required: true, description: 'Who wrote it.' }),
    content: t.string({ required: true, description: 'What was written, at most 100 000 characters.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When; as the message before it where not given, or now.',
    }),
  }),
});

const CreateConversationInput = builder.inputType('CreateConversationInput', {
  description: 'A conversation to be made.',
  fields: (t) => ({
    title: t.string({ required: true, description: 'Required, at most 200 characters.' }),
    content: t.string({ description: 'Fewer than 10 000 characters. One of `content` and `messages` is given.' }),
    messages: t.field({ type: [MessageInput], description: 'In their order; at most 1 000.' }),
    source: t.field({ type: ConversationSourceEnum, defaultValue: 'API', description: 'How it came in.' }),
    segment: t.string({ description: 'At most 100 characters.' }),
    metadata: t.field({ type: 'JSONObject', description: 'Whatever else is to be known of it; 64 KiB at most.' }),
    upstreamId: t.id({
      description: 'Where it is created: in this upstream, whose API must allow it, or LOCAL where none is named.',
    }),
    idempotencyKey: t.string({ description: idempotencyDescription }),
  }),
});

const CreateConversationPayload = builder
  .objectRef<{ conversation: ConversationRow }>('CreateConversationPayload')
  .implement({
    description: 'The conversation was made.',
    fields: (t) => ({
      conversation: t.field({
        type: Conversation,
        description: 'Itself; its summary is PROCESSING.',
        resolve: (payload) => payload.conversation,
      }),
    }),
  });

const createResult = resultOf('CreateConversation', CreateConversationPayload, [
  'ValidationError',
  'NotFoundError',
  'QuotaExceededError',
  'ConflictError',
  'UnsupportedError',
  'UpstreamError',
]);

const UpdateConversationInput = builder.inputType('UpdateConversationInput', {
  description: 'What is to change of a conversation; what is not given stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`conv_…`.' }),
    title: t.string({ description: 'At most 200 characters.' }),
    segment: t.string({ description: 'At most 100 characters; null removes it.' }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Merged, key by key, into what is there; a key given null is removed.',
    }),
  }),
});

const UpdateConversationPayload = builder
  .objectRef<{ conversation: ConversationRow }>('UpdateConversationPayload')
  .implement({
    description: 'The conversation was changed.',
    fields: (t) => ({
      conversation: t.field({
        type: Conversation,
        description: 'As it is now.',
        resolve: (payload) => payload.conversation,
      }),
    }),
  });

const updateResult = resultOf('UpdateConversation', UpdateConversationPayload, [
  'ValidationError',
  'NotFoundError',
  'UnsupportedError',
  'UpstreamError',
]);

const DeleteConversationInput = builder.inputType('DeleteConversationInput', {
  description: 'Which conversation is to be deleted.',
  fields: (t) => ({ id: t.id({ required: true, description: '`conv_…`.' }) }),
});

const DeleteConversationPayload = builder
  .objectRef<{ deletedConversationId: string }>('DeleteConversationPayload')
  .implement({
    description: 'The conversation was deleted, with its messages, summaries and files.',
    fields: (t) => ({
      deletedConversationId: t.exposeID('deletedConversationId', { description: 'The id it had.' }),
    }),
  });

const deleteResult = resultOf('DeleteConversation', DeleteConversationPayload, [
  'NotFoundError',
  'UnsupportedError',
  'UpstreamError',
]);

const AppendMessagesInput = builder.inputType('AppendMessagesInput', {
  description: 'Messages to be added.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'A LOCAL conversation.' }),
    messages: t.field({ type: [MessageInput], required: true, description: 'In their order; at most 1 000.' }),
    idempotencyKey: t.string({ description: idempotencyDescription }),
  }),
});

const AppendMessagesPayload = builder
  .objectRef<{ conversation: ConversationRow; messages: MessageRow[] }>('AppendMessagesPayload')
  .implement({
    description: 'The messages were added.',
    fields: (t) => ({
      conversation: t.field({
        type: Conversation,
        description: 'As it is now; it is summarised anew.',
        resolve: (payload) => payload.conversation,
      }),
      messages: t.field({
        type: [Message],
        description: 'Those that were added.',
        resolve: (payload) => payload.messages,
      }),
    }),
  });

const appendResult = resultOf('AppendMessages', AppendMessagesPayload, [
  'ValidationError',
  'NotFoundError',
  'QuotaExceededError',
  'ConflictError',
  'UnsupportedError',
]);

const RegenerateSummaryInput = builder.inputType('RegenerateSummaryInput', {
  description: 'How a conversation is to be summarised anew.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: '`conv_…`.' }),
    language: t.string({ defaultValue: 'en', description: 'BCP 47.' }),
    style: t.field({ type: SummaryStyleEnum, defaultValue: 'CONCISE', description: 'How it is written.' }),
  }),
});

const RegenerateSummaryPayload = builder.objectRef<{ summary: SummaryRow }>('RegenerateSummaryPayload').implement({
  description: 'A summary is being made.',
  fields: (t) => ({
    summary: t.field({
      type: Summary,
      description:
        'PROCESSING; `summaryStatusChanged` tells when it is done. One that is already under way is answered again.',
      resolve: (payload) => payload.summary,
    }),
  }),
});

const regenerateResult = resultOf('RegenerateSummary', RegenerateSummaryPayload, [
  'ValidationError',
  'NotFoundError',
  'UnsupportedError',
  'UpstreamError',
]);

builder.mutationFields((t) => ({
  createConversation: t.field({
    type: createResult.type,
    description: 'Makes a conversation, and begins its summary.',
    args: { input: t.arg({ type: CreateConversationInput, required: true, description: 'What is to be made.' }) },
    resolve: (_root, { input }, ctx) =>
      createResult.attempt(async () => ({ conversation: await createConversation(ctx.caller, input) })),
  }),
  updateConversation: t.field({
    type: updateResult.type,
    description: 'Changes a conversation, upstream first where it lives there.',
    args: { input: t.arg({ type: UpdateConversationInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input: { id, ...change } }, ctx) =>
      updateResult.attempt(async () => ({ conversation: await updateConversation(ctx.caller, id, change) })),
  }),
  deleteConversation: t.field({
    type: deleteResult.type,
    description: 'Deletes a conversation with all that is its own, upstream first where it lives there.',
    args: { input: t.arg({ type: DeleteConversationInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input: { id } }, ctx) =>
      deleteResult.attempt(async () => {
        await deleteConversation(ctx.caller, id);
        return { deletedConversationId: id };
      }),
  }),
  appendMessages: t.field({
    type: appendResult.type,
    description: 'Adds messages to the end of a LOCAL conversation.',
    args: { input: t.arg({ type: AppendMessagesInput, required: true, description: 'What is to be added.' }) },
    resolve: (_root, { input }, ctx) => appendResult.attempt(() => appendMessages(ctx.caller, input)),
  }),
  regenerateSummary: t.field({
    type: regenerateResult.type,
    description: 'Has a new version of the summary made, by the API that the conversation lives in or by this gateway.',
    args: { input: t.arg({ type: RegenerateSummaryInput, required: true, description: 'Of what, and how.' }) },
    resolve: (_root, { input }, ctx) =>
      regenerateResult.attempt(async () => ({ summary: await regenerateSummary(ctx.caller, input) })),
  }),
}));
