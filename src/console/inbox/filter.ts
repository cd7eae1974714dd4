import { providerNames, sentimentNames, sourceNames, statusNames } from '../client/names.ts';
import type {
  ConversationFilter,
  ConversationSource,
  ConversationStatus,
  Provider,
  Sentiment,
} from '../generated/documents.ts';

/** What the inbox is narrowed to; it stands in the address, so that it can be shared and gone back to. */
export type InboxFilter = {
  query: string;
  providers: readonly Provider[];
  statuses: readonly ConversationStatus[];
  sources: readonly ConversationSource[];
  segments: readonly string[];
  sentiments: readonly Sentiment[];
  topics: readonly string[];
  /** Calendar days in UTC, `2024-01-31`, both included. */
  from: string | null;
  to: string | null;
};

/** The filter's lists by their name in the address. */
export const listKeys = {
  provider: 'providers',
  status: 'statuses',
  source: 'sources',
  segment: 'segments',
  sentiment: 'sentiments',
  topic: 'topics',
} as const;

export type ListKey = keyof typeof listKeys;

export const emptyFilter: InboxFilter = {
  query: '',
  providers: [],
  statuses: [],
  sources: [],
  segments: [],
  sentiments: [],
  topics: [],
  from: null,
  to: null,
};

function known<Name extends string>(values: string[], names: Record<Name, string>): Name[] {
  return (Object.keys(names) as Name[]).filter((name) => values.includes(name));
}

function day(value: string | null): string | null {
  return value !== null && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : null;
}

/** Reads an address' search; what is none of ours is left out. */
export function readFilter(search: string): InboxFilter {
  const params = new URLSearchParams(search);
  return {
    query: params.get('q') ?? '',
    providers: known(params.getAll('provider'), providerNames),
    statuses: known(params.getAll('status'), statusNames),
    sources: known(params.getAll('source'), sourceNames),
    segments: [...new Set(params.getAll('segment'))],
    sentiments: known(params.getAll('sentiment'), sentimentNames),
    topics: [...new Set(params.getAll('topic'))],
    from: day(params.get('from')),
    to: day(params.get('to')),
  };
}

/** The address' search for a filter: `?q=refund&provider=LOCAL`, or nothing. */
export function writeFilter(filter: InboxFilter): string {
  const params = new URLSearchParams();
  if (filter.query !== '') params.set('q', filter.query);
  for (const [name, key] of Object.entries(listKeys)) for (const value of filter[key]) params.append(name, value);
  if (filter.from !== null) params.set('from', filter.from);
  if (filter.to !== null) params.set('to', filter.to);
  const search = params.toString();
  return search === '' ? '' : `?${search}`;
}

/** As the graph takes it, without the query; null where nothing is asked for. */
export function toGraphFilter(filter: InboxFilter): ConversationFilter | null {
  const graph: ConversationFilter = {};
  if (filter.providers.length > 0) graph.providers = [...filter.providers];
  if (filter.statuses.length > 0) graph.statuses = [...filter.statuses];
  if (filter.sources.length > 0) graph.sources = [...filter.sources];
  if (filter.segments.length > 0) graph.segments = [...filter.segments];
  if (filter.sentiments.length > 0) graph.sentiments = [...filter.sentiments];
  if (filter.topics.length > 0) graph.topics = [...filter.topics];
  if (filter.from !== null || filter.to !== null) graph.started = { from: filter.from, to: filter.to };
  return Object.keys(graph).length === 0 ? null : graph;
}

/** With a value put in, or taken out where it was in. */
export function toggle(filter: InboxFilter, key: ListKey, value: string): InboxFilter {
  const field = listKeys[key];
  const values: readonly string[] = filter[field];
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  return { ...filter, [field]: next };
}

/** A value of a list in people's words. */
export function nameOf(key: ListKey, value: string): string {
  const names: Partial<Record<ListKey, Record<string, string>>> = {
    provider: providerNames,
    status: statusNames,
    source: sourceNames,
    sentiment: sentimentNames,
  };
  return names[key]?.[value] ?? value;
}
