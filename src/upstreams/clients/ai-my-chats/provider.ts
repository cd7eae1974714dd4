import { hourMs } from '../../../lib/time/durations.ts';
import type { WritingClient } from '../client.ts';
import { pageNumberOf } from '../pages.ts';
import type { ClientOptions, UpstreamProvider } from '../provider.ts';
import { aiMyChatsBaseUrl, createAiMyChatsClient } from './client.ts';
import { webhooks } from './webhooks.ts';

export const aiMyChats: UpstreamProvider = {
  name: 'AI_MY_CHATS',
  label: 'AI My Chats',
  description: 'AI My Chats: conversations are made, changed and deleted there too.',
  capabilities: new Set(['CREATE', 'UPDATE', 'DELETE', 'SUMMARIZE', 'ATTACH', 'WEBHOOKS']),
  connection: { baseUrl: aiMyChatsBaseUrl, remoteTenant: null },
  sync: { isSortedByChange: true, listEveryMs: 6 * hourMs, readAllEveryMs: null, totalPath: 'meta.total' },
  webhooks,
  createClient,
};

const sorts = { CHANGED: '-updated_at', CREATED: '-created_at' } as const;
const sources = { EMAIL: 'email', WHATSAPP: 'whatsapp', API: 'api', WEB: 'web' } as const;
const styles = { CONCISE: 'concise', DETAILED: 'detailed', BULLETS: 'bullets' } as const;

/** The API's calls in the words that all APIs share. */
function createClient({ remoteTenant: _, ...options }: ClientOptions): WritingClient {
  const client = createAiMyChatsClient(options);
  return {
    ...client,
    list: ({ position, size, order }, call) =>
      client.listConversations({ page: pageNumberOf(position), perPage: size, sort: sorts[order] }, call),
    createConversation: ({ source, metadata, ...texts }, call) =>
      client.createConversation({ ...texts, source: sources[source], ...(metadata !== null && { metadata }) }, call),
    regenerateSummary: (id, { language, style }, call) =>
      client.regenerateSummary(id, { language, style: styles[style] }, call),
  };
}
