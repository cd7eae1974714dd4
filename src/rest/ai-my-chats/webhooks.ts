import { createRoute, z } from '@hono/zod-openapi';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  updateWebhook,
  type WebhookRow,
  webhookEventTypes,
} from '../../domain/webhooks/webhooks.ts';
import type { RestApp } from '../env.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { wireTime } from '../wire.ts';
import { timeSchema } from './conversation-wire.ts';
import { errorResponses, idempotencyHeaders, idParams, jsonBody, jsonResponse, requiresScope } from './responses.ts';
import { addWebhookEvents } from './webhook-events.ts';

const tags = ['AI My Chats: webhooks'];

const url = z
  .string({ error: ({ input }) => (input == null ? 'URL is required' : 'URL must be a string') })
  .openapi({ description: 'Where events are posted.' });
const events = z
  .array(z.enum(webhookEventTypes, { error: `Events must be of ${webhookEventTypes.join(', ')}` }), {
    error: 'Events must be a list of names of events',
  })
  .min(1, 'Events must name at least one event')
  .openapi({ description: 'What is told.' });
const description = z
  .string({ error: 'Description must be a string' })
  .nullable()
  .openapi({ description: 'For people.' });
const active = z.boolean({ error: 'Active must be true or false' });

const createSchema = z
  .object(
    { url, events, description: description.optional(), active: active.default(true) },
    { error: 'The body must be a JSON object' },
  )
  .openapi('NewWebhook');

const updateSchema = z
  .object(
    {
      url: url.optional(),
      events: events.optional(),
      description: description.optional(),
      active: active.optional(),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('WebhookChange');

const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    active: z.boolean(),
    created_at: timeSchema,
    description: z.string().nullable(),
  })
  .openapi('Webhook');

const create = createRoute({
  ...requiresScope('admin'),
  method: 'post',
  path: '/v1/webhooks',
  tags,
  summary: 'Create a webhook',
  description: 'At most ten.',
  request: { headers: idempotencyHeaders, body: jsonBody(createSchema) },
  responses: {
    201: jsonResponse(
      'The webhook was made.',
      z
        .object({
          id: z.string(),
          url: z.string(),
          events: z.array(z.string()),
          secret: z.string().openapi({ description: 'What its events are signed with: shown only this once.' }),
          active: z.boolean(),
          created_at: timeSchema,
        })
        .openapi('CreatedWebhook'),
    ),
    ...errorResponses(413, 415, 422),
  },
});

const list = createRoute({
  ...requiresScope('admin'),
  method: 'get',
  path: '/v1/webhooks',
  tags,
  summary: 'List webhooks',
  responses: {
    200: jsonResponse('All of them, the oldest first.', z.object({ data: z.array(webhookSchema) })),
    ...errorResponses(),
  },
});

const get = createRoute({
  ...requiresScope('admin'),
  method: 'get',
  path: '/v1/webhooks/{id}',
  tags,
  summary: 'Get a webhook',
  request: { params: idParams('webhook') },
  responses: { 200: jsonResponse('The webhook.', webhookSchema), ...errorResponses(404) },
});

const update = createRoute({
  ...requiresScope('admin'),
  method: 'patch',
  path: '/v1/webhooks/{id}',
  tags,
  summary: 'Update a webhook',
  request: { params: idParams('webhook'), body: jsonBody(updateSchema) },
  responses: { 200: jsonResponse('The webhook as it is now.', webhookSchema), ...errorResponses(404, 413, 415, 422) },
});

const remove = createRoute({
  ...requiresScope('admin'),
  method: 'delete',
  path: '/v1/webhooks/{id}',
  tags,
  summary: 'Delete a webhook',
  request: { params: idParams('webhook') },
  responses: {
    200: jsonResponse('It is gone.', z.object({ deleted: z.literal(true), id: z.string() })),
    ...errorResponses(404),
  },
});

function toWebhook(row: WebhookRow): z.infer<typeof webhookSchema> {
  const { id, url: address, events: told, active: isActive, createdAt, description: text } = row;
  return { id, url: address, events: told, active: isActive, created_at: wireTime(createdAt), description: text };
}

export function addWebhooks(app: RestApp): void {
  app.openapi(create, async (c) => {
    const input = c.req.valid('json');
    const body = await answerOnce(c, 'POST /v1/webhooks', input, async () => {
      const { webhook, secret } = await createWebhook(c.get('caller'), input);
      const { id, url: address, events: told, active: isActive, createdAt } = webhook;
      return { id, url: address, events: told, secret, active: isActive, created_at: wireTime(createdAt) };
    });
    return c.json(body, 201);
  });

  app.openapi(list, async (c) => c.json({ data: (await listWebhooks(c.get('caller'))).map(toWebhook) }, 200));

  app.openapi(get, async (c) => c.json(toWebhook(await getWebhook(c.get('caller'), c.req.valid('param').id)), 200));

  app.openapi(update, async (c) => {
    const row = await updateWebhook(c.get('caller'), c.req.valid('param').id, c.req.valid('json'));
    return c.json(toWebhook(row), 200);
  });

  app.openapi(remove, async (c) => {
    const { id } = c.req.valid('param');
    await deleteWebhook(c.get('caller'), id);
    return c.json({ deleted: true as const, id }, 200);
  });

  addWebhookEvents(app);
}
