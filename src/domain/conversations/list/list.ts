import { Prisma } from '../../../database/generated/client.ts';
import { planned } from '../../../database/planning.ts';
import { decodeKeyset, encodeKeyset } from '../../../lib/pages/keyset-cursor.ts';
import { type Page, type PageArgs, readPageArgs, toPage } from '../../../lib/pages/paging.ts';
import type { Caller } from '../../app.ts';
import { requireScope } from '../../caller.ts';
import { BadRequestError, badCursor } from '../../errors.ts';
import type { ConversationRow } from '../conversations.ts';
import { conversationCount } from './counters.ts';
import { type ConversationFilter, conversationCondition } from './filter.ts';
import { type ConversationReading, type Related, readWithRelated } from './reading.ts';

type ConversationOrderField = 'CREATED_AT' | 'UPDATED_AT' | 'STARTED_AT' | 'LAST_MESSAGE_AT';
export type ConversationOrder = { field: ConversationOrderField; direction: 'ASC' | 'DESC' };

const orderColumns = {
  CREATED_AT: { column: 'created_at', key: 'createdAt' },
  UPDATED_AT: { column: 'updated_at', key: 'updatedAt' },
  STARTED_AT: { column: 'started_at', key: 'startedAt' },
  LAST_MESSAGE_AT: { column: 'activity_at', key: 'activityAt' },
} as const;

const defaultOrder: ConversationOrder = { field: 'CREATED_AT', direction: 'DESC' };

/**
 * A page of the tenant's conversations, by key, in one statement with what `reading` wants of each. What of the page the
 * caller will look at comes with it: how many there are in all (`isCounted`), whether more follow (`isPeeking`). What was
 * not said takes a statement of its own once it is looked at.
 * @throws BadRequestError on a bad cursor, size or filter
 */
export async function listConversations(
  caller: Caller,
  args: PageArgs & {
    filter?: ConversationFilter | null | undefined;
    orderBy?: ConversationOrder | null | undefined;
  },
  reading: ConversationReading = {},
  { isCounted = false, isPeeking = true }: { isCounted?: boolean; isPeeking?: boolean } = {},
): Promise<Page<ConversationRow> & { related: Related[] }> {
  requireScope(caller, 'conversations:read');
  const window = readPageArgs(args, isPeeking);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const order = args.orderBy ?? defaultOrder;
  const { column, key } = orderColumns[order.field];
  const orderName = `${order.field}.${order.direction}`;
  const condition = conversationCondition(caller, args.filter);
  const { read } = caller.app.database;

  const cursorOf = (row: ConversationRow) =>
    encodeKeyset({ order: orderName, value: row[key].toISOString(), id: row.id });
  /** Rows strictly beyond a cursor, in the list's order. */
  const beyond = (cursor: string, side: 'before' | 'after') => {
    const place = decodeKeyset(cursor, orderName);
    const value = place === null ? null : new Date(place.value);
    if (place === null || value === null || Number.isNaN(value.getTime())) throw badCursor(side);
    const operator = Prisma.raw((side === 'after') === (order.direction === 'ASC') ? '>' : '<');
    return Prisma.sql`(conversation.${Prisma.raw(column)}, conversation.id) ${operator} (${value}::timestamptz, ${place.id})`;
  };
  const bounds = [condition];
  if (window.after !== null) bounds.push(beyond(window.after, 'after'));
  if (window.before !== null) bounds.push(beyond(window.before, 'before'));
  const direction = Prisma.raw((order.direction === 'ASC') !== window.isBackward ? 'ASC' : 'DESC');
  const { rows, related, total } = await readWithRelated(
    caller,
    { ...reading, columns: reading.columns && new Set([...reading.columns, key]) },
    Prisma.sql`WHERE ${Prisma.join(bounds, ' AND ')}
      ORDER BY conversation.${Prisma.raw(column)} ${direction}, conversation.id ${direction}
      LIMIT ${planned(window.limit)}`,
    isCounted ? conversationCount(caller, args.filter) : null,
  );
  const page = toPage(window, rows, cursorOf, {
    hasBeyond: async (cursor, side) => {
      const isOwnDirection = (side === 'after') !== window.isBackward;
      const within = isOwnDirection ? Prisma.join(bounds, ' AND ') : condition;
      const found = await read<unknown>(
        Prisma.sql`SELECT 1 FROM conversation WHERE ${within} AND ${beyond(cursor, side)} LIMIT 1`,
      );
      return found.length > 0;
    },
    totalCount: () => (total === undefined ? countConversations(caller, args.filter) : Number(total)),
  });
  return Object.assign(page, { related });
}

/** Pages by number, for the REST lists: `total` conversations, and those of one page, `page` from 1. */
export async function pageConversations(
  caller: Caller,
  args: { filter: ConversationFilter; order: ConversationOrder; page: number; size: number },
  reading: ConversationReading = {},
): Promise<{ rows: ConversationRow[]; related: Related[]; total: number }> {
  requireScope(caller, 'conversations:read');
  const column = Prisma.raw(orderColumns[args.order.field].column);
  const direction = Prisma.raw(args.order.direction);
  const { rows, related, total } = await readWithRelated(
    caller,
    reading,
    Prisma.sql`WHERE ${conversationCondition(caller, args.filter)}
      ORDER BY conversation.${column} ${direction}, conversation.id ${direction}
      LIMIT ${planned(args.size)} OFFSET ${(args.page - 1) * args.size}`,
    conversationCount(caller, args.filter),
  );
  return { rows, related, total: Number(total ?? (await countConversations(caller, args.filter))) };
}

async function countConversations(caller: Caller, filter: ConversationFilter | null | undefined): Promise<number> {
  requireScope(caller, 'conversations:read');
  const [row] = await caller.app.database.read<{ count: bigint }>(
    Prisma.sql`SELECT ${conversationCount(caller, filter)} AS "count"`,
  );
  return Number(row?.count ?? 0n);
}
