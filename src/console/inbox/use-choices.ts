import { useState } from 'react';
import { useQuery } from 'urql';
import { providerNames, sentimentNames, sourceNames, statusNames } from '../client/names.ts';
import {
  type ConversationFilter,
  InboxChoicesDocument,
  type InboxChoicesQuery,
  InboxFacetsDocument,
  type InboxFacetsQuery,
} from '../generated/documents.ts';
import type { Choices } from './chips.tsx';
import type { ListKey } from './filter.ts';

const noCount = (values: readonly string[]) => values.map((value) => ({ value, count: null }));

const plain: Choices = {
  provider: noCount(Object.keys(providerNames)),
  status: noCount(Object.keys(statusNames)),
  source: noCount(Object.keys(sourceNames)),
  segment: [],
  sentiment: noCount(Object.keys(sentimentNames)),
  topic: [],
};

function counted<Item extends { conversations: number }>(items: readonly Item[], read: (item: Item) => string | null) {
  return items.flatMap((item) => {
    const value = read(item);
    return value === null ? [] : [{ value, count: item.conversations }];
  });
}

function ofStats({ stats }: InboxChoicesQuery): Choices {
  return {
    ...plain,
    provider: counted(stats.byProvider, (each) => each.provider),
    source: counted(stats.bySource, (each) => each.source),
    segment: counted(stats.bySegment, (each) => each.segment),
    sentiment: counted(stats.bySentiment, (each) => each.sentiment),
    topic: stats.topTopics,
  };
}

function ofFacets({ searchConversations: { facets } }: InboxFacetsQuery): Choices {
  return {
    ...plain,
    provider: facets.providers,
    source: facets.sources,
    segment: facets.segments,
    sentiment: facets.sentiments,
    topic: facets.topics,
  };
}

export type Found = {
  total: number;
  tookMs: number;
  /** What it could be narrowed to, most first. */
  suggestions: { key: ListKey; value: string; count: number }[];
};

/** What the chips offer: of everything, once a chip is opened; while searching, of what was found. */
export function useChoices(query: string, filter: ConversationFilter | null) {
  const [isWanted, setIsWanted] = useState(false);
  const isSearching = query !== '';
  const [everything] = useQuery({ query: InboxChoicesDocument, pause: !isWanted || isSearching });
  const [facets] = useQuery({ query: InboxFacetsDocument, variables: { query, filter }, pause: !isSearching });
  const data = isSearching && !facets.stale ? facets.data : undefined;
  const choices =
    data !== undefined ? ofFacets(data) : everything.data !== undefined ? ofStats(everything.data) : plain;
  const found: Found | null =
    data === undefined
      ? null
      : {
          total: data.searchConversations.totalCount,
          tookMs: data.searchConversations.tookMs,
          suggestions: (['topic', 'segment', 'sentiment'] as const).flatMap((key) =>
            choices[key]
              .slice(0, key === 'topic' ? 4 : 2)
              .map(({ value, count }) => ({ key, value, count: count ?? 0 })),
          ),
        };
  return { choices, found, want: () => setIsWanted(true) };
}
