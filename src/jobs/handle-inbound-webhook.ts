import type { App } from '../domain/app.ts';
import { handleWebhook } from '../upstreams/inbound-webhook.ts';
import type { UpstreamParts } from '../upstreams/mirror-one.ts';
import type { JobHandler } from './queue.ts';

/** Reads the conversation that a webhook told of, and mirrors it. */
export function createInboundWebhookHandler(app: App, parts: UpstreamParts): JobHandler<'handle-inbound-webhook'> {
  return (event, signal) => handleWebhook(app, parts, event, signal);
}
