import type { ListedConversation } from '../clients/records.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { isHeldBack } from './outcome.ts';
import { saveProgress } from './run.ts';
import { callOptions, type Item, type Read, type Reader } from './turn.ts';
import { markSeen, remove, writeReads } from './write-conversations.ts';

/** Reading conversations one by one. */

/** So many in a row are the upstream's failure, not some conversations'. */
const maxFailuresInARow = 20;

/** Reads the conversations of a page that differ from what is stored, and marks the rest as seen. */
export async function readDiffering(reader: Reader, items: readonly ListedConversation[]): Promise<void> {
  const { caller, account, checkpoint } = reader.run;
  const { mode, stage, generation } = checkpoint;
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
  const later = new Map(checkpoint.again.map((entry) => [entry.id, entry]));
  const now = reader.tunables.now();
  const differing = unique.filter((item) => {
    const row = stored.get(item.externalId);
    const entry = later.get(item.externalId);
    // It could not be read as it is now: its own pause is not over.
    if (entry !== undefined && entry.listFingerprint === item.listFingerprint && entry.dueAt > now) return false;
    if (row === undefined || row.listFingerprint !== item.listFingerprint) return true;
    return mode === 'ALL' && stage === 'PAGES' && row.generation !== generation;
  });
  const isDiffering = new Set(differing);
  await markSeen(
    reader,
    unique.filter((item) => !isDiffering.has(item)).map((item) => item.externalId),
  );
  await readItems(
    reader,
    differing.map((listed) => ({
      externalId: listed.externalId,
      listed,
      stored: stored.get(listed.externalId) ?? null,
    })),
  );
}

/** Reads what is due to be read again. */
export async function readAgain(reader: Reader): Promise<void> {
  const { run, tunables } = reader;
  const { caller, account, checkpoint } = run;
  const due = checkpoint.again.filter(({ dueAt }) => dueAt <= tunables.now());
  const step = tunables.batchSize * 4;
  for (let start = 0; start < due.length; start += step) {
    const entries = due.slice(start, start + step);
    const ids = entries.map(({ id }) => id);
    const rows = await caller.app.database.prisma.conversation.findMany({
      where: { tenantId: caller.tenantId, upstreamId: account.id, externalId: { in: ids } },
      select: { externalId: true, fingerprint: true },
    });
    const stored = new Map(rows.map((row) => [row.externalId, row]));
    await readItems(
      reader,
      entries.map(({ id, httpStatus }) => ({
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
export async function readItems(reader: Reader, items: readonly Item[]): Promise<void> {
  const { batchSize } = reader.tunables;
  const batches = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  );
  const gone: Item[] = [];
  let next = readBatch(reader, batches[0] ?? []);
  for (const index of batches.keys()) {
    reader.signal.throwIfAborted();
    const reads = await next;
    const fatal = await fatalAmong(reader, reads);
    if (fatal === null) next = readBatch(reader, batches[index + 1] ?? []);
    gone.push(...(await writeReads(reader, reads)));
    if (fatal !== null) throw fatal;
  }
  await remove(reader, gone);
}

/** Never rejects: each one's failure is its result. */
async function readBatch(reader: Reader, items: readonly Item[]): Promise<Read[]> {
  return Promise.all(
    items.map(async (item): Promise<Read> => {
      const askedAt = reader.tunables.now();
      try {
        return { item, askedAt, answer: await reader.client.getConversation(item.externalId, callOptions(reader)) };
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
async function fatalAmong(reader: Reader, reads: readonly Read[]): Promise<UpstreamFailure | null> {
  let fatal: UpstreamFailure | null = null;
  for (const { answer } of reads) {
    if (!(answer instanceof UpstreamFailure)) {
      reader.failuresInARow = 0;
      continue;
    }
    const { kind } = answer;
    if (!isHeldBack(answer) && kind !== 'ABORTED') reader.lastFailure = answer;
    reader.failuresInARow++;
    const isEveryones = isHeldBack(answer) || ['RATE_LIMITED', 'NETWORK', 'ABORTED'].includes(kind);
    if (kind === 'UNAUTHORIZED' || kind === 'FORBIDDEN') fatal = (await refusal(reader, answer)) ?? fatal;
    // What the upstream said tells more than what was held back here because of it.
    else if (isEveryones) fatal = fatal === null || isHeldBack(fatal) ? answer : fatal;
    else if (reader.failuresInARow >= maxFailuresInARow) fatal ??= answer;
  }
  return fatal;
}

/** A failure with its reason: of what was held back, what the upstream last failed with, where that is why. */
export function explained({ lastFailure }: Reader, failure: UpstreamFailure): UpstreamFailure {
  if (lastFailure === null || !isHeldBack(failure)) return failure;
  if (failure.kind === 'RATE_LIMITED' && lastFailure.retryAfterMs === null) return failure;
  const { kind, message, httpStatus, cause } = lastFailure;
  return new UpstreamFailure({ kind, message, httpStatus, retryAfterMs: failure.retryAfterMs, cause });
}

/** Whether the key is refused altogether, or one conversation to it. */
async function refusal(reader: Reader, failure: UpstreamFailure): Promise<UpstreamFailure | null> {
  try {
    await reader.client.verify(callOptions(reader));
    return null;
  } catch (err) {
    return err instanceof UpstreamFailure ? err : failure;
  }
}
