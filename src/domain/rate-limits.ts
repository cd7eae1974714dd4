import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import type { LimitStanding } from '../lib/rate-limit-fields.ts';
import { RateLimitError } from './errors.ts';

/** How a tenant stands: with its limit a minute; with that a day where there is none a minute. */
export type RateLimit = {
  limit: number;
  remaining: number;
  resetAt: Date;
  /** Each limit that there is. */
  standings: readonly LimitStanding[];
};

/** Of a caller, what is counted: requests by tenant, held against its limits. */
type Counted = { tenantId: string; limits: { requestsPerMinute: number; requestsPerDay: number } };

export type RateLimiter = {
  /** Spends one request. @throws RateLimitError, with the seconds after which there is room again */
  consume(caller: Counted): Promise<RateLimit>;
  /** The same figures without spending. */
  peek(caller: Counted): Promise<RateLimit>;
  close(): void;
};

const minuteSeconds = 60;
const daySeconds = 86_400;
const commandTimeoutMs = 500;
const connectTimeoutMs = 2_000;
/** Shown where there is no limit: the largest that GraphQL's Int can say. */
const unlimited = 2_147_483_647;

/**
 * Counts requests by tenant, in windows that begin with the first request. With Redis all servers count together;
 * while it is away each counts for itself: availability goes before exactness.
 */
export async function createRateLimiter(redis: Redis | null, log: Logger): Promise<RateLimiter> {
  const client =
    redis?.duplicate({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: commandTimeoutMs,
      connectTimeout: connectTimeoutMs,
      lazyConnect: true,
    }) ?? null;
  let isTold = false;
  client?.on('error', (err) => {
    if (!isTold) log.warn({ err }, 'Redis is away: each server counts requests for itself until it is back');
    isTold = true;
  });
  client?.on('ready', () => {
    isTold = false;
  });
  // One that is away now is tried again and again; what it said is told above.
  await client?.connect().catch(() => {});
  const minute = createWindow(client, 'minute', minuteSeconds);
  const day = createWindow(client, 'day', daySeconds);

  const standing = (caller: Counted, minuteUse: Use | null, dayUse: Use | null): RateLimit => {
    const { requestsPerMinute, requestsPerDay } = caller.limits;
    const [limit, use, seconds] =
      requestsPerMinute > 0
        ? [requestsPerMinute, minuteUse, minuteSeconds]
        : [requestsPerDay > 0 ? requestsPerDay : unlimited, dayUse, daySeconds];
    return {
      limit,
      remaining: Math.max(0, limit - (use?.requests ?? 0)),
      resetAt: new Date(Date.now() + (use?.resetMs ?? seconds * 1_000)),
      standings: standingsOf(caller, minuteUse, dayUse),
    };
  };

  return {
    consume: async (caller) => {
      const { requestsPerMinute, requestsPerDay } = caller.limits;
      const minuteUse = requestsPerMinute > 0 ? await minute.add(caller.tenantId) : null;
      if (minuteUse !== null && minuteUse.requests > requestsPerMinute) {
        const dayUse = requestsPerDay > 0 ? await day.read(caller.tenantId) : null;
        throw refusal(minuteUse, standingsOf(caller, minuteUse, dayUse));
      }
      const dayUse = requestsPerDay > 0 ? await day.add(caller.tenantId) : null;
      if (dayUse !== null && dayUse.requests > requestsPerDay) {
        throw refusal(dayUse, standingsOf(caller, minuteUse, dayUse));
      }
      return standing(caller, minuteUse, dayUse);
    },
    peek: async (caller) => {
      const { requestsPerMinute, requestsPerDay } = caller.limits;
      return standing(
        caller,
        requestsPerMinute > 0 ? await minute.read(caller.tenantId) : null,
        requestsPerDay > 0 ? await day.read(caller.tenantId) : null,
      );
    },
    close: () => client?.disconnect(),
  };
}

type Use = { requests: number; resetMs: number };

function refusal(use: Use, standings: readonly LimitStanding[]): RateLimitError {
  return new RateLimitError(Math.max(1, Math.ceil(use.resetMs / 1_000)), standings);
}

function standingsOf({ limits }: Counted, minuteUse: Use | null, dayUse: Use | null): LimitStanding[] {
  const standing = (name: string, limit: number, windowSeconds: number, use: Use | null): LimitStanding[] => {
    if (limit <= 0) return [];
    const remaining = Math.max(0, limit - (use?.requests ?? 0));
    return [
      {
        name,
        limit,
        windowSeconds,
        remaining,
        resetSeconds: Math.ceil((use?.resetMs ?? windowSeconds * 1_000) / 1_000),
      },
    ];
  };
  return [
    ...standing('minute', limits.requestsPerMinute, minuteSeconds, minuteUse),
    ...standing('day', limits.requestsPerDay, daySeconds, dayUse),
  ];
}

/** Limits differ by tenant, so the counters know none: they only count. */
function createWindow(client: Redis | null, name: string, seconds: number) {
  const options = { keyPrefix: `convograph:requests:${name}`, points: Number.MAX_SAFE_INTEGER, duration: seconds };
  const memory = new RateLimiterMemory(options);
  const limiter: RateLimiterAbstract =
    client === null
      ? memory
      : new RateLimiterRedis({
          ...options,
          storeClient: client,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory,
        });
  const toUse = (res: RateLimiterRes): Use => ({ requests: res.consumedPoints, resetMs: res.msBeforeNext });
  return {
    add: async (tenantId: string): Promise<Use> => toUse(await limiter.consume(tenantId)),
    read: async (tenantId: string): Promise<Use | null> => {
      const res = await limiter.get(tenantId);
      return res === null ? null : toUse(res);
    },
  };
}
