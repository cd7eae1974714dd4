import { z } from '@hono/zod-openapi';

export const linksSchema = z
  .object({
    first: z.url(),
    last: z.url(),
    prev: z.url().nullable().openapi({ description: 'Null on the first page.' }),
    next: z.url().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('Links');

/**
 * Addresses of the pages around `page`, of `pages` in all: `list` with the parameters that the request gave, in their
 * order, and the page.
 */
export function pageLinks(list: string, requested: string, page: number, pages: number): z.infer<typeof linksSchema> {
  const last = Math.max(1, pages);
  const at = (number: number) => {
    const query = new URL(requested).searchParams;
    query.set('page', String(number));
    return `${list}?${query}`;
  };
  return {
    first: at(1),
    last: at(last),
    prev: page > 1 ? at(Math.min(page - 1, last)) : null,
    next: page < last ? at(page + 1) : null,
  };
}
