/** What any of the servers answers, in one form: so that they can be held against one another. */
export type Answer = { conversations: Record<string, unknown>[]; totalCount?: number };

type Json = Record<string, unknown>;

/** Names of fields as this server has them. */
export type FieldNames = { id: string; messages: string; summary: string; attachments: string; size: string };

const objects = (value: unknown): Json[] =>
  (Array.isArray(value) ? value : ((value as Json | null)?.['nodes'] ?? [])) as Json[];
const time = (value: unknown) => new Date(String(value)).getTime();

export function readConversations(list: unknown, names: FieldNames): Answer['conversations'] {
  return objects(list).map((row) => {
    const rows = (name: string, read: (row: Json) => Json) => (name in row ? objects(row[name]).map(read) : null);
    const summaries = row[names.summary];
    const summary = names.summary in row ? (objects(summaries)[0] ?? (summaries as Json | null)) : null;
    return {
      id: row[names.id],
      title: row['title'],
      status: row['status'],
      createdAt: time(row['createdAt']),
      messages: rows(names.messages, (each) => ({
        id: each[names.id],
        role: each['role'],
        content: each['content'],
        createdAt: time(each['createdAt']),
      })),
      summary: summary && { id: summary[names.id], content: summary['content'], topics: summary['topics'] },
      attachments: rows(names.attachments, (each) => ({
        id: each[names.id],
        filename: each['filename'],
        size: Number(each[names.size]),
        mimeType: each['mimeType'],
      })),
    };
  });
}
