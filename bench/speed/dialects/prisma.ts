import { conversationId, type Dialect, deepNumber, idsOfOne, pageSize, upstreamId } from '../shapes.ts';
import { listRequests, oneRequests } from './graphql.ts';

/** What Apollo Server and Mercurius serve here: `bench/peers/prisma-graph.ts`. */
const flat = 'id title status createdAt';
const full = `${flat} messages(first: 8) { id role content createdAt } summary { id content topics }
  attachments { id filename size mimeType }`;
const names = { id: 'id', messages: 'messages', summary: 'summary', attachments: 'attachments', size: 'size' };

const list = (selection: string, { args = '', count = '' } = {}) =>
  listRequests(`{ list: conversations(first: ${pageSize}${args}) { ${count} nodes { ${selection} } } }`, names);

export const prisma: Dialect = {
  page: () => list(full),
  flat: () => list(flat),
  one: (bench) => ({
    ...oneRequests([], names),
    bodies: idsOfOne(bench).map((id) =>
      JSON.stringify({ query: `query One($id: ID!) { one: conversation(id: $id) { ${full} } }`, variables: { id } }),
    ),
  }),
  'page+count': () => list(full, { count: 'totalCount' }),
  'flat+count': () => list(flat, { count: 'totalCount' }),
  deep: (bench) => list(full, { args: `, after: "${conversationId(deepNumber(bench))}"` }),
  filtered: () => list(full, { args: `, upstreamId: "${upstreamId}"` }),
};
