import type { App, Caller } from '../../domain/app.ts';
import { systemCaller } from '../../domain/caller.ts';
import { transact } from '../../domain/unit-of-work.ts';
import { isWriting } from '../clients/client.ts';
import { findUpstreamAccount } from '../clients/clients.ts';
import type { UpstreamParts } from '../conversation/mirror-conversation.ts';
import { UpstreamFailure } from '../http/failure.ts';
import type { CallOptions } from '../http/http.ts';
import { lookForChange } from './reconcile-change.ts';
import { type CreateRecord, type Look, lookForCreate } from './reconcile-create.ts';
import {
  findWrite,
  markUnknown,
  reconcilePriority,
  sendingLimitOf,
  settleNotApplied,
  type WriteRecord,
} from './write-record.ts';

/** Finding out, by reading the upstream, what became of writes of unknown outcome. Nothing is ever sent again. */

/** Until so long after the connection broke, a write may yet be applied upstream. */
const defaultGraceMs = 20_000;
/** An upstream that cannot be asked for so long leaves its writes unknown. */
const giveUpMs = 7 * 86_400_000;
const lookTimeoutMs = 60_000;

export type Reconciled = {
  state: 'APPLIED' | 'NOT_APPLIED' | 'UNKNOWN';
  /** When to look again; null where there is no use in it. */
  retryAfterMs: number | null;
};

/** Looks once. May be run any number of times, by several at once. */
export async function reconcileWrite(
  caller: Caller,
  parts: UpstreamParts,
  writeId: string,
  call: CallOptions,
): Promise<Reconciled> {
  const found = await findWrite(caller, writeId);
  if (found === null) return { state: 'UNKNOWN', retryAfterMs: null };
  if (found.state === 'APPLIED' || found.state === 'NOT_APPLIED') return { state: found.state, retryAfterMs: null };
  const record = found.state === 'SENDING' ? await takeOver(caller, found) : found;
  if ('retryAfterMs' in record) return record;

  const { absentAfterMs: graceMs = defaultGraceMs } = parts;
  const ageMs = Date.now() - new Date(record.request.unknownAt ?? record.createdAt).getTime();
  try {
    const look = await lookFor(caller, parts, record, call);
    if (look === null) return { state: 'UNKNOWN', retryAfterMs: null };
    if (look === 'ABSENT' && ageMs >= graceMs) {
      const message = 'The upstream shows no trace of it: the connection broke before it was done';
      const failure = { message, httpStatus: null, retryAfterMs: null, fields: null };
      await transact(caller, (unit) => settleNotApplied(unit, caller.tenantId, writeId, failure));
    }
  } catch (err) {
    if (call.signal?.aborted || !(err instanceof UpstreamFailure)) throw err;
    caller.app.log.info({ err, writeId }, 'the outcome of a write to an upstream could not be looked up yet');
    const retryAfterMs = Math.max(err.retryAfterMs ?? 0, pauseAfter(ageMs, graceMs));
    return { state: 'UNKNOWN', retryAfterMs: ageMs > giveUpMs ? null : retryAfterMs };
  }
  const state = (await findWrite(caller, writeId))?.state;
  if (state === 'APPLIED' || state === 'NOT_APPLIED') return { state, retryAfterMs: null };
  return { state: 'UNKNOWN', retryAfterMs: pauseAfter(ageMs, graceMs) };
}

/** A write whose sender is dead becomes one of unknown outcome; one that may still be under way is left alone. */
async function takeOver(caller: Caller, record: WriteRecord): Promise<WriteRecord | Reconciled> {
  const leftMs = record.createdAt.getTime() + sendingLimitOf(record.request.kind) - Date.now();
  if (leftMs > 0) return { state: 'UNKNOWN', retryAfterMs: leftMs };
  await transact(caller, (unit) =>
    markUnknown(unit, caller.tenantId, record.id, 'The gateway stopped while it was sent'),
  );
  return (await findWrite(caller, record.id)) ?? { state: 'UNKNOWN', retryAfterMs: null };
}

function pauseAfter(ageMs: number, graceMs: number): number {
  if (ageMs < 3_000) return 1_000;
  if (ageMs < graceMs) return 3_000;
  if (ageMs < 300_000) return 10_000;
  return ageMs < 3_600_000 ? 60_000 : 600_000;
}

/** Null where the upstream is being disconnected: nobody will ask any more. */
async function lookFor(
  caller: Caller,
  parts: UpstreamParts,
  record: WriteRecord,
  call: CallOptions,
): Promise<Look | null> {
  const account = await findUpstreamAccount(caller.app.database, caller.tenantId, record.upstreamId);
  if (account === null) return null;
  const client = parts.clients.of(account);
  if (!isWriting(client)) return null;
  const writable = { account, client };
  return isCreate(record)
    ? lookForCreate(caller, writable, record, call)
    : lookForChange(caller, writable, record, call);
}

function isCreate(record: WriteRecord): record is CreateRecord {
  return record.request.kind === 'create';
}

/** One look, as a job; it has itself called again until the outcome is known. */
export async function reconcileAgain(
  app: App,
  parts: UpstreamParts,
  { tenantId, writeId }: { tenantId: string; writeId: string },
  signal: AbortSignal,
): Promise<void> {
  const caller = systemCaller(app, tenantId);
  const call: CallOptions = {
    priority: 'background',
    signal: AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]),
  };
  const { state, retryAfterMs } = await reconcileWrite(caller, parts, writeId, call);
  if (state !== 'UNKNOWN' || retryAfterMs === null) return;
  await transact(caller, async (unit) => {
    const startAfter = new Date(unit.now.getTime() + retryAfterMs);
    const data = { tenantId, writeId };
    unit.enqueue({ name: 'reconcile-upstream-write', key: writeId, data, startAfter, priority: reconcilePriority });
  });
}
