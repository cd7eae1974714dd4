import { createRoute, z } from '@hono/zod-openapi';
import { pageSearch } from '../../domain/search/search.ts';
import { queryMaxLength } from '../../lib/text-search/parse-query.ts';
import type { RestApp } from '../env.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { storable, wholeNumberField } from '../inputs.ts';
import { pageCount, wireTime } from '../wire.ts';
import { timeSchema } from './conversation-wire.ts';
import { filtersSchema, toFilter } from './filters.ts';
import { errorResponses, idempotencyHeaders, jsonBody, jsonResponse, requiresScope } from './responses.ts';

const sorts = ['relevance', 'created_at', '-created_at'] as const;

const searchSchema = z
  .object(
    {
      query: z
        .string({ error: ({ input }) => (input == null ? 'Query is required' : 'Query must be a string') })
        .refine((text) => text.trim() !== '', 'Query is required')
        .refine((text) => text.length <= queryMaxLength, `Query must be at most ${queryMaxLength} characters`)
        .superRefine(storable('Query'))
        .openapi({ minLength: 1, maxLength: queryMaxLength, description: 'Words, "phrases", -exclusions.' }),
      filters: filtersSchema.optional(),
      sort: z
        .enum(sorts, { error: `Sort must be one of ${sorts.join(', ')}` })
        .default('relevance')
        .openapi({ description: 'The best first, or by time.' }),
      page: wholeNumberField('page', { fallback: 1, description: 'Which page; past the end it is empty.' }),
      per_page: wholeNumberField('per_page', { max: 100, fallback: 20, description: 'Items on a page.' }),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('SearchRequest');

const search = createRoute({
  ...requiresScope('conversations:read'),
  method: 'post',
  path: '/v1/conversations/search',
  tags: ['AI My Chats: search'],
  summary: 'Search conversations',
  description: 'In titles, summaries, contents and messages.',
  request: { headers: idempotencyHeaders, body: jsonBody(searchSchema) },
  responses: {
    200: jsonResponse(
      'A page of what was found.',
      z
        .object({
          data: z.array(
            z.object({
              id: z.string(),
              title: z.string(),
              snippet: z.string().openapi({ description: 'HTML: escaped but for `<mark>` around what was found.' }),
              score: z.number().min(0).max(1).openapi({ description: '1 for the best.' }),
              created_at: timeSchema,
            }),
          ),
          meta: z.object({
            total: z.int(),
            took_ms: z.int(),
            page: z.int(),
            per_page: z.int(),
            total_pages: z.int(),
          }),
        })
        .openapi('SearchResults'),
    ),
    ...errorResponses(413, 415, 422),
  },
});

export function addSearch(app: RestApp): void {
  app.openapi(search, async (c) => {
    const { query, filters, sort, page, per_page: size } = c.req.valid('json');
    const asked = { query, filter: toFilter(filters), sort, page, size };
    const body = await answerOnce(c, 'POST /v1/conversations/search', asked, async () => {
      const found = await pageSearch(c.get('caller'), asked);
      return {
        data: found.hits.map(({ conversation, snippet, score }) => ({
          id: conversation.id,
          title: conversation.title,
          snippet,
          score: Math.round(score * 10_000) / 10_000,
          created_at: wireTime(conversation.createdAt),
        })),
        meta: {
          total: found.total,
          took_ms: Math.round(found.tookMs),
          page,
          per_page: size,
          total_pages: pageCount(found.total, size),
        },
      };
    });
    return c.json(body, 200);
  });
}
