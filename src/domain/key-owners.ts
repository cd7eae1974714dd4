import { setTimeout as pause } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import { anyText } from '../database/planning.ts';
import type { UpstreamState } from './standing.ts';

/** Whose a key is, and where its tenant stands. */
export type KeyOwner = {
  tenantId: string;
  id: string;
  scopes: string[];
  isValid: boolean;
  isUseStale: boolean;
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
  logHead: bigint;
  /** Null where there is none. */
  upstreams: (Omit<UpstreamState, 'lastSyncedAt'> & { lastSyncedAt: string | null })[] | null;
};

/** The owner of the key with this hash, as the database has it after the question; null where there is none. */
export type FindKeyOwner = (hash: string) => Promise<KeyOwner | null>;

/** A statement that takes longer keeps nobody waiting: the connection that it is on may be dead. */
const patienceMs = 20;
const maxBatchSize = 100;
/** Whoever asks when one has just begun does not wait for the whole of it; with more, fewer would share one. */
const maxUnderWay = 2;

/**
 * Every request asks whose its key is, and gets an answer of a statement that began after it asked. Those who ask while
 * as many are under way as may be share the next: a busy server asks once for many.
 */
export function createKeyOwners(database: Database): FindKeyOwner {
  let underWay = 0;
  let waiting: (() => void)[] = [];
  const goOn = () => {
    underWay--;
    const next = waiting;
    waiting = [];
    for (const dispatch of next) dispatch();
  };
  const loader = new DataLoader<string, KeyOwner | null>(
    async (hashes) => {
      const found = readOwners(database, [...new Set(hashes)]);
      underWay++;
      void Promise.race([found, pause(patienceMs, undefined, { ref: false })]).then(goOn, goOn);
      const owners = new Map((await found).map(({ hash, ...owner }) => [hash, owner]));
      return hashes.map((hash) => owners.get(hash) ?? null);
    },
    {
      cache: false,
      maxBatchSize,
      // Whoever's request is read in the same turn of the event loop comes along.
      batchScheduleFn: (dispatch) => {
        if (underWay >= maxUnderWay) waiting.push(dispatch);
        else setImmediate(dispatch);
      },
    },
  );
  return (hash) => loader.load(hash);
}

function readOwners(database: Database, hashes: string[]): Promise<(KeyOwner & { hash: string })[]> {
  return database.read(Prisma.sql`
    SELECT api_key.hash, api_key.tenant_id AS "tenantId", api_key.id, api_key.scopes,
      api_key.revoked_at IS NULL AND coalesce(api_key.expires_at > now(), true) AS "isValid",
      coalesce(api_key.last_used_at < now() - interval '1 minute', true) AS "isUseStale",
      tenant.requests_per_minute AS "requestsPerMinute", tenant.requests_per_day AS "requestsPerDay",
      tenant_state.event_seq AS "logHead",
      (SELECT json_agg(json_build_object('id', upstream.id, 'provider', upstream.provider, 'status', upstream.status,
          'lastSyncedAt', upstream.last_synced_at) ORDER BY upstream.created_at, upstream.id)
        FROM upstream WHERE upstream.tenant_id = tenant.id AND NOT upstream.is_disconnecting) AS "upstreams"
    FROM api_key
    JOIN tenant ON tenant.id = api_key.tenant_id
    JOIN tenant_state ON tenant_state.tenant_id = tenant.id
    WHERE api_key.hash = ${anyText(hashes)}`);
}
