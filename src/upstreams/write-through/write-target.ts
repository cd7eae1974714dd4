import type { Caller } from '../../domain/app.ts';
import { NotFoundError, UpstreamError } from '../../domain/errors.ts';
import { labelOf, type ProviderCapability, requireCapability } from '../../domain/providers.ts';
import { transact } from '../../domain/unit-of-work.ts';
import { isWriting, type WriteAnswer } from '../clients/client.ts';
import { findUpstreamAccount } from '../clients/clients.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { isUnreadable, type MirroredConversation } from '../clients/records.ts';
import type { UpstreamParts, Writable } from '../conversation/mirror-conversation.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { markUnknown, type StateBefore, settleNotApplied } from './write-record.ts';

/** For each try of the reading that follows a write: without it the mirror is made of what is known. */
const readBackMs = 5_000;

/** What a write to an existing conversation is sent to. */
export type WriteTarget = Writable & {
  conversationId: string;
  externalId: string;
  before: StateBefore;
};

/**
 * The account that a write goes to.
 * @throws NotFoundError named `what`; UnsupportedError where its API cannot do it; UpstreamError where its key is refused
 */
export async function getWritable(
  caller: Caller,
  parts: UpstreamParts,
  upstreamId: string,
  what: string,
  capability: ProviderCapability,
): Promise<Writable> {
  const account = await findUpstreamAccount(caller.app.database, caller.tenantId, upstreamId);
  if (account === null) throw new NotFoundError(what);
  const { provider } = account;
  const { providers } = caller.app;
  requireCapability(providers, provider, capability);
  if (account.status === 'UNAUTHORIZED') {
    throw new UpstreamError(
      `${labelOf(providers, provider)} does not accept the API key of this upstream: replace it`,
      {
        provider,
        httpStatus: account.errorHttpStatus,
        outcome: 'NOT_APPLIED',
        retryAfterMs: null,
      },
    );
  }
  const client = parts.clients.of(account);
  if (!isWriting(client))
    throw new Error(`${provider} is described as able to ${capability}, and its client writes nothing`);
  return { account, client };
}

/** A mirrored conversation and its account. @throws NotFoundError, UnsupportedError, UpstreamError */
export async function getTarget(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  capability: ProviderCapability,
): Promise<WriteTarget> {
  const row = await caller.app.database.prisma.conversation.findUnique({
    where: { tenantId_id: { tenantId: caller.tenantId, id: conversationId } },
    select: { upstreamId: true, externalId: true, fingerprint: true, updatedAt: true },
  });
  if (row?.upstreamId == null || row.externalId === null) throw new NotFoundError('Conversation');
  const writable = await getWritable(caller, parts, row.upstreamId, 'Conversation', capability);
  const before = { fingerprint: row.fingerprint, updatedAt: row.updatedAt.toISOString() };
  return { ...writable, conversationId, externalId: row.externalId, before };
}

/**
 * Sends a recorded write. A failure settles its record: nothing applied, or unknown, which a job then finds out.
 * Anything else that goes wrong leaves it open, for the job that looks after dead senders.
 */
export async function sendRecorded<T>(
  caller: Caller,
  writeId: string,
  send: () => Promise<T>,
  learnt: () => { sizeBytes?: number } = () => ({}),
): Promise<T> {
  try {
    return await send();
  } catch (err) {
    if (!(err instanceof UpstreamFailure)) throw err;
    const { message, httpStatus, retryAfterMs, fields } = err;
    await transact(caller, (unit) =>
      err.outcome === 'UNKNOWN'
        ? markUnknown(unit, caller.tenantId, writeId, message, learnt())
        : settleNotApplied(unit, caller.tenantId, writeId, { message, httpStatus, retryAfterMs, fields }),
    );
    throw err;
  }
}

/** What the conversation is after a write: from its answer where that is whole, else read. Null where it cannot be. */
export async function readBack(
  caller: Caller,
  { account, client }: Writable,
  externalId: string,
  answer: WriteAnswer,
): Promise<MirroredConversation | null> {
  if (answer.isWhole && !isUnreadable(answer.conversation)) return answer.conversation;
  try {
    const read = await client.getConversation(externalId, { priority: 'interactive', timeoutMs: readBackMs });
    await recordDrift(caller, account.id, read.drift);
    return isUnreadable(read.conversation) ? null : read.conversation;
  } catch (err) {
    // The write is done all the same.
    if (err instanceof UpstreamFailure) return null;
    throw err;
  }
}

export function isNotFound(err: unknown): boolean {
  return err instanceof UpstreamFailure && err.kind === 'NOT_FOUND';
}
