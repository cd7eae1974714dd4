import type { Caller } from '../../src/domain/app.ts';
import { beginSummary, completeSummary } from '../../src/domain/conversations/summary-lifecycle.ts';
import { transact } from '../../src/domain/unit-of-work.ts';
import type { TestGateway } from './gateway.ts';

export type Hit = {
  cursor: string;
  score: number;
  snippet: string;
  node: { id: string; title: string; createdAt: string };
};
export type Facets = Record<
  'providers' | 'sources' | 'segments' | 'sentiments' | 'topics',
  { value: string; count: number }[]
>;
export type Answer = {
  searchConversations: {
    totalCount: number;
    tookMs: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
    edges: Hit[];
    facets: Facets;
  };
};

export const searchDocument = /* GraphQL */ `
  query ($query: String!, $first: Int, $after: String, $filter: ConversationFilter, $orderBy: SearchOrder) {
    searchConversations(query: $query, first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      tookMs
      pageInfo { hasNextPage hasPreviousPage endCursor }
      edges { cursor score snippet node { id title createdAt } }
    }
  }
`;
export const facetsDocument = /* GraphQL */ `
  query ($query: String!, $filter: ConversationFilter) {
    searchConversations(query: $query, filter: $filter, first: 1) {
      facets {
        providers { value count } sources { value count } segments { value count }
        sentiments { value count } topics { value count }
      }
    }
  }
`;

export type Variables = { query: string; first?: number; after?: string | null; filter?: object; orderBy?: string };

export async function search(gateway: TestGateway, variables: Variables, apiKey = gateway.apiKey) {
  const { status, body } = await gateway.graphql<Answer, Variables>(searchDocument, variables, { apiKey });
  if (!body.data) throw new Error(`${status}: ${JSON.stringify(body.errors)}`);
  return body.data.searchConversations;
}

export async function searchAll(gateway: TestGateway, variables: Variables): Promise<Hit[]> {
  const edges: Hit[] = [];
  for (let after: string | null = null, page = 0; page < 200; page++) {
    const found = await search(gateway, { ...variables, after });
    edges.push(...found.edges);
    after = found.pageInfo.endCursor;
    if (!found.pageInfo.hasNextPage) return edges;
  }
  throw new Error('the list does not end');
}

/** A completed summary, as if it had been made. */
export async function addSummary(
  caller: Caller,
  conversationId: string,
  summary: { title: string; content: string; sentiment: 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE' | null; topics: string[] },
) {
  const { id: summaryId } = await transact(caller, (unit) =>
    beginSummary(unit, caller.tenantId, conversationId, { language: 'en', style: 'CONCISE', generator: 'extractive' }),
  );
  const { textVersion } = await caller.app.database.prisma.conversation.findFirstOrThrow({
    where: { id: conversationId },
  });
  const result = { ...summary, actionItems: [], citations: [] };
  await completeSummary(caller, { conversationId, summaryId, textVersion }, result);
}
