import type { ListedConversation } from '../clients/records.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { findWithheld } from '../store/withheld.ts';
import { wasNotSent } from './outcome.ts';
import { dropEntries, dueEntries, isPausing } from './reread-queue.ts';
import { saveProgress } from './run.ts';
import { callOptions, type Item, type Read, type SyncTurn } from './turn.ts';
import { markSeen, remove, writeReads } from './write-conversations.ts';

/** Reading conversations one by one. */

/** So many in a row are the upstream's failure, not some conversations'. */
const maxFailuresInARow = 20;

/** Reads the conversations of a page that differ from what is stored, and marks the rest as seen. */
export async function readDiffering(turn: SyncTurn, items: readonly ListedConversation[]): Promise<void> {
  const { caller, account, checkpoint } = turn.run;
  const { mode, stage, firstGeneration, rereadQueue } = checkpoint;
  const unique = [...new Map(items.map((item) => [item.externalId, item])).values()];
  const rows = await caller.app.database.prisma.conversation.findMany({
    where: {
      tenantId: caller.tenantId,
      upstreamId: account.id,
      externalId: { in: unique.map((item) => item.externalId) },
    },
    select: { externalId: true, fingerprint: true, listFingerprint: true, generation: true },
  });
  const stored = new Map(rows.map((row) => [row.externalId, row]));
  const unknown = unique.flatMap(({ externalId }) => (stored.has(externalId) ? [] : [externalId]));
  const withheld = await findWithheld(caller, account.id, unknown);
  const now = turn.tunables.now();
  const isToBeRead = (item: (typeof unique)[number]): boolean => {
    if (withheld.has(item.externalId)) return false;
    if (isPausing(rereadQueue, { id: item.externalId, fingerprint: item.listFingerprint }, now)) return false;
    const row = stored.get(item.externalId);
    const isNew = row === undefined;
    const isListedOtherwise = !isNew && row.listFingerprint !== item.listFingerprint;
    // A run over everything reads each once: what bears an older generation was not seen by this run yet.
    const isUnseen = !isNew && mode === 'ALL' && stage === 'PAGES' && row.generation < (firstGeneration ?? 0);
    return isNew || isListedOtherwise || isUnseen;
  };
  const differing = unique.filter(isToBeRead);
  const isDiffering = new Set(differing);
  await markSeen(
    turn,
    unique.filter((item) => !isDiffering.has(item)).map((item) => item.externalId),
  );
  await readItems(
    turn,
    differing.map((listed) => ({
      externalId: listed.externalId,
      listed,
      stored: stored.get(listed.externalId) ?? null,
    })),
  );
}

/** Reads what is due to be read again. */
export async function rereadDue(turn: SyncTurn): Promise<void> {
  const { run, tunables } = turn;
  const { caller, account, checkpoint } = run;
  const due = dueEntries(checkpoint.rereadQueue, tunables.now());
  const step = tunables.batchSize * 4;
  for (let start = 0; start < due.length; start += step) {
    const entries = due.slice(start, start + step);
    const ids = entries.map(({ id }) => id);
    const rows = await caller.app.database.prisma.conversation.findMany({
      where: { tenantId: caller.tenantId, upstreamId: account.id, externalId: { in: ids } },
      select: { externalId: true, fingerprint: true },
    });
    const stored = new Map(rows.map((row) => [row.externalId, row]));
    const withheld = await findWithheld(caller, account.id, ids);
    if (withheld.size > 0) checkpoint.rereadQueue = dropEntries(checkpoint.rereadQueue, [...withheld]);
    const wanted = entries.filter(({ id }) => !withheld.has(id));
    await readItems(
      turn,
      wanted.map(({ id, httpStatus }) => ({
        externalId: id,
        isListedElsewhere: httpStatus === 404,
        stored: stored.get(id) ?? null,
      })),
    );
    await saveProgress(run);
  }
}

/**
 * Reads conversations, some at once, and writes them while the next ones are read. One that cannot be read stops no
 * other. @throws UpstreamFailure for what would fail for every other one as well, once the rest is written
 */
export async function readItems(turn: SyncTurn, items: readonly Item[]): Promise<void> {
  const { batchSize } = turn.tunables;
  const batches = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  );
  const gone: Item[] = [];
  let next = readBatch(turn, batches[0] ?? []);
  for (const index of batches.keys()) {
    turn.signal.throwIfAborted();
    const reads = await next;
    const fatal = await fatalAmong(turn, reads);
    if (fatal === null) next = readBatch(turn, batches[index + 1] ?? []);
    gone.push(...(await writeReads(turn, reads)));
    if (fatal !== null) throw fatal;
  }
  await remove(turn, gone);
}

/** Never rejects: each one's failure is its result. */
async function readBatch(turn: SyncTurn, items: readonly Item[]): Promise<Read[]> {
  return Promise.all(
    items.map(async (item): Promise<Read> => {
      const askedAt = turn.tunables.now();
      try {
        return { item, askedAt, answer: await turn.client.getConversation(item.externalId, callOptions(turn)) };
      } catch (err) {
        const failure = err instanceof UpstreamFailure ? err : unexpected(err);
        return { item, askedAt, answer: failure.kind === 'NOT_FOUND' ? 'GONE' : failure };
      }
    }),
  );
}

/** A conversation that trips our own code stops no other either. */
function unexpected(cause: unknown): UpstreamFailure {
  return new UpstreamFailure({ kind: 'UNREADABLE', message: 'It could not be understood', httpStatus: 200, cause });
}

/** What ends the turn; null where each failure is a conversation's own. */
async function fatalAmong(turn: SyncTurn, reads: readonly Read[]): Promise<UpstreamFailure | null> {
  let fatal: UpstreamFailure | null = null;
  for (const { answer } of reads) {
    if (!(answer instanceof UpstreamFailure)) {
      turn.failuresInARow = 0;
      continue;
    }
    const { kind } = answer;
    if (!wasNotSent(answer) && kind !== 'ABORTED') turn.lastFailure = answer;
    turn.failuresInARow++;
    const affectsAll = wasNotSent(answer) || ['RATE_LIMITED', 'NETWORK', 'ABORTED'].includes(kind);
    if (kind === 'UNAUTHORIZED' || kind === 'FORBIDDEN') fatal = (await refusal(turn, answer)) ?? fatal;
    // Prefer a failure that the upstream sent over one that our breaker or budget made.
    else if (affectsAll) fatal = fatal === null || wasNotSent(fatal) ? answer : fatal;
    else if (turn.failuresInARow >= maxFailuresInARow) fatal ??= answer;
  }
  return fatal;
}

/** A failure with its reason: of what was held back, what the upstream last failed with, where that is why. */
export function explained({ lastFailure }: SyncTurn, failure: UpstreamFailure): UpstreamFailure {
  if (lastFailure === null || !wasNotSent(failure)) return failure;
  if (failure.kind === 'RATE_LIMITED' && lastFailure.retryAfterMs === null) return failure;
  const { kind, message, httpStatus, cause } = lastFailure;
  return new UpstreamFailure({ kind, message, httpStatus, retryAfterMs: failure.retryAfterMs, cause });
}

/** Whether the key is refused altogether, or one conversation to it. */
async function refusal(turn: SyncTurn, failure: UpstreamFailure): Promise<UpstreamFailure | null> {
  try {
    await turn.client.verify(callOptions(turn));
    return null;
  } catch (err) {
    return err instanceof UpstreamFailure ? err : failure;
  }
}
