import { createRoute, z } from '@hono/zod-openapi';
import { getConversation } from '../../domain/conversations/conversations.ts';
import { pageConversations } from '../../domain/conversations/list/list.ts';
import { loadAllMessages } from '../../domain/conversations/messages.ts';
import type { RestApp } from '../env.ts';
import { textQuery, wholeNumberQuery } from '../inputs.ts';
import { conversationSchema, listedSchema, toConversation, toListed } from './conversation-wire.ts';
import { errorResponses, failingOrMissing, jsonResponse, reading, slugParam } from './responses.ts';
import { readSpan, spanQuery } from './spans.ts';

const tags = ['Animam: conversations'];

const list = createRoute({
  ...reading,
  method: 'get',
  path: '/tenants/{slug}/conversations',
  tags,
  summary: 'List conversations',
  description: 'The newest last message first.',
  request: {
    params: z.object(slugParam),
    query: z.object({
      page: wholeNumberQuery('page', { fallback: 1, description: 'Which page; past the end it is empty.' }),
      limit: wholeNumberQuery('limit', { max: 100, fallback: 20, description: 'Conversations on a page.' }),
      from: spanQuery('from', false).optional(),
      to: spanQuery('to', false).optional(),
      segment: textQuery('segment', { max: 100, description: 'Only those.' }),
    }),
  },
  responses: {
    200: jsonResponse(
      'A page of them.',
      z
        .object({
          conversations: z.array(listedSchema),
          pagination: z.object({ page: z.int(), limit: z.int(), total: z.int() }),
        })
        .openapi('AnimamConversations'),
    ),
    ...errorResponses(),
  },
});

const get = createRoute({
  ...reading,
  method: 'get',
  path: '/tenants/{slug}/conversations/{id}',
  tags,
  summary: 'Get a conversation with all messages',
  request: {
    params: z.object({
      ...slugParam,
      id: z.string().openapi({ param: { name: 'id', in: 'path', description: 'Id of the conversation.' } }),
    }),
  },
  responses: { 200: jsonResponse('The conversation.', conversationSchema), ...failingOrMissing() },
});

export function addConversations(app: RestApp): void {
  app.openapi(list, async (c) => {
    const { page, limit, from, to, segment } = c.req.valid('query');
    const { rows, total } = await pageConversations(c.get('caller'), {
      filter: { startedBetween: readSpan(from, to), ...(segment !== undefined && { segments: [segment] }) },
      order: { field: 'LAST_MESSAGE_AT', direction: 'DESC' },
      page,
      size: limit,
    });
    return c.json({ conversations: rows.map(toListed), pagination: { page, limit, total } }, 200);
  });

  app.openapi(get, async (c) => {
    const caller = c.get('caller');
    const row = await getConversation(caller, c.req.valid('param').id);
    return c.json(toConversation(row, await loadAllMessages(caller, [row.id])), 200);
  });
}
