import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConversationSource, ConversationStatus, Sentiment } from '../../../src/database/generated/enums.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { readConversations } from '../../../src/domain/conversations/conversations.ts';
import {
  type ConversationFilter,
  matchesFacts,
  matchingConversationIds,
} from '../../../src/domain/conversations/filter.ts';
import { factsOf } from '../../../src/domain/conversations/store.ts';
import type { ConversationFacts } from '../../../src/events/log.ts';
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
  createdAt: instant,
  startedAt: instant,
  updatedAt: instant,
});

const listOf = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(fc.array(arbitrary, { maxLength: 3 }));
const days = fc
  .record({ from: fc.option(day), to: fc.option(day) })
  .filter(({ from, to }) => from === null || to === null || from <= to);

/** All conditions but `search`, whose words the event of a deletion does not tell. */
const conditions: { [Name in keyof Omit<ConversationFilter, 'search'>]-?: fc.Arbitrary<ConversationFilter[Name]> } = {
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
};

const rowCount = 200;

/** Conversations of chance, as they are stored; each with what the event of its deletion would tell. */
async function fill(gateway: TestGateway): Promise<{ id: string; facts: ConversationFacts }[]> {
  const { prisma } = gateway.app.database;
  const { tenantId } = gateway;
  await prisma.upstream.createMany({
    data: upstreamIds.map((id) => ({
      ...{ tenantId, id, provider: 'ANIMAM' as const, name: id, baseUrl: 'http://127.0.0.1:1' },
      ...{ apiKeyCipher: '', status: 'PAUSED' as const },
    })),
  });
  const rows = fc.sample(conversation, rowCount).map((row) => ({ ...row, id: newId('conversation') }));
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
  return stored.map((row) => ({ id: row.id, facts: factsOf(row) }));
}

eachDatabase('a filter holds in memory as it does in the database', (database) => {
  test('for each of its conditions, and for all of them together', async () => {
    await using gateway = await startGateway({ database });
    const caller = systemCaller(gateway.app, gateway.tenantId);
    const stored = await fill(gateway);
    const ids = stored.map(({ id }) => id);

    const holdsAlike = async (filters: fc.Arbitrary<ConversationFilter>) => {
      const counts = new Set<number>();
      const property = fc.asyncProperty(filters, async (filter) => {
        const inDatabase = (await matchingConversationIds(caller, ids, filter)).sort();
        const inMemory = stored.filter(({ facts }) => matchesFacts(facts, filter)).map(({ id }) => id);
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
});
