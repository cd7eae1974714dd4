import { createRoute, z } from '@hono/zod-openapi';
import { openStats, openStatsOfDays } from '../../domain/stats/scope.ts';
import { countByColumn, countByDay, getStatsTotals } from '../../domain/stats/stats.ts';
import type { RestApp } from '../env.ts';
import { errorResponses, jsonResponse, reading, slugParam } from './responses.ts';

const maxDays = 365;
const periodProblem = `period must be 24h, or 1d to ${maxDays}d`;

const stats = createRoute({
  ...reading,
  method: 'get',
  path: '/tenants/{slug}/conversations/stats',
  tags: ['Animam: conversations'],
  summary: 'Statistics',
  description: 'The period ends now; its days are UTC days, today the last.',
  request: {
    params: z.object(slugParam),
    query: z.object({
      period: z
        .string({ error: periodProblem })
        .default('7d')
        .refine((period) => period === '24h' || daysOf(period) !== null, periodProblem)
        .openapi({
          param: { description: `\`24h\`, or \`1d\` to \`${maxDays}d\`.` },
          pattern: '^(24h|[1-9][0-9]{0,2}d)$',
        }),
    }),
  },
  responses: {
    200: jsonResponse(
      'The figures.',
      z
        .object({
          period: z.string(),
          totalConversations: z.int(),
          totalMessages: z.int(),
          avgMessagesPerConversation: z.number(),
          avgResponseTime: z.string().nullable().openapi({
            description: "From a user's message to the assistant's next one, in seconds.",
            example: '1.2s',
          }),
          bySegment: z
            .record(z.string(), z.int())
            .openapi({ description: 'Conversations without a segment are left out.' }),
          byDay: z.array(z.object({ date: z.iso.date(), conversations: z.int() })),
        })
        .openapi('AnimamStats'),
    ),
    ...errorResponses(),
  },
});

/** `7d` gives 7; null where it is no such period. */
function daysOf(period: string): number | null {
  const days = Number(/^([1-9]\d{0,2})d$/.exec(period)?.[1]);
  return days <= maxDays ? days : null;
}

export function addStats(app: RestApp): void {
  app.openapi(stats, async (c) => {
    const caller = c.get('caller');
    const { period } = c.req.valid('query');
    const days = daysOf(period);
    const scope =
      days === null
        ? await openStats(caller, { period: 'LAST_24_HOURS', timeZone: 'UTC' })
        : await openStatsOfDays(caller, days);
    const [totals, segments, byDay] = await Promise.all([
      getStatsTotals(caller, scope),
      countByColumn(caller, scope, 'segment'),
      countByDay(caller, scope),
    ]);
    const named = segments.flatMap(({ value, count }) => (value === null ? [] : [[value, count] as const]));
    const responseMs = totals.avgResponseTimeMs;
    const body = {
      period,
      totalConversations: totals.totalConversations,
      totalMessages: totals.totalMessages,
      avgMessagesPerConversation: Math.round(totals.avgMessagesPerConversation * 10) / 10,
      avgResponseTime: responseMs === null ? null : `${(responseMs / 1_000).toFixed(1)}s`,
      bySegment: Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))),
      byDay: byDay.map(({ date, conversations }) => ({ date, conversations })),
    };
    return c.json(body, 200);
  });
}
