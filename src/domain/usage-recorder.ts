import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { onceADay } from './audit/refusals.ts';
import type { Sender } from './audit/sender.ts';

const endpoints = [
  '/conversations',
  '/search',
  '/summaries',
  '/attachments',
  '/exports',
  '/account',
  '/webhooks',
  '/graphql',
] as const;
export type Endpoint = (typeof endpoints)[number];

type UsageLine = { day: string; endpoint: Endpoint; requests: number };

/**
 * Counts requests in memory and adds them to the database every few seconds: only additions, so any number of
 * servers count together. What a crash takes are the last seconds' counts.
 */
export type UsageRecorder = {
  record(tenantId: string, endpoint: Endpoint): void;
  /** What is counted but not yet in the database, for UTC days from `from` to `to`, both included. */
  pending(tenantId: string, from: string, to: string): UsageLine[];
  /** Notes that a key is in use now; the audit log tells of its first use a day, with `sender` where it is known. */
  touchKey(tenantId: string, apiKeyId: string, sender: Sender | undefined): void;
  /** Writes down what there is. A failure keeps it for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

const flushIntervalMs = 2_000;
const firstUse = 'key used';

type Count = UsageLine & { tenantId: string };
type Touch = { tenantId: string; apiKeyId: string; at: Date; sender: Sender | undefined };

export function createUsageRecorder(database: Database, log: Logger, isAudited: boolean): UsageRecorder {
  let counts = new Map<string, Count>();
  /** Being written: still pending to a reader until that is done. */
  let flushing: Count[] = [];
  let touched = new Map<string, Touch>();
  let running: Promise<void> | null = null;

  const add = (tenantId: string, day: string, endpoint: Endpoint, requests: number) => {
    const key = `${tenantId} ${day} ${endpoint}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { tenantId, day, endpoint, requests });
    else count.requests += requests;
  };

  const writeCounts = async () => {
    if (counts.size === 0) return;
    flushing = [...counts.values()];
    counts = new Map();
    try {
      await database.prisma.$executeRaw`
        INSERT INTO usage_count (tenant_id, day, endpoint, requests)
        SELECT given.tenant_id, given.day::date, given.endpoint, given.requests
        FROM unnest(
          ${flushing.map((count) => count.tenantId)}::text[], ${flushing.map((count) => count.day)}::text[],
          ${flushing.map((count) => count.endpoint)}::text[], ${flushing.map((count) => count.requests)}::bigint[]
        ) given(tenant_id, day, endpoint, requests)
        JOIN tenant ON tenant.id = given.tenant_id
        ORDER BY 1, 2, 3
        ON CONFLICT (tenant_id, day, endpoint) DO UPDATE SET requests = usage_count.requests + excluded.requests`;
    } catch (err) {
      for (const { tenantId, day, endpoint, requests } of flushing) add(tenantId, day, endpoint, requests);
      throw err;
    } finally {
      flushing = [];
    }
  };

  const writeTouches = async () => {
    if (touched.size === 0) return;
    const keys = [...touched.values()];
    touched = new Map();
    // One statement: its parts see the keys as they were before it.
    await database.prisma.$executeRaw`
      WITH given AS (
        SELECT * FROM unnest(
          ${keys.map((key) => key.tenantId)}::text[], ${keys.map((key) => key.apiKeyId)}::text[],
          ${keys.map((key) => key.at)}::timestamptz[], ${keys.map((key) => onceADay({ ...key, action: firstUse }, key.at))}::text[],
          ${keys.map((key) => key.sender?.way ?? null)}::text[], ${keys.map((key) => key.sender?.address ?? null)}::text[],
          ${keys.map((key) => key.sender?.forwardedFor ?? null)}::text[]
        ) line(tenant_id, id, at, line_id, way, address, forwarded_for)
      ), used AS (
        UPDATE api_key SET last_used_at = given.at FROM given
        WHERE api_key.tenant_id = given.tenant_id AND api_key.id = given.id
          AND coalesce(api_key.last_used_at < given.at, true)
      )
      INSERT INTO audit_entry (tenant_id, id, at, way, action, api_key_id, outcome, address, forwarded_for)
      SELECT given.tenant_id, given.line_id, given.at, given.way, ${firstUse}, given.id, 'DONE', given.address,
        given.forwarded_for
      FROM given JOIN api_key ON api_key.tenant_id = given.tenant_id AND api_key.id = given.id
      WHERE ${isAudited} AND given.way IS NOT NULL
        AND coalesce(api_key.last_used_at < date_trunc('day', given.at, 'UTC'), true)
      ON CONFLICT DO NOTHING`;
  };

  const flush = async () => {
    await running;
    running = (async () => {
      try {
        await writeCounts();
        await writeTouches();
      } catch (err) {
        log.warn({ err }, 'usage could not be written down; it is kept and tried again');
      }
    })().finally(() => {
      running = null;
    });
    await running;
  };

  const timer = setInterval(() => {
    if (running === null) void flush();
  }, flushIntervalMs);
  timer.unref();

  return {
    record: (tenantId, endpoint) => add(tenantId, new Date().toISOString().slice(0, 10), endpoint, 1),
    pending: (tenantId, from, to) =>
      [...flushing, ...counts.values()].flatMap(({ tenantId: owner, ...line }) =>
        owner === tenantId && line.day >= from && line.day <= to ? [line] : [],
      ),
    touchKey: (tenantId, apiKeyId, sender) => {
      const key = `${tenantId}/${apiKeyId}`;
      if (!touched.has(key)) touched.set(key, { tenantId, apiKeyId, at: new Date(), sender });
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
