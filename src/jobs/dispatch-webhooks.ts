import type { App } from '../domain/app.ts';
import { dispatchWebhooks } from '../domain/webhooks/dispatch.ts';
import type { JobHandler } from './queue.ts';

/** One tenant's run ends after this, so that those behind it in the queue do not wait. */
const sliceMs = 1_000;

/** Makes the deliveries of what is new in a tenant's event log. What it leaves for later is noticed by the trigger. */
export function createDispatchWebhooksHandler(app: App): JobHandler<'dispatch-webhooks'> {
  return async ({ tenantId }, signal) => {
    const startedAt = performance.now();
    let hasMore = true;
    while (hasMore && !signal.aborted && performance.now() - startedAt < sliceMs) {
      hasMore = await dispatchWebhooks(app, tenantId);
    }
  };
}
