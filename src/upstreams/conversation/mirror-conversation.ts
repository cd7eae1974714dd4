import type { Caller } from '../../domain/app.ts';
import { lockConversation } from '../../domain/conversations/store.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import type { UpstreamClient, WritingClient } from '../clients/client.ts';
import type { UpstreamAccount, UpstreamClients } from '../clients/clients.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { fingerprint, isUnreadable, type MirroredConversation } from '../clients/records.ts';
import { UpstreamFailure } from '../http/failure.ts';
import type { CallOptions } from '../http/http.ts';
import { removeMirrored, type StoredChange, storeConversation } from '../store/store-conversations.ts';
import { findWithheld } from '../store/withheld.ts';

/** Reading one conversation now and bringing its mirror up to date: for webhooks, writes and summaries. */

export type UpstreamParts = {
  clients: UpstreamClients;
  /** What is not seen upstream so long after the connection broke was not applied. Default 20 s. */
  absentAfterMs?: number | undefined;
};

/** An account that takes writes, with its client. */
export type Writable = { account: UpstreamAccount; client: WritingClient };

export type MirrorResult =
  | { kind: 'MIRRORED'; id: string; change: StoredChange['change']; record: MirroredConversation }
  /** It is not there, or was erased here. */
  | { kind: 'GONE' }
  | { kind: 'UNREADABLE'; reason: string };

export type MirrorOptions = {
  call: CallOptions;
  /** Whether a record is applied even where it is what is stored already. */
  isForced?: (record: MirroredConversation) => boolean;
  /** What else belongs into the transaction that mirrors it. */
  inSameTransaction?: (unit: Unit, applied: StoredChange, record: MirroredConversation) => Promise<void>;
};

const maxReadings = 3;
const maxConflicts = 5;

/**
 * Reads a conversation and mirrors what it is now; removes it where it is gone. Where somebody else changed the mirror
 * meanwhile, it is read again: what was read first may be older than what is stored.
 * @throws UpstreamFailure where it cannot be read
 */
export async function mirrorConversation(
  caller: Caller,
  account: UpstreamAccount,
  client: UpstreamClient,
  externalId: string,
  options: MirrorOptions,
): Promise<MirrorResult> {
  for (let reading = 1; ; reading++) {
    const before = await findMirror(caller, account.id, externalId);
    if (before === null && (await findWithheld(caller, account.id, [externalId])).size > 0) return { kind: 'GONE' };
    const answer = await readOrGone(client, externalId, options.call);
    if (answer === null) {
      await writeMirrored(caller, (unit) => removeMirrored(unit, caller, account.id, [externalId]));
      return { kind: 'GONE' };
    }
    await recordDrift(caller, account.id, answer.drift);
    const record = answer.conversation;
    if (isUnreadable(record)) return { kind: 'UNREADABLE', reason: record.reason };
    const applied = await writeMirrored(caller, async (unit) => {
      const present = await lockMirror(unit, caller, account.id, externalId);
      const isOvertaken =
        (present?.id ?? null) !== (before?.id ?? null) || present?.fingerprint !== before?.fingerprint;
      const isSame = present !== null && present.fingerprint === fingerprint(record);
      if (isOvertaken && !isSame && reading < maxReadings) return null;
      if (present !== null && options.isForced?.(record)) await forgetFingerprint(unit, caller, present.id);
      const done = await storeConversation(unit, caller, account, record);
      await options.inSameTransaction?.(unit, done, record);
      return done;
    });
    if (applied !== null) return { kind: 'MIRRORED', ...applied, record };
  }
}

async function readOrGone(client: UpstreamClient, externalId: string, call: CallOptions) {
  try {
    return await client.getConversation(externalId, call);
  } catch (err) {
    if (err instanceof UpstreamFailure && err.kind === 'NOT_FOUND') return null;
    throw err;
  }
}

type Mirror = { id: string; fingerprint: string | null };

function findMirror(caller: Caller, upstreamId: string, externalId: string): Promise<Mirror | null> {
  return readMirror(caller.app.database.prisma, caller, upstreamId, externalId);
}

function readMirror(tx: Unit['tx'], caller: Caller, upstreamId: string, externalId: string): Promise<Mirror | null> {
  return tx.conversation.findUnique({
    where: { tenantId_upstreamId_externalId: { tenantId: caller.tenantId, upstreamId, externalId } },
    select: { id: true, fingerprint: true },
  });
}

/** The mirrored conversation as it is now, locked until the transaction ends; null where there is none. */
export async function lockMirror(
  unit: Unit,
  caller: Caller,
  upstreamId: string,
  externalId: string,
): Promise<Mirror | null> {
  const found = await readMirror(unit.tx, caller, upstreamId, externalId);
  if (found === null || !(await lockConversation(unit.tx, caller.tenantId, found.id))) return null;
  return readMirror(unit.tx, caller, upstreamId, externalId);
}

/** The next record that comes is applied, whatever it says. */
export async function forgetFingerprint(unit: Unit, caller: Caller, conversationId: string): Promise<void> {
  await unit.tx.conversation.updateMany({
    where: { tenantId: caller.tenantId, id: conversationId },
    data: { fingerprint: null, listFingerprint: null },
  });
}

/**
 * One transaction over mirrored data, which counts towards the quota but is never refused. Run again where somebody
 * else mirrored the same thing at the same moment.
 */
export async function writeMirrored<T>(caller: Caller, body: (unit: Unit) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(caller, body, { isOverQuotaAllowed: true });
    } catch (err) {
      if (attempt === maxConflicts || !isDuplicate(err)) throw err;
    }
  }
}

function isDuplicate(err: unknown): boolean {
  return err instanceof Error && 'code' in err && err.code === 'P2002';
}
