import { setTimeout as wait } from 'node:timers/promises';
import type { Prisma } from '../../database/generated/client.ts';
import type { Caller, UpstreamConversationDraft } from '../../domain/app.ts';
import { emitConversation } from '../../domain/conversations/store.ts';
import { UpstreamError, ValidationError } from '../../domain/errors.ts';
import { runOncePerKey } from '../../domain/idempotency.ts';
import { labelOf } from '../../domain/providers.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import { recordDrift } from '../clients/record-drift.ts';
import type { MirroredConversation } from '../clients/records.ts';
import { type UpstreamParts, type Writable, writeMirrored } from '../conversation/mirror-conversation.ts';
import { watchNewestSummary } from '../conversation/watch-summary.ts';
import { storeConversation } from '../store/store-conversations.ts';
import { reconcileWrite } from './reconcile.ts';
import { knownTwins } from './reconcile-create.ts';
import { findWrite, insertWrite, settleApplied, type WriteFailure } from './write-record.ts';
import { getWritable, readBack, sendRecorded } from './write-target.ts';

/** How long a request waits for another one with the same idempotency key: longer than sending can take. */
const waitLimitMs = 45_000;
const firstPollMs = 25;
const lastPollMs = 500;
const maxRounds = 5;

/**
 * Makes a conversation upstream, once, and mirrors it. Where nobody knows whether it was made, the error says UNKNOWN
 * and a job finds out: the conversation then appears as a created one, or it does not exist. The same idempotency key
 * gives the first answer again; while that is unknown, it looks before it sends anything.
 * @throws NotFoundError, UnsupportedError, ConflictError, ValidationError, UpstreamError, UpstreamFailure
 */
export async function createThrough(
  caller: Caller,
  parts: UpstreamParts,
  upstreamId: string,
  draft: UpstreamConversationDraft,
  idempotencyKey: string | null,
): Promise<{ id: string }> {
  const writable = await getWritable(caller, parts, upstreamId, 'Upstream', 'CREATE');
  for (let round = 1; ; round++) {
    const opened = await open(caller, writable, draft, idempotencyKey);
    if (opened.isNew) return send(caller, writable, opened.writeId, draft);
    const first = await firstAnswer(caller, parts, writable, opened.writeId);
    if (first !== null) return first;
    if (round === maxRounds) throw unknownOutcome(caller, writable, null);
  }
}

/** Records the write; or finds the one that its idempotency key stands for. */
function open(
  caller: Caller,
  { account }: Writable,
  draft: UpstreamConversationDraft,
  key: string | null,
): Promise<{ writeId: string; isNew: boolean }> {
  const request = { upstreamId: account.id, ...draft };
  return transact(caller, async (unit) => {
    let isNew = false;
    const call = { operation: 'createConversation', key, request };
    const { writeId } = await runOncePerKey(unit, caller.tenantId, call, async () => {
      isNew = true;
      const known = await knownTwins(unit, caller, account.id, draft);
      const recorded = { kind: 'create' as const, draft, known, idempotencyKey: key };
      return { writeId: await insertWrite(unit, caller, account.id, null, recorded) };
    });
    return { writeId, isNew };
  });
}

async function send(
  caller: Caller,
  { account, client }: Writable,
  writeId: string,
  draft: UpstreamConversationDraft,
): Promise<{ id: string }> {
  const { content, metadata } = draft;
  const answer = await sendRecorded(caller, writeId, () =>
    client.createConversation(draft, { priority: 'interactive', idempotencyKey: writeId }),
  );
  const record = answer.conversation;
  await recordDrift(caller, account.id, answer.drift);
  const whole = (await readBack(caller, { account, client }, record.externalId, answer)) ?? {
    ...record,
    content: record.content ?? content,
  };
  return writeMirrored(caller, async (unit) => {
    const { id } = await storeConversation(unit, caller, account, whole);
    await keepMetadata(unit, caller, id, whole, metadata);
    await watchNewestSummary(unit, caller.tenantId, id);
    await settleApplied(unit, caller.tenantId, writeId, { conversationId: id, claimed: record.externalId });
    return { id };
  });
}

/** What was sent along stays known here where the upstream does not show it. */
async function keepMetadata(
  unit: Unit,
  caller: Caller,
  id: string,
  record: MirroredConversation,
  metadata: Record<string, unknown> | null,
): Promise<void> {
  if (record.metadata !== null || metadata === null) return;
  await unit.tx.conversation.updateMany({
    where: { tenantId: caller.tenantId, id },
    data: { metadata: metadata as Prisma.InputJsonObject },
  });
  emitConversation(unit, 'updated', id);
}

/** What the write came to, waiting where it is being sent; null where nothing was applied and the key is free again. */
async function firstAnswer(
  caller: Caller,
  parts: UpstreamParts,
  writable: Writable,
  writeId: string,
): Promise<{ id: string } | null> {
  let found = await findWrite(caller, writeId);
  const isWaiting = found?.state === 'SENDING';
  const giveUpAt = Date.now() + waitLimitMs;
  for (let pauseMs = firstPollMs; found?.state === 'SENDING' && Date.now() < giveUpAt; ) {
    await wait(pauseMs);
    pauseMs = Math.min(lastPollMs, pauseMs * 2);
    found = await findWrite(caller, writeId);
  }
  if (found === null) return null;
  if (found.state === 'APPLIED' && found.conversationId !== null) return { id: found.conversationId };
  if (found.state === 'NOT_APPLIED') {
    // Those who waited get what the one they waited for got; later ones may try anew.
    if (isWaiting && found.request.failure !== undefined) throw fromRecord(writable, found.request.failure);
    return null;
  }
  if (isWaiting || found.state === 'SENDING') throw unknownOutcome(caller, writable, null);
  const { state, retryAfterMs } = await reconcileWrite(caller, parts, writeId, { priority: 'interactive' });
  if (state === 'NOT_APPLIED') return null;
  const settled = state === 'APPLIED' ? await findWrite(caller, writeId) : null;
  if (settled?.conversationId == null) throw unknownOutcome(caller, writable, retryAfterMs);
  return { id: settled.conversationId };
}

function fromRecord({ account }: Writable, failure: WriteFailure): ValidationError | UpstreamError {
  const { message, fields, httpStatus, retryAfterMs } = failure;
  const { provider } = account;
  if (fields !== null) return new ValidationError(fields, message);
  return new UpstreamError(message, { provider, httpStatus, outcome: 'NOT_APPLIED', retryAfterMs });
}

function unknownOutcome(caller: Caller, { account }: Writable, retryAfterMs: number | null): UpstreamError {
  const { provider } = account;
  const label = labelOf(caller.app.providers, provider);
  const message = `${label} has not shown yet whether the conversation was created: ask again with the same key`;
  return new UpstreamError(message, { provider, httpStatus: null, outcome: 'UNKNOWN', retryAfterMs });
}
