import { type Answer, createRouter, type SeenRequest } from '../answer.ts';
import { createLimiter } from '../limits.ts';
import { type Api, type StandInControl, startServer } from '../server.ts';
import { animamRoutes } from './routes.ts';
import {
  type AnimamConversations,
  type AnimamSort,
  createAnimamConversations,
  type NewAnimamConversation,
} from './store.ts';
import { type AnimamShape, errorAnswer } from './wire.ts';

export type AnimamOptions = {
  /** The key's tenant: the slug in the paths. */
  readonly tenant: string;
  readonly conversations?: readonly NewAnimamConversation[];
  /** Default `ak_test_key`. */
  readonly apiKey?: string;
  /** Default `['conversations:read']`; without it every call is 403. */
  readonly scopes?: readonly string[];
  /** Default: a free port. */
  readonly port?: number;
  /** Default `published`. */
  readonly shape?: AnimamShape;
  /** The list's order, which the page does not tell (default `-lastMessageAt`). */
  readonly sort?: AnimamSort;
  /** What `from` and `to` mean, which the page does not tell (default `startedAt`). */
  readonly rangeOn?: 'startedAt' | 'lastMessageAt';
  /** The API's own is 1,000; default: none. */
  readonly limitPerMinute?: number;
  /** The clock of all times that it writes, and of its limit. */
  readonly now?: () => Date;
};

export type AnimamStandIn = StandInControl & {
  /** The API's base, `http://127.0.0.1:<port>`; paths begin with `/tenants/{slug}`. */
  readonly url: string;
  readonly tenant: string;
  /** The key that is taken; may be set. The one before then is unknown: 401. */
  apiKey: string;
  /** Keys that are known but expired or revoked: 403. */
  readonly expiredKeys: Set<string>;
  readonly conversations: AnimamConversations;
};

/** Starts a server on 127.0.0.1 that answers as Animam's published page does. @throws where the port is taken */
export async function startAnimam(options: AnimamOptions): Promise<AnimamStandIn> {
  const { tenant, shape = 'published', sort = '-lastMessageAt', rangeOn = 'startedAt' } = options;
  const scopes = options.scopes ?? ['conversations:read'];
  const now = options.now ?? (() => new Date());
  const { store, conversations } = createAnimamConversations(now);
  for (const fields of options.conversations ?? []) conversations.add(fields);
  const keys = { current: options.apiKey ?? 'ak_test_key' };
  const expiredKeys = new Set<string>();
  const takeTurn = createLimiter(
    options.limitPerMinute === undefined ? {} : { perMinute: options.limitPerMinute },
    now,
  );
  const route = createRouter(animamRoutes({ store, shape, sort, rangeOn, now }), {
    notFound: () => errorAnswer(404, 'Not found'),
    notAllowed: (allow) => withHeader(errorAnswer(405, 'Method not allowed'), 'Allow', allow),
  });

  /** Who may not: null where the key may. */
  const refusalFor = ({ headers, path }: SeenRequest): Answer | null => {
    const key = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (key === undefined) return errorAnswer(401, 'Missing API key');
    if (expiredKeys.has(key)) return errorAnswer(403, 'API key has expired');
    if (key !== keys.current) return errorAnswer(401, 'Invalid API key');
    if (!path.startsWith(`/tenants/${encodeURIComponent(tenant)}/`)) return errorAnswer(403, 'Not your tenant');
    if (!scopes.includes('conversations:read') && !scopes.includes('*')) {
      return errorAnswer(403, 'Missing scope: conversations:read');
    }
    return null;
  };

  const api: Api = {
    admit() {
      const { allowed, retryAfterSeconds } = takeTurn();
      const refusal = allowed ? null : api.fail(429, 'Too many requests', retryAfterSeconds);
      return { headers: {}, refusal };
    },
    answer(request, listing) {
      if (!request.path.startsWith('/tenants/')) return errorAnswer(404, 'Not found');
      return (
        refusalFor(request) ??
        route({ request, listing }, request.path.slice(`/tenants/${encodeURIComponent(tenant)}`.length))
      );
    },
    fail: (status, message, retryAfter) => {
      const answer = errorAnswer(status, message);
      const after = retryAfter ?? (status === 429 ? 1 : undefined);
      return after === undefined ? answer : withHeader(answer, 'Retry-After', String(after));
    },
    expiredKey: () => errorAnswer(403, 'API key has expired'),
    close: () => undefined,
  };
  const control = await startServer({ port: options.port ?? 0, now }, () => api);

  return {
    ...control,
    url: control.origin,
    tenant,
    get apiKey() {
      return keys.current;
    },
    set apiKey(key) {
      keys.current = key;
    },
    expiredKeys,
    conversations,
  };
}

function withHeader(answer: Answer, name: string, value: string): Answer {
  return { ...answer, headers: { ...answer.headers, [name]: value } };
}
