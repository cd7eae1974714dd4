import { setTimeout as pause } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { encodeCursor } from '../../events/cursor.ts';
import { keepTrying } from '../../events/keep-trying.ts';
import type { TailItem, TenantLog } from '../../events/tail.ts';
import { type CatchUp, createCatchUp } from './catch-up.ts';
import type { Execution } from './execution.ts';
import { batchAfter, createRecentRuns, type RecentBudget, type Run, toBatches } from './frame.ts';
import {
  give,
  type Listener,
  type Member,
  type Outlet,
  slowConsumerError,
  stallLimitMs,
  withCursor,
} from './listener.ts';
import type { Turns } from './turns.ts';

/** A delivery that took so long is followed by a rest as long as it took, at most so long: what comes meanwhile is given as one. */
const shortestRestMs = 2;
const longestRestMs = 100;

export type GroupOptions = {
  tenantId: string;
  log: TenantLog;
  execution: Execution;
  hasSnapshot: boolean;
  /** Whoever has not kept up begins anew with the present state, instead of with what it has missed. */
  isList: boolean;
  turns: Turns;
  recentBudget: RecentBudget;
  /** Snapshots under way are bounded, in all groups together. */
  startGate: <Value>(work: () => Promise<Value>) => Promise<Value>;
  onFailure(err: unknown): void;
  /** Nobody listens any more. */
  onEmpty(): void;
};

/**
 * Listeners who ask for the same: each event is read, executed and serialised once for all of them. Those who have
 * had everything get it as it comes (`live`); who resumes, or does not keep up, is brought there by `catchUp`.
 */
export type Group = {
  /** `place`: where to go on from; null: with the present state where there is one, and then with what comes. */
  listen(outlet: Outlet, place: bigint | null): Listener;
  readonly size: number;
  endStalled(nowMs: number): void;
  endAll(): void;
  /** Stops reading; to be called when nobody listens. */
  close(): void;
};

