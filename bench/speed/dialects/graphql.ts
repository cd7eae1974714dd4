import { type FieldNames, readConversations } from '../answer.ts';
import type { Requests } from '../shapes.ts';

type Json = Record<string, unknown>;

export const query = (text: string) => JSON.stringify({ query: text.replace(/\s+/g, ' ').trim() });

/** A list under the alias `list`, with its `nodes`. */
export function listRequests(text: string, names: FieldNames): Requests {
  return {
    bodies: [query(text)],
    read: (json) => {
      const { list } = (json as { data: { list: Json } }).data;
      return {
        conversations: readConversations(list, names),
        ...('totalCount' in list && { totalCount: Number(list['totalCount']) }),
      };
    },
  };
}

/** One conversation under the alias `one`, for each of the texts. */
export function oneRequests(texts: readonly string[], names: FieldNames): Requests {
  return {
    bodies: texts.map(query),
    read: (json) => ({ conversations: readConversations([(json as { data: { one: Json } }).data.one], names) }),
  };
}
