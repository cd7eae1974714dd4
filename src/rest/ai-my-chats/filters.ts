import { z } from '@hono/zod-openapi';
import type { ConversationFilter } from '../../domain/conversations/list/filter.ts';
import { day, storable } from '../inputs.ts';
import { fromWireEnum } from '../wire.ts';
import { sentiments } from './conversation-wire.ts';

const maxTopics = 100;

/** Which conversations a body asks for. */
export const filtersSchema = z
  .object(
    {
      date_from: day('date_from', 'The first day of `created_at`, in UTC.').optional(),
      date_to: day('date_to', 'The last day of `created_at`, in UTC; included whole.').optional(),
      topics: z
        .array(z.string({ error: 'topics must be strings' }).superRefine(storable('topics')), {
          error: 'topics must be a list of strings',
        })
        .max(maxTopics, `topics may be ${maxTopics} at most`)
        .optional()
        .openapi({ description: 'Any of them.' }),
      sentiment: z.enum(sentiments, { error: `sentiment must be one of ${sentiments.join(', ')}` }).optional(),
    },
    { error: 'filters must be an object' },
  )
  .refine(({ date_from: from, date_to: to }) => from === undefined || to === undefined || from <= to, {
    error: 'date_from must not be after date_to',
    path: ['date_from'],
  })
  .openapi('Filters');

export function toFilter(filters: z.infer<typeof filtersSchema> | undefined): ConversationFilter {
  const { date_from: from, date_to: to, topics, sentiment } = filters ?? {};
  return {
    ...((from !== undefined || to !== undefined) && { created: { from, to } }),
    ...(topics !== undefined && topics.length > 0 && { topics }),
    ...(sentiment !== undefined && { sentiments: [fromWireEnum(sentiment)] }),
  };
}
