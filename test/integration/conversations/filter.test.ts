import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConversationSource, ConversationStatus, Sentiment } from '../../../src/database/generated/enums.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { readConversations } from '../../../src/domain/conversations/conversations.ts';
import {
  type ConversationFilter,
  type FilterFacts,
  matchesFacts,
  matchingConversationIds,
} from '../../../src/domain/conversations/list/filter.ts';
import { factsOf } from '../../../src/domain/conversations/store.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { fromStoredFilter, toStoredFilter } from '../../../src/domain/exports/filter.ts';
import { newId } from '../../../src/lib/id.ts';
import { eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

const runCount = 40;
const upstreamIds = ['up_1', 'up_2'];

// Few values, and times at and beside the ends of days, so that conditions hold and fail about as often.
const day = fc.constantFrom('0001-01-01', '2024-02-28', '2024-02-29', '2024-03-01', '9999-12-31');
const instant = fc
  .tuple(fc.constantFrom('2024-02-28', '2024-02-29', '2024-03-01'), fc.constantFrom(-1, 0, 1, 43_200_000, 86_399_999))
  .map(([text, offsetMs]) => new Date(Date.parse(text) + offsetMs));
const text = fc.constantFrom('', 'pricing', 'Pricing', 'e\u0301', '\u00e9', "a'b", '{a,b}', 'NULL', '🎉', '%');

const conversation = fc.record({
  provider: fc.constantFrom(...['AI_MY_CHATS', 'ANIMAM', 'LOCAL']),
  status: fc.constantFrom(...Object.values(ConversationStatus)),
  source: fc.option(fc.constantFrom(...Object.values(ConversationSource))),
  sentiment: fc.option(fc.constantFrom(...Object.values(Sentiment))),
  upstreamId: fc.option(fc.constantFrom(...upstreamIds)),
  segment: fc.option(text),
  topics: fc.uniqueArray(text, { maxLength: 3 }),
  messageCount: fc.integer({ min: 0, max: 3 }),
  createdAt: instant,
  startedAt: instant,
  updatedAt: instant,
});

const listOf = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(fc.array(arbitrary, { maxLength: 3 }));
const days = fc
  .record({ from: fc.option(day), to: fc.option(day) })
  .filter(({ from, to }) => from === null || to === null || from <= to);

const rowCount = 200;
const ids = Array.from({ length: rowCount }, () => newId('conversation'));

/** All conditions but those on words and JSON, which the event of a deletion does not tell. */
const conditions: {
  [Name in keyof Omit<ConversationFilter, 'search' | 'metadata'>]-?: fc.Arbitrary<ConversationFilter[Name]>;
} = {
  ids: listOf(fc.constantFrom(...ids, newId('conversation'), 'no id')),
  providers: listOf(fc.constantFrom(...['AI_MY_CHATS', 'ANIMAM', 'LOCAL'])),
  upstreamIds: listOf(fc.constantFrom(...upstreamIds, 'up_unknown')),
  statuses: listOf(fc.constantFrom(...Object.values(ConversationStatus))),
  sources: listOf(fc.constantFrom(...Object.values(ConversationSource))),
  segments: listOf(text),
  sentiments: listOf(fc.constantFrom(...Object.values(Sentiment))),
  topics: listOf(text),
  started: days,
  created: days,
  startedBetween: fc.record({ from: instant, to: instant }, { requiredKeys: [] }),
  updatedSince: instant,
  messageCount: fc
    .record({ min: fc.option(fc.integer({ min: -1, max: 4 })), max: fc.option(fc.integer({ min: -1, max: 4 })) })
    .filter(({ min, max }) => min === null || max === null || min <= max),
};

/** Conversations of chance, as they are stored; each with what the event of its deletion would tell. */
async function fill(gateway: TestGateway): Promise<FilterFacts[]> {
  const { prisma } = gateway.app.database;
  const { tenantId } = gateway;
  await prisma.upstream.createMany({
    data: upstreamIds.map((id) => ({
      ...{ tenantId, id, provider: 'ANIMAM' as const, name: id, baseUrl: 'http://127.0.0.1:1' },
      ...{ apiKeyCipher: '', status: 'PAUSED' as const },
    })),
  });
  const rows = fc.sample(conversation, rowCount).map((row, index) => ({ ...row, id: ids[index] ?? '' }));
  await prisma.conversation.createMany({
    data: rows.map((row) => ({ ...row, tenantId, title: 'Prices', preview: '', activityAt: row.startedAt })),
  });
  const caller = systemCaller(gateway.app, tenantId);
  const stored = await readConversations(
    caller,
    prisma,
    rows.map(({ id }) => id),
  );
  expect(stored).toHaveLength(rowCount);
  return stored.map((row) => ({ ...factsOf(row), id: row.id }));
}

eachDatabase('a filter holds in memory as it does in the database', (database) => {
  test('for each of its conditions, and for all of them together', async () => {
    await using gateway = await startGateway({ database });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const stored = await fill(gateway);

    const holdsAlike = async (filters: fc.Arbitrary<ConversationFilter>) => {
      const counts = new Set<number>();
      const property = fc.asyncProperty(filters, async (filter) => {
        const inDatabase = (await matchingConversationIds(caller, ids, filter)).sort();
        const inMemory = stored.filter((facts) => matchesFacts(facts, filter)).map(({ id }) => id);
        expect(inMemory.sort()).toEqual(inDatabase);
        counts.add(inDatabase.length);
      });
      await fc.assert(property, { numRuns: runCount });
      return counts;
    };

    for (const [name, values] of Object.entries(conditions)) {
      const counts = await holdsAlike(fc.record({ [name]: values as fc.Arbitrary<never> }));
      const isSelective = [...counts].some((count) => count > 0 && count < rowCount);
      expect(isSelective, `no filter on ${name} told conversations apart`).toBe(true);
    }
    await holdsAlike(fc.record(conditions, { requiredKeys: [] }));
  });

  test('on metadata it holds where all that is given is there, at any depth', async () => {
    await using gateway = await startGateway({ database });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const kept = {
      none: null,
      empty: {},
      pro: { plan: 'pro', seats: 3, tags: ['a', 'b'], owner: { id: 1, name: 'Ada' } },
      free: { plan: 'free', seats: null, owner: { id: 2 } },
    };
    const names = new Map<string, string>();
    for (const [name, metadata] of Object.entries(kept)) {
      const { id } = await createConversation(caller, { title: name, content: 'x' });
      if (metadata !== null) {
        await gateway.app.database.prisma.conversation.updateMany({ where: { id }, data: { metadata } });
      }
      names.set(id, name);
    }
    const matching = async (metadata: Record<string, unknown>) => {
      const found = await matchingConversationIds(caller, [...names.keys()], { metadata });
      return found.map((id) => names.get(id)).sort();
    };
    for (const [metadata, expected] of [
      [{}, ['empty', 'free', 'none', 'pro']],
      [{ plan: 'pro' }, ['pro']],
      [{ plan: 'PRO' }, []],
      [{ seats: 3, plan: 'pro' }, ['pro']],
      [{ seats: '3' }, []],
      [{ seats: null }, ['free']],
      [{ tags: ['b'] }, ['pro']],
      [{ tags: ['b', 'c'] }, []],
      [{ owner: {} }, ['free', 'pro']],
      [{ owner: { id: 2 } }, ['free']],
      [{ [`a'b"\\`]: `'; --` }, []],
    ] as const) {
      expect(await matching(metadata), JSON.stringify(metadata)).toEqual(expected);
    }
    const stored = fromStoredFilter(
      JSON.parse(JSON.stringify(toStoredFilter({ metadata: { seats: null }, ids: null }))),
    );
    expect(stored).toEqual({ metadata: { seats: null } });
  });

  test('by its form it is refused with what to do', async () => {
    await using gateway = await startGateway({ database });
    for (const [filter, reason] of [
      [{ messageCount: { min: 3, max: 2 } }, '`filter.messageCount.min` must not be above `filter.messageCount.max`'],
      [{ ids: Array.from({ length: 101 }, () => 'conv_x') }, '`filter.ids` may hold at most 100 values'],
      [{ ids: ['a\0b'] }, 'NUL'],
      [{ metadata: { 'a\0b': 1 } }, 'NUL'],
      [{ metadata: ['pro'] }, 'JSONObject must be a JSON object'],
    ] as const) {
      const { status, body } = await gateway.graphql(
        'query ($filter: ConversationFilter) { conversations(filter: $filter) { totalCount } }',
        { filter },
      );
      expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code: 'BAD_REQUEST' });
      expect(body.errors?.[0]?.message).toContain(reason);
    }
    const { body } = await gateway.graphql(
      '{ conversations(filter: { ids: ["conv_x"], messageCount: { min: 1 }, metadata: { a: { b: 1 } } }) { totalCount } }',
    );
    expect(body.data).toEqual({ conversations: { totalCount: 0 } });
  });
});
