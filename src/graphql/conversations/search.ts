import DataLoader from 'dataloader';
import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import {
  countFacets,
  type FacetName,
  type FacetValue,
  facetNames,
  maxFacetValues,
} from '../../domain/search/facets.ts';
import { type SearchPage, scoreOf, searchConversations } from '../../domain/search/search.ts';
import { loadSnippets } from '../../domain/search/snippets.ts';
import { builder } from '../builder.ts';
import { PageInfo, pageArgs } from '../connection.ts';
import type { Context } from '../context.ts';
import { SearchOrderEnum } from '../enums.ts';
import { fieldsAt } from '../reading/selected-fields.ts';
import { Conversation } from '../refs.ts';
import { noteFilter } from '../sources.ts';
import { ConversationFilterInput } from './filter.ts';
import { FacetCount } from './stats.ts';

/** A page, with what its fields read together. */
type SearchRow = Omit<SearchPage, 'facets'> & {
  readonly snippets: DataLoader<ConversationRow, string>;
  readonly facets: DataLoader<FacetName, FacetValue[]>;
};

type SearchEdgeRow = SearchPage['edges'][number] & { readonly search: SearchRow };

function toRow(page: SearchPage, ctx: Context): SearchRow {
  return {
    ...page,
    snippets: new DataLoader((rows) => loadSnippets(ctx.caller, page.scope.query, rows)),
    facets: new DataLoader(async (names) => {
      const isCounted = names.every((name) => page.facets?.[name] !== undefined);
      const facets = isCounted ? (page.facets ?? {}) : await countFacets(ctx.caller, page.scope, names);
      return names.map((name) => facets[name] ?? []);
    }),
  };
}

const SearchEdge = builder.objectRef<SearchEdgeRow>('ConversationSearchEdge').implement({
  description: 'A conversation that was found.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place: `after` or `before` for the pages beside it.' }),
    node: t.field({
      type: Conversation,
      description: 'The conversation that was found.',
      resolve: (edge) => edge.node.conversation,
    }),
    score: t.float({
      description: '0 to 1; 1 for the best match of the whole search.',
      resolve: async (edge) => scoreOf(edge.node.rank, await edge.search.bestRank()),
    }),
    snippet: t.string({
      description: "HTML: the match's surroundings, escaped, with the words found in `<mark>`.",
      resolve: (edge) => edge.search.snippets.load(edge.node.conversation),
    }),
  }),
});

const mostFirst = `Most first, at most ${maxFacetValues}; conversations without one are left out.`;

const SearchFacets = builder.objectRef<SearchRow>('SearchFacets').implement({
  description: 'How many conversations of the whole result have each value. Counted only where asked for, together.',
  fields: (t) => {
    const facet = (name: FacetName, what: string) =>
      t.field({
        type: [FacetCount],
        description: `${what} ${mostFirst}`,
        resolve: (search) => search.facets.load(name),
      });
    return {
      providers: facet('providers', 'By API.'),
      sources: facet('sources', 'By how they came in.'),
      segments: facet('segments', 'By segment.'),
      sentiments: facet('sentiments', 'By sentiment.'),
      topics: facet('topics', 'By topic; a conversation counts for each of its topics.'),
    };
  },
});

const SearchConnection = builder.objectRef<SearchRow>('ConversationSearchConnection').implement({
  description: 'A page of what a search found.',
  fields: (t) => ({
    edges: t.field({
      type: [SearchEdge],
      description: 'What was found, with scores and snippets.',
      resolve: (search) => search.edges.map(({ cursor, node }) => ({ cursor, node, search })),
    }),
    nodes: t.field({
      type: [Conversation],
      description: 'The conversations of the page, without cursors, scores and snippets.',
      resolve: (search) => search.edges.map(({ node }) => node.conversation),
    }),
    pageInfo: t.field({ type: PageInfo, description: 'Where it lies in the result.', resolve: (search) => search }),
    totalCount: t.int({
      description: 'How many were found in all. Counted only when asked for.',
      resolve: (search) => search.totalCount(),
    }),
    tookMs: t.exposeFloat('tookMs', { description: 'How long the search took, in milliseconds.' }),
    facets: t.field({
      type: SearchFacets,
      description: 'What the whole result is made of.',
      resolve: (search) => search,
    }),
  }),
});

builder.queryField('searchConversations', (t) =>
  t.field({
    type: SearchConnection,
    description:
      'Full-text search in titles, summaries, contents and messages, which count in this order. Words in all their ' +
      'forms, `"phrases"`, `-without`, `hel*` for words that begin so (with two letters or digits at least); everything else is taken literally.',
    args: {
      query: t.arg.string({ required: true, description: 'What to look for: 1 to 500 characters, not blank.' }),
      ...pageArgs,
      filter: t.arg({ type: ConversationFilterInput, description: 'Among which; all where not given.' }),
      orderBy: t.arg({ type: SearchOrderEnum, description: 'In which order; RELEVANCE where not given.' }),
    },
    resolve: async (_root, args, ctx, info) => {
      const asked = fieldsAt(info, [['facets']]);
      const page = await searchConversations(
        ctx.caller,
        args,
        facetNames.filter((name) => asked.has(name)),
      );
      noteFilter(ctx, args.filter);
      return toRow(page, ctx);
    },
  }),
);
