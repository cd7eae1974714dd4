import { randomUUID } from 'node:crypto';
import type { Prisma } from '../../database/generated/client.ts';
import type { Caller } from '../../domain/app.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import { newId } from '../../lib/id.ts';
import type { UpstreamAccount } from '../clients/clients.ts';
import { providers } from '../clients/registry.ts';
import { beginCheckpoint, type Checkpoint, firstPage, readCheckpoint, type SyncMode } from './checkpoint.ts';

export type SyncCounts = { requests: number; scanned: number; created: number; updated: number; deleted: number };

/** A worker's turn at a sync. Its lease is the token in the run's row. */
export type SyncRun = {
  readonly id: string;
  readonly account: UpstreamAccount;
  readonly caller: Caller;
  readonly leaseToken: string;
  /** What this turn set `nextSyncAt` to when it began: another value at its end tells that a sync was asked for meanwhile. */
  readonly claimedNextSyncAt: Date;
  checkpoint: Checkpoint;
  /** Since the last time they were stored: requests and scanned alone, the rest is counted as it is written. */
  readonly counts: SyncCounts;
};

/** Another worker has taken the run over, or the upstream is paused or gone: this one stops and writes nothing more. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

export const noCounts: SyncCounts = { requests: 0, scanned: 0, created: 0, updated: 0, deleted: 0 };
/** Should a job be lost altogether, the scheduler begins another one after this. */
const guardMs = 3_600_000;
/** Runs are kept for so long; the newest one for ever. */
const keptMs = 7 * 86_400_000;

/**
 * Takes an unfinished run over, or begins one in the mode that is due; null where the upstream is not to be synced.
 * Workers follow one another here: the upstream's row is locked.
 */
export async function openRun(
  caller: Caller,
  upstreamId: string,
  modeDueOf: (account: UpstreamAccount, before: Checkpoint | null, now: number) => SyncMode,
  now: number,
): Promise<SyncRun | null> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const { tx } = unit;
    await tx.$queryRaw`SELECT 1 FROM upstream WHERE tenant_id = ${tenantId} AND id = ${upstreamId} FOR UPDATE`;
    const account = await tx.upstream.findUnique({ where: { tenantId_id: { tenantId, id: upstreamId } } });
    if (account === null || account.isDisconnecting || !providers.has(account.provider)) return null;
    if (account.status === 'PAUSED' || account.status === 'UNAUTHORIZED') return null;
    const newest = await tx.syncRun.findFirst({
      where: { tenantId, upstreamId },
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    });
    const before = readCheckpoint(newest?.checkpoint);
    const claimedNextSyncAt = new Date(unit.now.getTime() + guardMs);
    const run = { account, caller, leaseToken: randomUUID(), claimedNextSyncAt, counts: { ...noCounts } };
    const resumed = newest?.finishedAt === null && !account.isFullSyncDue ? before : null;
    await tx.upstream.update({
      where: { tenantId_id: { tenantId, id: upstreamId } },
      data: { nextSyncAt: claimedNextSyncAt, isFullSyncDue: false },
    });
    if (newest != null && resumed !== null) {
      const { id } = newest;
      await tx.syncRun.update({ where: { tenantId_id: { tenantId, id } }, data: { leaseToken: run.leaseToken } });
      return { ...run, id, checkpoint: resumed };
    }
    await tx.syncRun.updateMany({
      where: { tenantId, upstreamId, finishedAt: null },
      data: { finishedAt: unit.now, leaseToken: run.leaseToken },
    });
    await tx.syncRun.deleteMany({
      where: {
        tenantId,
        upstreamId,
        finishedAt: { not: null },
        startedAt: { lt: new Date(unit.now.getTime() - keptMs) },
      },
    });
    return { ...run, ...(await beginRun(unit, account, modeDueOf(account, before, now), before, run.leaseToken, now)) };
  });
}

async function beginRun(
  { tx, now: startedAt }: Unit,
  account: UpstreamAccount,
  mode: SyncMode,
  before: Checkpoint | null,
  leaseToken: string,
  now: number,
): Promise<{ id: string; checkpoint: Checkpoint }> {
  const { tenantId, id: upstreamId } = account;
  const id = newId('syncRun');
  const generation = mode === 'RECENT' ? null : account.generation + 1;
  const checkpoint = beginCheckpoint(mode, generation, before, now);
  const full = mode === 'ALL' || account.lastListedAt === null;
  await tx.syncRun.create({ data: { tenantId, id, upstreamId, startedAt, full, leaseToken, checkpoint } });
  if (generation !== null) {
    await tx.upstream.update({ where: { tenantId_id: { tenantId, id: upstreamId } }, data: { generation } });
  }
  return { id, checkpoint };
}

