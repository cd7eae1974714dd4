import { Prisma } from '../../database/generated/client.ts';
import type { MessageRole } from '../../database/generated/enums.ts';
import { anyText, planned } from '../../database/planning.ts';
import { selectColumns, type Table } from '../../database/table.ts';
import { decodeKeyset, encodeKeyset } from '../../lib/pages/keyset-cursor.ts';
import { type Page, type PageArgs, type PageWindow, readPageArgs, toPage } from '../../lib/pages/paging.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { BadRequestError, badCursor } from '../errors.ts';

export type MessageRow = {
  id: string;
  conversationId: string;
  position: number;
  role: MessageRole;
  content: string;
  createdAt: Date;
};

export const messageTable: Table<MessageRow> = {
  name: 'message',
  columns: {
    id: ['id'],
    conversationId: ['conversation_id'],
    position: ['position'],
    role: ['role'],
    content: ['content'],
    createdAt: ['created_at', 'instant'],
  },
};

const messageColumns = selectColumns(messageTable);

const order = 'POSITION';
const maxPosition = 2_147_483_646;

function positionOf(cursor: string, side: 'before' | 'after'): number {
  const place = decodeKeyset(cursor, order);
  const position = Number(place?.value);
  if (place === null || !Number.isInteger(position) || position < 0 || position > maxPosition) throw badCursor(side);
  return position;
}

export type MessageWindow = PageWindow & {
  /** Rows of `message`, of one conversation, that lie between the cursors, in the window's direction. */
  rows: Prisma.Sql;
};

/**
 * @param isPeeking false where the conversation is read by the same statement: its count then tells what follows
 * @throws BadRequestError on a bad cursor or size
 */
export function readMessageWindow(args: PageArgs, isPeeking = true): MessageWindow {
  const window = readPageArgs(args, isPeeking);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const direction = Prisma.raw(window.isBackward ? 'DESC' : 'ASC');
  const bounds = [Prisma.sql`true`];
  if (window.after !== null) bounds.push(Prisma.sql`message.position > ${positionOf(window.after, 'after')}::int`);
  if (window.before !== null) bounds.push(Prisma.sql`message.position < ${positionOf(window.before, 'before')}::int`);
  const rows = Prisma.sql`${Prisma.join(bounds, ' AND ')}
    ORDER BY message.position ${direction} LIMIT ${planned(window.limit)}`;
  return { ...window, rows };
}

/** A page of the rows that the window gave, of a conversation of so many messages. */
export function toMessagePage(window: PageWindow, rows: readonly MessageRow[], messageCount: number): Page<MessageRow> {
  const { isBackward, after, before } = window;
  return toPage(window, rows, (row) => encodeKeyset({ order, value: String(row.position), id: row.id }), {
    // Positions have no gaps: the count tells what lies beyond, up to the window's own bound in its direction.
    hasBeyond: async (cursor, side) => {
      const position = positionOf(cursor, side);
      if (side === 'before') return position > (isBackward && after !== null ? positionOf(after, 'after') + 1 : 0);
      const end = isBackward || before === null ? messageCount : Math.min(positionOf(before, 'before'), messageCount);
      return position < end - 1;
    },
    totalCount: () => messageCount,
  });
}

/**
 * The same page of each conversation's messages, in one statement however many there are.
 * @throws BadRequestError on a bad cursor or size
 */
export async function loadMessagePages(
  caller: Caller,
  conversations: readonly { id: string; messageCount: number }[],
  args: PageArgs,
): Promise<Page<MessageRow>[]> {
  requireScope(caller, 'conversations:read');
  const window = readMessageWindow(args);
  const rows = await caller.app.database.read<MessageRow>(Prisma.sql`
    SELECT message.* FROM unnest(${conversations.map(({ id }) => id)}::text[]) wanted(id)
    CROSS JOIN LATERAL (
      SELECT ${messageColumns} FROM message
      WHERE message.tenant_id = ${caller.tenantId} AND message.conversation_id = wanted.id AND ${window.rows}
    ) message`);
  const groups = Map.groupBy(rows, (row) => row.conversationId);
  return conversations.map(({ id, messageCount }) => toMessagePage(window, groups.get(id) ?? [], messageCount));
}

/** Messages by their ids, in no order; unknown ones are left out. */
export function loadMessages(caller: Caller, ids: readonly string[]): Promise<MessageRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<MessageRow>(Prisma.sql`
    SELECT ${messageColumns} FROM message
    WHERE message.tenant_id = ${caller.tenantId} AND message.id = ${anyText(ids)}`);
}

/** All messages of these conversations, by conversation and position. */
export function loadAllMessages(caller: Caller, conversationIds: readonly string[]): Promise<MessageRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<MessageRow>(Prisma.sql`
    SELECT ${messageColumns} FROM message
    WHERE message.tenant_id = ${caller.tenantId} AND message.conversation_id = ${anyText(conversationIds)}
    ORDER BY message.conversation_id, message.position`);
}

const speakers = { USER: 'User', ASSISTANT: 'Assistant', SYSTEM: 'System' } as const;

/** A conversation's messages as one text: `User: Hello\n\nAssistant: Hi\n\n…`. */
export function transcriptOf(messages: readonly Pick<MessageRow, 'role' | 'content'>[]): string {
  return messages.map(({ role, content }) => `${speakers[role]}: ${content}`).join('\n\n');
}

/** From a user's message to the assistant's next one: the sum of these times and their number. */
export function responseTimesOf(messages: readonly Pick<MessageRow, 'role' | 'createdAt'>[]): {
  totalMs: number;
  count: number;
} {
  let totalMs = 0;
  let count = 0;
  let askedAt: number | null = null;
  for (const { role, createdAt } of messages) {
    if (role === 'USER') askedAt ??= createdAt.getTime();
    else if (role === 'ASSISTANT' && askedAt !== null) {
      totalMs += Math.max(0, createdAt.getTime() - askedAt);
      count++;
      askedAt = null;
    }
  }
  return { totalMs, count };
}
