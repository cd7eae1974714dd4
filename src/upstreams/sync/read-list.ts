import type { ListPage } from '../clients/client.ts';
import type { Drift } from '../clients/drift.ts';
import { type ListedConversation, partReadable, type Unreadable } from '../clients/records.ts';
import { expectedTotal, isCountRight } from './checkpoint.ts';
import { readDiffering, readItems } from './read-conversations.ts';
import { countUnread, countWithoutId, noteUnreadableListed, recountWithoutId } from './reread-queue.ts';
import { beginPass, saveProgress } from './run.ts';
import { askForPage, changedAt, type SyncTurn } from './turn.ts';
import { markSeen } from './write-conversations.ts';

/** Going through an upstream's list. */

/** Another pass over a list whose pages shifted while they were read. */
const maxPasses = 3;
const maxPages = 100_000;
/** Pages after which it is asked whether more were shown than there are, where no total says how many there should be. */
const pagesBetweenCounts = 10;
/** A time so far ahead is a mistake, not a clock that is a little off. */
const maxAheadMs = 86_400_000;
const secondMs = 1_000;

/**
 * Goes through the list and reads what differs from what is stored. Where `bound` is given and the list comes sorted
 * by change, newest first, it stops at the first page that ends before it. Progress is stored with each page.
 */
export async function readList(turn: SyncTurn, bound: number | null): Promise<void> {
  const { checkpoint } = turn.run;
  for (;;) {
    turn.signal.throwIfAborted();
    const page = await readPage(turn);
    const isPast = bound !== null && maySkip(turn) && isBefore(turn, bound);
    if (checkpoint.repeatedPage === null && !isPast && page.next !== null && checkpoint.page < maxPages) {
      Object.assign(checkpoint, { position: page.next, page: checkpoint.page + 1 });
      await saveProgress(turn.run);
    } else if (await isReadThrough(turn, isPast)) return;
    else await beginPass(turn.run);
  }
}

/** Reads a page and what differs on it. */
async function readPage(turn: SyncTurn): Promise<ListPage> {
  const { run, tunables } = turn;
  const { checkpoint } = run;
  const askedAt = tunables.now();
  const page = await askForPage(turn);
  noteTotal(turn, page);
  const { readable, unreadable } = partReadable(page.items);
  if (isFirstLook(turn)) run.counts.scanned += page.items.length;
  noteNewest(turn, readable, askedAt);
  const unreadableIds = noteUnreadable(turn, unreadable);
  await readDiffering(turn, readable);
  await markSeen(turn, unreadableIds);
  noteOrder(turn, readable);
  checkpoint.shown += page.items.length;
  if (await isRepeated(turn, page)) await noteRepeated(turn);
  checkpoint.firstMark ??= page.mark;
  checkpoint.lastMark = page.mark;
  return page;
}

/** At the end of a pass: whether no other one is needed, or allowed. */
async function isReadThrough(turn: SyncTurn, isPast: boolean): Promise<boolean> {
  const { checkpoint } = turn.run;
  const isRepeating = checkpoint.repeatedPage !== null;
  if (!isPast && !isRepeating) {
    // The whole list was read, so this run's count replaces the older one.
    checkpoint.rereadQueue = recountWithoutId(checkpoint.rereadQueue);
    await compareTotal(turn);
  }
  const { isSorted, hasShrunk, hasChanged, pass } = checkpoint;
  // Newest first, an insertion repeats entries; only a deletion shifts unread ones onto pages already read.
  const isSteady = isSorted ? !hasShrunk : !hasChanged;
  const isWhole = !isRepeating && isSteady && (isPast || (await sawAll(turn)));
  if (!isWhole && !isRepeating && pass < maxPasses) return false;
  if (!isWhole) {
    checkpoint.isUncertain = true;
    // The next round looks as far back as this one did.
    checkpoint.watermark = null;
  }
  return true;
}

