import { readConversations } from '../answer.ts';
import { type Dialect, idsOfOne, pageSize, type Requests } from '../shapes.ts';
import { query } from './graphql.ts';

const names = { id: 'id', messages: 'messages', summary: 'summary', attachments: 'files', size: 'size' };
/** A request for the list, and two for each conversation: its messages are Animam's, all else is AI My Chats'. */
const full = `id title status createdAt: created_at summary { content topics }
  files { id filename size mimeType: mime_type }
  animam { messages { id role content createdAt: timestamp } }`;

type Message = Record<string, unknown> & { role: string };
type Row = Record<string, unknown> & { id: string; status: string; summary: object; animam: { messages: Message[] } };
type Data = { list?: { nodes: Row[] }; one?: Row };

/** As the graphs tell it: enum values are theirs, and a summary, which has no id in these APIs, has the seed's. */
const toGraph = ({ animam, ...row }: Row) => ({
  ...row,
  status: row.status.toUpperCase(),
  summary: { ...row.summary, id: row.id.replace('conv_', 'sum_') },
  messages: animam.messages.map((message) => ({ ...message, role: message.role.toUpperCase() })),
});

const ask = (bodies: string[]): Requests => ({
  bodies,
  read: (json) => {
    const { list, one } = (json as { data: Data }).data;
    const rows = list?.nodes ?? (one === undefined ? [] : [one]);
    return { conversations: readConversations(rows.map(toGraph), names) };
  },
});

const oneDocument = `query One($id: String!) { one: v1_conversations_by_id(id: $id) { ${full} } }`.replace(/\s+/g, ' ');

export const hive: Dialect = {
  page: () => ask([query(`{ list: v1_conversations(per_page: ${pageSize}) { nodes: data { ${full} } } }`)]),
  one: (bench) => ask(idsOfOne(bench).map((id) => JSON.stringify({ query: oneDocument, variables: { id } }))),
};
