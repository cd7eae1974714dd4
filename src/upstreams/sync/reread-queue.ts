import { z } from 'zod';
import { firstWords } from '../../lib/text.ts';

/**
 * Which conversations are read again, and when. Pure: each function takes a queue and gives the next one, which the
 * checkpoint of a sync keeps. All times are milliseconds since the epoch.
 */

const entrySchema = z.object({
  /** The upstream's id. */
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

export type RereadEntry = z.infer<typeof entrySchema>;

export const rereadQueueSchema = z.object({
  entries: z.array(entrySchema),
  /** What could not be read and is not among the entries: it bore no id to ask for it by, or there was no room. */
  withoutId: z.object({ count: z.number(), reason: z.string() }),
  /** How many there were of those when more of the list was read than this time. */
  withoutIdBefore: z.number(),
});

export type RereadQueue = z.infer<typeof rereadQueueSchema>;

export const emptyQueue: RereadQueue = { entries: [], withoutId: { count: 0, reason: '' }, withoutIdBefore: 0 };

/**
 * What a conversation's reading came to. Of one that was READ, `updatedAt` is null where it tells none, and
 * `partReason` says which message or file could not be read, while the rest was.
 */
export type Reading = {
  id: string;
  askedAt: number;
  /** Where the list has just shown it: its line, and the change that this tells of. */
  listed: { fingerprint: string; changedAt: number | null } | null;
  result:
    | { kind: 'READ'; updatedAt: number | null; isOvertaken: boolean; partReason: string | null }
    | { kind: 'UNREADABLE'; reason: string }
    /** `isLasting`: does not pass by itself, and does not say that the upstream is not well. */
    | { kind: 'FAILED'; reason: string; httpStatus: number | null; isLasting: boolean };
};

export type RereadTiming = {
  now: number;
  /** The newest change that the list has shown, and when, by our clock, it first did. */
  newest: { at: number; seenAt: number } | null;
  /** A second that an upstream's clock has reached is over after this. */
  settleMs: number;
  /** How much earlier than the newest change another one may bear its time, where that second is not over. */
  marginMs: number;
  /** The pause before what failed so often, counted from 0, is tried again. */
  pauseMs: (failures: number) => number;
};

/** How often what looks older than the list told is read again. */
const maxDoubts = 3;
/** Entries kept; more are noticed by the next reading of the whole list. */
const maxKept = { DOUBTFUL: 2_000, UNREADABLE: 200, FAILED: 200 } as const;
/** Of what is told of one conversation. */
const reasonCharacters = 160;

/** At the beginning of a sync: `isWholeListRead` where it will go through all of the list and count anew. */
export function carryOver(before: RereadQueue, isWholeListRead: boolean): RereadQueue {
  const { entries, withoutId } = before;
  return {
    entries,
    withoutId: { count: 0, reason: withoutId.reason },
    withoutIdBefore: isWholeListRead ? 0 : countWithoutId(before),
  };
}

/** The whole list was read, so this run's count of what bore no id replaces the older one. */
export function recountWithoutId(queue: RereadQueue): RereadQueue {
  return { ...queue, withoutIdBefore: 0 };
}

/** Whether a listed conversation could not be read as it is now, and its pause is not over. */
export function isPausing(queue: RereadQueue, listed: { id: string; fingerprint: string }, now: number): boolean {
  const entry = findEntry(queue, listed.id);
  return entry !== undefined && entry.listFingerprint === listed.fingerprint && entry.dueAt > now;
}

/** What is to be read now. */
export function dueEntries(queue: RereadQueue, now: number): RereadEntry[] {
  return queue.entries.filter(({ dueAt }) => dueAt <= now);
}

/** Takes in what readings came to. @returns also what is kept because it could not be read */
export function settleReadings(
  queue: RereadQueue,
  readings: readonly Reading[],
  timing: RereadTiming,
): { queue: RereadQueue; unread: RereadEntry[] } {
  const read = readings.filter(({ result }) => result.kind === 'READ');
  let next = dropEntries(
    queue,
    read.map(({ id }) => id),
  );
  const doubts = read.flatMap((reading) => doubtfulEntry(findEntry(queue, reading.id), reading, timing) ?? []);
  const unread = readings.flatMap((reading) => unreadEntry(findEntry(queue, reading.id), reading, timing) ?? []);
  for (const entry of [...doubts, ...unread]) next = addEntry(next, entry);
  return { queue: next, unread };
}

/** What the list showed and could not be read; `isCounted`: what has no entry is counted, once a round. */
export function noteUnreadableListed(
  queue: RereadQueue,
  items: readonly { id: string | null; reason: string }[],
  { dueAt, isCounted }: { dueAt: number; isCounted: boolean },
): RereadQueue {
  let next = queue;
  for (const { id, reason } of items) {
    if (id !== null && findEntry(next, id)?.kind === 'UNREADABLE') continue;
    const entry = { kind: 'UNREADABLE' as const, reason: shortReason(reason), httpStatus: null, tries: 1, dueAt };
    const added = id === null ? null : withEntry(next, { id, ...entry, listFingerprint: null, behind: null });
    if (added !== null) next = added;
    else if (isCounted) next = countOne(next, reason);
  }
  return next;
}

export function dropEntries(queue: RereadQueue, ids: readonly string[]): RereadQueue {
  const dropped = new Set(ids);
  return queue.entries.some(({ id }) => dropped.has(id))
    ? { ...queue, entries: queue.entries.filter(({ id }) => !dropped.has(id)) }
    : queue;
}

/** How many conversations are known of, and could not be read. */
export function countUnread(queue: RereadQueue): number {
  return queue.entries.filter(({ kind }) => kind !== 'DOUBTFUL').length + countWithoutId(queue);
}

/** How many of the list could not be read and have no entry, as far as is known. */
export function countWithoutId({ withoutId, withoutIdBefore }: RereadQueue): number {
  return Math.max(withoutId.count, withoutIdBefore);
}

/** The entry of a conversation that was read and is still in doubt; null where there is no doubt. */
function doubtfulEntry(
  before: RereadEntry | undefined,
  { id, askedAt, listed, result }: Reading,
  { now, newest, settleMs, marginMs }: RereadTiming,
): RereadEntry | null {
  if (result.kind !== 'READ') return null;
  const tries = (before?.tries ?? 0) + 1;
  const doubt = (dueAt: number, behind: number | null = null): RereadEntry => {
    return { id, kind: 'DOUBTFUL', reason: null, httpStatus: null, listFingerprint: null, behind, tries, dueAt };
  };
  // Something newer was stored while it was read.
  if (result.isOvertaken) return doubt(askedAt);
  const at = listed === null ? (before?.behind ?? null) : listed.changedAt;
  if (at === null) return null;
  // The list told of a change that its own answer does not show yet.
  if (result.updatedAt !== null && result.updatedAt < at && tries <= maxDoubts) return doubt(now + settleMs, at);
  if (listed === null || newest === null) return null;
  // More may change within the second that the list's newest change bears.
  const settledAt = newest.seenAt + settleMs;
  return at > newest.at - marginMs && askedAt < settledAt ? doubt(settledAt) : null;
}

function unreadEntry(
  before: RereadEntry | undefined,
  { id, listed, result }: Reading,
  { now, pauseMs }: RereadTiming,
): RereadEntry | null {
  const reason = result.kind === 'READ' ? result.partReason : result.reason;
  if (reason === null) return null;
  const tries = (before?.tries ?? 0) + 1;
  const isPassing = result.kind === 'FAILED' && !result.isLasting;
  return {
    id,
    kind: isPassing ? 'FAILED' : 'UNREADABLE',
    reason: shortReason(reason),
    httpStatus: result.kind === 'FAILED' ? result.httpStatus : null,
    listFingerprint: listed?.fingerprint ?? before?.listFingerprint ?? null,
    behind: null,
    tries,
    dueAt: now + pauseMs(tries - 1),
  };
}

function addEntry(queue: RereadQueue, entry: RereadEntry): RereadQueue {
  const added = withEntry(queue, entry);
  if (added !== null) return added;
  const kept = dropEntries(queue, [entry.id]);
  return entry.kind === 'DOUBTFUL' ? kept : countOne(kept, entry.reason ?? '');
}

/** In place of the entry that there was; null where there is no room. */
function withEntry(queue: RereadQueue, entry: RereadEntry): RereadQueue | null {
  const others = queue.entries.filter(({ id }) => id !== entry.id);
  if (others.filter(({ kind }) => kind === entry.kind).length >= maxKept[entry.kind]) return null;
  return { ...queue, entries: [...others, entry] };
}

function countOne(queue: RereadQueue, reason: string): RereadQueue {
  return { ...queue, withoutId: { count: queue.withoutId.count + 1, reason: shortReason(reason) } };
}

function findEntry({ entries }: RereadQueue, id: string): RereadEntry | undefined {
  return entries.find((entry) => entry.id === id);
}

function shortReason(reason: string): string {
  return firstWords(reason, reasonCharacters);
}
