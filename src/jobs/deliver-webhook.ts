import type { App } from '../domain/app.ts';
import {
  type AttemptResult,
  type ClaimedAttempts,
  claimAttempts,
  goneStatus,
  recordAttempt,
  releaseAttempt,
  type WebhookAttempt,
} from '../domain/webhooks/attempts.ts';
import { type Egress, EgressError } from '../lib/egress/egress.ts';
import { signWebhook, standardWebhookHeaders } from '../lib/secrets/webhook-signature.ts';
import type { JobHandler } from './queue.ts';

/** What answers later than this counts as not answering. */
const answerTimeoutMs = 5_000;
/** Requests to one webhook at once, from one process. */
const maxAtOnce = 4;
/** A webhook with much to send makes room for others after this. */
const sliceMs = 2_000;
/** One that answers no faster than this, or not at all, is slow. */
const slowMs = 1_000;
/** Slow ones worked on at once in one process: fewer than the queue has places, so that the others find one. */
const maxSlowAtOnce = 8;
const maxSlowKnown = 10_000;

/**
 * Posts what is due to a webhook. One run at a time works on a webhook in each process; further ones tell it to look
 * again. A receiver that is slow or dead takes one of the few places for such, and delays nobody else: what it leaves
 * undone stays due, and is found by the trigger.
 */
export function createDeliverWebhookHandler(app: App, egress: Egress): JobHandler<'deliver-webhook'> {
  /** Webhooks that are worked on, and whether there was another call for each. */
  const active = new Map<string, { isCalledAgain: boolean }>();
  const slow = new Set<string>();
  let slowCount = 0;

  const noteSpeed = (webhookId: string, isSlow: boolean) => {
    slow.delete(webhookId);
    if (isSlow) slow.add(webhookId);
    const [oldest] = slow;
    if (slow.size > maxSlowKnown && oldest !== undefined) slow.delete(oldest);
  };

  const attemptDelivery = async (
    tenantId: string,
    claimed: ClaimedAttempts,
    attempt: WebhookAttempt,
    signal: AbortSignal,
  ) => {
    let result: AttemptResult;
    try {
      result = await post(egress, claimed, attempt, signal);
    } catch (err) {
      await releaseAttempt(app, tenantId, attempt);
      throw err;
    }
    app.figures.webhookAttempted(result.isDelivered ? 'delivered' : 'failed', result.responseTimeMs / 1_000);
    await recordAttempt(app, tenantId, attempt, result);
    return result;
  };

  /** @returns whether the slice is used up, and there may be more */
  const deliverDue = async (tenantId: string, webhookId: string, signal: AbortSignal): Promise<boolean> => {
    const startedAt = performance.now();
    while (performance.now() - startedAt < sliceMs) {
      signal.throwIfAborted();
      const claimed = await claimAttempts(app, tenantId, webhookId, maxAtOnce);
      if (claimed === null) return false;
      const results = await Promise.all(
        claimed.attempts.map((attempt) => attemptDelivery(tenantId, claimed, attempt, signal)),
      );
      const isSlow = results.some((result) => result.responseStatus === null || result.responseTimeMs > slowMs);
      noteSpeed(webhookId, isSlow);
      // What is due next is found by the trigger, behind those that answer.
      if (isSlow) return false;
    }
    return true;
  };

  return async ({ tenantId, webhookId }, signal) => {
    const running = active.get(webhookId);
    if (running !== undefined) {
      running.isCalledAgain = true;
      return;
    }
    const isSlow = slow.has(webhookId);
    if (isSlow && slowCount >= maxSlowAtOnce) return;
    const own = { isCalledAgain: false };
    active.set(webhookId, own);
    if (isSlow) slowCount++;
    try {
      let hasMore: boolean;
      do {
        own.isCalledAgain = false;
        hasMore = await deliverDue(tenantId, webhookId, signal);
      } while (!hasMore && own.isCalledAgain && !slow.has(webhookId));
      if (hasMore) {
        await app.database.transaction((tx) =>
          app.enqueue.within(tx, [{ name: 'deliver-webhook', data: { tenantId, webhookId } }]),
        );
      }
    } finally {
      active.delete(webhookId);
      if (isSlow) slowCount--;
    }
  };
}

/** One attempt: any 2xx within the time is delivered, all else is not. @throws where the worker stops */
async function post(
  egress: Egress,
  { url, secret }: ClaimedAttempts,
  attempt: WebhookAttempt,
  signal: AbortSignal,
): Promise<AttemptResult> {
  if (secret === null) {
    const error = 'Its secret cannot be read any more: make the webhook anew';
    return { isDelivered: false, responseStatus: null, responseTimeMs: 0, error };
  }
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const { eventId, body } = attempt;
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  try {
    const response = await egress.fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'convograph-webhooks',
        'x-aimychats-signature': signWebhook(secret, body, timestampSeconds),
        ...standardWebhookHeaders({ secret, id: eventId, body, timestampSeconds }),
      },
      body,
      signal,
      deadlineMs: answerTimeoutMs,
      // The status says it all, however much comes with it.
      maxBytes: Number.POSITIVE_INFINITY,
    });
    const responseTimeMs = elapsedMs();
    response.discard();
    const { status } = response;
    const isDelivered = status >= 200 && status < 300;
    return { isDelivered, responseStatus: status, responseTimeMs, error: isDelivered ? null : refusalOf(status) };
  } catch (err) {
    if (!(err instanceof EgressError) || err.kind === 'ABORTED') throw err;
    return { isDelivered: false, responseStatus: null, responseTimeMs: elapsedMs(), error: err.message };
  }
}

function refusalOf(status: number): string {
  if (status === goneStatus) {
    return `The receiver answered ${status}: it is gone for good. The webhook is paused; make it active to go on`;
  }
  const isRedirect = status >= 300 && status < 400;
  return `The receiver answered ${status}, and not 2xx${isRedirect ? ': redirects are not followed' : ''}`;
}
