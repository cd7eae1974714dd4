import { encodeCursor } from '../../events/cursor.ts';

/** One event of a stream, serialised once for everybody who gets it. */
export type Frame = {
  readonly seq: bigint;
  readonly cursor: string;
  /** The result, as JSON. */
  readonly payload: string;
};

/** What a stream tells of the events after `from`, up to `to`: whoever has had it is at `to`. */
export type Run = { readonly from: bigint; readonly to: bigint; readonly frames: readonly Frame[] };

export function toFrame(tenantId: string, seq: bigint, payload: string): Frame {
  return { seq, cursor: encodeCursor(tenantId, seq), payload };
}

/** Most runs that a group keeps for those of its listeners that are behind, and the most that all groups keep. */
const maxRuns = 256;
const maxGroupBytes = 1_048_576;
const maxBytes = 64 * 1_048_576;
const runOverheadBytes = 200;

/** How much all groups keep; one a process. */
export type RecentBudget = { bytes: number };

/** The newest runs of a group: who has fallen behind a little goes on from them, without the database. */
export type RecentRuns = {
  add(run: Run): void;
  /** The run that goes on from `place`. */
  find(place: bigint): Run | null;
  clear(): void;
};

export function createRecentRuns(budget: RecentBudget): RecentRuns {
  let runs: { run: Run; bytes: number }[] = [];
  let bytes = 0;
  const drop = (count: number) => {
    for (const dropped of runs.splice(0, count)) {
      bytes -= dropped.bytes;
      budget.bytes -= dropped.bytes;
    }
  };
  return {
    add: (run) => {
      const size = run.frames.reduce((sum, { payload }) => sum + payload.length * 2, runOverheadBytes);
      if (budget.bytes + size > maxBytes) return;
      runs.push({ run, bytes: size });
      bytes += size;
      budget.bytes += size;
      while (runs.length > 1 && (runs.length > maxRuns || bytes > maxGroupBytes)) drop(1);
    },
    find: (place) => runs.findLast(({ run }) => run.from <= place && place < run.to)?.run ?? null,
    clear: () => {
      drop(runs.length);
      runs = [];
    },
  };
}