/**
 * Writes as part of the run: nothing where its lease is lost, or the upstream was paused or disconnected, which waits
 * for what is being written. @throws LeaseLostError
 */
export function writeInRun<T>(run: SyncRun, body: (unit: Unit) => Promise<T>): Promise<T> {
  const { caller, account } = run;
  return transact(
    caller,
    async (unit) => {
      const held = await unit.tx.$queryRaw<unknown[]>`
        SELECT 1 FROM sync_run run
        JOIN upstream ON upstream.tenant_id = run.tenant_id AND upstream.id = run.upstream_id
        WHERE run.tenant_id = ${caller.tenantId} AND run.id = ${run.id} AND run.lease_token = ${run.leaseToken}
          AND run.finished_at IS NULL AND upstream.status <> 'PAUSED' AND NOT upstream.is_disconnecting
        FOR NO KEY UPDATE OF run FOR SHARE OF upstream`;
      if (held.length === 0) throw new LeaseLostError(`the sync of ${account.id} was taken over, or stopped`);
      return body(unit);
    },
    { isOverQuotaAllowed: true },
  );
}

/** Another pass over the list: what the ones before it showed and it does not is looked at as what is gone may be. */
export async function beginPass(run: SyncRun): Promise<void> {
  const { checkpoint, caller, account } = run;
  const { pass, shown, generation } = checkpoint;
  const isMarked = checkpoint.stage === 'PAGES' && generation !== null;
  Object.assign(checkpoint, firstPage, { pass: pass + 1, shownBefore: shown });
  if (isMarked) {
    checkpoint.generation = generation + 1;
    await writeInRun(run, ({ tx }) =>
      tx.upstream.update({
        where: { tenantId_id: { tenantId: caller.tenantId, id: account.id } },
        data: { generation: generation + 1 },
      }),
    );
  }
  await saveProgress(run);
}

/** Stores how far the run is. */
export async function saveProgress(run: SyncRun): Promise<void> {
  const taken = { ...run.counts };
  await writeInRun(run, (unit) => storeProgress(unit, run, null, taken));
  settleCounts(run, taken);
}

/**
 * Writes conversations as part of the run, counted in the same transaction: what a worker has written when it dies is
 * counted, and once. @throws LeaseLostError
 */
export async function writeCounted(run: SyncRun, body: (unit: Unit) => Promise<Partial<SyncCounts>>): Promise<void> {
  const taken = { ...run.counts };
  await writeInRun(run, async (unit) => {
    const counts = { ...taken, ...(await body(unit)) };
    await unit.tx.syncRun.update({
      where: { tenantId_id: { tenantId: run.caller.tenantId, id: run.id } },
      data: incrementsOf(counts),
    });
  });
  settleCounts(run, taken);
}

/** What was sent while those counts were stored stays to be counted. */
function settleCounts(run: SyncRun, stored: SyncCounts): void {
  run.counts.requests -= stored.requests;
  run.counts.scanned -= stored.scanned;
}

/** What its row says of a run, all of its turns together. */
export type StoredRun = SyncCounts & { startedAt: Date; finishedAt: Date | null };

export async function storeProgress(
  unit: Unit,
  run: SyncRun,
  finishedAt: Date | null,
  counts: SyncCounts = run.counts,
): Promise<StoredRun> {
  return unit.tx.syncRun.update({
    where: { tenantId_id: { tenantId: run.caller.tenantId, id: run.id } },
    select: {
      requests: true,
      scanned: true,
      created: true,
      updated: true,
      deleted: true,
      startedAt: true,
      finishedAt: true,
    },
    data: { ...incrementsOf(counts), checkpoint: run.checkpoint as Prisma.InputJsonObject, finishedAt },
  });
}

function incrementsOf({ requests, scanned, created, updated, deleted }: SyncCounts) {
  return {
    requests: { increment: requests },
    scanned: { increment: scanned },
    created: { increment: created },
    updated: { increment: updated },
    deleted: { increment: deleted },
  };
}

/** Ends a run that stopped because its upstream was paused. One that was taken over is not its own to end. */
export async function abandonRun(run: SyncRun): Promise<void> {
  const { tenantId } = run.caller;
  await transact(run.caller, async ({ tx, now }) => {
    await tx.syncRun.updateMany({
      where: { tenantId, id: run.id, leaseToken: run.leaseToken, finishedAt: null },
      data: { finishedAt: now },
    });
  });
}
