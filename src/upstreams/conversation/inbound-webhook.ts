import type { Prisma } from '../../database/generated/client.ts';
import type { App, Caller } from '../../domain/app.ts';
import { systemCaller } from '../../domain/caller.ts';
import { emitConversation, lockConversation } from '../../domain/conversations/store.ts';
import { failVersion } from '../../domain/conversations/summary-lifecycle.ts';
import { transact } from '../../domain/unit-of-work.ts';
import { decryptFor } from '../../domain/upstreams/credentials.ts';
import { idKind } from '../../lib/id.ts';
import { parseWithDigits } from '../../lib/json.ts';
import { findUpstreamAccount, type UpstreamAccount } from '../clients/clients.ts';
import type { UpstreamWebhooks } from '../clients/provider.ts';
import type { MirroredConversation } from '../clients/records.ts';
import { getProvider, providers } from '../clients/registry.ts';
import { cleanJson } from '../clients/storable-text.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { failureOf } from '../store/store-summaries.ts';
import { mirrorConversation, type UpstreamParts } from './mirror-conversation.ts';

/** Webhooks that upstreams post: taken in at once, worked off by a job that reads what is true by then. */

export type WebhookReceipt = { kind: 'ACCEPTED' } | { kind: 'REFUSED' } | { kind: 'UNREADABLE'; message: string };

/** Compared with where there is no secret, so that an unknown upstream takes as long as a known one. */
const noSecret = 'whsec_of_nobody';
const anyWebhooks = [...providers.values()].find(({ webhooks }) => webhooks !== null)?.webhooks;
/** Syncs go first, changes that somebody may be looking at before them. */
const webhookPriority = 10;
/** What an upstream cannot be asked about for so long is left to the next sync. */
const giveUpMs = 3_600_000;
const firstPauseMs = 1_000;
const lastPauseMs = 60_000;
const readingMs = 30_000;

/**
 * Takes in what was posted for an upstream: each event once, with its job. An unknown upstream, one without a secret
 * and a bad signature are all REFUSED. `body`: the raw bytes.
 */
export async function receiveWebhook(
  app: App,
  upstreamId: string,
  headers: Headers,
  body: Uint8Array,
): Promise<WebhookReceipt> {
  const receiver = idKind(upstreamId) === 'upstream' ? await findReceiver(app, upstreamId) : null;
  const { webhooks, secret } = receiver ?? { webhooks: anyWebhooks, secret: noSecret };
  const isSent = webhooks?.verify({ headers, secret, body }).isValid === true;
  if (receiver === null || !isSent) return { kind: 'REFUSED' };
  const json = readJson(body);
  const event = receiver.webhooks.read(json);
  if (event === null) {
    return { kind: 'UNREADABLE', message: 'The body must be a JSON object with the texts `id` and `type`' };
  }
  const { tenantId } = receiver;
  const { subject } = event;
  await transact(systemCaller(app, tenantId), async (unit) => {
    const row = { tenantId, upstreamId, eventId: event.id, type: event.type, subject, receivedAt: unit.now };
    const { count } = await unit.tx.inboundWebhook.createMany({
      data: [{ ...row, body: json as Prisma.InputJsonObject, handledAt: subject === null ? unit.now : null }],
      skipDuplicates: true,
    });
    if (count === 0 || subject === null) return;
    unit.enqueue({
      name: 'handle-inbound-webhook',
      // At most one job waits for each conversation: it reads what is true by then, for all events before.
      key: `${upstreamId} ${subject}`,
      data: { tenantId, upstreamId, eventId: event.id },
      priority: webhookPriority,
    });
  });
  return { kind: 'ACCEPTED' };
}

type Receiver = { tenantId: string; secret: string; webhooks: UpstreamWebhooks };

async function findReceiver(app: App, id: string): Promise<Receiver | null> {
  const rows = await app.database.prisma.upstream.findMany({
    where: { id, isDisconnecting: false, webhookSecretCipher: { not: null } },
    select: { tenantId: true, provider: true, webhookSecretCipher: true },
    take: 1,
  });
  const row = rows[0];
  const webhooks = row === undefined ? null : (providers.get(row.provider)?.webhooks ?? null);
  if (row?.webhookSecretCipher == null || webhooks === null) return null;
  const caller = systemCaller(app, row.tenantId);
  try {
    const secret = decryptFor(caller, id, 'webhookSecret', row.webhookSecretCipher);
    return { tenantId: row.tenantId, secret, webhooks };
  } catch (err) {
    app.log.error({ err, upstreamId: id }, "an upstream's webhook secret cannot be decrypted: is SECRET_KEY another?");
    return null;
  }
}

/** With storable texts; null where it is none. */
function readJson(body: Uint8Array): unknown {
  try {
    return cleanJson(parseWithDigits(new TextDecoder('utf-8', { fatal: true }).decode(body)).json);
  } catch {
    return null;
  }
}

export type InboundEvent = { tenantId: string; upstreamId: string; eventId: string };

