/** What a webhook can be told of. */
export const eventTypes = [
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
