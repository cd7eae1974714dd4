import { randomUUID } from 'node:crypto';
import { createRouter, json, type SeenRequest } from '../answer.ts';
import { createLimiter, type Limits, type Standing } from '../limits.ts';
import { type Api, type StandInControl, startServer } from '../server.ts';
import { accountRoutes } from './account.ts';
import { attachmentRoutes, downloadFile } from './attachments.ts';
import { conversationRoutes } from './conversations.ts';
import { exportRoutes } from './exports.ts';
import { searchRoutes } from './search.ts';
import {
  type AiMyChatsConversation,
  type AiMyChatsConversations,
  createAiMyChatsConversations,
  type NewAiMyChatsConversation,
} from './store.ts';
import { createSummaries, type SummarizeOptions, type SummaryOutcome } from './summaries.ts';
import { type AiMyChatsWebhooks, conversationEventData, createWebhooks } from './webhooks.ts';
import { errorAnswer, tooMany } from './wire.ts';

const PLANS = {
  free: { perHour: 100, perMinute: 10 },
  starter: { perHour: 500, perMinute: 50 },
  standard: { perHour: 2_000, perMinute: 100 },
  pro: { perHour: 10_000, perMinute: 500 },
} as const;

export type AiMyChatsOptions = {
  readonly conversations?: readonly NewAiMyChatsConversation[];
  /** Default `aimc_test_key`. */
  readonly apiKey?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** The published limits of that plan; without it and `limits`, none. */
  readonly plan?: keyof typeof PLANS;
  /** Instead of the plan's. */
  readonly limits?: Limits;
  /** Where every change is posted, signed with the secret (default `whsec_test`). */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly summarize?: SummarizeOptions;
  /** Default 200. */
  readonly storageLimitMb?: number;
  /** Default 0: an export is completed when it is first asked for. */
  readonly exportDelayMs?: number;
  /** Conversations bear `metadata` when read. The page shows none, so not unless told. */
  readonly showsMetadata?: boolean;
  /** A POST with a known `Idempotency-Key` gives the first answer again. The page promises none, so not unless told. */
  readonly keepsIdempotencyKeys?: boolean;
  /** The clock of all times that it writes, and of its limits. */
  readonly now?: () => Date;
};

export type AiMyChatsStandIn = StandInControl & {
  /** The API's base, `http://127.0.0.1:<port>/v1`. */
  readonly url: string;
  /** The key that is taken; may be set, to expire the old one. */
  apiKey: string;
  readonly conversations: AiMyChatsConversations;
  readonly webhooks: AiMyChatsWebhooks;
  /** Ends the summary under way, or gives a new one; without an outcome, as `summarize.make` has it. @throws where there is no conversation */
  finishSummary(conversationId: string, outcome?: SummaryOutcome): AiMyChatsConversation;
};

/** Starts a server on 127.0.0.1 that answers as AI My Chats' published pages do. @throws where the port is taken */
export async function startAiMyChats(options: AiMyChatsOptions = {}): Promise<AiMyChatsStandIn> {
  const { storageLimitMb = 200, exportDelayMs = 0, showsMetadata = false, keepsIdempotencyKeys = false } = options;
  const now = options.now ?? (() => new Date());
  const { store, conversations } = createAiMyChatsConversations(now);
  for (const fields of options.conversations ?? []) conversations.add(fields);

  const webhooks = createWebhooks(now);
  if (options.webhookUrl !== undefined) webhooks.control.sendTo(options.webhookUrl, options.webhookSecret);
  store.onChange((change) => {
    const type = { added: 'created', edited: 'updated', removed: 'deleted' }[change.kind];
    webhooks.emit(`conversation.${type}`, conversationEventData(change.after ?? change.before));
  });
  const summaries = createSummaries(conversations, options.summarize ?? {}, now, webhooks.emit);
  const limits = options.limits ?? (options.plan ? PLANS[options.plan] : {});
  const keys = { current: options.apiKey ?? 'aimc_test_key' };

  const control = await startServer({ port: options.port ?? 0, now }, (origin) =>
    createApi(origin, createLimiter(limits, now)),
  );

  function createApi(origin: string, takeTurn: () => Standing): Api {
    const standings = new WeakMap<SeenRequest, Standing>();
    const account = accountRoutes({ conversations, plan: options.plan ?? 'professional', storageLimitMb, now });
    const exports = exportRoutes({ conversations, origin, exportDelayMs, now });
    const route = createRouter(
      {
        ...searchRoutes(store),
        ...conversationRoutes({ store, conversations, summaries, origin, showsMetadata, keepsIdempotencyKeys }),
        ...attachmentRoutes(conversations, origin, storageLimitMb),
        ...account.routes,
        ...exports.routes,
        ...webhooks.routes,
        'GET /auth/test': ({ request }) => {
          const { limit = 0, remaining = 0, resetAt = 0 } = standings.get(request) ?? {};
          return json(200, {
            authenticated: true,
            user: { id: 'user_123', email: 'user@example.com' },
            scopes: ['read', 'write', 'delete'],
            rate_limit: { limit, remaining, reset: resetAt },
          });
        },
      },
      {
        notFound: () => errorAnswer(404, 'There is no such path'),
        notAllowed: (allow) => {
          const answer = errorAnswer(405, `Allowed here: ${allow}`);
          return { ...answer, headers: { ...answer.headers, Allow: allow } };
        },
      },
    );

    return {
      admit(request) {
        const requestId = { 'X-Request-Id': `req_${randomUUID()}` };
        if (isFile(request)) return { headers: requestId, refusal: null };
        account.count(request);
        const standing = takeTurn();
        standings.set(request, standing);
        const headers = {
          'X-RateLimit-Limit': String(standing.limit),
          'X-RateLimit-Remaining': String(standing.remaining),
          'X-RateLimit-Reset': String(standing.resetAt),
          ...requestId,
        };
        const refusal = standing.allowed ? null : tooMany('Rate limit exceeded', standing.retryAfterSeconds);
        return { headers, refusal };
      },
      answer(request, listing) {
        const { path } = request;
        if (isFile(request)) {
          const name = decodeURIComponent(path.split('/').at(-1) ?? '');
          return path.startsWith('/storage/exports/') ? exports.download(name) : downloadFile(conversations, name);
        }
        if (!path.startsWith('/v1/')) return errorAnswer(404, 'There is no such path');
        if (request.headers.authorization !== `Bearer ${keys.current}`) {
          return errorAnswer(401, 'Missing or invalid API key');
        }
        return route({ request, listing }, path.slice('/v1'.length));
      },
      fail: (status, message, retryAfter) => {
        if (status === 429) return tooMany(message, retryAfter ?? 1);
        const answer = errorAnswer(status, message);
        if (retryAfter === undefined) return answer;
        return { ...answer, headers: { ...answer.headers, 'Retry-After': String(retryAfter) } };
      },
      expiredKey: () => errorAnswer(401, 'The API key has expired'),
      async close() {
        summaries.close();
        await webhooks.close();
      },
    };
  }

  return {
    ...control,
    url: `${control.origin}/v1`,
    get apiKey() {
      return keys.current;
    },
    set apiKey(key) {
      keys.current = key;
    },
    conversations,
    webhooks: webhooks.control,
    finishSummary: summaries.finish,
  };
}

function isFile({ path, method }: SeenRequest): boolean {
  return method === 'GET' && path.startsWith('/storage/');
}
