import { isStorable } from '../../lib/text.ts';
import { removeFiles } from '../../storage/file-storage.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { type ConversationRow, loadConversations, readConversations } from '../conversations/conversations.ts';
import { foldCounts } from '../conversations/list/counters.ts';
import { removeConversations, withoutWords } from '../conversations/store.ts';
import { withheldDigest } from '../conversations/withheld.ts';
import { DomainError, NotFoundError, UpstreamError } from '../errors.ts';
import { endExportsHolding } from '../exports/lifecycle.ts';
import { endImportsHolding } from '../imports/lifecycle.ts';
import { canDo, labelOf, localProvider } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { type ErasedCounts, type Receipt, type Refused, signReceipt } from './receipt.ts';
import { checkTarget, digestOf, type ErasureTarget, findConversations, valueHolds } from './target.ts';
import { eraseTraces, type TraceCounts, type Traced } from './traces.ts';

const batchSize = 50;

const nothing: ErasedCounts = {
  conversations: 0,
  messages: 0,
  summaries: 0,
  attachments: 0,
  files: 0,
  exports: 0,
  imports: 0,
  events: 0,
  webhookDeliveries: 0,
  inboundWebhooks: 0,
  upstreamWrites: 0,
  idempotentAnswers: 0,
  deletedUpstream: 0,
};

/** How many conversations an erasure would take. @throws ValidationError, ForbiddenError */
export async function countErasure(caller: Caller, target: ErasureTarget): Promise<number> {
  requireScope(caller, 'admin');
  checkTarget(target);
  if (!isFindable(target)) return 0;
  let count = 0;
  for await (const ids of batches(caller, target)) count += ids.length;
  return count;
}

/**
 * Erases conversations and all that tells of them: rows, index, files, exports and imports that may hold them, what the log and
 * webhooks said, first answers; and upstream, where its API deletes. Where it does not, they are erased here and not
 * mirrored again. One whose upstream does not answer stays as it is, and the receipt says so. Stopped midway it can be
 * run again: what is erased stays erased, and each conversation goes whole.
 * @throws ValidationError, ForbiddenError; NotFoundError where there is nothing of it
 */
export async function erase(
  caller: Caller,
  target: ErasureTarget,
  { tenant, signal }: { tenant: string; signal: AbortSignal },
): Promise<Receipt> {
  requireScope(caller, 'admin');
  checkTarget(target);
  const startedAt = new Date().toISOString();
  const erased = { ...nothing };
  const refused: Refused[] = [];
  if (isFindable(target)) {
    // Before anything is looked for: a file that is being read brings it anew.
    if (target.kind === 'PARTICIPANT') await endImports(caller, erased, target.text);
    for await (const ids of batches(caller, target)) {
      const rows = await loadConversations(caller, ids);
      await endExports(caller, erased, rows, null);
      if (target.kind === 'CONVERSATION') await endImports(caller, erased, null);
      for (const row of rows.sort((a, b) => (a.id < b.id ? -1 : 1))) {
        signal.throwIfAborted();
        await eraseOne(caller, target, row, erased, refused);
      }
    }
    await eraseRest(caller, target, erased);
  }
  if (target.kind === 'CONVERSATION' && refused.length === 0 && Object.values(erased).every((count) => count === 0))
    throw new NotFoundError(`Conversation "${target.id}"`);
  await foldCounts(caller.app.database, caller.tenantId, signal);
  caller.app.log.info({ tenantId: caller.tenantId, erased, refused: refused.length }, 'conversations were erased');
  return signReceipt(caller.app.secrets, {
    format: 'convograph-erasure-1',
    tenant,
    asked: { kind: target.kind, sha256: digestOf(target) },
    startedAt,
    finishedAt: new Date().toISOString(),
    erased,
    refused,
  });
}

const isFindable = (target: ErasureTarget) => target.kind === 'PARTICIPANT' || isStorable(target.id);

async function* batches(caller: Caller, target: ErasureTarget): AsyncGenerator<string[]> {
  for (let after = ''; ; ) {
    const ids = await findConversations(caller, target, after, batchSize);
    const last = ids.at(-1);
    if (last !== undefined) yield ids;
    if (last === undefined || ids.length < batchSize) return;
    after = last;
  }
}

/** An export may hold what it was asked for after: what is in its file cannot be taken out of it. */
async function endExports(
  caller: Caller,
  erased: ErasedCounts,
  rows: readonly ConversationRow[],
  text: string | null,
): Promise<void> {
  const times = rows.map(({ createdAt }) => createdAt.getTime());
  const since = times.length === 0 ? null : new Date(Math.min(...times));
  const { exports, storageKeys } = await endExportsHolding(caller, { since, text });
  await removeFiles(caller.app.storage, storageKeys, new AbortController().signal);
  erased.exports += exports;
}

/** A file that is being read may hold it, and what is told of others may name it. */
async function endImports(caller: Caller, erased: ErasedCounts, text: string | null): Promise<void> {
  const { imports, storageKeys } = await endImportsHolding(caller, text);
  await removeFiles(caller.app.storage, storageKeys, new AbortController().signal);
  erased.imports = (erased.imports ?? 0) + imports;
}

