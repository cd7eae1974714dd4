import { connectionOf } from '../connection.ts';
import { MessageRoleEnum } from '../enums.ts';
import { loadedParent, registerNode } from '../node.ts';
import { Conversation, Message, Node } from '../refs.ts';

Message.implement({
  description: 'What somebody wrote in a conversation.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: '`msg_…`.' }),
    conversation: t.field({
      type: Conversation,
      description: 'Where it was written.',
      resolve: (row, _args, ctx) => loadedParent(ctx.loaders.conversation, row.conversationId),
    }),
    role: t.field({ type: MessageRoleEnum, description: 'Who wrote it.', resolve: (row) => row.role }),
    content: t.exposeString('content', { description: 'What was written, as it was written.' }),
    position: t.exposeInt('position', { description: '0 for the first message of the conversation.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
});

export const MessageConnection = connectionOf('Message', 'messages', Message);

registerNode('message', 'Message', ['conversations:read'], (ctx, id) => ctx.loaders.message.load(id));
