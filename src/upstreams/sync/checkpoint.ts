import { z } from 'zod';
import { isRecord } from '../../lib/json.ts';
import { carryOver, countUnread, emptyQueue, rereadQueueSchema } from './reread-queue.ts';

/**
 * ALL reads every conversation anew. LIST goes through the whole list and reads what differs; the first sync is one.
 * RECENT goes down the list to what is mirrored already; through all of it where its order is nothing to rely on.
 */
export type SyncMode = 'ALL' | 'LIST' | 'RECENT';

/** All times are milliseconds since the epoch. */
const checkpointSchema = z.object({
  version: z.literal(2),
  mode: z.enum(['ALL', 'LIST', 'RECENT']),
  /** The pages of the list; what it did not show; what changed while the whole was read; what is to be read again. */
  stage: z.enum(['PAGES', 'UNSEEN', 'LATEST', 'REREAD']),
  startedAt: z.number(),
  /** Where the page begins that is read next, as the one before told; null for the first. */
  position: z.string().nullable(),
  /** The number of that page in this pass, from 1. */
  page: z.number(),
  /** Passes over the list, from 1: one more where pages shifted under it. */
  pass: z.number(),
  /** Conversations that this pass has shown, and the one before it; null where there was none. */
  shown: z.number(),
  shownBefore: z.number().nullable(),
  /** What tells the first and the last page that this pass read from others. */
  firstMark: z.string().nullable(),
  lastMark: z.string().nullable(),
  /** As the upstream last counted. */
  total: z.number().nullable(),
  /** A total that the whole list, unchanged, did not fit, and what it showed: told so again, it stands for that. */
  misfit: z.object({ told: z.number(), shown: z.number() }).nullable(),
  /** Of this pass: whether the count changed, or fell, and whether it came sorted by change, newest first. */
  hasChanged: z.boolean(),
  hasShrunk: z.boolean(),
  isSorted: z.boolean(),
  /** When the last conversation of the pass's last page changed. */
  last: z.number().nullable(),
  /** The newest change that the list has shown, and when, by our clock, it first did. */
  newest: z.object({ at: z.number(), seenAt: z.number() }).nullable(),
  /** What the watermark becomes when the run goes through: upstream changes before it are mirrored. */
  watermark: z.number().nullable(),
  /** The generation that this pass marks what it sees with, and the run's first; null in RECENT. */
  generation: z.number().nullable(),
  firstGeneration: z.number().nullable(),
  /** The list changed all the time, or did not show all that it counts. */
  isUncertain: z.boolean(),
  /** The number of a page that showed what was shown before: what lies behind it cannot be had. */
  repeatedPage: z.number().nullable(),
  /**
   * Whether as many conversations are mirrored as the upstream counts. LOOK_AGAIN: not, and the list was gone through,
   * so something came in between: at once. WRONG: still not, or only the newest were looked at.
   */
  count: z.enum(['RIGHT', 'LOOK_AGAIN', 'WRONG']),
  rereadQueue: rereadQueueSchema,
});

/** Where a run goes on when its worker dies, and what the next one takes over. Written with each page. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Null where it is no checkpoint. */
export function readCheckpoint(json: unknown): Checkpoint | null {
  return (
    checkpointSchema.safeParse(isRecord(json) && json['version'] === 1 ? fromFirstVersion(json) : json).data ?? null
  );
}

/** What the gateway wrote before lists were followed by position. */
function fromFirstVersion(json: Record<string, unknown>): unknown {
  const { again: entries, nameless: withoutId, namelessBefore: withoutIdBefore, page, stage, ...same } = json;
  return {
    ...firstPage,
    ...same,
    version: 2,
    stage: stage === 'AGAIN' ? 'REREAD' : stage,
    page,
    position: page === 1 ? null : String(page),
    misfit: null,
    firstGeneration: json['generation'],
    repeatedPage: null,
    count: json['isCountRight'] === false ? 'WRONG' : 'RIGHT',
    rereadQueue: { entries, withoutId, withoutIdBefore },
  };
}

/** At the beginning of the list. */
export const firstPage = {
  position: null,
  page: 1,
  pass: 1,
  shown: 0,
  shownBefore: null,
  firstMark: null,
  lastMark: null,
  hasChanged: false,
  hasShrunk: false,
  isSorted: true,
  last: null,
} as const;

/** `before`: of the last run, whose loose ends are taken over. */
export function beginCheckpoint(
  mode: SyncMode,
  generation: number | null,
  before: Checkpoint | null,
  startedAt: number,
): Checkpoint {
  return {
    version: 2,
    mode,
    stage: 'PAGES',
    startedAt,
    ...firstPage,
    total: null,
    misfit: before?.misfit ?? null,
    newest: before?.newest ?? null,
    watermark: null,
    generation,
    firstGeneration: generation,
    isUncertain: false,
    repeatedPage: null,
    count: before?.count ?? 'RIGHT',
    rereadQueue: carryOver(before?.rereadQueue ?? emptyQueue, mode !== 'RECENT'),
  };
}

/** How many conversations the upstream's count stands for; null where it does not count. */
export function expectedTotal({ total, misfit }: Checkpoint): number | null {
  return misfit !== null && misfit.told === total ? misfit.shown : total;
}

/** Whether so many conversations are as many as the upstream counts, with those that could not be read. */
export function isCountRight(checkpoint: Checkpoint, mirrored: number): boolean {
  const expected = expectedTotal(checkpoint);
  return expected === null || (mirrored <= expected && mirrored + countUnread(checkpoint.rereadQueue) >= expected);
}
