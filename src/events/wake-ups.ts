import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { watchSilence } from '../lib/redis-silence.ts';
import { inTime } from '../lib/time/in-time.ts';

const channel = 'convograph_events';
const subscribeTimeoutMs = 2_000;

/** Tells every process of the deployment that a tenant's log has grown. Carries no data, and may be lost. */
export type WakeUps = {
  /** `seq`: up to where this process has just written and committed. */
  wake(tenantId: string, seq: bigint): void;
  /**
   * Calls back with the tenant and up to where its log is written, or with nulls where any may have grown. Once for
   * what this process wrote, at once.
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

  const self = randomUUID();
  /** Its own words come back to this process, which has been told before they were sent. */
  const hear = (message: string) => {
    const parsed = parseMessage(message);
    if (parsed === null) tell(null);
    else if (parsed.sender !== self) tell(parsed.tenantId, parsed.seq);
  };
  let publish: (message: string) => Promise<unknown> = async () => undefined;
  let close = async (): Promise<void> => undefined;
  if (redis !== null) {
    const subscriber = redis.duplicate({ maxRetriesPerRequest: null, commandTimeout: undefined });
    subscriber.on('error', onError);
    subscriber.on('message', (_channel, message) => hear(message));
    subscriber.on('ready', () => tell(null));
    const isAway = new Promise<unknown>((resolve) => subscriber.once('error', resolve));
    // Redis that is away is not waited for: it is subscribed to when it is back, and the log looked at every few seconds.
    const subscribed = Promise.race([subscriber.subscribe(channel).catch(onError), isAway]);
    await inTime(subscribed, subscribeTimeoutMs).catch(() => {});
    publish = (message) => redis.publish(channel, message);
    const silence = watchSilence(subscriber);
    close = async () => {
      silence.stop();
      subscriber.disconnect();
    };
  } else if (database.kind === 'postgres') {
    const listener = await database.listen(channel, (message) => (message === null ? tell(null) : hear(message)));
    publish = (message) => database.notify(channel, message);
    close = () => listener.close();
  }

  /** Tenants that others are being told of, and up to where there is more to tell of by now. */
  const underWay = new Map<string, bigint | null>();
  /** One at a time for each tenant: what changes meanwhile is told of by one more. */
  const tellOthers = async (tenantId: string, seq: bigint) => {
    const waiting = underWay.get(tenantId);
    if (waiting !== undefined) {
      if (waiting === null || seq > waiting) underWay.set(tenantId, seq);
      return;
    }
    for (let next: bigint | null = seq; next !== null; next = underWay.get(tenantId) ?? null) {
      underWay.set(tenantId, null);
      await publish(formatMessage({ sender: self, seq: next, tenantId })).catch(onError);
    }
    underWay.delete(tenantId);
  };

  return {
    wake: (tenantId, seq) => {
      tell(tenantId, seq);
      void tellOthers(tenantId, seq);
    },
    onWake: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    close,
  };
}

type Message = { sender: string; seq: bigint; tenantId: string };

function formatMessage({ sender, seq, tenantId }: Message): string {
  return `${sender} ${seq} ${tenantId}`;
}

/** Null where it is none. */
function parseMessage(message: string): Message | null {
  const [, sender, seq, tenantId] = /^(\S+) (\d+) (\S+)$/.exec(message) ?? [];
  if (sender === undefined || seq === undefined || tenantId === undefined) return null;
  return { sender, seq: BigInt(seq), tenantId };
}
