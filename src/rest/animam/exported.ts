import type { Caller } from '../../domain/app.ts';
import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import type { ConversationFilter } from '../../domain/conversations/list/filter.ts';
import { listConversations } from '../../domain/conversations/list/list.ts';
import { loadAllMessages, type MessageRow } from '../../domain/conversations/messages.ts';

export type ConversationWithMessages = ConversationRow & { messages: MessageRow[] };

const conversationsAtOnce = 100;
/** So that the first bytes are there soon. */
const conversationsAtFirst = 5;
/** Messages are read together for as many conversations as have so much text, or for one that has more. */
const bytesAtOnce = 1_048_576;

/**
 * Every conversation that the filter holds for, with its messages, oldest start first. Read by key, a few at a time,
 * as they are asked for: memory does not grow with their number, and nothing is read once the reader has stopped.
 */
export async function* readExported(
  caller: Caller,
  filter: ConversationFilter,
): AsyncGenerator<ConversationWithMessages, void, undefined> {
  let after: string | null = null;
  for (;;) {
    const page = await listConversations(caller, {
      first: after === null ? conversationsAtFirst : conversationsAtOnce,
      after,
      filter,
      orderBy: { field: 'STARTED_AT', direction: 'ASC' },
    });
    for (const rows of portions(page.nodes)) {
      const messages = await loadAllMessages(
        caller,
        rows.map(({ id }) => id),
      );
      const byConversation = Map.groupBy(messages, ({ conversationId }) => conversationId);
      for (const row of rows) yield { ...row, messages: byConversation.get(row.id) ?? [] };
    }
    after = page.edges.at(-1)?.cursor ?? null;
    if (page.hasNextPage !== true || after === null) return;
  }
}

function* portions(rows: readonly ConversationRow[]): Generator<ConversationRow[]> {
  let portion: ConversationRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (portion.length > 0 && bytes + Number(row.sizeBytes) > bytesAtOnce) {
      yield portion;
      portion = [];
      bytes = 0;
    }
    portion.push(row);
    bytes += Number(row.sizeBytes);
  }
  if (portion.length > 0) yield portion;
}
