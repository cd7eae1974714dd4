import type { ConversationPage } from '../clients/read-answers.ts';
import { type ListedConversation, partReadable } from '../clients/records.ts';
import { firstPage, keepForLater, namelessCount, unreadCount } from './checkpoint.ts';
import { shortReason } from './outcome.ts';
import { readDiffering, readItems } from './read-conversations.ts';
import { saveProgress } from './run.ts';
import { askForPage, changedAt, type Reader } from './turn.ts';
import { markSeen } from './write-conversations.ts';

/** Going through an upstream's list. */

/** Another pass over a list whose pages shifted while they were read. */
const maxPasses = 3;
const maxPages = 100_000;
/** A time so far ahead is a mistake, not a clock that is a little off. */
const maxAheadMs = 86_400_000;
const secondMs = 1_000;

/**
 * Goes through the list and reads what differs from what is stored. Where `bound` is given and the list comes sorted
 * by change, newest first, it stops at the first page that ends before it. Progress is stored with each page.
 */
export async function readList(reader: Reader, bound: number | null): Promise<void> {
  const { run, signal, tunables } = reader;
  const { checkpoint } = run;
  for (;;) {
    signal.throwIfAborted();
    const askedAt = tunables.now();
    const page = await askForPage(reader, checkpoint.page);
    noteTotal(reader, page);
    const { readable, unreadable } = partReadable(page.items);
    if (isFirstLook(reader)) run.counts.scanned += page.items.length;
    noteNewest(reader, readable, askedAt);
    const unreadableIds = noteUnreadable(reader, unreadable);
    await readDiffering(reader, readable);
    await markSeen(reader, unreadableIds);
    noteOrder(reader, readable);

    const isPast = bound !== null && maySkip(reader, page) && isBefore(reader, bound);
    if (!isPast && !isLastPage(page, checkpoint.page)) {
      checkpoint.page++;
      await saveProgress(run);
      continue;
    }
    // All of it was shown: what could not be read is what could not be read this time.
    if (!isPast) checkpoint.namelessBefore = 0;
    const { isSorted, hasShrunk, hasChanged, pass } = checkpoint;
    // In a sorted list what is new or changes comes first, and nothing is passed by; unless something goes.
    const isSteady = isSorted ? !hasShrunk : !hasChanged;
    const isWhole = isSteady && (isPast || (await sawAll(reader)));
    if (isWhole || pass >= maxPasses) {
      if (!isWhole) {
        checkpoint.isUncertain = true;
        // The next round looks as far back as this one did.
        checkpoint.watermark = null;
      }
      return;
    }
    Object.assign(checkpoint, firstPage, { pass: pass + 1 });
    await saveProgress(run);
  }
}

function noteTotal({ run: { checkpoint } }: Reader, { total }: ConversationPage): void {
  if (total === null) return;
  const isFirst = checkpoint.page === 1;
  if (!isFirst && checkpoint.total !== null) {
    checkpoint.hasChanged ||= total !== checkpoint.total;
    checkpoint.hasShrunk ||= total < checkpoint.total;
  }
  checkpoint.total = total;
}

/**
 * Upstream times are whole seconds by a clock that may be off from ours, so only ours is used for how long ago a
 * change was seen: its second is over for certain once `settleMs` have passed since. Then all changes up to it are
 * told by a list that is asked for; before that, as many changes of the same second may follow.
 */
function noteNewest({ run, tunables }: Reader, items: readonly ListedConversation[], askedAt: number): void {
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
function isFirstLook({ run: { checkpoint } }: Reader): boolean {
  return checkpoint.stage === 'PAGES' && checkpoint.pass === 1;
}

function noteUnreadable(reader: Reader, items: readonly { id: string | null; reason: string }[]): string[] {
  const { run, tunables } = reader;
  const { checkpoint, account, caller } = run;
  const ids: string[] = [];
  for (const { id, reason } of items) {
    caller.app.log.warn({ upstreamId: account.id, externalId: id, reason }, 'a listed conversation cannot be read');
    if (id !== null) ids.push(id);
    const isKnown = checkpoint.again.some((entry) => entry.id === id && entry.kind === 'UNREADABLE');
    const isKept =
      isKnown ||
      (id !== null &&
        keepForLater(checkpoint, {
          id,
          kind: 'UNREADABLE',
          reason: shortReason(reason),
          httpStatus: null,
          listFingerprint: null,
          behind: null,
          tries: 1,
          dueAt: tunables.now() + tunables.lastRetryMs,
        }));
    if (!isKept && isFirstLook(reader)) {
      checkpoint.nameless = { count: checkpoint.nameless.count + 1, reason: shortReason(reason) };
    }
  }
  return ids;
}

/** One without a time tells nothing of the order. */
function noteOrder({ run: { checkpoint } }: Reader, items: readonly ListedConversation[]): void {
  for (const item of items) {
    const at = changedAt(item);
    if (at === null) continue;
    if (checkpoint.last !== null && at > checkpoint.last) checkpoint.isSorted = false;
    checkpoint.last = at;
  }
}

/**
 * Whether the rest of a sorted list may be left out. AI My Chats is asked for that order. Animam's is not published:
 * that it looks sorted so may be chance, so the rest of its list is left out only where it is long, and nobody waits.
 */
function maySkip({ run, tunables }: Reader, page: ConversationPage): boolean {
  const { checkpoint, account } = run;
  if (checkpoint.mode !== 'RECENT' && checkpoint.stage !== 'LATEST') return false;
  if (account.provider === 'AI_MY_CHATS') return true;
  const pages = page.totalPages ?? Number.POSITIVE_INFINITY;
  return pages > tunables.wholeListPages && account.status !== 'SYNCING';
}

function isBefore({ run: { checkpoint } }: Reader, bound: number): boolean {
  return checkpoint.isSorted && checkpoint.last !== null && checkpoint.last < bound;
}

function isLastPage(page: ConversationPage, number: number): boolean {
  if (page.items.length === 0 || number >= maxPages) return true;
  if (page.totalPages !== null) return number >= page.totalPages;
  if (page.total !== null) return number * page.perPage >= page.total;
  return page.items.length < page.perPage;
}

/** Whether as many conversations were seen as the upstream counts; in RECENT, nothing speaks against it. */
async function sawAll({ run }: Reader): Promise<boolean> {
  const { generation, total } = run.checkpoint;
  if (generation === null || total === null) return true;
  const { caller, account } = run;
  const seen = await caller.app.database.prisma.conversation.count({
    where: { tenantId: caller.tenantId, upstreamId: account.id, generation },
  });
  return seen + unreadCount(run.checkpoint) >= total;
}

/**
 * Reads what the list did not show by its id: a list may lie (pages shift, an upstream restarts empty), so only what
 * is not there is removed.
 */
export async function readUnseen(reader: Reader): Promise<void> {
  const { run, signal, tunables } = reader;
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
    await readItems(reader, items);
    await saveProgress(run);
  }
}

/** Notes whether as many are mirrored as the upstream counts: where not, its whole list is looked at sooner. */
export async function confirmCount({ run }: Reader): Promise<void> {
  const { caller, account, checkpoint } = run;
  if (checkpoint.total === null) return;
  const mirrored = await caller.app.database.prisma.conversation.count({
    where: { tenantId: caller.tenantId, upstreamId: account.id },
  });
  const isRight = mirrored <= checkpoint.total && mirrored + unreadCount(checkpoint) >= checkpoint.total;
  checkpoint.isCountRight = isRight && namelessCount(checkpoint) === 0;
}
