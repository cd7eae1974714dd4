import type { Cache, UpdatesConfig } from '@urql/exchange-graphcache';

/** Lists that a new thing belongs to, or a deleted one is gone from, are asked anew. */
function invalidate(cache: Cache, ...fields: string[]): void {
  for (const { fieldName, arguments: args } of cache.inspectFields('Query')) {
    if (fields.includes(fieldName)) cache.invalidate('Query', fieldName, args ?? undefined);
  }
}

type Payload = { __typename?: string } & Record<string, unknown>;

function payloadOf(result: unknown, field: string): Payload {
  return ((result as Record<string, unknown>)[field] ?? {}) as Payload;
}

export const cacheUpdates: UpdatesConfig = {
  Mutation: {
    connectUpstream: (result, _args, cache) => {
      if (payloadOf(result, 'connectUpstream').__typename === 'ConnectUpstreamPayload') invalidate(cache, 'upstreams');
    },
    disconnectUpstream: (result, _args, cache) => {
      const { disconnectedUpstreamId: id } = payloadOf(result, 'disconnectUpstream');
      if (typeof id === 'string') cache.invalidate({ __typename: 'Upstream', id });
    },
    createExport: (result, _args, cache) => {
      if (payloadOf(result, 'createExport').__typename === 'CreateExportPayload') invalidate(cache, 'exports');
    },
    createWebhook: (result, _args, cache) => {
      if (payloadOf(result, 'createWebhook').__typename === 'CreateWebhookPayload') invalidate(cache, 'webhooks');
    },
    deleteWebhook: (result, _args, cache) => {
      const { deletedWebhookId: id } = payloadOf(result, 'deleteWebhook');
      if (typeof id === 'string') cache.invalidate({ __typename: 'Webhook', id });
    },
    createApiKey: (result, _args, cache) => {
      if (payloadOf(result, 'createApiKey').__typename === 'CreateApiKeyPayload') invalidate(cache, 'apiKeys');
    },
    deleteAttachment: (result, _args, cache) => {
      const { deletedAttachmentId: id } = payloadOf(result, 'deleteAttachment');
      if (typeof id === 'string') cache.invalidate({ __typename: 'Attachment', id });
    },
  },
};
