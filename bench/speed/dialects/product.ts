import { encodeKeyset } from '../../../src/lib/pages/keyset-cursor.ts';
import { type Bench, writerApiKey } from '../seed.ts';
import {
  conversationId,
  createdAt,
  type Dialect,
  deepNumber,
  idsOfOne,
  newConversation,
  pageSize,
  upstreamId,
} from '../shapes.ts';
import { searchWords } from '../texts.ts';
import { listRequests, oneRequests } from './graphql.ts';

const flat = 'id title status createdAt';
const full = `${flat} messages(first: 8) { nodes { id role content createdAt } } summary { id content topics }
  attachments { id filename size mimeType }`;
const names = { id: 'id', messages: 'messages', summary: 'summary', attachments: 'attachments', size: 'size' };

const list = (selection: string, { args = '', count = '' } = {}) =>
  listRequests(`{ list: conversations(first: ${pageSize}${args}) { ${count} nodes { ${selection} } } }`, names);

function deepCursor(bench: Bench): string {
  const number = deepNumber(bench);
  return encodeKeyset({ order: 'CREATED_AT.DESC', value: createdAt(number), id: conversationId(number) });
}

const oneDocument = `query One($id: ID!) { one: conversation(id: $id) { ${full} } }`;
const createDocument = `mutation Create($input: CreateConversationInput!) { createConversation(input: $input) {
  __typename ... on CreateConversationPayload { conversation { id status } } } }`;
const searchDocument = `query Search($query: String!) { searchConversations(query: $query, first: ${pageSize}) { totalCount
  edges { score snippet node { id title } }
  facets { providers { value count } segments { value count } sentiments { value count } topics { value count } } } }`;
const statsDocument = `{ stats(period: LAST_90_DAYS) { totalConversations totalMessages avgResponseTimeMs
  byDay { date conversations messages } bySegment { segment conversations } bySentiment { sentiment conversations }
  topTopics(first: 10) { value count } } }`;

const withVariables = (document: string, variables: Record<string, unknown>) =>
  JSON.stringify({ query: document.replace(/\s+/g, ' '), variables });

export const product: Dialect = {
  page: () => list(full),
  flat: () => list(flat),
  one: (bench) => ({
    ...oneRequests([], names),
    bodies: idsOfOne(bench).map((id) => withVariables(oneDocument, { id })),
  }),
  'page+count': () => list(full, { count: 'totalCount' }),
  'flat+count': () => list(flat, { count: 'totalCount' }),
  deep: (bench) => list(full, { args: `, after: "${deepCursor(bench)}"` }),
  filtered: () => list(full, { args: `, filter: { upstreamIds: ["${upstreamId}"] }` }),
  search: () => ({ bodies: [withVariables(searchDocument, { query: searchWords.usual })], read: null }),
  stats: () => ({ bodies: [withVariables(statsDocument, {})], read: null }),
  create: () => ({
    bodies: [withVariables(createDocument, { input: newConversation })],
    read: null,
    apiKey: writerApiKey,
  }),
};
