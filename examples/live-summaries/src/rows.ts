import type { ListQuery, SummaryChangesSubscription } from './generated/documents.ts';

export type Row = ListQuery['conversations']['nodes'][number];
type Change = Extract<SummaryChangesSubscription['summaryStatusChanged'], { __typename: 'SummaryStatusChange' }>;

/** The list with a change in it: in its place, or on top where the conversation is new. */
export function withChange(rows: readonly Row[], { conversation, summary }: Change): Row[] {
  const row = { ...conversation, summary };
  const isThere = rows.some(({ id }) => id === row.id);
  return isThere ? rows.map((each) => (each.id === row.id ? row : each)) : [row, ...rows];
}
