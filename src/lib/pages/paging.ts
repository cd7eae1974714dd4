/** Relay's arguments of a list, as they came. */
export type PageArgs = {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
};

export const defaultPageSize = 20;
export const maxPageSize = 100;

type Edge<Row> = { readonly cursor: string; readonly node: Row };

/** A page of a list. What costs a statement of its own is a function, called only when asked for. */
export type Page<Row> = {
  readonly nodes: readonly Row[];
  /** The nodes with their cursors. */
  readonly edges: Edge<Row>[];
  hasNextPage: boolean | (() => Promise<boolean>);
  hasPreviousPage: boolean | (() => Promise<boolean>);
  totalCount: () => Promise<number> | number;
};

/** Which rows to read, towards the end or back towards the beginning. */
export type PageWindow = {
  /** How many the page has at most. */
  size: number;
  /** How many are to be read: one more than `size` where that is to tell whether more follow. */
  limit: number;
  isBackward: boolean;
  after: string | null;
  before: string | null;
};

/**
 * @param isPeeking whether a row too many is read; without it `toPage`'s `hasBeyond` is asked what follows
 * @returns the window, or in words what is wrong with the arguments
 */
export function readPageArgs(
  args: PageArgs,
  isPeeking = true,
): PageWindow | { problem: string; field: 'first' | 'last' } {
  const { first, last } = args;
  if (first != null && last != null) return { problem: 'give `first` or `last`, not both', field: 'last' };
  for (const [field, value] of [
    ['first', first],
    ['last', last],
  ] as const) {
    if (value != null && (value < 1 || value > maxPageSize)) {
      return { problem: `\`${field}\` must be from 1 to ${maxPageSize}, and is ${value}`, field };
    }
  }
  const size = last ?? first ?? defaultPageSize;
  return {
    size,
    limit: isPeeking ? size + 1 : size,
    isBackward: last != null,
    after: args.after ?? null,
    before: args.before ?? null,
  };
}

/** Of a list whose cursors alone tell what lies beyond a page: something does where the page began at a cursor. */
export function isBoundedBy({
  after,
  before,
}: PageWindow): (cursor: string, side: 'before' | 'after') => Promise<boolean> {
  return async (_cursor, side) => (side === 'before' ? after : before) !== null;
}

/** Most lists are read without their cursors, each of which takes as long to write as a row to read. */
class LazyEdge<Row> implements Edge<Row> {
  readonly node: Row;
  readonly #cursorOf: (row: Row) => string;

  constructor(node: Row, cursorOf: (row: Row) => string) {
    this.node = node;
    this.#cursorOf = cursorOf;
  }

  get cursor(): string {
    return this.#cursorOf(this.node);
  }
}

/**
 * A class: a getter of an object by itself takes V8 a shape for each, which it keeps. A page that is spread leaves its
 * `edges` behind.
 */
class LazyPage<Row> implements Page<Row> {
  readonly nodes: readonly Row[];
  readonly hasNextPage: Page<Row>['hasNextPage'];
  readonly hasPreviousPage: Page<Row>['hasPreviousPage'];
  readonly totalCount: Page<Row>['totalCount'];
  readonly #cursorOf: (row: Row) => string;

  constructor(page: Omit<Page<Row>, 'edges'>, cursorOf: (row: Row) => string) {
    this.nodes = page.nodes;
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
    this.totalCount = page.totalCount;
    this.#cursorOf = cursorOf;
  }

  get edges(): Edge<Row>[] {
    return this.nodes.map((node) => new LazyEdge(node, this.#cursorOf));
  }
}

/**
 * Makes a page of rows read in the window's direction, up to its `limit`.
 * @param more `hasBeyond`: whether there is a row beyond an end, in the window's direction up to its bound; asked only
 *   where the rows and the window do not tell
 */
export function toPage<Row>(
  window: PageWindow,
  rows: readonly Row[],
  cursorOf: (row: Row) => string,
  more: {
    hasBeyond: (cursor: string, direction: 'before' | 'after') => Promise<boolean>;
    totalCount: Page<Row>['totalCount'];
  },
): Page<Row> {
  const { size, limit, isBackward } = window;
  const nodes = rows.slice(0, size);
  if (isBackward) nodes.reverse();
  const beyond = (row: Row | undefined, direction: 'before' | 'after', bound: string | null) => {
    if (row !== undefined) return () => more.hasBeyond(cursorOf(row), direction);
    return bound !== null;
  };
  const isTold = rows.length > size || rows.length < limit;
  const hasMore = isTold ? rows.length > size : null;
  const page = {
    nodes,
    hasNextPage: (isBackward ? null : hasMore) ?? beyond(nodes.at(-1), 'after', window.before),
    hasPreviousPage: (isBackward ? hasMore : null) ?? beyond(nodes[0], 'before', window.after),
    totalCount: more.totalCount,
  };
  return new LazyPage(page, cursorOf);
}
