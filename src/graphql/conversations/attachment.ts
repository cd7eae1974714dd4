import { attachmentUrl } from '../../domain/conversations/attachments.ts';
import { loadedParent, registerNode } from '../node.ts';
import { Attachment, Conversation, Node } from '../refs.ts';

Attachment.implement({
  description: 'A file that belongs to a conversation.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The attachment's id, `att_…`." }),
    conversation: t.field({
      type: Conversation,
      description: 'The conversation that it belongs to.',
      resolve: (row, _args, ctx) => loadedParent(ctx.loaders.conversation, row.conversationId),
    }),
    filename: t.exposeString('filename', { description: 'As uploaded, without any path.' }),
    size: t.expose('sizeBytes', { type: 'SafeInt', description: 'Its length in bytes.' }),
    mimeType: t.exposeString('mimeType', { description: 'Found from its content, `application/pdf`.' }),
    checksum: t.exposeString('checksum', {
      nullable: true,
      description: 'SHA-256, in hex; null where only the upstream holds the file.',
    }),
    url: t.string({
      description: 'Signed, and good for an hour.',
      resolve: (row, _args, ctx) => attachmentUrl(ctx.caller, row),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
  }),
});

registerNode('attachment', 'Attachment', ['conversations:read'], (ctx, id) => ctx.loaders.attachment.load(id));