export function createGroup(options: GroupOptions): Group {
  const { tenantId, log, execution, turns } = options;
  const stopping = new AbortController();
  const members = new Set<Member>();
  const live = new Set<Member>();
  /** Those who caught up while a run was being given out: they join after it. */
  const joining: Member[] = [];
  /** What all of `live` have had. */
  let livePlace = log.head;
  let isDelivering = false;
  let isPumping = false;
  let isPumpWanted = false;
  const recent = createRecentRuns(options.recentBudget);

  const end = (member: Member, error: GraphQLError | null) => {
    if (member.state === 'OVER') return;
    remove(member);
    member.outlet.end(error === null ? null : withCursor(error, encodeCursor(tenantId, member.lastSeq)));
  };
  const remove = (member: Member) => {
    member.state = 'OVER';
    members.delete(member);
    live.delete(member);
    catchUp.remove(member);
    member.wake?.();
    if (members.size === 0) options.onEmpty();
  };
  /** What nobody expected: all end, and can resume. */
  const fail = (err: unknown) => {
    const originalError = err instanceof Error ? err : new Error(String(err));
    const error = new GraphQLError(originalError.message, { originalError });
    for (const member of [...members]) end(member, error);
  };

  const runAfter = async (place: bigint, item: TailItem): Promise<Run | null> => {
    if (item.isGap) return { from: place, to: item.seq, batches: [[await execution.gapFrame(item.seq)]] };
    const to = item.events.at(-1)?.seq ?? place;
    const frames = await execution.framesOf(item.events, stopping.signal);
    return frames === null ? null : { from: place, to, batches: toBatches(frames) };
  };
  const nextRun = async (place: bigint): Promise<Run | null> => {
    const known = recent.find(place);
    if (known !== null) return known;
    const item = await keepTrying(() => log.next(place), stopping.signal, options.onFailure);
    if (item === null) return null;
    return runAfter(place, item);
  };

  const join = (member: Member) => {
    if (isDelivering) {
      member.state = 'JOINING';
      joining.push(member);
      return;
    }
    if (live.size === 0) livePlace = member.place;
    if (member.place < livePlace) {
      catchUp.add(member);
      return;
    }
    member.state = 'LIVE';
    live.add(member);
  };
  const catchUp: CatchUp = createCatchUp({
    turns,
    resync: options.isList ? (member) => sendSnapshot(member) : null,
    nextRun: async (place) => {
      const run = await nextRun(place);
      if (run !== null) recent.add(run);
      return run;
    },
    join: (member) => {
      join(member);
      void pump();
    },
    isLive: (place) => place >= livePlace,
    isPassed: (place) => live.size > 0 && place < livePlace,
    fail,
    onIdle: () => recent.clear(),
  });

  /** Gives a run to everybody who is live; who cannot take it falls behind. */
  const deliver = async (run: Run) => {
    isDelivering = true;
    for (const batch of run.batches) {
      for (const member of live) {
        const rest = batchAfter(batch, member.place);
        if (rest === null) continue;
        if (member.outlet.blockedSince === 0) give(member, rest);
        else {
          live.delete(member);
          catchUp.add(member);
        }
        const over = turns.pass();
        if (over !== null) await over;
      }
    }
    for (const member of live) if (member.place < run.to) member.place = run.to;
    livePlace = run.to;
    if (catchUp.size > 0) recent.add(run);
    isDelivering = false;
    for (const member of joining.splice(0)) if (member.state === 'JOINING') join(member);
  };
  const pump = async () => {
    isPumpWanted = true;
    if (isPumping) return;
    isPumping = true;
    try {
      while (isPumpWanted) {
        isPumpWanted = false;
        while (live.size > 0 && !stopping.signal.aborted) {
          const run = await nextRun(livePlace);
          if (run === null) break;
          const startedAt = performance.now();
          await deliver(run);
          const restMs = Math.min(performance.now() - startedAt, longestRestMs);
          if (restMs >= shortestRestMs) await pause(restMs, undefined, { signal: stopping.signal }).catch(() => {});
        }
      }
    } catch (err) {
      fail(err);
    } finally {
      isPumping = false;
    }
  };
  const stopGrowth = log.onGrow(() => {
    if (catchUp.size > 0) catchUp.run();
    void pump();
  });

  const freed = (member: Member) => {
    member.wake?.();
    if (member.state === 'BEHIND') catchUp.run();
  };
  /** Resolves once the peer can take more, or the member is over. */
  const untilFree = async (member: Member) => {
    while (member.outlet.blockedSince !== 0 && member.state !== 'OVER') {
      await new Promise<void>((resolve) => {
        member.wake = resolve;
      });
    }
    member.wake = null;
  };
  const sendSnapshot = async (member: Member) => {
    for await (const frames of execution.snapshot(member.place, stopping.signal)) {
      for (const batch of toBatches(frames ?? [])) {
        if (member.outlet.blockedSince !== 0) await untilFree(member);
        if (member.state === 'OVER') return;
        give(member, batch);
      }
    }
  };
  /** A place that the log never reached, as after a restored backup, is told as a gap. */
  const checkPlace = async (member: Member) => {
    const head = await keepTrying(() => log.readHead(), stopping.signal, options.onFailure);
    if (head !== null && member.place > head) give(member, [await execution.gapFrame(head)]);
  };
  const start = async (member: Member, prepare: (member: Member) => Promise<void>) => {
    try {
      await options.startGate(() => prepare(member));
    } catch (err) {
      const originalError = err instanceof Error ? err : new Error(String(err));
      end(member, new GraphQLError(originalError.message, { originalError }));
    }
    if (member.state === 'OVER') return;
    join(member);
    void pump();
  };

  return {
    listen: (outlet, place) => {
      const from = place ?? log.head;
      const member: Member = { outlet, place: from, lastSeq: from, state: 'STARTING', wake: null };
      members.add(member);
      if (place !== null && place > log.head) void start(member, checkPlace);
      else if (place !== null) catchUp.add(member);
      else if (options.hasSnapshot) void start(member, sendSnapshot);
      else join(member);
      if (member.state !== 'STARTING') void pump();
      return {
        get cursor() {
          return encodeCursor(tenantId, member.lastSeq);
        },
        get placeCursor() {
          return member.state === 'STARTING' ? null : encodeCursor(tenantId, member.place);
        },
        freed: () => freed(member),
        leave: () => {
          if (member.state !== 'OVER') remove(member);
        },
        end: (error) => end(member, error),
      };
    },
    get size() {
      return members.size;
    },
    endStalled: (nowMs) => {
      for (const member of members) {
        const { blockedSince } = member.outlet;
        if (blockedSince !== 0 && nowMs - blockedSince >= stallLimitMs) end(member, slowConsumerError());
      }
    },
    endAll: () => {
      for (const member of [...members]) end(member, null);
    },
    close: () => {
      stopping.abort();
      stopGrowth();
    },
  };
}
