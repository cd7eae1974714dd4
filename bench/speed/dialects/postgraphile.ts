import { type Dialect, deepNumber, idsOfOne, pageSize, upstreamId } from '../shapes.ts';
import { listRequests, oneRequests, query } from './graphql.ts';

const flat = 'rowId title status createdAt';
const names = {
  id: 'rowId',
  messages: 'messagesByTenantIdAndConversationId',
  summary: 'summariesByTenantIdAndConversationId',
  attachments: 'attachmentsByTenantIdAndConversationId',
  size: 'sizeBytes',
};
const full = `${flat} ${names.messages}(first: 8, orderBy: POSITION_ASC) { nodes { rowId role content createdAt } }
  ${names.summary}(first: 1, orderBy: VERSION_DESC) { nodes { rowId content topics } }
  ${names.attachments}(orderBy: CREATED_AT_ASC) { nodes { rowId filename sizeBytes mimeType } }`;

const listArgs = (tenantId: string, condition: string) =>
  `orderBy: [CREATED_AT_DESC, ROW_ID_DESC], condition: { tenantId: "${tenantId}"${condition} }`;

const list = (tenantId: string, selection: string, { args = '', condition = '', count = '' } = {}) =>
  listRequests(
    `{ list: allConversations(first: ${pageSize}, ${listArgs(tenantId, condition)}${args}) { ${count} nodes { ${selection} } } }`,
    names,
  );

/** Its cursors hold a digest of the order: it is asked for one. */
async function cursorAt(url: string, tenantId: string, number: number): Promise<string> {
  const text = `{ list: allConversations(first: 1, offset: ${number - 1}, ${listArgs(tenantId, '')}) { edges { cursor } } }`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: query(text) });
  const { data } = (await response.json()) as { data: { list: { edges: { cursor: string }[] } } };
  return data.list.edges[0]?.cursor ?? '';
}

export const postgraphile: Dialect = {
  page: ({ tenantId }) => list(tenantId, full),
  flat: ({ tenantId }) => list(tenantId, flat),
  one: (bench) => {
    const document = `query One($tenantId: String!, $id: String!) {
      one: conversationByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) { ${full} } }`.replace(/\s+/g, ' ');
    const bodies = idsOfOne(bench).map((id) =>
      JSON.stringify({ query: document, variables: { tenantId: bench.tenantId, id } }),
    );
    return { ...oneRequests([], names), bodies };
  },
  'page+count': ({ tenantId }) => list(tenantId, full, { count: 'totalCount' }),
  'flat+count': ({ tenantId }) => list(tenantId, flat, { count: 'totalCount' }),
  deep: async (bench, url) =>
    list(bench.tenantId, full, { args: `, after: "${await cursorAt(url, bench.tenantId, deepNumber(bench))}"` }),
  filtered: ({ tenantId }) => list(tenantId, full, { condition: `, upstreamId: "${upstreamId}"` }),
};
