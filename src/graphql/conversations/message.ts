import { connectionOf } from '../connection.ts';
import { MessageRoleEnum } from '../enums.ts';
import { loadedParent, registerNode } from '../node.ts';
import { Conversation, Message, Node } from '../refs.ts';

Message.implement({
  description: 'What somebody wrote in a conversation.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The message's id, `msg_…`." }),
    conversation: t.field({
      type: Conversation,
      description: 'The conversation that it was written in.',
      resolve: (row, _args, ctx) => loadedParent(ctx.loaders.conversation, row.conversationId),
    }),
    role: t.expose('role', { type: MessageRoleEnum, description: 'Whether a person wrote it, or who answers.' }),
    content: t.exposeString('content', { description: 'What was written, as it was written.' }),
    position: t.exposeInt('position', { description: '0 for the first message of the conversation.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
});

export const MessageConnection = connectionOf('Message', 'messages', Message);

registerNode('message', 'Message', ['conversations:read'], (ctx, id) => ctx.loaders.message.load(id));
