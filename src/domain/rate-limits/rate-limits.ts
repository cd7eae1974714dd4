import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import type { LimitStanding } from '../../lib/rate-limit-fields.ts';
import { RateLimitError } from '../errors.ts';
import { createLeasedWindow } from './leased-window.ts';
import { createOwnWindow, createRedisWindow, type RequestWindow, type Use, type WindowSpan } from './windows.ts';

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
  /** Gives back what it had taken for itself. */
  close(): Promise<void>;
};

const minuteSeconds = 60;
const daySeconds = 86_400;
const commandTimeoutMs = 500;
const connectTimeoutMs = 2_000;
/** Shown where there is no limit: the largest that GraphQL's Int can say. */
const unlimited = 2_147_483_647;

/**
 * Counts requests by tenant, in windows that begin with the first request. All servers count together: by Redis where
 * there is one, else by the database, as while Redis is away. What each does while the database is away too, and where there is
 * only one, is count for itself: availability goes before exactness.
 */
export async function createRateLimiter(database: Database, redis: Redis | null, log: Logger): Promise<RateLimiter> {
  const client = redis === null ? null : await connect(redis, log);
  const open = (span: WindowSpan): RequestWindow => {
    // The embedded database has one process.
    const window = database.kind === 'pglite' ? createOwnWindow(span) : createLeasedWindow(database, span, log);
    return client === null ? window : createRedisWindow(client, span, window);
  };
  const minute = open({ name: 'minute', seconds: minuteSeconds });
  const day = open({ name: 'day', seconds: daySeconds });

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
      const { tenantId, limits } = caller;
      const { requestsPerMinute, requestsPerDay } = limits;
      const minuteUse = requestsPerMinute > 0 ? await minute.spend(tenantId, requestsPerMinute) : null;
      if (minuteUse?.isOver) {
        const dayUse = requestsPerDay > 0 ? await day.read(tenantId, requestsPerDay) : null;
        throw refusal(minuteUse, standingsOf(caller, minuteUse, dayUse));
      }
      const dayUse = requestsPerDay > 0 ? await day.spend(tenantId, requestsPerDay) : null;
      if (dayUse?.isOver) throw refusal(dayUse, standingsOf(caller, minuteUse, dayUse));
      return standing(caller, minuteUse, dayUse);
    },
    peek: async (caller) => {
      const { tenantId, limits } = caller;
      const { requestsPerMinute, requestsPerDay } = limits;
      return standing(
        caller,
        requestsPerMinute > 0 ? await minute.read(tenantId, requestsPerMinute) : null,
        requestsPerDay > 0 ? await day.read(tenantId, requestsPerDay) : null,
      );
    },
    close: async () => {
      client?.disconnect();
      await Promise.all([minute.close(), day.close()]);
    },
  };
}

/** A connection that tells at once when Redis is away. */
async function connect(redis: Redis, log: Logger): Promise<Redis> {
  const client = redis.duplicate({
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    lazyConnect: true,
  });
  let isTold = false;
  client.on('error', (err) => {
    if (!isTold) log.warn({ err }, 'Redis is away: requests are counted without it until it is back');
    isTold = true;
  });
  client.on('ready', () => {
    isTold = false;
  });
  // One that is away now is tried again and again; what it said is told above.
  await client.connect().catch(() => {});
  return client;
}

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
