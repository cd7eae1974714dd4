import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';

const channel = 'convograph_events';

/** Tells every process of the deployment that a tenant's log has grown. Carries no data, and may be lost. */
export type WakeUps = {
  /** `seq`: up to where this process has just written and committed. */
  wake(tenantId: string, seq: bigint): void;
  /**
   * Calls back with the tenant, or with null where any may have grown; `seq` is told of what this process wrote.
   * @returns what stops it
   */
  onWake(callback: (tenantId: string | null, seq: bigint | null) => void): () => void;
  close(): Promise<void>;
};

/** In process always; on PostgreSQL by NOTIFY, or by Redis where there is one. */
export async function createWakeUps(database: Database, redis: Redis | null, log: Logger): Promise<WakeUps> {
  const callbacks = new Set<(tenantId: string | null, seq: bigint | null) => void>();
  const tell = (tenantId: string | null, seq: bigint | null = null) => {
    for (const callback of callbacks) callback(tenantId, seq);
  };
  const onError = (err: unknown) => log.warn({ err }, 'a wake-up was lost; the log is looked at every few seconds');

  let publish: (tenantId: string) => Promise<unknown> = async () => undefined;
  let close = async (): Promise<void> => undefined;
  if (redis !== null) {
    const subscriber = redis.duplicate();
    subscriber.on('error', onError);
    subscriber.on('message', (_channel, tenantId) => tell(tenantId));
    subscriber.on('ready', () => tell(null));
    await subscriber.subscribe(channel);
    publish = (tenantId) => redis.publish(channel, tenantId);
    close = async () => subscriber.disconnect();
  } else if (database.kind === 'postgres') {
    const listener = await database.listen(channel, (tenantId) => tell(tenantId));
    publish = (tenantId) => database.notify(channel, tenantId);
    close = () => listener.close();
  }

  /** Tenants that others are being told of: true where there is more to tell of by now. */
  const underWay = new Map<string, boolean>();
  /** One at a time for each tenant: what changes meanwhile is told of by one more. */
  const tellOthers = async (tenantId: string) => {
    if (underWay.has(tenantId)) {
      underWay.set(tenantId, true);
      return;
    }
    do {
      underWay.set(tenantId, false);
      await publish(tenantId).catch(onError);
    } while (underWay.get(tenantId) === true);
    underWay.delete(tenantId);
  };

  return {
    wake: (tenantId, seq) => {
      tell(tenantId, seq);
      void tellOthers(tenantId);
    },
    onWake: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    close,
  };
}
