import { z } from 'zod';

/**
 * ALL reads every conversation anew. LIST goes through the whole list and reads what differs; the first sync is one.
 * RECENT goes down the list to what is mirrored already; through all of it where its order is nothing to rely on.
 */
export type SyncMode = 'ALL' | 'LIST' | 'RECENT';

const againSchema = z.object({
  id: z.string(),
  /**
   * DOUBTFUL: read in the second of its last change, or behind what the list told: more may have come.
   * UNREADABLE: what came could not be read. FAILED: nothing came, which may pass.
   */
  kind: z.enum(['DOUBTFUL', 'UNREADABLE', 'FAILED']),
  reason: z.string().nullable(),
  httpStatus: z.number().nullable(),
  /** Its line in the list at that time: where that differs it is read at once. */
  listFingerprint: z.string().nullable(),
  /** The change that the list told of, where the conversation's own answer did not have it yet. */
  behind: z.number().nullable(),
  tries: z.number(),
  dueAt: z.number(),
});

/** A conversation to be read again. All times are milliseconds since the epoch. */
export type Again = z.infer<typeof againSchema>;

const checkpointSchema = z.object({
  version: z.literal(1),
  mode: z.enum(['ALL', 'LIST', 'RECENT']),
  /** The pages of the list; what it did not show; what changed while the whole was read; what is to be read again. */
  stage: z.enum(['PAGES', 'UNSEEN', 'LATEST', 'AGAIN']),
  startedAt: z.number(),
  /** The next page to read. */
  page: z.number(),
  /** Passes over the list so far: one more where pages shifted under it. */
  pass: z.number(),
  /** As the upstream last counted. */
  total: z.number().nullable(),
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
  /** The generation that this run marks what it sees with; null in RECENT. */
  generation: z.number().nullable(),
  /** The list changed all the time, or did not show all that it counts. */
  isUncertain: z.boolean(),
  /** As many conversations are mirrored as the upstream counts. */
  isCountRight: z.boolean(),
  again: z.array(againSchema),
  /** What the list showed and could not be read, without an id to ask for it. */
  nameless: z.object({ count: z.number(), reason: z.string() }),
  /** How many there were of those when more of the list was read than in RECENT. */
  namelessBefore: z.number(),
});

/** Where a run goes on when its worker dies, and what the next one takes over. Written with each page. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Null for what another version of the gateway has written. */
export function readCheckpoint(json: unknown): Checkpoint | null {
  return checkpointSchema.safeParse(json).data ?? null;
}

/** At the beginning of the list. */
export const firstPage = {
  page: 1,
  pass: 1,
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
    version: 1,
    mode,
    stage: 'PAGES',
    startedAt,
    ...firstPage,
    total: null,
    newest: before?.newest ?? null,
    watermark: null,
    generation,
    isUncertain: false,
    isCountRight: true,
    again: before?.again ?? [],
    nameless: { count: 0, reason: before?.nameless.reason ?? '' },
    namelessBefore: mode === 'RECENT' && before !== null ? namelessCount(before) : 0,
  };
}

/** How many conversations of the list could not be read and bore no id, as far as is known. */
export function namelessCount({ nameless, namelessBefore }: Checkpoint): number {
  return Math.max(nameless.count, namelessBefore);
}

/** How many conversations are known of, and could not be read. */
export function unreadCount(checkpoint: Checkpoint): number {
  return checkpoint.again.filter(({ kind }) => kind !== 'DOUBTFUL').length + namelessCount(checkpoint);
}

/** Conversations to be read again that are kept; more are noticed by the next reading of the whole list. */
const maxKept = { DOUBTFUL: 2_000, UNREADABLE: 200, FAILED: 200 } as const;

/** @returns whether there was room */
export function keepForLater(checkpoint: Checkpoint, entry: Again): boolean {
  checkpoint.again = checkpoint.again.filter(({ id }) => id !== entry.id);
  const room = maxKept[entry.kind] - checkpoint.again.filter(({ kind }) => kind === entry.kind).length;
  if (room > 0) checkpoint.again.push(entry);
  return room > 0;
}

export function forget(checkpoint: Checkpoint, ids: ReadonlySet<string>): void {
  if (checkpoint.again.some(({ id }) => ids.has(id))) {
    checkpoint.again = checkpoint.again.filter(({ id }) => !ids.has(id));
  }
}
