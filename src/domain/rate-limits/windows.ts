import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';

/** How a tenant stands in a window. */
export type Use = {
  /** Whether this request is one too many. */
  isOver: boolean;
  /** Of the limit, as far as is known here. */
  requests: number;
  resetMs: number;
};

/** Counts requests by tenant, in windows that begin with the first of them. Limits differ by tenant, and may change. */
export type RequestWindow = {
  /** Spends one of `limit`. Never fails for what it counts by. */
  spend(tenantId: string, limit: number): Promise<Use>;
  /** Without spending; null where nothing was spent. */
  read(tenantId: string, limit: number): Promise<Use | null>;
  close(): Promise<void>;
};

export type WindowSpan = { name: 'minute' | 'day'; seconds: number };

/** For the requests of this process alone. */
export function createOwnWindow({ name, seconds }: WindowSpan): RequestWindow {
  return countedBy(new RateLimiterMemory({ keyPrefix: name, points: Number.MAX_SAFE_INTEGER, duration: seconds }));
}

/** For all processes on one Redis, and by `otherwise` while that is away. */
export function createRedisWindow(
  client: Redis,
  { name, seconds }: WindowSpan,
  otherwise: RequestWindow,
): RequestWindow {
  const counted = countedBy(
    new RateLimiterRedis({
      keyPrefix: `convograph:requests:${name}`,
      points: Number.MAX_SAFE_INTEGER,
      duration: seconds,
      storeClient: client,
      rejectIfRedisNotReady: true,
    }),
  );
  return {
    spend: (tenantId, limit) => counted.spend(tenantId, limit).catch(() => otherwise.spend(tenantId, limit)),
    read: (tenantId, limit) => counted.read(tenantId, limit).catch(() => otherwise.read(tenantId, limit)),
    close: () => otherwise.close(),
  };
}

/** They are given no limit to hold: they only count. */
function countedBy(limiter: RateLimiterMemory | RateLimiterRedis): RequestWindow {
  const toUse = ({ consumedPoints, msBeforeNext }: RateLimiterRes, limit: number): Use => ({
    isOver: consumedPoints > limit,
    requests: consumedPoints,
    resetMs: msBeforeNext,
  });
  return {
    spend: async (tenantId, limit) => toUse(await limiter.consume(tenantId), limit),
    read: async (tenantId, limit) => {
      const res = await limiter.get(tenantId);
      return res === null ? null : toUse(res, limit);
    },
    close: async () => {},
  };
}
