import { deleteAttachment, uploadAttachment } from '../../domain/conversations/attachment-writes.ts';
import {
  NotFoundError,
  QuotaExceededError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../../domain/errors.ts';
import { builder } from '../builder.ts';
import { Attachment } from '../refs.ts';

/** From a file that has come in to one that is stored. */
const uploadTimeoutMs = 15 * 60_000;

builder.relayMutationField(
  'uploadAttachment',
  {
    description: 'A file to be added to a conversation.',
    inputFields: (t) => ({
      conversationId: t.id({
        required: true,
        description: 'The conversation that gets it, `conv_…`, where `Conversation.capabilities` has ATTACH.',
      }),
      file: t.field({ type: 'File', required: true, description: 'The file; its type is found from its content.' }),
      filename: t.string({ description: "The file's own name where this is not given. Any path in it is left out." }),
    }),
  },
  {
    description:
      'Adds a file to a conversation, in its own API where it lives there. Sent by the GraphQL multipart request ' +
      'specification, with the header `graphql-require-preflight`.',
    errors: { types: [ValidationError, NotFoundError, QuotaExceededError, UnsupportedError, UpstreamError] },
    resolve: async (_root, { input: { conversationId, file, filename } }, ctx) => ({
      attachment: await uploadAttachment(ctx.caller, {
        conversationId,
        filename: filename ?? file.name,
        stream: file.stream(),
        signal: AbortSignal.timeout(uploadTimeoutMs),
      }),
    }),
  },
  {
    description: 'The file was added.',
    outputFields: (t) => ({
      attachment: t.expose('attachment', { type: Attachment, description: 'The file as it is stored.' }),
    }),
  },
);

builder.relayMutationField(
  'deleteAttachment',
  {
    description: 'Which file is to be deleted.',
    inputFields: (t) => ({ id: t.id({ required: true, description: "The attachment's id, `att_…`." }) }),
  },
  {
    description: 'Deletes a file, in its own API first where its conversation lives there.',
    errors: { types: [NotFoundError, UnsupportedError, UpstreamError] },
    resolve: async (_root, { input: { id } }, ctx) => {
      await deleteAttachment(ctx.caller, id);
      return { deletedAttachmentId: id };
    },
  },
  {
    description: 'The file was deleted.',
    outputFields: (t) => ({
      deletedAttachmentId: t.exposeID('deletedAttachmentId', { description: 'The id it had.' }),
    }),
  },
);
