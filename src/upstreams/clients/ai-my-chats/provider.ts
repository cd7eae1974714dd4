import type { ProviderDescription } from '../../../domain/providers.ts';

export const aiMyChats: ProviderDescription = {
  name: 'AI_MY_CHATS',
  label: 'AI My Chats',
  description: 'AI My Chats.',
  capabilities: new Set(['CREATE', 'UPDATE', 'DELETE', 'SUMMARIZE', 'ATTACH', 'WEBHOOKS']),
  connection: { baseUrl: 'https://api.aimychats.com/v1', remoteTenant: null },
};
