import type { App, Caller } from '../../domain/app.ts';
import { systemCaller } from '../../domain/caller.ts';
import { failSummary } from '../../domain/conversations/summary-lifecycle.ts';
import { labelOf } from '../../domain/providers.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import { findUpstreamAccount } from '../clients/clients.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { type MirrorResult, mirrorConversation, type UpstreamParts } from './mirror-conversation.ts';

/** A summary that was asked for upstream can only be seen by reading its conversation, until it is there. */

/** Pauses between readings, in seconds: the last one goes on. */
const pausesSeconds = [1, 2, 3, 5, 8, 13, 20, 30] as const;
/** What has not come by then is taken for failed. */
const limitMs = 30 * 60_000;
/**
 * A conversation that is not being summarised and looks as before: either the summary was made within a second and
 * says the same, or its making has not begun. After this it is the former.
 */
const doubtMs = 20_000;
/** For one reading, its wait for the account's rate limit included: a worker is not held longer. */
const readingMs = 15_000;

export type WatchedSummary = { tenantId: string; conversationId: string; summaryId: string };

/** Has a conversation's summary watched where one is under way. */
export async function watchNewestSummary(unit: Unit, tenantId: string, conversationId: string): Promise<void> {
  const [newest] = await unit.tx.summary.findMany({
    where: { tenantId, conversationId },
    orderBy: { version: 'desc' },
    take: 1,
    select: { id: true, status: true },
  });
  if (newest?.status === 'PROCESSING') enqueueWatch(unit, { tenantId, conversationId, summaryId: newest.id }, 0);
}

export function enqueueWatch(unit: Unit, watched: WatchedSummary, ageMs: number, atLeastMs = 0): void {
  unit.enqueue({
    name: 'watch-upstream-summary',
    key: watched.summaryId,
    data: watched,
    startAfter: new Date(unit.now.getTime() + Math.max(atLeastMs, pauseAfter(ageMs))),
  });
}

/** Until the next reading of a summary that was asked for so long ago, in milliseconds. */
export function pauseAfter(ageMs: number): number {
  let at = 0;
  for (const seconds of pausesSeconds) {
    at += seconds * 1_000;
    if (at > ageMs) return at - ageMs;
  }
  return (pausesSeconds.at(-1) ?? 30) * 1_000;
}

/** Reads the conversation once, and has itself called again where its summary is still under way. May be run twice. */
export async function watchSummary(
  app: App,
  parts: UpstreamParts,
  watched: WatchedSummary,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId, conversationId, summaryId } = watched;
  const caller = systemCaller(app, tenantId);
  const summary = await findUnderWay(caller, summaryId);
  if (summary === null) return;
  const ageMs = Date.now() - summary.createdAt.getTime();
  let pauseMs = 0;
  try {
    const read = await readConversation(caller, parts, conversationId, ageMs, signal);
    if (read === null || read.kind === 'GONE' || (await findUnderWay(caller, summaryId)) === null) return;
  } catch (err) {
    if (signal.aborted || !(err instanceof UpstreamFailure)) throw err;
    app.log.debug({ err, summaryId }, 'a summary that is made upstream could not be looked at');
    pauseMs = err.retryAfterMs ?? 0;
  }
  if (ageMs > limitMs) {
    const reason = `${await madeBy(caller, conversationId)} did not complete this summary within ${limitMs / 60_000} minutes`;
    return failSummary(caller, { conversationId, summaryId }, reason);
  }
  await transact(caller, async (unit) => enqueueWatch(unit, watched, ageMs, Math.min(pauseMs, limitMs)));
}

/** The API that makes a conversation's summaries, by its name for people. */
async function madeBy(caller: Caller, id: string): Promise<string> {
  const row = await caller.app.database.prisma.conversation.findUnique({
    where: { tenantId_id: { tenantId: caller.tenantId, id } },
    select: { provider: true },
  });
  return row === null ? 'The upstream' : labelOf(caller.app.providers, row.provider);
}

function findUnderWay(caller: Caller, summaryId: string) {
  return caller.app.database.prisma.summary.findUnique({
    where: { tenantId_id: { tenantId: caller.tenantId, id: summaryId }, status: 'PROCESSING' },
    select: { createdAt: true },
  });
}

/** Null where there is nothing to read it from any more. */
async function readConversation(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  ageMs: number,
  signal: AbortSignal,
): Promise<MirrorResult | null> {
  const { app, tenantId } = caller;
  const row = await app.database.prisma.conversation.findUnique({
    where: { tenantId_id: { tenantId, id: conversationId } },
    select: { upstreamId: true, externalId: true },
  });
  if (row?.upstreamId == null || row.externalId === null) return null;
  const account = await findUpstreamAccount(app.database, tenantId, row.upstreamId);
  if (account === null) return null;
  return mirrorConversation(caller, account, parts.clients.of(account), row.externalId, {
    call: { priority: 'background', signal: AbortSignal.any([signal, AbortSignal.timeout(readingMs)]) },
    isForced: (record) => ageMs >= doubtMs && record.status !== 'PROCESSING',
  });
}
