import { isUnreadable, type MirroredConversation } from '../clients/records.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { type Applied, applyConversations, type Given, removeMirrored } from '../store/store-conversations.ts';
import { type Again, forget, keepForLater } from './checkpoint.ts';
import { doubtOf, keepUnread, partsReason, toFailed, toUnreadable } from './reread-queue.ts';
import { LeaseLostError, saveProgress, writeCounted, writeInRun } from './run.ts';
import { askForPage, type Item, type Read, type Reader } from './turn.ts';

/** Writing what was read. */

/** Marks what the list showed, so that it is not taken for gone. */
export async function markSeen({ run }: Reader, externalIds: string[]): Promise<void> {
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
export async function writeReads(reader: Reader, reads: readonly Read[]): Promise<Item[]> {
  const { run, recordDrift } = reader;
  const { caller, account, checkpoint } = run;
  const records: { read: Read; record: MirroredConversation }[] = [];
  const settled = new Set<string>();
  const failing: Again[] = [];
  for (const read of reads) {
    const { item, answer } = read;
    if (answer === 'GONE') continue;
    if (answer instanceof UpstreamFailure) {
      if (isOwn(answer)) failing.push(toFailed(reader, item, answer));
    } else if (isUnreadable(answer.conversation)) {
      failing.push(toUnreadable(reader, item, answer.conversation.reason));
    } else {
      settled.add(item.externalId);
      records.push({ read, record: answer.conversation });
      const [part] = answer.unreadableParts;
      if (part !== undefined)
        failing.push(toUnreadable(reader, item, partsReason(answer.unreadableParts.length, part)));
    }
  }
  const unwritten = await writeRecords(reader, records);
  const doubts: Again[] = [];
  for (const { read, record } of records) {
    const { externalId } = read.item;
    const why = unwritten.get(externalId);
    const doubt = why === 'UNSTORABLE' ? null : doubtOf(reader, read, record, why === 'OVERTAKEN');
    if (doubt !== null) doubts.push(doubt);
    if (why === 'UNSTORABLE') failing.push(toUnreadable(reader, read.item, 'It could not be stored'));
  }
  forget(checkpoint, settled);
  for (const doubt of doubts) keepForLater(checkpoint, doubt);
  for (const entry of failing) keepUnread(run, entry);
  await markSeen(
    reader,
    [...failing.map(({ id }) => id), ...unwritten.keys()].filter((id) =>
      reads.some(({ item }) => item.listed?.externalId === id),
    ),
  );
  const drift = reads.flatMap(({ answer }) => (typeof answer === 'object' && 'drift' in answer ? answer.drift : []));
  await recordDrift(caller, account.id, drift);
  return reads.filter(({ answer }) => answer === 'GONE').map(({ item }) => item);
}

/** Its own failure, which says nothing of the other ones. */
function isOwn({ kind, httpStatus }: UpstreamFailure): boolean {
  if (kind === 'UNAVAILABLE') return httpStatus !== null;
  return (
    kind === 'UNREADABLE' ||
    kind === 'TIMEOUT' ||
    kind === 'REJECTED' ||
    kind === 'FORBIDDEN' ||
    kind === 'UNAUTHORIZED'
  );
}

/** OVERTAKEN: somebody else wrote it meanwhile. UNSTORABLE: the database does not take it. */
type Unwritten = Map<string, 'OVERTAKEN' | 'UNSTORABLE'>;

/**
 * Applies records, all in one transaction; each in its own where that fails, so that one that cannot be stored stops no
 * other. @returns those that were not written
 */
async function writeRecords(
  reader: Reader,
  records: readonly { read: Read; record: MirroredConversation }[],
): Promise<Unwritten> {
  const unwritten: Unwritten = new Map();
  if (records.length === 0) return unwritten;
  const { run } = reader;
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
    let applied: (Applied | null)[] = [];
    await writeCounted(run, async (unit) => {
      applied = await applyConversations(unit, run.caller, run.account, given);
      const countOf = (change: Applied['change']) => applied.filter((each) => each?.change === change).length;
      return { created: countOf('created'), updated: countOf('updated') };
    });
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
    for (const each of records) for (const [id, why] of await writeRecords(reader, [each])) unwritten.set(id, why);
  }
  return unwritten;
}

/** Removes what the upstream says it does not know; unless it still lists it, and so does not know what it says. */
export async function remove(reader: Reader, gone: readonly Item[]): Promise<void> {
  if (gone.length === 0) return;
  const { run } = reader;
  const isListed = gone.some((item) => item.listed !== undefined);
  const page = isListed ? await askForPage(reader, run.checkpoint.page) : null;
  const listed = new Set(page?.items.flatMap((each) => (isUnreadable(each) ? (each.id ?? []) : each.externalId)));
  const contradicted = gone.filter((item) => item.isListedElsewhere || listed.has(item.externalId));
  for (const item of contradicted) {
    const message = 'It is listed, and yet not known by its id';
    keepUnread(run, toFailed(reader, item, new UpstreamFailure({ kind: 'NOT_FOUND', message, httpStatus: 404 })));
  }
  await markSeen(
    reader,
    contradicted.map((item) => item.externalId),
  );
  const ids = gone.filter((item) => !contradicted.includes(item)).map((item) => item.externalId);
  if (ids.length === 0) return;
  forget(run.checkpoint, new Set(ids));
  await writeCounted(run, async (unit) => ({
    deleted: await removeMirrored(unit, run.caller, run.account.id, ids),
  }));
}
