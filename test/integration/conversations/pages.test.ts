import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { type ConversationOrder, listConversations } from '../../../src/domain/conversations/list/list.ts';
import { newId } from '../../../src/lib/id.ts';
import type { PageArgs } from '../../../src/lib/pages/paging.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const runCount = 25;

const fields = ['CREATED_AT', 'UPDATED_AT', 'STARTED_AT', 'LAST_MESSAGE_AT'] as const;
// Few instants, so that many conversations share one and their ids decide.
const instant = fc.integer({ min: 0, max: 3 }).map((days) => new Date(Date.UTC(2024, 1, 27 + days)));
const conversation = fc.record({ createdAt: instant, updatedAt: instant, startedAt: instant, activityAt: instant });

const walk = fc.record({
  rows: fc.array(conversation, { maxLength: 12 }),
  field: fc.constantFrom(...fields),
  direction: fc.constantFrom('ASC' as const, 'DESC' as const),
  isForward: fc.boolean(),
  /** Of the pages, in turn. */
  sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  /** Which conversations are deleted after which page. */
  deletions: fc.array(fc.tuple(fc.nat(4), fc.nat(11)), { maxLength: 4 }),
});

async function fill(
  gateway: TestGateway,
  rows: readonly Record<'createdAt' | 'updatedAt' | 'startedAt' | 'activityAt', Date>[],
) {
  const { prisma } = gateway.app.database;
  const { tenantId } = gateway;
  await prisma.conversation.deleteMany({ where: { tenantId } });
  const all = rows.map((row) => ({ ...row, id: newId('conversation') }));
  await prisma.conversation.createMany({
    data: all.map((row) => ({ ...row, tenantId, provider: 'LOCAL', status: 'COMPLETED', title: 'a', preview: '' })),
  });
  return all;
}

const keys = {
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
  STARTED_AT: 'startedAt',
  LAST_MESSAGE_AT: 'activityAt',
} as const;

eachDatabase('pages of a list', (database) => {
  test('are the list together: forwards and backwards, at any sizes, whatever is deleted meanwhile', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const { prisma } = gateway.app.database;

    const property = fc.asyncProperty(walk, async ({ rows, field, direction, isForward, sizes, deletions }) => {
      const orderBy: ConversationOrder = { field, direction };
      const stored = await fill(gateway, rows);
      const sign = (direction === 'ASC') === isForward ? 1 : -1;
      const inOrder = [...stored].sort(
        (a, b) => sign * (a[keys[field]].getTime() - b[keys[field]].getTime() || (a.id < b.id ? -1 : 1)),
      );
      const deleted = new Map<string, number>();
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let page = 0, hasMore = true; hasMore; page++) {
        const size = sizes[page % sizes.length] ?? 1;
        const args = isForward ? { first: size, after: cursor } : { last: size, before: cursor };
        const result = await listConversations(caller, { ...args, orderBy });
        const { edges } = result;
        expect(edges.length).toBeLessThanOrEqual(size);
        const ids = edges.map(({ node }) => node.id);
        seen.push(...(isForward ? ids : ids.reverse()));
        const more = isForward ? result.hasNextPage : result.hasPreviousPage;
        hasMore = typeof more === 'function' ? await more() : more;
        cursor = (isForward ? edges.at(-1) : edges[0])?.cursor ?? cursor;
        for (const [after, index] of deletions) {
          const gone = stored[index];
          if (after !== page || gone === undefined || deleted.has(gone.id)) continue;
          deleted.set(gone.id, page);
          await prisma.conversation.deleteMany({ where: { tenantId: gateway.tenantId, id: gone.id } });
        }
        if (edges.length === 0) break;
      }
      // What was deleted was seen before, or not at all; everything else is seen once, in the list's order.
      const expected = inOrder.filter(({ id }) => !deleted.has(id) || seen.includes(id)).map(({ id }) => id);
      expect(seen).toEqual(expected);
    });
    await fc.assert(property, { numRuns: runCount });
  });

  test('tell what lies beside them, read along with them or looked up', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const at = (day: number) => new Date(Date.UTC(2024, 0, day));
    await fill(
      gateway,
      [1, 2, 3, 4].map((day) => ({ createdAt: at(day), updatedAt: at(1), startedAt: at(1), activityAt: at(1) })),
    );
    const cursors = [null, ...(await listConversations(caller, {})).edges.map(({ cursor }) => cursor)];
    expect(cursors).toHaveLength(5);
    const flagsOf = async (args: PageArgs, isPeeking: boolean) => {
      const { nodes, hasPreviousPage, hasNextPage } = await listConversations(caller, args, {}, { isPeeking });
      const tell = (flag: typeof hasNextPage) => (typeof flag === 'function' ? flag() : flag);
      return { ids: nodes.map(({ id }) => id), flags: [await tell(hasPreviousPage), await tell(hasNextPage)] };
    };
    for (const after of cursors) {
      for (const before of cursors) {
        for (const size of [{ first: 1 }, { first: 2 }, { last: 1 }, { last: 2 }]) {
          const args = { ...size, after, before };
          expect(await flagsOf(args, false), JSON.stringify(args)).toEqual(await flagsOf(args, true));
        }
      }
    }
  });
});
