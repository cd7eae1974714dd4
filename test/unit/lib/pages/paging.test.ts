import { describe, expect, test } from 'vitest';
import { type PageWindow, readPageArgs, toPage } from '../../../../src/lib/pages/paging.ts';

describe('which rows a list is asked for', () => {
  test.each([
    ['nothing said: the first 20', {}, { size: 20, limit: 21, isBackward: false, after: null, before: null }],
    ['first', { first: 5, after: 'c' }, { size: 5, limit: 6, isBackward: false, after: 'c', before: null }],
    ['last', { last: 100, before: 'c' }, { size: 100, limit: 101, isBackward: true, after: null, before: 'c' }],
    [
      'between two cursors',
      { first: 1, after: 'a', before: 'b' },
      { size: 1, limit: 2, isBackward: false, after: 'a', before: 'b' },
    ],
    [
      'null is as not given',
      { first: null, last: 2, after: null },
      { size: 2, limit: 3, isBackward: true, after: null, before: null },
    ],
  ])('%s', (_name, args, window) => {
    expect(readPageArgs(args)).toEqual(window);
  });

  test('no row too many, where what follows is not to be told by it', () => {
    expect(readPageArgs({ first: 5 }, false)).toMatchObject({ size: 5, limit: 5 });
  });

  test.each([
    [{ first: 0 }, 'first', '`first` must be from 1 to 100, and is 0'],
    [{ first: 101 }, 'first', '`first` must be from 1 to 100, and is 101'],
    [{ last: -1 }, 'last', '`last` must be from 1 to 100, and is -1'],
    [{ first: 1, last: 1 }, 'last', 'give `first` or `last`, not both'],
  ])('%o is refused in words', (args, field, problem) => {
    expect(readPageArgs(args)).toEqual({ field, problem });
  });
});

describe('a page of rows that were read in the direction of its window', () => {
  const windowOf = (rest: Partial<PageWindow>): PageWindow => ({
    size: 2,
    limit: 3,
    isBackward: false,
    after: null,
    before: null,
    ...rest,
  });
  const pageOf = async (window: PageWindow, rows: string[]) => {
    const asked: string[] = [];
    const page = toPage(window, rows, (row) => row.toUpperCase(), {
      hasBeyond: (cursor, direction) => {
        asked.push(`${direction} ${cursor}`);
        return Promise.resolve(true);
      },
      totalCount: () => 9,
    });
    const told = (flag: boolean | (() => Promise<boolean>)) => (typeof flag === 'function' ? flag() : flag);
    const flags = [await told(page.hasPreviousPage), await told(page.hasNextPage)];
    return { nodes: page.edges.map(({ node }) => node).join(''), flags, asked };
  };

  test.each([
    ['forward, with more', windowOf({}), ['a', 'b', 'c'], 'ab', [true, true], ['before A']],
    ['forward, the end', windowOf({}), ['a', 'b'], 'ab', [true, false], ['before A']],
    ['backward, with more', windowOf({ isBackward: true }), ['z', 'y', 'x'], 'yz', [true, true], ['after Z']],
    ['backward, the beginning', windowOf({ isBackward: true }), ['z'], 'z', [false, true], ['after Z']],
    ['forward, full, none too many', windowOf({ limit: 2 }), ['a', 'b'], 'ab', [true, true], ['before A', 'after B']],
    ['forward, the end, none too many', windowOf({ limit: 2 }), ['a'], 'a', [true, false], ['before A']],
    [
      'backward, full, none too many',
      windowOf({ limit: 2, isBackward: true }),
      ['z', 'y'],
      'yz',
      [true, true],
      ['before Y', 'after Z'],
    ],
    ['empty at the start of the list', windowOf({}), [], '', [false, false], []],
    ['empty behind the last', windowOf({ after: 'k' }), [], '', [true, false], []],
    ['empty before the first', windowOf({ isBackward: true, before: 'k' }), [], '', [false, true], []],
  ])('%s', async (_name, window, rows, nodes, flags, asked) => {
    expect(await pageOf(window, rows)).toEqual({ nodes, flags, asked });
  });
});
