import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import { inTime } from '../../lib/time/in-time.ts';
import { createLeaseStore, type Lease } from './lease-store.ts';
import type { RequestWindow, Use, WindowSpan } from './windows.ts';

/** What this server knows of a tenant's window. Instants are `performance.now()`'s, which no clock moves. */
type Share = {
  limit: number;
  endsAt: number;
  /** The same by the database's clock; null where that was away when the window began. */
  window: Date | null;
  /** What all servers have got, as last told. */
  granted: number;
  /** Of that, what is still to be spent here. */
  unspent: number;
  /** Spent while the database was away. */
  owed: number;
  toldAt: number;
  /** When there was last nothing left to get. */
  emptyAt: number;
  spentAt: number;
};

const never = Number.NEGATIVE_INFINITY;
/** What takes longer is away: a slow database is not, for each server counting for itself lets their limits add up. */
const deadlineMs = 5_000;
/** How long what was told goes for true: that nothing is left, that the database is away. */
const believedMs = 1_000;
/** What a server has not touched for so long, others may have. */
const idleMs = 5_000;
const sweepIntervalMs = 1_000;

/**
 * For all servers on one database: each takes a part of what is left at a time, and spends that by itself. Together they
 * never spend more than the limit in a window. While the database is away each goes on from what it was last told, and
 * counts for itself: availability goes before exactness.
 */
export function createLeasedWindow(database: Database, span: WindowSpan, log: Logger): RequestWindow {
  const store = createLeaseStore(database, span);
  const shares = new Map<string, Share>();
  /** By tenant: the lease that is asked for, and how many wait for one. */
  const leasing = new Map<string, Promise<void>>();
  const waiting = new Map<string, number>();
  /** When to ask a database again that is away; null: it is there. */
  let retryAt: number | null = null;

  const current = (tenantId: string): Share | undefined => {
    const share = shares.get(tenantId);
    return share !== undefined && share.endsAt > performance.now() ? share : undefined;
  };
  const begin = (tenantId: string, limit: number): Share => {
    const now = performance.now();
    const endsAt = now + span.seconds * 1_000;
    const counts = { granted: 0, unspent: 0, owed: 0 };
    const share = { limit, endsAt, window: null, ...counts, toldAt: never, emptyAt: never, spentAt: now };
    shares.set(tenantId, share);
    return share;
  };

  const take = async (tenantId: string, limit: number) => {
    const sentAt = performance.now();
    const before = current(tenantId);
    // By another limit, what was taken is too much or too little.
    if (before !== undefined && before.limit !== limit) {
      Object.assign(before, { limit, owed: before.owed - before.unspent, unspent: 0, emptyAt: never });
    }
    const owed = before?.owed ?? 0;
    if (before !== undefined) before.owed = 0;
    try {
      const lease = await store.lease({ tenantId, limit, owed, waiting: waiting.get(tenantId) ?? 1 });
      retryAt = null;
      const share = current(tenantId) ?? begin(tenantId, limit);
      if (lease !== null) note(share, lease, sentAt);
      // A tenant that was removed meanwhile asks for nothing more.
      else share.emptyAt = performance.now();
    } catch (err) {
      if (before !== undefined) before.owed += owed;
      throw err;
    }
  };
  const note = (share: Share, lease: Lease, sentAt: number) => {
    const isSame = share.window?.getTime() === lease.endsAt.getTime();
    const now = performance.now();
    Object.assign(share, {
      // Sooner than by the database's own clock, by the way there.
      endsAt: sentAt + lease.resetMs,
      window: lease.endsAt,
      granted: lease.granted,
      unspent: lease.requests + (isSame ? share.unspent : 0),
      toldAt: now,
      emptyAt: lease.requests === 0 ? now : never,
    });
  };

  /** Shared by all who wait for the same tenant's. A failure is told by `retryAt`. */
  const askForLease = (tenantId: string, limit: number): Promise<void> => {
    const asked =
      leasing.get(tenantId) ??
      inTime(take(tenantId, limit), deadlineMs)
        .catch((err: unknown) => {
          if (retryAt === null) {
            log.warn({ err }, 'the database does not count requests: each server counts for itself until it does');
          }
          retryAt = performance.now() + believedMs;
        })
        .finally(() => leasing.delete(tenantId));
    leasing.set(tenantId, asked);
    return asked;
  };
  const waitForLease = async (tenantId: string, limit: number) => {
    waiting.set(tenantId, (waiting.get(tenantId) ?? 0) + 1);
    await askForLease(tenantId, limit);
    const others = (waiting.get(tenantId) ?? 1) - 1;
    if (others > 0) waiting.set(tenantId, others);
    else waiting.delete(tenantId);
  };

  const spendAlone = (tenantId: string, limit: number): Use => {
    if (retryAt !== null && retryAt <= performance.now()) {
      retryAt = performance.now() + believedMs;
      void askForLease(tenantId, limit);
    }
    const share = current(tenantId) ?? begin(tenantId, limit);
    const isOver = used(share) >= limit;
    if (!isOver) share.owed += 1;
    return toUse(share, isOver);
  };

  const spend = async (tenantId: string, limit: number): Promise<Use> => {
    for (;;) {
      const share = current(tenantId);
      const now = performance.now();
      if (share?.limit === limit && share.unspent > 0) {
        share.unspent -= 1;
        share.spentAt = now;
        return toUse(share, false);
      }
      if (retryAt !== null) return spendAlone(tenantId, limit);
      if (share?.limit === limit && now - share.emptyAt < believedMs) return toUse(share, true);
      await waitForLease(tenantId, limit);
    }
  };

  const giveBack = async (isDue: (share: Share) => boolean) => {
    const unspent = [...shares].flatMap(([tenantId, share]) => {
      const { unspent: requests, window } = share;
      if (requests === 0 || window === null || share.endsAt <= performance.now() || !isDue(share)) return [];
      Object.assign(share, { unspent: 0, granted: share.granted - requests });
      return [{ tenantId, endsAt: window, requests }];
    });
    // What cannot be given back is lost with the window.
    if (unspent.length > 0) await inTime(store.giveBack(unspent), deadlineMs).catch(() => {});
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [tenantId, { endsAt }] of shares) if (endsAt <= now) shares.delete(tenantId);
    if (retryAt === null) void giveBack(({ spentAt }) => now - spentAt > idleMs);
  }, sweepIntervalMs);
  timer.unref();

  return {
    spend,
    read: async (tenantId) => {
      const share = current(tenantId);
      const own = share === undefined ? null : toUse(share, false);
      if (retryAt !== null || (share !== undefined && performance.now() - share.toldAt < believedMs)) return own;
      try {
        const stands = await inTime(store.read(tenantId), deadlineMs);
        if (stands === null) return own;
        const spentHere = share === undefined ? 0 : share.owed - share.unspent;
        return { isOver: false, requests: Math.max(0, stands.granted + spentHere), resetMs: stands.resetMs };
      } catch {
        return own;
      }
    },
    close: async () => {
      clearInterval(timer);
      await giveBack(() => true);
    },
  };
}

function used({ granted, unspent, owed }: Share): number {
  return granted - unspent + owed;
}

function toUse(share: Share, isOver: boolean): Use {
  return { isOver, requests: used(share), resetMs: Math.max(0, share.endsAt - performance.now()) };
}
