import { EgressError } from '../../lib/egress/egress.ts';
import type { MirroredConversation } from '../clients/records.ts';
import type { UpstreamFailure } from '../http/failure.ts';
import { type Again, keepForLater } from './checkpoint.ts';
import { pauseAfter, shortReason } from './outcome.ts';
import type { SyncRun } from './run.ts';
import { changedAt, type Item, type Read, type Reader } from './turn.ts';

/** What is to be read again, and why. */

/** How often what looks older than the list told is read again. */
const maxDoubts = 3;

/** Why a conversation is to be read once more although it was read; null where there is no reason. */
export function doubtOf(
  { tunables, run }: Reader,
  { item: { externalId, listed }, askedAt }: Read,
  record: MirroredConversation,
  isOvertaken: boolean,
): Again | null {
  const { newest, again } = run.checkpoint;
  const before = again.find(({ id }) => id === externalId);
  const doubt = (dueAt: number, behind: number | null = null): Again => ({
    id: externalId,
    kind: 'DOUBTFUL',
    reason: null,
    httpStatus: null,
    listFingerprint: null,
    behind,
    tries: (before?.tries ?? 0) + 1,
    dueAt,
  });
  if (isOvertaken) return doubt(askedAt);
  const at = listed === undefined ? (before?.behind ?? null) : changedAt(listed);
  if (at === null) return null;
  if (record.updatedAt.getTime() < at && (before?.tries ?? 0) < maxDoubts) {
    return doubt(tunables.now() + tunables.settleMs, at);
  }
  if (listed === undefined || newest === null) return null;
  const settledAt = newest.seenAt + tunables.settleMs;
  return at > newest.at - tunables.marginMs && askedAt < settledAt ? doubt(settledAt) : null;
}

export function toFailed(reader: Reader, item: Item, failure: UpstreamFailure): Again {
  const { kind, cause, message, httpStatus } = failure;
  const isTooLarge = cause instanceof EgressError && cause.kind === 'TOO_LARGE';
  // Neither passes by itself, and neither says that the upstream is not well.
  const isLasting = isTooLarge || kind === 'REJECTED' || kind === 'FORBIDDEN' || kind === 'UNAUTHORIZED';
  return { ...unreadEntry(reader, item, message), kind: isLasting ? 'UNREADABLE' : 'FAILED', httpStatus };
}

export function toUnreadable(reader: Reader, item: Item, reason: string): Again {
  return { ...unreadEntry(reader, item, reason), kind: 'UNREADABLE', httpStatus: null };
}

function unreadEntry(reader: Reader, { externalId, listed }: Item, reason: string) {
  const { run, tunables } = reader;
  const before = run.checkpoint.again.find(({ id }) => id === externalId);
  const tries = (before?.tries ?? 0) + 1;
  return {
    id: externalId,
    reason: shortReason(reason),
    listFingerprint: listed?.listFingerprint ?? before?.listFingerprint ?? null,
    behind: null,
    tries,
    dueAt: tunables.now() + pauseAfter(tries - 1, tunables),
  };
}

export function partsReason(count: number, { reason }: { reason: string }): string {
  return count === 1 ? reason : `${reason}, and ${count - 1} further parts`;
}

export function keepUnread({ checkpoint, account, caller }: SyncRun, entry: Again): void {
  const { id, reason, kind } = entry;
  caller.app.log.warn({ upstreamId: account.id, externalId: id, reason, kind }, 'a conversation was not mirrored');
  const isKept = keepForLater(checkpoint, entry);
  if (!isKept) checkpoint.nameless = { count: checkpoint.nameless.count + 1, reason: reason ?? '' };
}
