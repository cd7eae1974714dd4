import { deleteAttachment, uploadAttachment } from '../../domain/conversations/attachment-writes.ts';
import type { AttachmentRow } from '../../domain/conversations/attachments.ts';
import { builder } from '../builder.ts';
import { Attachment } from '../refs.ts';
import { resultOf } from '../results.ts';

/** From a file that has come in to one that is stored. */
const uploadTimeoutMs = 15 * 60_000;

const UploadAttachmentInput = builder.inputType('UploadAttachmentInput', {
  description: 'A file to be added to a conversation.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: '`conv_…`, of an API that takes files.' }),
    file: t.field({ type: 'File', required: true, description: 'The file; its type is found from its content.' }),
    filename: t.string({ description: "The file's own name where this is not given. Any path in it is left out." }),
  }),
});

const UploadAttachmentPayload = builder.objectRef<{ attachment: AttachmentRow }>('UploadAttachmentPayload').implement({
  description: 'The file was added.',
  fields: (t) => ({
    attachment: t.field({ type: Attachment, description: 'Itself.', resolve: (payload) => payload.attachment }),
  }),
});

const uploadResult = resultOf('UploadAttachment', UploadAttachmentPayload, [
  'ValidationError',
  'NotFoundError',
  'QuotaExceededError',
  'UnsupportedError',
  'UpstreamError',
]);

const DeleteAttachmentInput = builder.inputType('DeleteAttachmentInput', {
  description: 'Which file is to be deleted.',
  fields: (t) => ({ id: t.id({ required: true, description: '`att_…`.' }) }),
});

const DeleteAttachmentPayload = builder
  .objectRef<{ deletedAttachmentId: string }>('DeleteAttachmentPayload')
  .implement({
    description: 'The file was deleted.',
    fields: (t) => ({
      deletedAttachmentId: t.exposeID('deletedAttachmentId', { description: 'The id it had.' }),
    }),
  });

const deleteResult = resultOf('DeleteAttachment', DeleteAttachmentPayload, [
  'NotFoundError',
  'UnsupportedError',
  'UpstreamError',
]);

builder.mutationFields((t) => ({
  uploadAttachment: t.field({
    type: uploadResult.type,
    description:
      'Adds a file to a conversation, in its own API where it lives there. Sent by the GraphQL multipart request ' +
      'specification, with the header `graphql-require-preflight`.',
    args: { input: t.arg({ type: UploadAttachmentInput, required: true, description: 'Which file, and where to.' }) },
    resolve: (_root, { input: { conversationId, file, filename } }, ctx) =>
      uploadResult.attempt(async () => ({
        attachment: await uploadAttachment(ctx.caller, {
          conversationId,
          filename: filename ?? file.name,
          stream: file.stream(),
          signal: AbortSignal.timeout(uploadTimeoutMs),
        }),
      })),
  }),
  deleteAttachment: t.field({
    type: deleteResult.type,
    description: 'Deletes a file, in its own API first where its conversation lives there.',
    args: { input: t.arg({ type: DeleteAttachmentInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input: { id } }, ctx) =>
      deleteResult.attempt(async () => {
        await deleteAttachment(ctx.caller, id);
        return { deletedAttachmentId: id };
      }),
  }),
}));
