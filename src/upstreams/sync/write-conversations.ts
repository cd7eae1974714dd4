import { EgressError } from '../../lib/egress/egress.ts';
import { isUnreadable, type MirroredConversation } from '../clients/records.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { type Given, removeMirrored, type StoredChange, storeConversations } from '../store/store-conversations.ts';
import { dropEntries, type Reading, type RereadEntry, settleReadings } from './reread-queue.ts';
import { LeaseLostError, saveProgress, writeCounted, writeInRun } from './run.ts';
import { askForPage, changedAt, type Item, type Read, rereadTiming, type SyncTurn } from './turn.ts';

/** Writing what was read. */

/** Marks what the list showed, so that it is not taken for gone. */
export async function markSeen({ run }: SyncTurn, externalIds: string[]): Promise<void> {
  const { generation } = run.checkpoint;
  if (generation === null || externalIds.length === 0) return;
  await writeInRun(run, ({ tx }) =>
    tx.conversation.updateMany({
      where: {
        tenantId: run.caller.tenantId,
        upstreamId: run.account.id,
        externalId: { in: externalIds },
        generation: { not: generation },
      },
      data: { generation },
    }),
  );
}

/** Writes what was read in one transaction. @returns what the upstream does not know */
export async function writeReads(turn: SyncTurn, reads: readonly Read[]): Promise<Item[]> {
  const { run, recordDrift } = turn;
  const records = reads.flatMap((read) => {
    const record = recordOf(read);
    return record === null ? [] : [{ read, record }];
  });
  const unwritten = await writeRecords(turn, records);
  const unread = settle(
    turn,
    reads.flatMap((read) => readingOf(read, unwritten) ?? []),
  );
  const kept = new Set([...unread.map(({ id }) => id), ...unwritten.keys()]);
  await markSeen(
    turn,
    reads.flatMap(({ item }) => (item.listed !== undefined && kept.has(item.externalId) ? [item.externalId] : [])),
  );
  const drift = reads.flatMap(({ answer }) => (typeof answer === 'object' && 'drift' in answer ? answer.drift : []));
  await recordDrift(run.caller, run.account.id, drift);
  return reads.filter(({ answer }) => answer === 'GONE').map(({ item }) => item);
}

/** Takes readings into the reread queue. @returns what is kept there because it could not be read */
function settle(turn: SyncTurn, readings: readonly Reading[]): RereadEntry[] {
  const { checkpoint, account, caller } = turn.run;
  const { queue, unread } = settleReadings(checkpoint.rereadQueue, readings, rereadTiming(turn));
  checkpoint.rereadQueue = queue;
  for (const { id, reason, kind } of unread) {
    caller.app.log.warn({ upstreamId: account.id, externalId: id, reason, kind }, 'a conversation was not mirrored');
  }
  return unread;
}

function recordOf({ answer }: Read): MirroredConversation | null {
  if (answer === 'GONE' || answer instanceof UpstreamFailure || isUnreadable(answer.conversation)) return null;
  return answer.conversation;
}

/** Null where it tells nothing of this conversation: it is gone, or the failure is everyone's. */
function readingOf({ item, askedAt, answer }: Read, unwritten: Unwritten): Reading | null {
  const id = item.externalId;
  const isUnstorable = unwritten.get(id) === 'UNSTORABLE';
  const shared = askedOf(item, askedAt);
  if (answer === 'GONE') return null;
  if (answer instanceof UpstreamFailure) {
    return affectsOnlyThisConversation(answer) ? { ...shared, result: failedReading(answer) } : null;
  }
  const { conversation, unreadableParts } = answer;
  if (isUnreadable(conversation) || isUnstorable) {
    const reason = isUnreadable(conversation) ? conversation.reason : 'It could not be stored';
    return { ...shared, result: { kind: 'UNREADABLE', reason } };
  }
  const isOvertaken = unwritten.get(id) === 'OVERTAKEN';
  const updatedAt = conversation.updatedAt?.getTime() ?? null;
  return { ...shared, result: { kind: 'READ', updatedAt, isOvertaken, partReason: partReason(unreadableParts) } };
}

function askedOf({ externalId: id, listed }: Item, askedAt: number): Omit<Reading, 'result'> {
  const line = listed === undefined ? null : { fingerprint: listed.listFingerprint, changedAt: changedAt(listed) };
  return { id, askedAt, listed: line };
}