/** Reads the conversation that an event is about, and mirrors it. May be run twice; order does not matter. */
export async function handleWebhook(
  app: App,
  parts: UpstreamParts,
  event: InboundEvent,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId, upstreamId, eventId } = event;
  const caller = systemCaller(app, tenantId);
  const row = await app.database.prisma.inboundWebhook.findUnique({
    where: { tenantId_upstreamId_eventId: { tenantId, upstreamId, eventId } },
  });
  if (row === null || row.subject === null) return;
  const { subject } = row;
  // The job's own event may be handled by now, and others have come that count on this job.
  const pending = await findPending(caller, event, subject, row.receivedAt);
  if (pending.length === 0) return;
  try {
    await mirrorSubject(caller, parts, upstreamId, subject, pending, signal);
  } catch (err) {
    if (signal.aborted || !(err instanceof UpstreamFailure)) throw err;
    const ageMs = Date.now() - row.receivedAt.getTime();
    if (ageMs < giveUpMs) {
      const pauseMs = Math.max(err.retryAfterMs ?? 0, Math.min(lastPauseMs, Math.max(firstPauseMs, ageMs)));
      app.log.info({ err, upstreamId, eventId, pauseMs }, 'what a webhook tells of could not be read yet');
      await transact(caller, async (unit) => {
        const startAfter = new Date(unit.now.getTime() + pauseMs);
        const key = `${upstreamId} ${subject}`;
        unit.enqueue({ name: 'handle-inbound-webhook', key, data: event, startAfter, priority: webhookPriority });
      });
      return;
    }
    app.log.warn({ err, upstreamId, eventId }, 'what a webhook tells of could not be read: the next sync will');
  }
  await app.database.prisma.inboundWebhook.updateMany({
    where: { tenantId, upstreamId, eventId: { in: pending.map(({ eventId: id }) => id) } },
    data: { handledAt: new Date() },
  });
}

type Pending = { eventId: string; type: string; receivedAt: Date };

/** The events of a conversation that the next reading takes in: most of them have no job of their own. */
function findPending(
  caller: Caller,
  { upstreamId }: InboundEvent,
  subject: string,
  receivedAt: Date,
): Promise<Pending[]> {
  const from = new Date(receivedAt.getTime() - giveUpMs);
  return caller.app.database.prisma.$queryRaw<Pending[]>`
    SELECT event_id AS "eventId", type, received_at AS "receivedAt" FROM inbound_webhook
    WHERE tenant_id = ${caller.tenantId} AND upstream_id = ${upstreamId} AND handled_at IS NULL
      AND received_at >= ${from}::timestamptz
      AND subject = ${subject}`;
}

async function mirrorSubject(
  caller: Caller,
  parts: UpstreamParts,
  upstreamId: string,
  externalId: string,
  pending: readonly Pending[],
  signal: AbortSignal,
): Promise<void> {
  const account = await findUpstreamAccount(caller.app.database, caller.tenantId, upstreamId);
  // While syncing rests nothing is read; it begins again with a sync.
  if (account === null || account.status === 'PAUSED' || account.status === 'UNAUTHORIZED') return;
  const summaryTypes = getProvider(account.provider).webhooks?.summaryTypes;
  const asked = await findUnderWay(caller, account, externalId);
  const isTold = (type: string | undefined) =>
    asked !== null && pending.some((event) => event.type === type && event.receivedAt >= asked.createdAt);
  const read = await mirrorConversation(caller, account, parts.clients.of(account), externalId, {
    call: { priority: 'interactive', signal: AbortSignal.any([signal, AbortSignal.timeout(readingMs)]) },
    isForced: (record) => isTold(summaryTypes?.completed) && record.status === 'COMPLETED',
    inSameTransaction: async (unit, { id }, record) => {
      if (asked === null || !isTold(summaryTypes?.failed) || record.status === 'PROCESSING') return;
      if (!(await lockConversation(unit.tx, caller.tenantId, id))) return;
      const key = { conversationId: id, summaryId: asked.id };
      await failVersion(unit, caller.tenantId, key, failureOf(caller, account.provider), { keepsConversation: true });
      await keepStatus(unit, caller, id, record);
    },
  });
  if (read.kind === 'UNREADABLE') {
    caller.app.log.warn({ upstreamId, externalId, reason: read.reason }, 'a conversation could not be read');
  }
}

async function keepStatus(
  unit: Parameters<typeof failVersion>[0],
  caller: Caller,
  id: string,
  { status }: MirroredConversation,
): Promise<void> {
  const where = { tenantId: caller.tenantId, id, status: { not: status } };
  const { count } = await unit.tx.conversation.updateMany({ where, data: { status } });
  // What is shown changes with an event: answers are kept by the log.
  if (count > 0) emitConversation(unit, 'updated', id);
}

function findUnderWay(caller: Caller, account: UpstreamAccount, externalId: string) {
  return caller.app.database.prisma.summary.findFirst({
    where: {
      tenantId: caller.tenantId,
      status: 'PROCESSING',
      conversation: { upstreamId: account.id, externalId },
    },
    select: { id: true, createdAt: true },
  });
}