function noteTotal({ run: { checkpoint } }: SyncTurn, { total }: ListPage): void {
  if (total === null) return;
  const isFirst = checkpoint.page === 1;
  if (!isFirst && checkpoint.total !== null) {
    checkpoint.hasChanged ||= total !== checkpoint.total;
    checkpoint.hasShrunk ||= total < checkpoint.total;
  }
  checkpoint.total = total;
}

/**
 * A total that an unchanged list does not fit is told as drift, and taken for what the list shows from then on. That
 * too little was shown may be chance, pages that shifted say: only what two passes show alike speaks against the total.
 */
async function compareTotal(turn: SyncTurn): Promise<void> {
  const { checkpoint } = turn.run;
  const { total, shown, shownBefore, hasChanged } = checkpoint;
  if (total === null || hasChanged) return;
  if (shown === total) checkpoint.misfit = null;
  const isKnown = checkpoint.misfit?.told === total && checkpoint.misfit.shown === shown;
  if (shown === total || isKnown || (shown < total && shownBefore !== shown)) return;
  checkpoint.misfit = { told: total, shown };
  await tellDrift(turn, { path: turn.traits.totalPath, expected: String(shown), actual: String(total) });
}

/**
 * Whether a page shows nothing new: what the one before it or the first one showed, so that its number or cursor is
 * not heeded; or more was shown by now than there is.
 */
async function isRepeated(turn: SyncTurn, { mark, items }: ListPage): Promise<boolean> {
  const { run, tunables } = turn;
  const { page, firstMark, lastMark, shown, rereadQueue } = run.checkpoint;
  if (items.length === 0 || page === 1) return false;
  if (mark === firstMark || mark === lastMark) return true;
  if (page % pagesBetweenCounts !== 0 || shown <= (expectedTotal(run.checkpoint) ?? 0)) return false;
  const there = (await countMirrored(turn)) + countUnread(rereadQueue);
  return shown > there + pagesBetweenCounts * tunables.pageSize;
}

async function noteRepeated(turn: SyncTurn): Promise<void> {
  const { checkpoint, caller, account } = turn.run;
  checkpoint.repeatedPage = checkpoint.page;
  caller.app.log.warn({ upstreamId: account.id, page: checkpoint.page }, 'a list shows the same page again');
  await tellDrift(turn, { path: 'page', expected: 'further conversations', actual: 'those shown before' });
}

async function tellDrift({ run, recordDrift }: SyncTurn, drift: Omit<Drift, 'resource' | 'kind'>): Promise<void> {
  await recordDrift(run.caller, run.account.id, [{ resource: 'conversation.list', kind: 'TYPE', ...drift }]);
}

/**
 * Upstream times are whole seconds by a clock that may be off from ours, so only ours is used for how long ago a
 * change was seen: its second is over for certain once `settleMs` have passed since. Then all changes up to it are
 * told by a list that is asked for; before that, as many changes of the same second may follow.
 */
function noteNewest({ run, tunables }: SyncTurn, items: readonly ListedConversation[], askedAt: number): void {
  const { checkpoint } = run;
  const { settleMs, marginMs } = tunables;
  const now = tunables.now();
  const times = items.flatMap((item) => changedAt(item) ?? []).filter((at) => at < now + maxAheadMs);
  const at = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (at > (checkpoint.newest?.at ?? Number.NEGATIVE_INFINITY)) checkpoint.newest = { at, seenAt: now };
  const { newest } = checkpoint;
  if (checkpoint.page !== 1 || checkpoint.pass !== 1) return;
  if (newest === null) checkpoint.watermark = null;
  else checkpoint.watermark = askedAt - newest.seenAt >= settleMs ? newest.at + secondMs : newest.at - marginMs;
}

/** Another pass, and a look at the newest at the end, show the same ones again. */
function isFirstLook({ run: { checkpoint } }: SyncTurn): boolean {
  return checkpoint.stage === 'PAGES' && checkpoint.pass === 1;
}

