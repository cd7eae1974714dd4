import type { Caller } from '../../domain/app.ts';
import type { ListPage, UpstreamClient } from '../clients/client.ts';
import type { Drift } from '../clients/drift.ts';
import type { SyncTraits } from '../clients/provider.ts';
import type { ConversationAnswer } from '../clients/read-answers.ts';
import type { ListedConversation } from '../clients/records.ts';
import type { UpstreamFailure } from '../http/failure.ts';
import type { CallOptions } from '../http/http.ts';
import type { StoredMark } from '../store/store-conversations.ts';
import type { FreshPlans } from './fresh-plans.ts';
import { type Pauses, pauseAfter } from './outcome.ts';
import type { RereadTiming } from './reread-queue.ts';
import type { SyncRun } from './run.ts';

/** What a turn at a sync reads with. */
export type SyncTurn = {
  readonly run: SyncRun;
  readonly client: UpstreamClient;
  readonly traits: SyncTraits;
  readonly tunables: MirrorTunables;
  readonly recordDrift: (caller: Caller, upstreamId: string, drift: readonly Drift[]) => Promise<void>;
  readonly signal: AbortSignal;
  readonly plans: FreshPlans;
  /** Conversations that could not be read since one could. */
  failuresInARow: number;
  /** The last failure that an answer, or the lack of one, gave. */
  lastFailure: UpstreamFailure | null;
};

/** A conversation to be read. */
export type Item = {
  externalId: string;
  /** Where the list just showed it. */
  listed?: ListedConversation;
  /** It answered 404 before while listed: it is removed only once a list no longer shows it. */
  isListedElsewhere?: boolean;
  /** What was stored of it before. */
  stored: StoredMark;
};

/** `answer`: GONE where the upstream does not know it. */
export type Read = {
  item: Item;
  /** Milliseconds since the epoch. */
  askedAt: number;
  answer: ConversationAnswer | 'GONE' | UpstreamFailure;
};

export type MirrorTunables = Pauses & {
  /** Conversations asked for with a page of the list, 100 at most. */
  pageSize: number;
  /** Conversations read at once, and written in one transaction. */
  batchSize: number;
  /** Lists of so many pages are gone through whole where their order is nothing to rely on. */
  wholeListPages: number;
  /** A second that an upstream's clock has reached is over after this. */
  settleMs: number;
  /** How much earlier than the newest change seen another one may bear its time, where that second is not over. */
  marginMs: number;
  /** Milliseconds since the epoch. */
  now: () => number;
};

export const defaultTunables: MirrorTunables = {
  pageSize: 100,
  batchSize: 8,
  wholeListPages: 100,
  settleMs: 2_000,
  marginMs: 2_000,
  firstRetryMs: 1_000,
  lastRetryMs: 300_000,
  random: Math.random,
  now: () => Date.now(),
};

export function callOptions({ run, signal }: SyncTurn): CallOptions {
  return {
    signal,
    onSend: () => {
      run.counts.requests++;
    },
  };
}

/** Asks for the page that is next, newest change first where the API can be asked for that. */
export async function askForPage(turn: SyncTurn): Promise<ListPage> {
  const { client, run, tunables, recordDrift } = turn;
  const { position } = run.checkpoint;
  const answer = await client.list({ position, size: tunables.pageSize, order: 'CHANGED' }, callOptions(turn));
  await recordDrift(run.caller, run.account.id, answer.drift);
  return answer;
}

export function rereadTiming({ run, tunables }: SyncTurn): RereadTiming {
  const { settleMs, marginMs } = tunables;
  const pauseMs = (failures: number) => pauseAfter(failures, tunables);
  return { now: tunables.now(), newest: run.checkpoint.newest, settleMs, marginMs, pauseMs };
}

/** When a listed conversation last changed, as far as its API tells, in milliseconds since the epoch. */
export function changedAt(item: ListedConversation): number | null {
  return (item.updatedAt ?? item.lastMessageAt ?? item.startedAt)?.getTime() ?? null;
}
