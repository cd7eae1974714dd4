import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { keepTrying } from './keep-trying.ts';
import { type LoggedEvent, readEvents, readLogBounds } from './log.ts';
import type { WakeUps } from './wake-ups.ts';

/** How often the log is looked at without a wake-up: one may be lost. */
const pollIntervalMs = 2_000;
const pageSize = 500;
/** Newest events kept in memory for each tenant that is listened to; older ones are read from the log again. */
const bufferSize = 2_000;
/** Most events given at once. */
const runSize = 100;

/** A run of events in order; or, where `isGap`, word that the ones up to `seq` are no longer kept. */
export type TailItem = { isGap: false; events: readonly LoggedEvent[] } | { isGap: true; seq: bigint };

/**
 * Follows the logs of the tenants that somebody listens to: one reader a process and tenant, however many listen.
 * A listener holds a place in the log and nothing else, so one that stalls takes no memory.
 */
export type Tail = {
  /** A tenant's log, opened; waits until the database can be read. Null where `signal` aborts first. */
  open(tenantId: string, signal: AbortSignal): Promise<TenantLog | null>;
  close(): Promise<void>;
};

export type TenantLog = {
  /** Where it ends, as far as it is known here: whatever this process has committed or was told of is in it. */
  readonly head: bigint;
  /** The next events after `after`, from memory or from the log; null where there are none yet. */
  next(after: bigint): Promise<TailItem | null>;
  /** Where it ends now, by a look into the database. */
  readHead(): Promise<bigint>;
  /** Calls back when there may be more. @returns what stops it */
  onGrow(callback: () => void): () => void;
  release(): void;
};

type Channel = {
  buffer: LoggedEvent[];
  /** How far it is read, and how far it is known to be written. */
  head: bigint;
  committed: bigint;
  /** Whether it may be written further than is known. */
  isUnsure: boolean;
  users: number;
  callbacks: Set<() => void>;
};

export function createTail(database: Database, wakeUps: WakeUps, log: Logger): Tail {
  const channels = new Map<string, Channel>();
  const closing = new AbortController();
  /** Tenants whose log is to be looked at. */
  const dirty = new Set<string>();
  let wakeReader = () => {};
  const onFailure = (err: unknown) => log.warn({ err }, 'the event log cannot be read; it is tried again');

  const mark = (tenantId: string | null, seq: bigint | null) => {
    if (tenantId === null) {
      for (const [id, channel] of channels) {
        channel.isUnsure = true;
        dirty.add(id);
      }
    } else {
      const channel = channels.get(tenantId);
      if (channel === undefined || seq === null || seq <= channel.head) return;
      if (seq > channel.committed) channel.committed = seq;
      dirty.add(tenantId);
    }
    if (dirty.size > 0) wakeReader();
  };
  const stopListening = wakeUps.onWake(mark);
  const timer = setInterval(() => mark(null, null), pollIntervalMs);

  const readOn = async (tenantId: string) => {
    const channel = channels.get(tenantId);
    // A wake-up may be told of what was read while it was on its way.
    if (channel === undefined || (channel.head >= channel.committed && !channel.isUnsure)) return;
    channel.isUnsure = false;
    for (;;) {
      const events = await readEvents(database, tenantId, channel.head, pageSize);
      const last = events.at(-1);
      if (last !== undefined) {
        channel.buffer.push(...events);
        if (channel.buffer.length > bufferSize) channel.buffer.splice(0, channel.buffer.length - bufferSize);
        channel.head = last.seq;
        for (const callback of channel.callbacks) callback();
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
          onFailure(err);
          await pause(pollIntervalMs, undefined, { signal: closing.signal }).catch(() => {});
          const channel = channels.get(tenantId);
          if (channel !== undefined) channel.isUnsure = true;
          dirty.add(tenantId);
        }
      }
    }
  })();

  const openChannel = async (tenantId: string): Promise<Channel> => {
    let channel = channels.get(tenantId);
    if (channel === undefined) {
      // What is told before the channel is there reaches none.
      let told = 0n;
      const stop = wakeUps.onWake((id, seq) => {
        if (id === tenantId && seq !== null && seq > told) told = seq;
      });
      try {
        const { head } = await readLogBounds(database, tenantId);
        channel = channels.get(tenantId) ?? newChannel(head);
        channels.set(tenantId, channel);
        mark(tenantId, told);
      } finally {
        stop();
      }
    }
    channel.users++;
    return channel;
  };

  const next = async (tenantId: string, channel: Channel, after: bigint): Promise<TailItem | null> => {
    if (after >= channel.head && after <= channel.committed) return null;
    const first = channel.buffer[0];
    if (first !== undefined && after + 1n >= first.seq && after < channel.head) {
      const start = Number(after + 1n - first.seq);
      return { isGap: false, events: channel.buffer.slice(start, start + runSize) };
    }
    const events = await readEvents(database, tenantId, after, runSize);
    if (events[0]?.seq === after + 1n) return { isGap: false, events };
    const { head, pruned } = await readLogBounds(database, tenantId);
    // A place that this log never reached (a database restored from a backup), or one that is pruned since.
    if (after > head) return { isGap: true, seq: head };
    return after < pruned ? { isGap: true, seq: pruned } : null;
  };

  return {
    open: async (tenantId, signal) => {
      const channel = await keepTrying(
        () => openChannel(tenantId),
        AbortSignal.any([signal, closing.signal]),
        onFailure,
      );
      if (channel === null) return null;
      let isOpen = true;
      return {
        get head() {
          return channel.committed > channel.head ? channel.committed : channel.head;
        },
        next: (after) => next(tenantId, channel, after),
        readHead: async () => (await readLogBounds(database, tenantId)).head,
        onGrow: (callback) => {
          channel.callbacks.add(callback);
          return () => channel.callbacks.delete(callback);
        },
        release: () => {
          if (isOpen && --channel.users === 0) channels.delete(tenantId);
          isOpen = false;
        },
      };
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

function newChannel(head: bigint): Channel {
  return { buffer: [], head, committed: head, isUnsure: false, users: 0, callbacks: new Set() };
}
