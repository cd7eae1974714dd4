import type { Caller } from '../../domain/app.ts';
import type { UpstreamAccount, UpstreamClients } from '../clients/clients.ts';
import type { Drift } from '../clients/drift.ts';
import { getProvider } from '../clients/registry.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { type Checkpoint, firstPage, type SyncMode } from './checkpoint.ts';
import { createFreshPlans } from './fresh-plans.ts';
import { closeRun, failureOutcome, outcomeOf, type SyncOutcome } from './outcome.ts';
import { explained, rereadDue } from './read-conversations.ts';
import { confirmCount, readList, readUnseen } from './read-list.ts';
import { abandonRun, LeaseLostError, openRun, type SyncRun, saveProgress } from './run.ts';
import { defaultTunables, type MirrorTunables, type SyncTurn } from './turn.ts';

export type { MirrorTunables } from './turn.ts';

/** The mirroring of one upstream: what changed, or everything, page by page. */

const minuteMs = 60_000;
/** The whole list is gone through sooner than its API's traits say where the upstream counts another number of conversations than are mirrored. */
const recountEveryMs = 5 * minuteMs;
/** Of long lists less often: ten pages a minute at most, on average. */
const listEveryMsPerPage = 6_000;

export type MirrorParts = {
  clients: UpstreamClients;
  recordDrift: (caller: Caller, upstreamId: string, drift: readonly Drift[]) => Promise<void>;
  tunables?: Partial<MirrorTunables>;
};

/**
 * Brings the mirror of an upstream up to date, going on where a dead worker left off. Never throws for what the
 * upstream does: its status tells. Nothing is done for one that is paused or whose credentials are refused.
 * @throws the signal's reason when it fires: the run is gone on with by whoever comes next
 */
export async function syncMirror(
  caller: Caller,
  upstreamId: string,
  parts: MirrorParts,
  signal: AbortSignal,
): Promise<void> {
  const tunables = { ...defaultTunables, ...parts.tunables };
  const modeOf = (account: UpstreamAccount, before: Checkpoint | null, now: number) =>
    modeDueOf(account, before, now, tunables.pageSize);
  const run = await openRun(caller, upstreamId, modeOf, tunables.now());
  if (run === null) return;
  try {
    await closeRun(run, await goThrough(run, parts, tunables, signal));
  } catch (err) {
    if (!(err instanceof LeaseLostError)) throw err;
    await abandonRun(run);
  }
}

function modeDueOf(account: UpstreamAccount, before: Checkpoint | null, now: number, pageSize: number): SyncMode {
  const { lastListedAt, lastFullSyncAt, createdAt } = account;
  const { listEveryMs, readAllEveryMs } = getProvider(account.provider).sync;
  if (account.isFullSyncDue) return 'ALL';
  if (lastListedAt === null) return 'LIST';
  if (readAllEveryMs !== null && now - (lastFullSyncAt ?? createdAt).getTime() > readAllEveryMs) return 'ALL';
  if (before?.count === 'LOOK_AGAIN') return 'LIST';
  const forLengthMs = ((before?.total ?? 0) / pageSize) * listEveryMsPerPage;
  const everyMs = before?.count === 'WRONG' ? recountEveryMs : listEveryMs;
  return now - lastListedAt.getTime() > Math.max(everyMs, forLengthMs) ? 'LIST' : 'RECENT';
}

async function goThrough(
  run: SyncRun,
  parts: MirrorParts,
  tunables: MirrorTunables,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const stopping = new AbortController();
  let turn: SyncTurn | null = null;
  try {
    turn = {
      run,
      client: parts.clients.of(run.account),
      traits: getProvider(run.account.provider).sync,
      tunables,
      recordDrift: parts.recordDrift,
      // What is still being read when the turn ends is given up.
      signal: AbortSignal.any([signal, stopping.signal]),
      plans: createFreshPlans(run.caller.app.database),
      failuresInARow: 0,
      lastFailure: null,
    };
    await takeStages(turn);
    return outcomeOf(run.checkpoint);
  } catch (err) {
    if (signal.aborted) {
      await saveProgress(run);
      throw signal.reason;
    }
    if (!(err instanceof UpstreamFailure)) throw err;
    return failureOutcome(run, turn === null ? err : explained(turn, err), tunables.now(), tunables);
  } finally {
    stopping.abort();
  }
}

async function takeStages(turn: SyncTurn): Promise<void> {
  const { run, tunables } = turn;
  const { checkpoint, account } = run;
  const next = async (stage: Checkpoint['stage']) => {
    Object.assign(checkpoint, { stage, ...firstPage });
    // The last stage is short, and the run's end stores the checkpoint anyway.
    if (stage !== 'REREAD') await saveProgress(run);
  };
  if (checkpoint.stage === 'PAGES') {
    const bound = checkpoint.mode === 'RECENT' ? (account.watermark?.getTime() ?? null) : null;
    await readList(turn, bound);
    await next(checkpoint.generation === null ? 'REREAD' : 'UNSEEN');
  }
  if (checkpoint.stage === 'UNSEEN') {
    await readUnseen(turn);
    // While a long list was read, much may have changed, and its newest second has ended.
    const wasLong = tunables.now() - checkpoint.startedAt >= tunables.settleMs;
    const isWanted = wasLong && turn.traits.isSortedByChange && checkpoint.watermark !== null;
    await next(isWanted ? 'LATEST' : 'REREAD');
  }
  if (checkpoint.stage === 'LATEST') {
    await readList(turn, checkpoint.watermark);
    await next('REREAD');
  }
  await rereadDue(turn);
  await confirmCount(turn);
}
