import { emitUpstream } from '../../domain/upstreams/upstreams.ts';
import { firstWords } from '../../lib/text.ts';
import type { UpstreamAccount } from '../clients/clients.ts';
import type { UpstreamFailure } from '../http/failure.ts';
import type { Checkpoint } from './checkpoint.ts';
import { countWithoutId, type RereadEntry } from './reread-queue.ts';
import { type StoredRun, type SyncRun, storeProgress, writeInRun } from './run.ts';

/** How a worker's turn at a sync ended, and what that makes of the upstream's status. */

export type SyncOutcome =
  /** The list was gone through. `fault`: what was skipped on the way; null where nothing was. */
  | { kind: 'DONE'; fault: string | null }
  /** The same, and some conversations could not be read now: they are tried again at `retryAt`. */
  | { kind: 'PARTLY'; fault: string; httpStatus: number | null; retryAt: Date }
  /** Is gone on with, where it stopped, at `retryAt`. */
  | { kind: 'FAILED'; message: string; httpStatus: number | null; retryAt: Date }
  /** As much was asked as the upstream allows for now: nothing is wrong, and the sync goes on at `until`. */
  | { kind: 'WAITING'; until: Date }
  | { kind: 'UNAUTHORIZED'; message: string; httpStatus: number | null };

export type Pauses = { firstRetryMs: number; lastRetryMs: number; random: () => number };

/** Doubled each time, with chance in it. */
export function pauseAfter(failures: number, { firstRetryMs, lastRetryMs, random }: Pauses): number {
  const pauseMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures, 30));
  return pauseMs / 2 + (random() * pauseMs) / 2;
}

export function outcomeOf(checkpoint: Checkpoint): SyncOutcome {
  const skipped = checkpoint.rereadQueue.entries.filter(({ kind }) => kind !== 'DOUBTFUL');
  const failed = skipped.filter(({ kind }) => kind === 'FAILED');
  const fault = faultOf(checkpoint, skipped);
  const next = failed.toSorted((a, b) => a.dueAt - b.dueAt)[0];
  if (next === undefined || fault === null) return { kind: 'DONE', fault };
  return { kind: 'PARTLY', fault, httpStatus: next.httpStatus, retryAt: new Date(next.dueAt) };
}

const shownCount = 5;

function faultOf(checkpoint: Checkpoint, skipped: readonly RereadEntry[]): string | null {
  const { rereadQueue, isUncertain, repeatedPage } = checkpoint;
  const faults: string[] = [];
  const withoutId = countWithoutId(rereadQueue);
  const count = skipped.length + withoutId;
  if (count > 0) {
    const shown = skipped.slice(0, shownCount).map(({ id, reason }) => `${firstWords(id, 60)} (${reason})`);
    if (shown.length < shownCount && withoutId > 0)
      shown.push(`${withoutId} without id (${rereadQueue.withoutId.reason})`);
    const isAll = shown.length >= skipped.length;
    const what = count === 1 ? '1 conversation' : `${count} conversations`;
    faults.push(`${what} could not be read: ${shown.join(', ')}${isAll ? '' : ', …'}`);
  }
  if (repeatedPage !== null) {
    const page = `Page ${repeatedPage} of the list shows what was shown before`;
    faults.push(`${page}: what should follow cannot be read, and the next sync looks again`);
  } else if (isUncertain) {
    faults.push('The list changed while it was read, or did not show all that it counts: the next sync looks again');
  }
  return faults.length === 0 ? null : faults.join('. ');
}

/** Not sent at all: the upstream failed too often, or has been asked enough for now. */
export function wasNotSent({ kind, httpStatus }: UpstreamFailure): boolean {
  return httpStatus === null && (kind === 'UNAVAILABLE' || kind === 'RATE_LIMITED');
}

export function failureOutcome(run: SyncRun, failure: UpstreamFailure, now: number, pauses: Pauses): SyncOutcome {
  const { message, httpStatus, kind, retryAfterMs } = failure;
  if (kind === 'UNAUTHORIZED' || kind === 'FORBIDDEN') return { kind: 'UNAUTHORIZED', message, httpStatus };
  const { errorMessage, errorHttpStatus, retryAt } = run.account;
  if (wasNotSent(failure)) {
    const until = new Date(now + Math.max(retryAfterMs ?? 0, pauses.firstRetryMs));
    // Because of what the upstream failed with before: that is still the reason.
    const isForFault =
      errorMessage !== null && (kind === 'UNAVAILABLE' || (retryAt !== null && retryAt.getTime() > now));
    if (!isForFault) return { kind: 'WAITING', until };
    return { kind: 'FAILED', message: errorMessage, httpStatus: errorHttpStatus, retryAt: until };
  }
  const pauseMs = Math.max(retryAfterMs ?? 0, pauseAfter(run.account.failures, pauses));
  return { kind: 'FAILED', message, httpStatus, retryAt: new Date(now + pauseMs) };
}

