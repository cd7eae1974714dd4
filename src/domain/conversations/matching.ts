import type { ConversationFacts } from '../../events/log.ts';
import type { Caller } from '../app.ts';
import { type ConversationFilter, conversationCondition, startOfDay } from './filter.ts';

/** Which of these conversations a filter holds for now. */
export async function matchingConversationIds(
  caller: Caller,
  ids: readonly string[],
  filter: ConversationFilter,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await caller.app.database.prisma.$queryRaw<{ id: string }[]>`
    SELECT conversation.id FROM conversation
    WHERE ${conversationCondition(caller, filter)} AND conversation.id = ANY(${[...ids]}::text[])`;
  return rows.map(({ id }) => id);
}

const dayMs = 86_400_000;

/** Whether a filter held for a conversation that is gone, by what its last event tells; `search` is not asked. */
export function matchesFacts(facts: ConversationFacts, filter: ConversationFilter | null | undefined): boolean {
  if (filter == null) return true;
  const isOneOf = (values: readonly string[] | null | undefined, value: string | null) =>
    values == null || (value !== null && values.includes(value));
  const startedAt = new Date(facts.startedAt);
  const { started, updatedSince, topics } = filter;
  return (
    isOneOf(filter.providers, facts.provider) &&
    isOneOf(filter.upstreamIds, facts.upstreamId) &&
    isOneOf(filter.statuses, facts.status) &&
    isOneOf(filter.sources, facts.source) &&
    isOneOf(filter.segments, facts.segment) &&
    isOneOf(filter.sentiments, facts.sentiment) &&
    (topics == null || topics.some((topic) => facts.topics.includes(topic))) &&
    (started?.from == null || startedAt >= startOfDay(started.from)) &&
    (started?.to == null || startedAt.getTime() < startOfDay(started.to).getTime() + dayMs) &&
    (updatedSince == null || new Date(facts.updatedAt) >= updatedSince)
  );
}
