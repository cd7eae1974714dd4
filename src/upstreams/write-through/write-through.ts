import type { Prisma } from '../../database/generated/client.ts';
import type { Caller, UpstreamConversationChange } from '../../domain/app.ts';
import { emitConversation, indexConversation, lockConversation } from '../../domain/conversations/store.ts';
import { beginSummary } from '../../domain/conversations/summary-lifecycle.ts';
import { mergeMetadata } from '../../domain/conversations/writes.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { fingerprint, type MirroredConversation } from '../clients/records.ts';
import {
  forgetFingerprint,
  lockMirror,
  mirrorConversation,
  type UpstreamParts,
  writeMirrored,
} from '../conversation/mirror-conversation.ts';
import { enqueueWatch } from '../conversation/watch-summary.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { removeMirrored, type StoredChange, storeConversation } from '../store/store-conversations.ts';
import { generatorOf } from '../store/store-summaries.ts';
import { insertWrite, settleApplied, type WriteRequest } from './write-record.ts';
import { getTarget, isNotFound, readBack, sendRecorded, type WriteTarget } from './write-target.ts';

/**
 * Writes to conversations of an upstream: done there first, then mirrored in the transaction that settles their
 * record. All throw NotFoundError where the conversation is gone upstream, which is then removed here as well, and
 * UpstreamFailure, whose outcome says whether it may have been done all the same.
 */

export async function updateThrough(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  change: UpstreamConversationChange,
): Promise<void> {
  const target = await getTarget(caller, parts, conversationId, 'UPDATE');
  const { account, client, externalId, before } = target;
  const writeId = await recordWrite(caller, target, { kind: 'update', externalId, change, before });
  const answer = await removeIfNotFound(caller, target, () =>
    sendRecorded(caller, writeId, () => client.updateConversation(externalId, change, { priority: 'interactive' })),
  );
  await recordDrift(caller, account.id, answer.drift);
  const known = await readBack(caller, target, externalId, answer);
  const isOvertaken = await writeMirrored(caller, async (unit) => {
    const present = await lockMirror(unit, caller, account.id, externalId);
    if (present === null) throw new NotFoundError('Conversation');
    await settleApplied(unit, caller.tenantId, writeId);
    if (known === null) {
      await patchMirror(unit, caller, present.id, change);
      return false;
    }
    // Somebody else mirrored it since this was sent: what came here may be older than that.
    if (present.fingerprint !== before.fingerprint && present.fingerprint !== fingerprint(known)) return true;
    await applyUpdate(unit, caller, await storeConversation(unit, caller, account, known), known, change);
    return false;
  });
  if (isOvertaken) await mirrorAgain(caller, target, change);
}

async function mirrorAgain(caller: Caller, target: WriteTarget, change: UpstreamConversationChange): Promise<void> {
  const { account, client, externalId } = target;
  try {
    await mirrorConversation(caller, account, client, externalId, {
      call: { priority: 'interactive' },
      inSameTransaction: (unit, applied, known) => applyUpdate(unit, caller, applied, known, change),
    });
  } catch (err) {
    // The write is done and settled; what is shown catches up with the next sync.
    if (!(err instanceof UpstreamFailure)) throw err;
    caller.app.log.info({ err, externalId }, 'a conversation could not be read after its update');
  }
}

/** Keeps the metadata that was written where the upstream does not show any. */
export async function applyUpdate(
  unit: Unit,
  caller: Caller,
  { id, change: applied }: StoredChange,
  known: MirroredConversation,
  change: UpstreamConversationChange,
): Promise<void> {
  if (known.metadata !== null || change.metadata === undefined) return;
  if ((await mergeStoredMetadata(unit, caller, id, change.metadata)) && applied === 'unchanged') {
    emitConversation(unit, 'updated', id);
  }
}

async function mergeStoredMetadata(
  unit: Unit,
  caller: Caller,
  id: string,
  change: Record<string, unknown>,
): Promise<boolean> {
  const where = { tenantId_id: { tenantId: caller.tenantId, id } };
  const present = await unit.tx.conversation.findUnique({ where, select: { metadata: true } });
  if (present === null) return false;
  const metadata = mergeMetadata(present.metadata as Record<string, unknown> | null, change) as Prisma.InputJsonObject;
  await unit.tx.conversation.update({ where, data: { metadata } });
  return true;
}

/** What is known to have been done, where the conversation itself could not be read after it. */
async function patchMirror(
  unit: Unit,
  caller: Caller,
  id: string,
  { title, metadata }: UpstreamConversationChange,
): Promise<void> {
  if (title !== undefined) {
    await unit.tx.conversation.update({ where: { tenantId_id: { tenantId: caller.tenantId, id } }, data: { title } });
    await indexConversation(unit.tx, caller.tenantId, id);
  }
  if (metadata !== undefined) await mergeStoredMetadata(unit, caller, id, metadata);
  await forgetFingerprint(unit, caller, id);
  emitConversation(unit, 'updated', id);
}

