import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { type LoggedEvent, readEvents, readLogBounds } from './log.ts';
import type { WakeUps } from './wake-ups.ts';

/** How often the log is looked at without a wake-up: one may be lost. */
const pollIntervalMs = 2_000;
const pageSize = 500;
/** Newest events kept in memory for each tenant that is listened to; older ones are read from the log again. */
const bufferSize = 2_000;

/** A run of events in order; or, where `isGap`, word that the ones before `seq` are no longer kept. */
type TailItem = { isGap: false; events: readonly LoggedEvent[] } | { isGap: true; seq: bigint };

/**
 * Follows the logs of the tenants that somebody listens to: one reader a process and tenant, however many listen.
 * A listener holds a place in the log and nothing else, so one that stalls takes no memory.
 */
export type Tail = {
  /** Where a tenant's log ends now. */
  head(tenantId: string): Promise<bigint>;
  /**
   * What came after `after`, then what comes, until `signal` aborts: each event once, in order.
   * A tail that cannot read the database waits until it can.
   */
  follow(tenantId: string, after: bigint, signal: AbortSignal): AsyncGenerator<TailItem, void>;
  close(): Promise<void>;
};

type Channel = { buffer: LoggedEvent[]; head: bigint; listeners: number; waiting: Set<() => void> };

export function createTail(database: Database, wakeUps: WakeUps, log: Logger): Tail {
  const channels = new Map<string, Channel>();
  const closing = new AbortController();
  /** Tenants whose log is to be looked at. */
  const dirty = new Set<string>();
  let wakeReader = () => {};

  const mark = (tenantId: string | null) => {
    if (tenantId === null) for (const id of channels.keys()) dirty.add(id);
    else if (channels.has(tenantId)) dirty.add(tenantId);
    if (dirty.size > 0) wakeReader();
  };
  const stopListening = wakeUps.onWake(mark);
  const timer = setInterval(() => mark(null), pollIntervalMs);

  const readOn = async (tenantId: string) => {
    const channel = channels.get(tenantId);
    if (channel === undefined) return;
    for (;;) {
      const events = await readEvents(database, tenantId, channel.head, pageSize);
      const last = events.at(-1);
      if (last !== undefined) {
        channel.buffer.push(...events);
        if (channel.buffer.length > bufferSize) channel.buffer.splice(0, channel.buffer.length - bufferSize);
        channel.head = last.seq;
        for (const wake of channel.waiting) wake();
      }
      if (events.length < pageSize) return;
    }
  };

  const reader = (async () => {
    while (!closing.signal.aborted) {
      if (dirty.size === 0) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
      for (const tenantId of [...dirty]) {
        dirty.delete(tenantId);
        try {
          await readOn(tenantId);
        } catch (err) {
          if (closing.signal.aborted) return;
          log.warn({ err }, 'the event log cannot be read; it is tried again');
          await pause(pollIntervalMs, undefined, { signal: closing.signal }).catch(() => {});
          dirty.add(tenantId);
        }
      }
    }
  })();

  const open = async (tenantId: string): Promise<Channel> => {
    let channel = channels.get(tenantId);
    if (channel === undefined) {
      const { head } = await readLogBounds(database, tenantId);
      channel = channels.get(tenantId) ?? { buffer: [], head, listeners: 0, waiting: new Set() };
      channels.set(tenantId, channel);
    }
    channel.listeners++;
    return channel;
  };

  /** The next run after `after`, from memory or from the log; none where there is nothing yet. */
  const next = async (tenantId: string, channel: Channel, after: bigint): Promise<TailItem | null> => {
    const first = channel.buffer[0];
    if (first !== undefined && after + 1n >= first.seq && after <= channel.head) {
      const start = Number(after + 1n - first.seq);
      const events = channel.buffer.slice(start, start + pageSize);
      return events.length > 0 ? { isGap: false, events } : null;
    }
    if (first === undefined && after === channel.head) return null;
    const events = await readEvents(database, tenantId, after, pageSize);
    if (events[0]?.seq === after + 1n) return { isGap: false, events };
    const { head, pruned } = await readLogBounds(database, tenantId);
    // A place that this log never reached (a database restored from a backup), or one that is pruned since.
    if (after > head) return { isGap: true, seq: head };
    return after < pruned ? { isGap: true, seq: pruned } : null;
  };

  return {
    head: async (tenantId) => (await readLogBounds(database, tenantId)).head,
    follow: async function* (tenantId, after, signal) {
      const channel = await open(tenantId);
      const stop = AbortSignal.any([signal, closing.signal]);
      let seq = after;
      try {
        while (!stop.aborted) {
          const item = await next(tenantId, channel, seq);
          if (item !== null) {
            seq = item.isGap ? item.seq : (item.events.at(-1)?.seq ?? seq);
            yield item;
            continue;
          }
          await new Promise<void>((resolve) => {
            const wake = () => {
              channel.waiting.delete(wake);
              stop.removeEventListener('abort', wake);
              resolve();
            };
            channel.waiting.add(wake);
            stop.addEventListener('abort', wake);
            if (channel.head > seq || stop.aborted) wake();
          });
        }
      } finally {
        channel.listeners--;
        if (channel.listeners === 0) channels.delete(tenantId);
      }
    },
    close: async () => {
      closing.abort();
      clearInterval(timer);
      stopListening();
      wakeReader();
      await reader;
    },
  };
}
