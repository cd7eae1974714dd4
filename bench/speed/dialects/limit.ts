import { readConversations } from '../answer.ts';
import {
  conversationId,
  createdAt,
  type Dialect,
  deepNumber,
  idsOfOne,
  newConversation,
  type Requests,
  upstreamId,
} from '../shapes.ts';
import { searchWords } from '../texts.ts';

const names = { id: 'id', messages: 'messages', summary: 'summary', attachments: 'attachments', size: 'size' };

/** `shape` names one of the statements of `bench/peers/limit.ts`; the rest are its values. */
function ask(...bodies: Record<string, unknown>[]): Requests {
  return {
    bodies: bodies.map((body) => JSON.stringify(body)),
    read: (json) => {
      const { nodes, totalCount } = json as { nodes: unknown[]; totalCount?: number };
      return { conversations: readConversations(nodes, names), ...(totalCount !== undefined && { totalCount }) };
    },
  };
}

export const limit: Dialect = {
  page: () => ask({ shape: 'page' }),
  flat: () => ask({ shape: 'flat' }),
  one: (bench) => ask(...idsOfOne(bench).map((id) => ({ shape: 'one', id }))),
  'page+count': () => ask({ shape: 'pageCount' }),
  'flat+count': () => ask({ shape: 'flatCount' }),
  deep: (bench) => {
    const number = deepNumber(bench);
    return ask({ shape: 'deep', createdAt: createdAt(number), id: conversationId(number) });
  },
  filtered: () => ask({ shape: 'filtered', upstreamId }),
  search: () => ({ ...ask({ shape: 'search', words: searchWords.usual }), read: null }),
  stats: () => ({ ...ask({ shape: 'stats' }), read: null }),
  create: ({ writerTenantId }) => ({
    ...ask({ shape: 'create', tenantId: writerTenantId, ...newConversation }),
    read: null,
  }),
};