/** One that is gone upstream already is deleted all the same. */
export async function deleteThrough(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  isErased: boolean,
): Promise<void> {
  const target = await getTarget(caller, parts, conversationId, 'DELETE');
  const { account, client, externalId } = target;
  const writeId = await recordWrite(caller, target, { kind: 'delete', externalId });
  await sendRecorded(caller, writeId, () =>
    ignoreNotFound(client.deleteConversation(externalId, { priority: 'interactive' })),
  );
  await writeMirrored(caller, async (unit) => {
    await removeMirrored(unit, caller, account.id, [externalId], isErased);
    await settleApplied(unit, caller.tenantId, writeId);
  });
}

/** What is to be deleted and is not there, is deleted. */
export async function ignoreNotFound(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (err) {
    if (!isNotFound(err)) throw err;
  }
}

/** @returns the id of the summary that is PROCESSING: one that is under way already is answered again */
export async function regenerateThrough(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  options: { language: string; style: 'CONCISE' | 'DETAILED' | 'BULLETS' },
): Promise<{ id: string }> {
  const target = await getTarget(caller, parts, conversationId, 'SUMMARIZE');
  const { account, client, externalId } = target;
  const newest = await newestSummary(caller.app.database.prisma, caller, conversationId);
  if (newest?.status === 'PROCESSING') return { id: newest.id };
  const before = { ...target.before, version: newest?.version ?? 0 };
  const request = { kind: 'regenerate' as const, externalId, ...options, before };
  const writeId = await recordWrite(caller, target, request);
  const answer = await removeIfNotFound(caller, target, () =>
    sendRecorded(caller, writeId, () => client.regenerateSummary(externalId, options, { priority: 'interactive' })),
  );
  await recordDrift(caller, account.id, answer.drift);
  return writeMirrored(caller, async (unit) => {
    const id = await beginRequested(unit, caller, account.provider, conversationId, request);
    await settleApplied(unit, caller.tenantId, writeId);
    return { id };
  });
}

function newestSummary(tx: Unit['tx'], caller: Caller, conversationId: string) {
  return tx.summary.findFirst({
    where: { tenantId: caller.tenantId, conversationId },
    orderBy: { version: 'desc' },
    select: { id: true, version: true, status: true },
  });
}

/** Begins the version that was asked for and has it watched; a webhook may have begun, even completed it already. */
export async function beginRequested(
  unit: Unit,
  caller: Caller,
  provider: string,
  conversationId: string,
  request: Extract<WriteRequest, { kind: 'regenerate' }>,
): Promise<string> {
  const { tenantId } = caller;
  if (!(await lockConversation(unit.tx, tenantId, conversationId))) throw new NotFoundError('Conversation');
  const { language, style, before } = request;
  const newest = await newestSummary(unit.tx, caller, conversationId);
  const isThere = newest !== null && newest.version > before.version && newest.status !== 'FAILED';
  const asked = { language, style, generator: generatorOf(provider) };
  const id = isThere ? newest.id : (await beginSummary(unit, tenantId, conversationId, asked)).id;
  if (isThere) {
    await unit.tx.summary.updateMany({ where: { tenantId, id }, data: { language, style } });
    emitConversation(unit, 'updated', conversationId);
  }
  if (isThere && newest.status !== 'PROCESSING') return id;
  const stored = await unit.tx.conversation.findUnique({
    where: { tenantId_id: { tenantId, id: conversationId } },
    select: { fingerprint: true },
  });
  // What was mirrored since it was sent may be its outcome already: the next reading is not to pass it over.
  if (stored?.fingerprint !== before.fingerprint) await forgetFingerprint(unit, caller, conversationId);
  enqueueWatch(unit, { tenantId, conversationId, summaryId: id }, 0);
  return id;
}

export function recordWrite(caller: Caller, target: WriteTarget, request: WriteRequest): Promise<string> {
  return transact(caller, (unit) => insertWrite(unit, caller, target.account.id, target.conversationId, request));
}

/** A conversation that the upstream does not know is gone here, too. @throws NotFoundError */
export async function removeIfNotFound<T>(caller: Caller, target: WriteTarget, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (err) {
    if (!isNotFound(err)) throw err;
    await writeMirrored(caller, (unit) => removeMirrored(unit, caller, target.account.id, [target.externalId]));
    throw new NotFoundError('Conversation');
  }
}
