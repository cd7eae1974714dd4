import { encodeCursor } from '../../events/cursor.ts';

/** One event of a stream, serialised once for everybody who gets it. */
export type Frame = {
  readonly seq: bigint;
  readonly cursor: string;
  /** The result, as JSON. */
  readonly payload: string;
};

/** Frames that are given to a listener together, in order, one at least: they are put into bytes, and sent, as one. */
export type Batch = readonly Frame[];

/** What a stream tells of the events after `from`, up to `to`: whoever has had it is at `to`. */
export type Run = { readonly from: bigint; readonly to: bigint; readonly batches: readonly Batch[] };

export function toFrame(tenantId: string, seq: bigint, payload: string): Frame {
  return { seq, cursor: encodeCursor(tenantId, seq), payload };
}

/** What is given at once to a listener that may be about to take nothing. */
const maxBatchLength = 16_384;

/** The frames in as few batches as they may be: none longer than a bound, but for a frame that is so by itself. */
export function toBatches(frames: readonly Frame[]): Batch[] {
  const batches: Frame[][] = [];
  let length = 0;
  for (const frame of frames) {
    length += frame.payload.length;
    const batch = batches.at(-1);
    if (batch === undefined || length > maxBatchLength) {
      batches.push([frame]);
      length = frame.payload.length;
    } else batch.push(frame);
  }
  return batches;
}

/** What of a batch comes after `place`: the batch itself where all does, null where nothing does. */
export function batchAfter(batch: Batch, place: bigint): Batch | null {
  const start = batch.findIndex(({ seq }) => seq > place);
  if (start < 0) return null;
  return start === 0 ? batch : batch.slice(start);
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
      const size = run.batches.flat().reduce((sum, { payload }) => sum + payload.length * 2, runOverheadBytes);
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
