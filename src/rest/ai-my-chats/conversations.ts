import { createRoute, z } from '@hono/zod-openapi';
import { asReader } from '../../domain/caller.ts';
import { getConversation } from '../../domain/conversations/conversations.ts';
import { type ConversationOrder, pageConversations } from '../../domain/conversations/list/list.ts';
import { createConversation, deleteConversation, updateConversation } from '../../domain/conversations/writes.ts';
import type { RestApp } from '../env.ts';
import { answerOnce, idempotencyKeyOf } from '../idempotent-answers.ts';
import { choiceQuery, textQuery, wholeNumberQuery } from '../inputs.ts';
import { fromWireEnum, pageCount, toWireEnum, wireTime } from '../wire.ts';
import { createSchema, updateSchema } from './conversation-input.ts';
import {
  conversationSchema,
  listedSchema,
  listedSummarySchema,
  sourceOf,
  sourceSchema,
  sources,
  statuses,
  statusSchema,
  timeSchema,
  toConversation,
  toListed,
} from './conversation-wire.ts';
import { linksSchema, pageLinks } from './links.ts';
import {
  errorResponses,
  idempotencyHeaders,
  idParams,
  jsonBody,
  jsonResponse,
  metaSchema,
  requiresScope,
} from './responses.ts';

const tags = ['AI My Chats: conversations'];
const sorts = ['created_at', '-created_at', 'updated_at', '-updated_at'] as const;

const orders: Record<(typeof sorts)[number], ConversationOrder> = {
  created_at: { field: 'CREATED_AT', direction: 'ASC' },
  '-created_at': { field: 'CREATED_AT', direction: 'DESC' },
  updated_at: { field: 'UPDATED_AT', direction: 'ASC' },
  '-updated_at': { field: 'UPDATED_AT', direction: 'DESC' },
};

const list = createRoute({
  ...requiresScope('conversations:read'),
  method: 'get',
  path: '/v1/conversations',
  tags,
  summary: 'List conversations',
  request: {
    query: z.object({
      page: wholeNumberQuery('page', { fallback: 1, description: 'Which page; past the end it is empty.' }),
      per_page: wholeNumberQuery('per_page', { max: 100, fallback: 20, description: 'Items on a page.' }),
      status: choiceQuery('status', statuses, { description: 'Only those.' }),
      source: choiceQuery('source', sources, { description: 'Only those.' }),
      search: textQuery('search', { max: 500, description: 'Words that the title or the content holds, in any case.' }),
      sort: choiceQuery('sort', sorts, { description: 'By which time; `-` for newest first.', default: '-created_at' }),
    }),
  },
  responses: {
    200: jsonResponse(
      'A page of them.',
      z.object({ data: z.array(listedSchema), meta: metaSchema, links: linksSchema }),
    ),
    ...errorResponses(),
  },
});

const get = createRoute({
  ...requiresScope('conversations:read'),
  method: 'get',
  path: '/v1/conversations/{id}',
  tags,
  summary: 'Get a conversation',
  request: { params: idParams('conversation') },
  responses: { 200: jsonResponse('The conversation.', conversationSchema), ...errorResponses(404) },
});

const create = createRoute({
  ...requiresScope('conversations:write'),
  method: 'post',
  path: '/v1/conversations',
  tags,
  summary: 'Create a conversation',
  description: 'Its summary is made at once, in the background.',
  request: { headers: idempotencyHeaders, body: jsonBody(createSchema) },
  responses: {
    201: jsonResponse(
      'The conversation was made.',
      z
        .object({
          id: z.string(),
          title: z.string(),
          content: z.string(),
          source: sourceSchema,
          status: statusSchema,
          created_at: timeSchema,
          summary: listedSummarySchema,
        })
        .openapi('CreatedConversation'),
    ),
    ...errorResponses(413, 415, 422),
  },
});

const update = createRoute({
  ...requiresScope('conversations:write'),
  method: 'patch',
  path: '/v1/conversations/{id}',
  tags,
  summary: 'Update a conversation',
  request: { params: idParams('conversation'), body: jsonBody(updateSchema) },
  responses: {
    200: jsonResponse('The conversation as it is now.', conversationSchema),
    ...errorResponses(404, 413, 415, 422),
  },
});

const remove = createRoute({
  ...requiresScope('conversations:delete'),
  method: 'delete',
  path: '/v1/conversations/{id}',
  tags,
  summary: 'Delete a conversation',
  description: 'For good, with its messages, summaries and files.',
  request: { params: idParams('conversation') },
  responses: {
    200: jsonResponse('It is gone.', z.object({ deleted: z.literal(true), id: z.string() })),
    ...errorResponses(404, 422),
  },
});

export function addConversations(app: RestApp): void {
  app.openapi(list, async (c) => {
    const caller = c.get('caller');
    const { page, per_page: size, status, source, search, sort = '-created_at' } = c.req.valid('query');
    const filter = {
      ...(status !== undefined && { statuses: [fromWireEnum(status)] }),
      ...(source !== undefined && { sources: [fromWireEnum(source)] }),
      ...(search !== undefined && { search }),
    };
    const { rows, total } = await pageConversations(caller, { filter, order: orders[sort], page, size });
    const pages = pageCount(total, size);
    const body = {
      data: await toListed(caller, rows),
      meta: { page, per_page: size, total, total_pages: pages },
      links: pageLinks(`${caller.baseUrl}/v1/conversations`, c.req.url, page, pages),
    };
    return c.json(body, 200);
  });

  app.openapi(get, async (c) => {
    const caller = c.get('caller');
    const row = await getConversation(caller, c.req.valid('param').id);
    return c.json(await toConversation(caller, row), 200);
  });

  app.openapi(create, async (c) => {
    const { source, metadata, ...text } = c.req.valid('json');
    const input = { ...text, source: fromWireEnum(source), ...(metadata !== undefined && { metadata }) };
    const body = await answerOnce(c, 'POST /v1/conversations', input, async () => {
      const row = await createConversation(c.get('caller'), { ...input, idempotencyKey: idempotencyKeyOf(c) });
      return {
        id: row.id,
        title: row.title,
        content: row.content ?? '',
        source: sourceOf(row),
        status: toWireEnum(row.status),
        created_at: wireTime(row.createdAt),
        summary: null,
      };
    });
    return c.json(body, 201);
  });

  app.openapi(update, async (c) => {
    const { title, metadata } = c.req.valid('json');
    const row = await updateConversation(c.get('caller'), c.req.valid('param').id, {
      ...(title !== undefined && { title }),
      ...(metadata !== undefined && { metadata }),
    });
    return c.json(await toConversation(asReader(c.get('caller')), row), 200);
  });

  app.openapi(remove, async (c) => {
    const { id } = c.req.valid('param');
    await deleteConversation(c.get('caller'), id);
    return c.json({ deleted: true as const, id }, 200);
  });
}
