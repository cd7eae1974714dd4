import { expect, test } from 'vitest';
import {
  type ConversationFilter,
  type FilterFacts,
  matchesFacts,
} from '../../../../../src/domain/conversations/list/filter.ts';

const facts: FilterFacts = {
  id: 'conv_1',
  provider: 'ANIMAM',
  upstreamId: null,
  status: 'COMPLETED',
  source: 'WIDGET',
  segment: null,
  sentiment: 'POSITIVE',
  topics: ['prices', 'München'],
  messageCount: 3,
  title: 'Prices',
  createdAt: '2024-02-29T23:59:59.999Z',
  startedAt: '2024-02-29T00:00:00.000Z',
  updatedAt: '2024-03-01T12:00:00.000Z',
};

const cases: [string, ConversationFilter, boolean][] = [
  ['no condition', {}, true],
  ['null is no condition', { statuses: null, started: null, messageCount: null }, true],
  ['one of several values', { statuses: ['FAILED', 'COMPLETED'] }, true],
  ['none of the values', { statuses: ['FAILED'] }, false],
  ['a list of no values holds for nothing', { providers: [] }, false],
  ['what is not there is no value', { upstreamIds: ['null'] }, false],
  ['all conditions are asked', { providers: ['ANIMAM'], ids: ['conv_2'] }, false],
  ['any of its topics', { topics: ['prices', 'x'] }, true],
  ['topics by the letter', { topics: ['munchen'] }, false],
  ['the first instant of a day', { started: { from: '2024-02-29', to: '2024-02-29' } }, true],
  ['the last instant of a day', { created: { from: '2024-02-29', to: '2024-02-29' } }, true],
  ['the day before', { created: { to: '2024-02-28' } }, false],
  ['from the day after', { created: { from: '2024-03-01' } }, false],
  ['an instant is in from its beginning', { startedBetween: { from: new Date('2024-02-29T00:00:00Z') } }, true],
  ['and not in up to its end', { startedBetween: { to: new Date('2024-02-29T00:00:00Z') } }, false],
  ['changed at that instant', { updatedSince: new Date('2024-03-01T12:00:00Z') }, true],
  ['changed before', { updatedSince: new Date('2024-03-01T12:00:00.001Z') }, false],
  ['as many messages as the most', { messageCount: { max: 3 } }, true],
  ['fewer messages than the least', { messageCount: { min: 4 } }, false],
];

test.each(cases)('a conversation that is gone: %s', (_name, filter, isMet) => {
  expect(matchesFacts(facts, filter)).toBe(isMet);
});

test('what its last event does not tell cannot speak against it', () => {
  const { messageCount: _, ...older } = facts;
  expect(matchesFacts(older, { messageCount: { min: 4 } })).toBe(true);
  expect(matchesFacts(facts, { search: 'no such word', metadata: { no: 'such' } })).toBe(true);
});