function partReason([part, ...others]: readonly { reason: string }[]): string | null {
  if (part === undefined) return null;
  return others.length === 0 ? part.reason : `${part.reason}, and ${others.length} further parts`;
}

function failedReading({ kind, cause, message, httpStatus }: UpstreamFailure): Reading['result'] {
  const isTooLarge = cause instanceof EgressError && cause.kind === 'TOO_LARGE';
  const isLasting = isTooLarge || kind === 'REJECTED' || kind === 'FORBIDDEN' || kind === 'UNAUTHORIZED';
  return { kind: 'FAILED', reason: message, httpStatus, isLasting };
}

/** Failures that concern this conversation alone: the run goes on. */
function affectsOnlyThisConversation({ kind, httpStatus }: UpstreamFailure): boolean {
  if (kind === 'UNAVAILABLE') return httpStatus !== null;
  return ['UNREADABLE', 'TIMEOUT', 'REJECTED', 'FORBIDDEN', 'UNAUTHORIZED'].includes(kind);
}

/** OVERTAKEN: somebody else wrote it meanwhile. UNSTORABLE: the database does not take it. */
type Unwritten = Map<string, 'OVERTAKEN' | 'UNSTORABLE'>;

/**
 * Applies records, all in one transaction; each in its own where that fails, so that one that cannot be stored stops no
 * other. @returns those that were not written
 */
async function writeRecords(
  turn: SyncTurn,
  records: readonly { read: Read; record: MirroredConversation }[],
): Promise<Unwritten> {
  const unwritten: Unwritten = new Map();
  if (records.length === 0) return unwritten;
  const { run } = turn;
  const { generation } = run.checkpoint;
  const given = records.map(
    ({ read: { item }, record }): Given => ({
      record,
      seen: {
        expected: item.stored,
        ...(item.listed !== undefined && { listFingerprint: item.listed.listFingerprint }),
        ...(generation !== null && { generation }),
      },
    }),
  );
  try {
    let applied: (StoredChange | null)[] = [];
    await writeCounted(run, async (unit) => {
      applied = await storeConversations(unit, run.caller, run.account, given);
      const countOf = (change: StoredChange['change']) => applied.filter((each) => each?.change === change).length;
      return { created: countOf('created'), updated: countOf('updated') };
    });
    await turn.plans.made(applied.filter((each) => each?.change === 'created').length);
    for (const [index, { read }] of records.entries()) {
      if (applied[index] === null) unwritten.set(read.item.externalId, 'OVERTAKEN');
    }
  } catch (err) {
    if (err instanceof LeaseLostError) throw err;
    const [only] = records;
    if (records.length === 1 && only !== undefined) {
      // Where nothing at all can be stored, this throws.
      await saveProgress(run);
      const { externalId } = only.read.item;
      run.caller.app.log.warn({ err, upstreamId: run.account.id, externalId }, 'a conversation could not be stored');
      return unwritten.set(externalId, 'UNSTORABLE');
    }
    for (const each of records) for (const [id, why] of await writeRecords(turn, [each])) unwritten.set(id, why);
  }
  return unwritten;
}

/** Removes what the upstream says it does not know; unless it still lists it, and so does not know what it says. */
export async function remove(turn: SyncTurn, gone: readonly Item[]): Promise<void> {
  if (gone.length === 0) return;
  const { run } = turn;
  const isListed = gone.some((item) => item.listed !== undefined);
  const page = isListed ? await askForPage(turn) : null;
  const listed = new Set(page?.items.flatMap((each) => (isUnreadable(each) ? (each.id ?? []) : each.externalId)));
  const contradicted = gone.filter((item) => item.isListedElsewhere || listed.has(item.externalId));
  settle(
    turn,
    contradicted.map((item) => {
      const reason = 'It is listed, and yet not known by its id';
      const result = { kind: 'FAILED' as const, reason, httpStatus: 404, isLasting: false };
      return { ...askedOf(item, turn.tunables.now()), result };
    }),
  );
  await markSeen(
    turn,
    contradicted.map((item) => item.externalId),
  );
  const ids = gone.filter((item) => !contradicted.includes(item)).map((item) => item.externalId);
  if (ids.length === 0) return;
  run.checkpoint.rereadQueue = dropEntries(run.checkpoint.rereadQueue, ids);
  await writeCounted(run, async (unit) => ({
    deleted: await removeMirrored(unit, run.caller, run.account.id, ids),
  }));
}
