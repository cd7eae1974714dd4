import { Prisma } from '../../database/generated/client.ts';
import { minuteMs } from '../../lib/time/durations.ts';
import type { App } from '../app.ts';
import { readPace, spendPace } from './pace.ts';
import { decryptWebhookSecret, lockReader } from './webhooks.ts';

/** Pauses after the first, second … attempt that failed. After the last one's attempt it is given up. */
export const retryPausesMs = [1, 5, 30, 120, 360].map((minutes) => minutes * minuteMs);
/** A receiver that answers this wants nothing any more, until somebody makes its webhook active again. */
export const goneStatus = 410;
/** A worker that has an attempt for longer has died: another makes it again. */
const leaseMs = 30_000;

/** What an attempt needs, and has alone until its lease ends. */
export type WebhookAttempt = {
  id: string;
  webhookId: string;
  eventId: string;
  body: string;
  /** How often it was tried before, by its schedule. */
  scheduledAttempts: number;
  leasedUntil: Date;
};

/** `secret` is null where it cannot be decrypted. */
export type ClaimedAttempts = { url: string; secret: string | null; attempts: WebhookAttempt[] };

/**
 * Takes a webhook's next deliveries that are due, `limit` at most and not more than its hour has room for; the others
 * are put off until there is room. Null where there are none: it is gone, inactive, or nothing is due.
 */
export function claimAttempts(
  app: App,
  tenantId: string,
  webhookId: string,
  limit: number,
): Promise<ClaimedAttempts | null> {
  return app.database.transaction(async (tx) => {
    if (!(await lockReader(tx, tenantId, webhookId))) return null;
    const webhook = await tx.webhook.findUnique({ where: { tenantId_id: { tenantId, id: webhookId } } });
    if (!webhook?.active) return null;
    const now = new Date();
    const { allowed, opensAt } = await readPace(tx, tenantId, webhookId, now);
    const due = Prisma.sql`
      tenant_id = ${tenantId} AND webhook_id = ${webhookId} AND status = 'PENDING' AND next_attempt_at <= ${now}`;
    if (allowed === 0) {
      await tx.$executeRaw`UPDATE webhook_delivery SET next_attempt_at = ${opensAt} WHERE ${due}`;
      return null;
    }
    const leasedUntil = new Date(now.getTime() + leaseMs);
    const attempts = await tx.$queryRaw<WebhookAttempt[]>`
      UPDATE webhook_delivery SET next_attempt_at = ${leasedUntil}
      WHERE tenant_id = ${tenantId} AND id IN (
        SELECT id FROM webhook_delivery WHERE ${due}
        ORDER BY next_attempt_at, created_at, id LIMIT ${Math.min(limit, allowed)})
      RETURNING id, webhook_id AS "webhookId", event_id AS "eventId", body, attempts - manual_attempts AS "scheduledAttempts", next_attempt_at AS "leasedUntil"`;
    if (attempts.length === 0) return null;
    await spendPace(tx, tenantId, webhookId, now, attempts.length);
    return { url: webhook.url, secret: readSecret(app, tenantId, webhookId, webhook.secretCipher), attempts };
  });
}

function readSecret(app: App, tenantId: string, webhookId: string, cipher: string): string | null {
  try {
    return decryptWebhookSecret(app, tenantId, webhookId, cipher);
  } catch (err) {
    app.log.error({ err, tenantId, webhookId }, "a webhook's secret cannot be decrypted: is SECRET_KEY another?");
    return null;
  }
}

/** Gives back an attempt that was not made to its end: it is due at once. */
export async function releaseAttempt(app: App, tenantId: string, { id, leasedUntil }: WebhookAttempt): Promise<void> {
  await app.database.prisma.webhookDelivery.updateMany({
    where: { tenantId, id, status: 'PENDING', nextAttemptAt: leasedUntil },
    data: { nextAttemptAt: new Date() },
  });
}

export type AttemptResult = {
  isDelivered: boolean;
  /** Null where there was no answer. */
  responseStatus: number | null;
  responseTimeMs: number;
  error: string | null;
};

/**
 * Notes how an attempt went, and when the next is due. One that was asked for again meanwhile is due already. A
 * receiver that is gone pauses its webhook: what is not delivered waits, as with any webhook that is made inactive.
 */
export async function recordAttempt(
  app: App,
  tenantId: string,
  attempt: WebhookAttempt,
  result: AttemptResult,
): Promise<void> {
  const { isDelivered, responseStatus, responseTimeMs, error } = result;
  const answer = { responseStatus, responseTimeMs, error, attempts: { increment: 1 } };
  const { webhookDelivery } = app.database.prisma;
  if (isDelivered) {
    await webhookDelivery.updateMany({
      where: { tenantId, id: attempt.id },
      data: { ...answer, status: 'DELIVERED', nextAttemptAt: null },
    });
    return;
  }
  if (responseStatus === goneStatus) {
    await pauseWebhook(app, tenantId, attempt, answer, error);
    return;
  }
  const pauseMs = retryPausesMs[attempt.scheduledAttempts];
  const { count } = await webhookDelivery.updateMany({
    where: { tenantId, id: attempt.id, status: 'PENDING', nextAttemptAt: attempt.leasedUntil },
    data:
      pauseMs === undefined
        ? { ...answer, status: 'FAILED', nextAttemptAt: null }
        : { ...answer, nextAttemptAt: new Date(Date.now() + pauseMs) },
  });
  if (count === 0) {
    await webhookDelivery.updateMany({ where: { tenantId, id: attempt.id, status: 'PENDING' }, data: answer });
  }
}

async function pauseWebhook(
  app: App,
  tenantId: string,
  attempt: WebhookAttempt,
  answer: Prisma.WebhookDeliveryUpdateManyMutationInput,
  inactiveReason: string | null,
): Promise<void> {
  const { webhookId } = attempt;
  await app.database.transaction(async (tx) => {
    await lockReader(tx, tenantId, webhookId);
    await tx.webhook.updateMany({ where: { tenantId, id: webhookId }, data: { active: false, inactiveReason } });
    await tx.webhookDelivery.updateMany({ where: { tenantId, id: attempt.id, status: 'PENDING' }, data: answer });
    await tx.webhookDelivery.updateMany({
      where: { tenantId, webhookId, status: 'PENDING' },
      data: { nextAttemptAt: null },
    });
  });
  app.log.warn({ tenantId, webhookId }, 'a webhook is paused: its receiver answered that it is gone');
}

/** Webhooks with deliveries that are due. */
export function findWebhooksDue(app: App, limit: number): Promise<{ tenantId: string; webhookId: string }[]> {
  return app.database.prisma.$queryRaw<{ tenantId: string; webhookId: string }[]>`
    SELECT tenant_id AS "tenantId", webhook_id AS "webhookId" FROM webhook_delivery
    WHERE next_attempt_at <= ${new Date()} GROUP BY 1, 2 ORDER BY min(next_attempt_at) LIMIT ${limit}`;
}

/** Forgets deliveries that are settled, and events that were never delivered, from before `before`. */
export async function pruneDeliveries(app: App, before: Date): Promise<number> {
  const { count } = await app.database.prisma.webhookDelivery.deleteMany({
    where: { createdAt: { lt: before }, status: { not: 'PENDING' } },
  });
  return count;
}
