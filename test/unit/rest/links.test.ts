import { expect, test } from 'vitest';
import { pageLinks } from '../../../src/rest/ai-my-chats/links.ts';

const list = 'https://api.example.com/v1/conversations';

test('the links are as published where no parameter was given', () => {
  expect(pageLinks(list, 'http://10.0.0.1/v1/conversations', 1, 5)).toEqual({
    first: `${list}?page=1`,
    last: `${list}?page=5`,
    prev: null,
    next: `${list}?page=2`,
  });
});

test('links keep the given parameters, in their order, escaped', () => {
  const requested = 'http://10.0.0.1/v1/conversations?search=a%20%26%20b&page=2&sort=-created_at';
  expect(pageLinks(list, requested, 2, 3)).toEqual({
    first: `${list}?search=a+%26+b&page=1&sort=-created_at`,
    last: `${list}?search=a+%26+b&page=3&sort=-created_at`,
    prev: `${list}?search=a+%26+b&page=1&sort=-created_at`,
    next: `${list}?search=a+%26+b&page=3&sort=-created_at`,
  });
});

test.each([
  ['an empty list', 1, 0, null, null],
  ['the last page', 3, 3, 2, null],
  ['past the end', 9, 3, 3, null],
  ['past the end of an empty list', 2, 0, 1, null],
])('of %s', (_name, page, pages, prev, next) => {
  const at = (number: number | null) => (number === null ? null : `${list}?page=${number}`);
  const links = pageLinks(list, `http://x/v1/conversations?page=${page}`, page, pages);
  expect([links.prev, links.next]).toEqual([at(prev), at(next)]);
});
