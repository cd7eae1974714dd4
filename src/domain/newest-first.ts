import { decodeKeyset, encodeKeyset } from '../lib/pages/keyset-cursor.ts';
import { isBoundedBy, type Page, type PageArgs, readPageArgs, toPage } from '../lib/pages/paging.ts';
import { BadRequestError, badCursor } from './errors.ts';

/** Lists by when their rows were made, newest first, each row by its id after that. */

const order = 'CREATED_AT.DESC';

type Direction = 'asc' | 'desc';
type Operator = { lt: Date } | { gt: Date };
type Beyond = {
  OR: [{ createdAt: Operator }, { createdAt: Date; id: { lt: string } | { gt: string } }];
};

/** What of the rows is read, as Prisma takes it beside what they are narrowed to. */
type Window = {
  beyond: Beyond[];
  orderBy: [{ createdAt: Direction }, { id: Direction }];
  take: number;
};

/** A page of such a list. @throws BadRequestError on a bad cursor or size */
export async function pageNewestFirst<Row extends { id: string; createdAt: Date }>(
  args: PageArgs,
  read: (window: Window) => Promise<Row[]>,
  totalCount: () => Promise<number>,
): Promise<Page<Row>> {
  const window = readPageArgs(args);
  if ('problem' in window) throw new BadRequestError(window.problem, { [window.field]: [window.problem] });
  const direction = window.isBackward ? 'asc' : 'desc';
  const rows = await read({
    beyond: [
      ...(window.after === null ? [] : [isBeyond(window.after, 'after')]),
      ...(window.before === null ? [] : [isBeyond(window.before, 'before')]),
    ],
    orderBy: [{ createdAt: direction }, { id: direction }],
    take: window.limit,
  });
  const cursorOf = (row: Row) => encodeKeyset({ order, value: row.createdAt.toISOString(), id: row.id });
  return toPage(window, rows, cursorOf, { hasBeyond: isBoundedBy(window), totalCount });
}

function isBeyond(cursor: string, side: 'after' | 'before'): Beyond {
  const place = decodeKeyset(cursor, order);
  const createdAt = new Date(place?.value ?? '');
  if (place === null || Number.isNaN(createdAt.getTime())) throw badCursor(side);
  return side === 'after'
    ? { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: place.id } }] }
    : { OR: [{ createdAt: { gt: createdAt } }, { createdAt, id: { gt: place.id } }] };
}
