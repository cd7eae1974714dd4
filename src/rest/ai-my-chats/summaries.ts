import { createRoute, z } from '@hono/zod-openapi';
import { regenerateSummary } from '../../domain/conversations/writes.ts';
import type { RestApp } from '../env.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { fromWireEnum, toWireEnum, wireTime } from '../wire.ts';
import { statusSchema, timeSchema } from './conversation-wire.ts';
import { errorResponses, idempotencyHeaders, idParams, jsonResponse, requiresScope } from './responses.ts';

const styles = ['concise', 'detailed', 'bullets'] as const;

const regenerateSchema = z
  .object(
    {
      language: z
        .string({ error: 'Language must be a BCP 47 tag, such as en or pt-BR' })
        .default('en')
        .openapi({ description: 'A BCP 47 tag.', example: 'en' }),
      style: z
        .enum(styles, { error: `Style must be one of ${styles.join(', ')}` })
        .default('concise')
        .openapi({ description: 'How it is written.' }),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('SummaryRequest');

const regenerate = createRoute({
  ...requiresScope('conversations:write'),
  method: 'post',
  path: '/v1/conversations/{id}/summaries',
  tags: ['AI My Chats: summaries'],
  summary: 'Regenerate the summary',
  description:
    'One at a time for each conversation: while one is under way, it is the answer. The last completed summary stays ' +
    'visible until the next completes.',
  request: {
    params: idParams('conversation'),
    headers: idempotencyHeaders,
    body: { required: false, content: { 'application/json': { schema: regenerateSchema } } },
  },
  responses: {
    202: jsonResponse(
      'The summary is being made.',
      z
        .object({ id: z.string(), conversation_id: z.string(), status: statusSchema, created_at: timeSchema })
        .openapi('RequestedSummary'),
    ),
    ...errorResponses(404, 413, 415, 422),
  },
});

export function addSummaries(app: RestApp): void {
  app.openapi(regenerate, async (c) => {
    const { id } = c.req.valid('param');
    const { language, style } = c.req.valid('json');
    const request = { conversationId: id, language: language ?? 'en', style: fromWireEnum(style ?? 'concise') };
    const body = await answerOnce(c, 'POST /v1/conversations/{id}/summaries', request, async () => {
      const summary = await regenerateSummary(c.get('caller'), request);
      return {
        id: summary.id,
        conversation_id: summary.conversationId,
        status: toWireEnum(summary.status),
        created_at: wireTime(summary.createdAt),
      };
    });
    return c.json(body, 202);
  });
}
