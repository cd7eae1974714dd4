import type { WebhookEventType } from './webhooks.ts';

const summary = {
  title: 'Question about pricing',
  content: 'The customer asks what the plans cost, and would like an offer.',
  sentiment: 'positive',
  topics: ['pricing'],
};

const storage = (percentage: number) => ({
  usage: { current_mb: Math.round(percentage * 2), limit_mb: 200, percentage },
  recommendation: 'Delete what is no longer needed, or raise the limit',
});

/** What a test of a webhook sends as an event's data: the form of the real one, and ids that nothing has. */
export function sampleData(type: WebhookEventType, now: string): unknown {
  const conversation = {
    id: 'conv_sample',
    title: 'Customer inquiry about pricing',
    source: 'email',
    created_at: now,
    summary,
    status: 'completed',
  };
  const apiKey = { id: 'key_sample', name: 'Sample key', prefix: 'ak_sample', scopes: ['conversations:read'] };
  switch (type) {
    case 'conversation.created':
      return { conversation: { ...conversation, summary: null, status: 'processing' } };
    case 'conversation.updated':
      return { conversation };
    case 'conversation.deleted':
      return { conversation: { ...conversation, summary: null } };
    case 'summary.generated':
      return { conversation_id: conversation.id, summary: { ...summary, action_items: ['Send an offer'] } };
    case 'summary.failed':
      return {
        conversation_id: conversation.id,
        summary: { id: 'sum_sample', status: 'failed', error: 'The summarizer did not answer' },
      };
    case 'storage.limit_reached':
      return storage(80);
    case 'storage.limit_exceeded':
      return storage(101);
    case 'subscription.updated':
      return { subscription: { plan: 'professional', previous_plan: 'standard', effective_at: now } };
    case 'subscription.cancelled':
      return { subscription: { plan: 'professional', ends_at: now } };
    case 'api_key.created':
    case 'api_key.revoked':
      return { api_key: apiKey };
  }
}