async function eraseOne(
  caller: Caller,
  target: ErasureTarget,
  row: ConversationRow,
  erased: ErasedCounts,
  refused: Refused[],
): Promise<void> {
  const held = await readHeld(caller, row.id);
  const traced = tracedOf(target, row);
  const outcome = await deleteUpstream(caller, row, traced, erased);
  if (outcome !== null && outcome.kind !== 'DELETED') refused.push(refusalOf(target, row, outcome));
  if (outcome?.kind === 'UNANSWERED') return;
  await transact(caller, async (unit) => {
    const counts = await eraseTraces(unit, caller, traced);
    if (outcome?.kind === 'REFUSED') await withhold(unit, caller, row);
    const rows = await readConversations(caller, unit.tx, [row.id]);
    await removeConversations(unit, caller.tenantId, rows.map(withoutWords));
    return counts;
  }).then((counts) => addTraces(erased, counts));
  await removeFiles(caller.app.storage, held.storageKeys, new AbortController().signal);
  erased.conversations += 1;
  erased.messages += held.messages;
  erased.summaries += held.summaries;
  erased.attachments += held.attachments;
  erased.files += held.storageKeys.length;
  if (outcome?.kind === 'DELETED') erased.deletedUpstream += 1;
}

type Outcome = { kind: 'DELETED' } | { kind: 'REFUSED' | 'UNANSWERED'; reason: string };

/** Null where it lives here alone. UNANSWERED: nobody knows, or it is to be tried again. */
async function deleteUpstream(
  caller: Caller,
  { id, provider }: ConversationRow,
  traced: Traced,
  erased: ErasedCounts,
): Promise<Outcome | null> {
  const { providers, upstreams } = caller.app;
  if (provider === localProvider) return null;
  if (!canDo(providers, provider, 'DELETE')) {
    return { kind: 'REFUSED', reason: `${labelOf(providers, provider)} does not let conversations be deleted` };
  }
  // Before: stopped once the upstream has deleted it, nobody would know any more whose traces these are.
  addTraces(erased, await transact(caller, (unit) => eraseTraces(unit, caller, traced)));
  try {
    await upstreams.deleteConversation(caller, id, true);
    return { kind: 'DELETED' };
  } catch (err) {
    if (err instanceof NotFoundError) return { kind: 'DELETED' };
    if (!(err instanceof DomainError)) throw err;
    return { kind: isRefusal(err) ? 'REFUSED' : 'UNANSWERED', reason: err.message };
  }
}

/** Whether the upstream said no, for good. A refused key can be replaced, and what is too much now is not later. */
function isRefusal(err: DomainError): boolean {
  if (!(err instanceof UpstreamError)) return true;
  const { outcome, httpStatus } = err;
  if (outcome === 'UNKNOWN' || httpStatus === null) return false;
  return httpStatus >= 400 && httpStatus < 500 && ![401, 408, 425, 429].includes(httpStatus);
}

function refusalOf(target: ErasureTarget, row: ConversationRow, outcome: Outcome): Refused {
  const externalId = row.externalId ?? '';
  const isTelling = target.kind === 'PARTICIPANT' && valueHolds(externalId, target.text);
  return {
    upstreamId: row.upstreamId ?? '',
    provider: row.provider,
    externalId: isTelling ? withheldDigest(externalId) : externalId,
    reason: outcome.kind === 'DELETED' ? '' : outcome.reason,
    isErasedHere: outcome.kind === 'REFUSED',
  };
}

async function withhold(unit: Unit, { tenantId }: Caller, { upstreamId, externalId }: ConversationRow): Promise<void> {
  if (upstreamId === null || externalId === null) return;
  await unit.tx.withheldConversation.createMany({
    data: [{ tenantId, upstreamId, digest: withheldDigest(externalId), createdAt: unit.now }],
    skipDuplicates: true,
  });
}

/** What no conversation leads to any more: of deletions before, of an erasure that was stopped. */
async function eraseRest(caller: Caller, target: ErasureTarget, erased: ErasedCounts): Promise<void> {
  const text = target.kind === 'PARTICIPANT' ? target.text : null;
  const ids = target.kind === 'CONVERSATION' ? [target.id] : [];
  const isThere = ids.length > 0 && (await loadConversations(caller, ids)).length > 0;
  if (!isThere)
    addTraces(erased, await transact(caller, (unit) => eraseTraces(unit, caller, { ids, external: [], text })));
  if (text !== null) await endExports(caller, erased, [], text);
}

function tracedOf(target: ErasureTarget, { id, upstreamId, externalId }: ConversationRow): Traced {
  return {
    ids: [id],
    external: upstreamId === null || externalId === null ? [] : [{ upstreamId, externalId }],
    text: target.kind === 'PARTICIPANT' ? target.text : null,
  };
}

function addTraces(erased: ErasedCounts, counts: TraceCounts): void {
  for (const [kind, count] of Object.entries(counts)) erased[kind as keyof TraceCounts] += count;
}

async function readHeld(caller: Caller, conversationId: string) {
  const { prisma } = caller.app.database;
  const where = { tenantId: caller.tenantId, conversationId };
  const attachments = await prisma.attachment.findMany({ where, select: { storageKey: true } });
  return {
    messages: await prisma.message.count({ where }),
    summaries: await prisma.summary.count({ where }),
    attachments: attachments.length,
    storageKeys: attachments.flatMap(({ storageKey }) => storageKey ?? []),
  };
}