/** @returns the ids of those that have one */
function noteUnreadable(turn: SyncTurn, items: readonly Unreadable[]): string[] {
  const { run, tunables } = turn;
  const { checkpoint, account, caller } = run;
  for (const { id, reason } of items) {
    caller.app.log.warn({ upstreamId: account.id, externalId: id, reason }, 'a listed conversation cannot be read');
  }
  const dueAt = tunables.now() + tunables.lastRetryMs;
  const isCounted = isFirstLook(turn);
  checkpoint.rereadQueue = noteUnreadableListed(checkpoint.rereadQueue, items, { dueAt, isCounted });
  return items.flatMap(({ id }) => id ?? []);
}

/** One without a time tells nothing of the order. */
function noteOrder({ run: { checkpoint } }: SyncTurn, items: readonly ListedConversation[]): void {
  for (const item of items) {
    const at = changedAt(item);
    if (at === null) continue;
    if (checkpoint.last !== null && at > checkpoint.last) checkpoint.isSorted = false;
    checkpoint.last = at;
  }
}

/**
 * Whether the rest of a sorted list may be left out. Where an API cannot be relied on to sort it, that it looks sorted
 * may be chance, so the rest is left out only where the list is long, and nobody waits.
 */
function maySkip({ run, tunables, traits }: SyncTurn): boolean {
  const { checkpoint, account } = run;
  if (checkpoint.mode !== 'RECENT' && checkpoint.stage !== 'LATEST') return false;
  if (traits.isSortedByChange) return true;
  const pages = (checkpoint.total ?? Number.POSITIVE_INFINITY) / tunables.pageSize;
  return pages > tunables.wholeListPages && account.status !== 'SYNCING';
}

function isBefore({ run: { checkpoint } }: SyncTurn, bound: number): boolean {
  return checkpoint.isSorted && checkpoint.last !== null && checkpoint.last < bound;
}

/** Whether as many conversations were seen as the upstream counts; in RECENT, nothing speaks against it. */
async function sawAll(turn: SyncTurn): Promise<boolean> {
  const { checkpoint } = turn.run;
  const expected = expectedTotal(checkpoint);
  if (checkpoint.generation === null || expected === null) return true;
  return (await countMirrored(turn, checkpoint.generation)) + countUnread(checkpoint.rereadQueue) >= expected;
}

function countMirrored({ run }: SyncTurn, generation?: number): Promise<number> {
  const { caller, account } = run;
  return caller.app.database.prisma.conversation.count({
    where: { tenantId: caller.tenantId, upstreamId: account.id, ...(generation !== undefined && { generation }) },
  });
}

/**
 * Reads what the list did not show by its id: a list may lie (pages shift, an upstream restarts empty), so only what
 * is not there is removed.
 */
export async function readUnseen(turn: SyncTurn): Promise<void> {
  const { run, signal, tunables } = turn;
  const { caller, account, checkpoint } = run;
  const { generation } = checkpoint;
  if (generation === null) return;
  let after = '';
  for (;;) {
    signal.throwIfAborted();
    const unseen = await caller.app.database.prisma.conversation.findMany({
      where: {
        tenantId: caller.tenantId,
        upstreamId: account.id,
        generation: { lt: generation },
        externalId: { gt: after },
      },
      orderBy: { externalId: 'asc' },
      select: { externalId: true, fingerprint: true },
      take: tunables.batchSize * 4,
    });
    const items = unseen.flatMap(({ externalId, fingerprint }) =>
      externalId === null ? [] : [{ externalId, stored: { fingerprint } }],
    );
    const last = items.at(-1);
    if (last === undefined) return;
    after = last.externalId;
    await readItems(turn, items);
    await saveProgress(run);
  }
}

/** Notes whether as many are mirrored as the upstream counts: where not, its whole list is looked at sooner. */
export async function confirmCount(turn: SyncTurn): Promise<void> {
  const { checkpoint } = turn.run;
  if (checkpoint.total === null) return;
  const isRight = isCountRight(checkpoint, await countMirrored(turn)) && countWithoutId(checkpoint.rereadQueue) === 0;
  const isNews = checkpoint.mode !== 'RECENT' && checkpoint.count === 'RIGHT' && checkpoint.repeatedPage === null;
  checkpoint.count = isRight ? 'RIGHT' : isNews ? 'LOOK_AGAIN' : 'WRONG';
}