/** Ends a worker's turn at the run, and tells how the upstream does and what was done. @throws LeaseLostError */
export async function closeRun(run: SyncRun, outcome: SyncOutcome): Promise<void> {
  const { tenantId, id } = run.account;
  const where = { tenantId_id: { tenantId, id } };
  const isFinished = outcome.kind !== 'FAILED' && outcome.kind !== 'WAITING';
  const row = await writeInRun(run, async (unit) => {
    const stored = await storeProgress(unit, run, isFinished ? unit.now : null);
    const before = await unit.tx.upstream.findUniqueOrThrow({ where });
    const changes = changesOf(outcome, unit.now, before, run.checkpoint);
    // Asked for while this one ran: a job waits that does it, with a new key perhaps.
    if (before.nextSyncAt?.getTime() !== run.claimedNextSyncAt.getTime()) {
      changes.nextSyncAt = before.nextSyncAt;
      if (before.status === 'SYNCING') changes.status = 'SYNCING';
    }
    await unit.tx.upstream.update({ where, data: changes });
    const isTold = before.status !== changes.status || before.errorMessage !== (changes.errorMessage ?? null);
    if (isTold && outcome.kind !== 'WAITING') emitUpstream(unit, id, changes.status);
    return stored;
  });
  tellEnd(run, outcome, row, isFinished);
}

function tellEnd(run: SyncRun, { kind }: SyncOutcome, row: StoredRun, isFinished: boolean): void {
  const { figures, log } = run.caller.app;
  const { id: upstreamId, tenantId, provider } = run.account;
  const { requests, scanned, created, updated, deleted } = row;
  const seconds = Math.max(0, ((row.finishedAt?.getTime() ?? Date.now()) - row.startedAt.getTime()) / 1_000);
  const changes = created + updated + deleted;
  figures.syncEnded(run.account, kind.toLowerCase(), isFinished ? { seconds, requests, changes } : null);
  const counts = { requests, scanned, created, updated, deleted };
  log.info(
    { tenantId, upstreamId, provider, runId: run.id, outcome: kind, seconds, ...counts },
    isFinished ? 'a sync ended' : 'a sync stopped, and goes on later',
  );
}

type Changes = Partial<UpstreamAccount> & { status: UpstreamAccount['status'] };
type Before = Pick<Changes, 'status'> & { failures: number; syncIntervalSeconds: number };

function changesOf(outcome: SyncOutcome, now: Date, before: Before, checkpoint: Checkpoint): Changes {
  switch (outcome.kind) {
    case 'UNAUTHORIZED':
      return { ...fault('UNAUTHORIZED', outcome, now, null), nextSyncAt: null, failures: before.failures + 1 };
    case 'FAILED': {
      const { retryAt } = outcome;
      return { ...fault('DEGRADED', outcome, now, retryAt), nextSyncAt: retryAt, failures: before.failures + 1 };
    }
    case 'WAITING':
      return { status: before.status, nextSyncAt: outcome.until };
  }
  const regularAt = new Date(now.getTime() + before.syncIntervalSeconds * 1000);
  const gone = {
    failures: 0,
    lastSyncedAt: now,
    ...(checkpoint.watermark !== null && { watermark: new Date(checkpoint.watermark) }),
    ...(checkpoint.mode !== 'RECENT' && { lastListedAt: now }),
    ...(checkpoint.mode === 'ALL' && { lastFullSyncAt: now }),
  };
  if (outcome.kind === 'PARTLY') {
    const { retryAt } = outcome;
    const nextSyncAt = retryAt < regularAt ? retryAt : regularAt;
    return { ...fault('DEGRADED', { ...outcome, message: outcome.fault }, now, retryAt), ...gone, nextSyncAt };
  }
  return {
    status: 'HEALTHY',
    errorMessage: outcome.fault,
    errorHttpStatus: null,
    errorAt: outcome.fault === null ? null : now,
    retryAt: null,
    ...gone,
    nextSyncAt: checkpoint.count === 'LOOK_AGAIN' ? now : regularAt,
  };
}

function fault(
  status: 'DEGRADED' | 'UNAUTHORIZED',
  { message, httpStatus }: { message: string; httpStatus: number | null },
  errorAt: Date,
  retryAt: Date | null,
) {
  return { status, errorMessage: message, errorHttpStatus: httpStatus, errorAt, retryAt };
}
