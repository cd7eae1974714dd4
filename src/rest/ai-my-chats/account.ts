import { createRoute, z } from '@hono/zod-openapi';
import type { StatsGroup } from '../../domain/stats/stats.ts';
import { countRequestsToday, getAccount, getUsage } from '../../domain/tenants/account.ts';
import { epochSeconds } from '../authenticate.ts';
import type { RestApp } from '../env.ts';
import { day } from '../inputs.ts';
import { wireTime } from '../wire.ts';
import { timeSchema } from './conversation-wire.ts';
import { errorResponses, jsonResponse, requiresScope } from './responses.ts';

const tags = ['AI My Chats: account'];
const countsSchema = z.record(z.string(), z.int());

/** Whole megabytes of 1,048,576 bytes. */
function megabytes(bytes: bigint): number {
  return Math.round(Number(bytes) / 1_048_576);
}

const account = createRoute({
  ...requiresScope('admin'),
  method: 'get',
  path: '/v1/account',
  tags,
  summary: 'Get the account',
  responses: {
    200: jsonResponse(
      'The account.',
      z
        .object({
          id: z.string(),
          email: z.string(),
          plan: z.string(),
          storage: z.object({
            used_mb: z.int(),
            limit_mb: z.int().openapi({ description: '0: no limit.' }),
          }),
          api_usage: z.object({
            requests_today: z.int().openapi({ description: 'On the present UTC day.' }),
            limit_per_day: z.int().openapi({ description: '0: no limit.' }),
          }),
          created_at: timeSchema,
        })
        .openapi('Account'),
    ),
    ...errorResponses(),
  },
});

const usage = createRoute({
  ...requiresScope('admin'),
  method: 'get',
  path: '/v1/account/usage',
  tags,
  summary: 'Get usage statistics',
  request: {
    query: z
      .object({
        from: day('from', 'The first day, in UTC; the first of the month where not given.').optional(),
        to: day('to', 'The last day, in UTC; included whole.').optional(),
      })
      .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
        error: 'from must not be after to',
        path: ['from'],
      }),
  },
  responses: {
    200: jsonResponse(
      'What was used.',
      z
        .object({
          period: z.object({ from: z.iso.date(), to: z.iso.date() }),
          conversations: z.object({ total: z.int(), by_source: countsSchema }),
          storage: z.object({
            total_mb: z.int().openapi({ description: 'Now.' }),
            by_type: z.object({ conversations: z.int(), attachments: z.int() }),
          }),
          api_requests: z.object({ total: z.int(), by_endpoint: countsSchema }),
        })
        .openapi('Usage'),
    ),
    ...errorResponses(),
  },
});

const authTest = createRoute({
  ...requiresScope(null),
  method: 'get',
  path: '/v1/auth/test',
  tags,
  summary: 'Try the key',
  responses: {
    200: jsonResponse(
      'The key is good.',
      z
        .object({
          authenticated: z.literal(true),
          user: z.object({ id: z.string(), email: z.string() }),
          scopes: z.array(z.string()),
          rate_limit: z.object({
            limit: z.int(),
            remaining: z.int(),
            reset: z.int().openapi({ description: 'In epoch seconds.' }),
          }),
        })
        .openapi('AuthTest'),
    ),
    ...errorResponses(),
  },
});

export function addAccount(app: RestApp): void {
  app.openapi(account, async (c) => {
    const caller = c.get('caller');
    const [row, requests] = await Promise.all([getAccount(caller), countRequestsToday(caller)]);
    const body = {
      id: row.id,
      email: row.email,
      plan: row.plan,
      storage: { used_mb: megabytes(row.usedBytes), limit_mb: megabytes(row.limitBytes) },
      api_usage: { requests_today: requests, limit_per_day: caller.limits.requestsPerDay },
      created_at: wireTime(row.createdAt),
    };
    return c.json(body, 200);
  });

  app.openapi(usage, async (c) => {
    const row = await getUsage(c.get('caller'), c.req.valid('query'));
    const body = {
      period: { from: row.from, to: row.to },
      conversations: {
        total: row.totalConversations,
        by_source: toCounts(row.conversationsBySource, (source) => source?.toLowerCase() ?? 'unknown'),
      },
      storage: {
        total_mb: megabytes(row.conversationsBytes + row.attachmentsBytes),
        by_type: { conversations: megabytes(row.conversationsBytes), attachments: megabytes(row.attachmentsBytes) },
      },
      api_requests: {
        total: row.totalApiRequests,
        by_endpoint: toCounts(row.apiRequestsByEndpoint, (endpoint) => endpoint),
      },
    };
    return c.json(body, 200);
  });

  app.openapi(authTest, async (c) => {
    const caller = c.get('caller');
    // Whose key it is, any key may know.
    const { id, email } = await getAccount({ ...caller, scopes: new Set(['admin'] as const) });
    const { limit, remaining, resetAt } = c.get('rateLimit');
    const body = {
      authenticated: true as const,
      user: { id, email },
      scopes: [...caller.scopes].sort(),
      rate_limit: { limit, remaining, reset: epochSeconds(resetAt) },
    };
    return c.json(body, 200);
  });
}

function toCounts<Value>(
  groups: readonly StatsGroup<Value>[],
  nameOf: (value: Value) => string,
): Record<string, number> {
  return Object.fromEntries(groups.map(({ value, count }) => [nameOf(value), count]));
}
