import { createRoute, z } from '@hono/zod-openapi';
import { BadRequestError } from '../../domain/errors.ts';
import {
  getDeliveryOfEvent,
  loadDeliveryPages,
  retryWebhookDelivery,
  testWebhook,
  type WebhookDeliveryRow,
} from '../../domain/webhooks/deliveries.ts';
import { getWebhook, webhookEventTypes } from '../../domain/webhooks/webhooks.ts';
import type { RestApp } from '../env.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { textQuery, wholeNumberQuery } from '../inputs.ts';
import { toWireEnum, wireTime, wireTimeOrNull } from '../wire.ts';
import { timeSchema } from './conversation-wire.ts';
import { errorResponses, idempotencyHeaders, idParams, jsonBody, jsonResponse, requiresScope } from './responses.ts';

const tags = ['AI My Chats: webhooks'];

const eventSchema = z
  .object({
    id: z.string().openapi({ description: "The event's, the same at every attempt." }),
    type: z.string(),
    created_at: timeSchema,
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    response_status: z.int().nullable().openapi({ description: 'Of the last attempt; null where there was none.' }),
    response_time_ms: z.int().nullable(),
    error: z.string().nullable(),
    next_attempt_at: timeSchema.nullable(),
  })
  .openapi('WebhookEvent');

const test = createRoute({
  ...requiresScope('admin'),
  method: 'post',
  path: '/v1/webhooks/{id}/test',
  tags,
  summary: 'Send a sample event',
  request: {
    params: idParams('webhook'),
    headers: idempotencyHeaders,
    body: jsonBody(
      z
        .object(
          {
            event_type: z.enum(webhookEventTypes, {
              error: ({ input }) =>
                input == null ? 'Event type is required' : `Event type must be one of ${webhookEventTypes.join(', ')}`,
            }),
          },
          { error: 'The body must be a JSON object' },
        )
        .openapi('WebhookTest'),
    ),
  },
  responses: { 202: jsonResponse('It is being sent.', eventSchema), ...errorResponses(404, 413, 415, 422) },
});

const list = createRoute({
  ...requiresScope('admin'),
  method: 'get',
  path: '/v1/webhooks/{id}/events',
  tags,
  summary: 'List the events of a webhook',
  description: 'What was sent, or is to be, the newest first.',
  request: {
    params: idParams('webhook'),
    query: z.object({
      per_page: wholeNumberQuery('per_page', { max: 100, fallback: 20, description: 'Events on a page.' }),
      cursor: textQuery('cursor', { max: 500, description: 'Of the page before, to go on from there.' }),
    }),
  },
  responses: {
    200: jsonResponse(
      'A page of them.',
      z.object({
        data: z.array(eventSchema),
        next_cursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
      }),
    ),
    ...errorResponses(404),
  },
});

const retry = createRoute({
  ...requiresScope('admin'),
  method: 'post',
  path: '/v1/webhooks/{id}/events/{eventId}/retry',
  tags,
  summary: 'Send an event again',
  request: {
    headers: idempotencyHeaders,
    params: z.object({
      id: z.string().openapi({ param: { name: 'id', in: 'path', description: 'Id of the webhook.' } }),
      eventId: z.string().openapi({ param: { name: 'eventId', in: 'path', description: 'Id of the event.' } }),
    }),
  },
  responses: { 202: jsonResponse('It is being sent.', eventSchema), ...errorResponses(404) },
});

function toEvent(row: WebhookDeliveryRow): z.infer<typeof eventSchema> {
  return {
    id: row.eventId,
    type: row.eventType,
    created_at: wireTime(row.createdAt),
    status: toWireEnum(row.status),
    attempts: row.attempts,
    response_status: row.responseStatus,
    response_time_ms: row.responseTimeMs,
    error: row.error,
    next_attempt_at: wireTimeOrNull(row.nextAttemptAt),
  };
}

export function addWebhookEvents(app: RestApp): void {
  app.openapi(test, async (c) => {
    const { id } = c.req.valid('param');
    const { event_type: type } = c.req.valid('json');
    const body = await answerOnce(c, 'POST /v1/webhooks/{id}/test', type, async () =>
      toEvent(await testWebhook(c.get('caller'), id, type)),
    );
    return c.json(body, 202);
  });

  app.openapi(list, async (c) => {
    const caller = c.get('caller');
    const { id } = await getWebhook(caller, c.req.valid('param').id);
    const { per_page: first, cursor } = c.req.valid('query');
    const [page] = await loadDeliveryPages(caller, [id], { first, after: cursor }).catch((err: unknown) => {
      if (!(err instanceof BadRequestError) || cursor === undefined) throw err;
      const problem = 'is not a cursor of this list';
      throw new BadRequestError(`\`cursor\` ${problem}`, { cursor: [problem] });
    });
    const edges = page?.edges ?? [];
    const next = page?.hasNextPage === true ? (edges.at(-1)?.cursor ?? null) : null;
    return c.json({ data: edges.map(({ node }) => toEvent(node)), next_cursor: next }, 200);
  });

  app.openapi(retry, async (c) => {
    const caller = c.get('caller');
    const { id, eventId } = c.req.valid('param');
    const body = await answerOnce(c, 'POST /v1/webhooks/{id}/events/{eventId}/retry', null, async () => {
      const delivery = await getDeliveryOfEvent(caller, id, eventId);
      return toEvent(await retryWebhookDelivery(caller, delivery.id));
    });
    return c.json(body, 202);
  });
}
