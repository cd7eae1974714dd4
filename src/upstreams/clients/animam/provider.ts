import { hourMs, minuteMs } from '../../../lib/time/durations.ts';
import { UpstreamFailure } from '../../http/failure.ts';
import { pageNumberOf } from '../pages.ts';
import type { UpstreamProvider } from '../provider.ts';
import { animamBaseUrl, createAnimamClient } from './client.ts';

export const animam: UpstreamProvider = {
  name: 'ANIMAM',
  label: 'Animam',
  description: 'Animam: conversations are read there, and summarised here.',
  // Nothing can be written there, and it calls no webhooks: the domain refuses what is not in this set.
  capabilities: new Set(),
  connection: {
    baseUrl: animamBaseUrl,
    remoteTenant: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
      problem: "Remote tenant must be the tenant's slug at Animam, such as my-company",
    },
  },
  sync: {
    // The order of its list is not published: that it looks sorted may be chance.
    isSortedByChange: false,
    listEveryMs: 15 * minuteMs,
    readAllEveryMs: 24 * hourMs,
    totalPath: 'pagination.total',
  },
  webhooks: null,
  createClient: ({ remoteTenant, ...options }) => {
    if (!remoteTenant) throw new UpstreamFailure({ kind: 'REJECTED', message: "Animam needs the tenant's slug" });
    const { listConversations, getConversation, verify } = createAnimamClient({ ...options, remoteTenant });
    return {
      list: ({ position, size }, call) => listConversations({ page: pageNumberOf(position), limit: size }, call),
      getConversation,
      verify,
    };
  },
};
