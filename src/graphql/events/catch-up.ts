import { batchAfter, type Run } from './frame.ts';
import { give, type Member } from './listener.ts';
import type { Turns } from './turns.ts';

export type CatchUpOptions = {
  turns: Turns;
  /** Brings one to a later place by other means than the runs between; null where it is by them. */
  resync: ((member: Member) => Promise<void>) | null;
  /** The run that goes on from a place; null where there is none yet, or it has not been read yet. */
  nextRun(place: bigint): Promise<Run | null>;
  /** Takes over a member that has had everything. */
  join(member: Member): void;
  /** Whether whoever is at `place` has had what the live ones have. */
  isLive(place: bigint): boolean;
  /** Whether there are live ones who will not get what comes after `place`, since they have had it. */
  isPassed(place: bigint): boolean;
  fail(err: unknown): void;
  /** Nobody is behind any more. */
  onIdle(): void;
};

/**
 * Brings the members of a group that are behind to where the live ones are: one at a time reads on from the place of
 * whoever is furthest behind, for everybody whom it passes. A member whose peer takes nothing is passed over, holding
 * its place and nothing else, until it is free.
 */
export type CatchUp = {
  add(member: Member): void;
  remove(member: Member): void;
  /** A member may be free again, or there may be more to read. */
  run(): void;
  readonly size: number;
};

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { turns } = options;
  const behind = new Set<Member>();
  let isRunning = false;
  let isWanted = false;

  const furthestBehind = (): Member | null => {
    let found: Member | null = null;
    for (const member of behind) {
      if (member.outlet.blockedSince === 0 && (found === null || member.place < found.place)) found = member;
    }
    return found;
  };
  const settle = (member: Member) => {
    behind.delete(member);
    options.join(member);
  };
  /** Whether it has had all of the run. */
  const giveRun = (member: Member, run: Run): boolean => {
    for (const batch of run.batches) {
      const rest = batchAfter(batch, member.place);
      if (rest === null) continue;
      if (member.outlet.blockedSince !== 0) return false;
      give(member, rest);
    }
    member.place = run.to;
    return true;
  };
  /** Whether there is more that can be done now. */
  const advance = async (first: Member): Promise<boolean> => {
    if (options.isLive(first.place)) {
      settle(first);
      return true;
    }
    if (options.resync !== null) {
      await options.resync(first);
      return true;
    }
    const run = await options.nextRun(first.place);
    if (run === null) {
      // Some began further on, at a place that is not read here yet, told by another server: it waits for the reader.
      if (options.isPassed(first.place)) return false;
      // There is nothing after it: what comes is what the live ones get.
      if (behind.has(first)) settle(first);
      return true;
    }
    for (const member of behind) {
      if (member.place < run.from || member.place >= run.to) continue;
      if (giveRun(member, run) && options.isLive(member.place)) settle(member);
      const over = turns.pass();
      if (over !== null) await over;
    }
    return true;
  };
  const run = async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        for (let first = furthestBehind(); first !== null; first = furthestBehind()) {
          if (!(await advance(first))) break;
        }
      }
    } catch (err) {
      options.fail(err);
    } finally {
      isRunning = false;
    }
    if (behind.size === 0) options.onIdle();
  };

  return {
    add: (member) => {
      member.state = 'BEHIND';
      behind.add(member);
      void run();
    },
    remove: (member) => behind.delete(member),
    run: () => void run(),
    get size() {
      return behind.size;
    },
  };
}
