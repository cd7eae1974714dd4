import type { Caller } from '../../domain/app.ts';
import type { UpstreamClients } from '../clients/clients.ts';
import type { Drift } from '../clients/drift.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { type Checkpoint, firstPage, type SyncMode } from './checkpoint.ts';
import { closeRun, failureOutcome, outcomeOf, type SyncOutcome } from './outcome.ts';
import { explained, readAgain } from './read-conversations.ts';
import { confirmCount, readList, readUnseen } from './read-list.ts';
import { abandonRun, LeaseLostError, openRun, type SyncRun, saveProgress, type UpstreamAccount } from './run.ts';
import { defaultTunables, type MirrorTunables, type Reader } from './turn.ts';

export type { MirrorTunables } from './turn.ts';

/** The mirroring of one upstream: what changed, or everything, page by page. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What an API cannot tell of as a change is noticed by going through its whole list now and then: deletions, say. */
const listEveryMs = { AI_MY_CHATS: 6 * hourMs, ANIMAM: 15 * minuteMs } as const;
/** Sooner where the upstream counts another number of conversations than are mirrored. */
const recountEveryMs = 5 * minuteMs;
/** Of long lists less often: ten pages a minute at most, on average. */
const listEveryMsPerPage = 6_000;
/** And a changed text that its list shows nothing of, by reading everything. */
const allEveryMs = { AI_MY_CHATS: Number.POSITIVE_INFINITY, ANIMAM: 24 * hourMs } as const;

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
  const { provider, lastListedAt, lastFullSyncAt, createdAt } = account;
  if (account.isFullSyncDue) return 'ALL';
  if (lastListedAt === null) return 'LIST';
  if (now - (lastFullSyncAt ?? createdAt).getTime() > allEveryMs[provider]) return 'ALL';
  const forLengthMs = ((before?.total ?? 0) / pageSize) * listEveryMsPerPage;
  const everyMs = before?.isCountRight === false ? recountEveryMs : listEveryMs[provider];
  return now - lastListedAt.getTime() > Math.max(everyMs, forLengthMs) ? 'LIST' : 'RECENT';
}

async function goThrough(
  run: SyncRun,
  parts: MirrorParts,
  tunables: MirrorTunables,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const stopping = new AbortController();
  let reader: Reader | null = null;
  try {
    reader = {
      run,
      client: parts.clients.of(run.account),
      tunables,
      recordDrift: parts.recordDrift,
      // What is still being read when the turn ends is given up.
      signal: AbortSignal.any([signal, stopping.signal]),
      failuresInARow: 0,
      lastFailure: null,
    };
    await takeStages(reader);
    return outcomeOf(run.checkpoint);
  } catch (err) {
    if (signal.aborted) {
      await saveProgress(run);
      throw signal.reason;
    }
    if (!(err instanceof UpstreamFailure)) throw err;
    return failureOutcome(run, reader === null ? err : explained(reader, err), tunables.now(), tunables);
  } finally {
    stopping.abort();
  }
}

async function takeStages(reader: Reader): Promise<void> {
  const { run, tunables } = reader;
  const { checkpoint, account } = run;
  const next = async (stage: Checkpoint['stage']) => {
    Object.assign(checkpoint, { stage, ...firstPage });
    // What comes last is short, and ends with all of it stored.
    if (stage !== 'AGAIN') await saveProgress(run);
  };
  if (checkpoint.stage === 'PAGES') {
    const bound = checkpoint.mode === 'RECENT' ? (account.watermark?.getTime() ?? null) : null;
    await readList(reader, bound);
    await next(checkpoint.generation === null ? 'AGAIN' : 'UNSEEN');
  }
  if (checkpoint.stage === 'UNSEEN') {
    await readUnseen(reader);
    // While a long list was read, much may have changed, and its newest second has ended.
    const wasLong = tunables.now() - checkpoint.startedAt >= tunables.settleMs;
    const isWanted = wasLong && account.provider === 'AI_MY_CHATS' && checkpoint.watermark !== null;
    await next(isWanted ? 'LATEST' : 'AGAIN');
  }
  if (checkpoint.stage === 'LATEST') {
    await readList(reader, checkpoint.watermark);
    await next('AGAIN');
  }
  await readAgain(reader);
  await confirmCount(reader);
}
