/** What a webhook can be told. Plan changes have no source in this gateway: they can be subscribed to and tested. */
export const webhookEventTypes = [
  'conversation.created',
  'conversation.updated',
  'conversation.deleted',
  'summary.generated',
  'summary.failed',
  'storage.limit_reached',
  'storage.limit_exceeded',
  'subscription.updated',
  'subscription.cancelled',
  'api_key.created',
  'api_key.revoked',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

export function isWebhookEventType(text: string): text is WebhookEventType {
  return webhookEventTypes.some((type) => type === text);
}
