import { type Handle, isRecord, json } from '../answer.ts';
import { compareText, type Store } from '../store.ts';
import type { AiMyChatsConversation } from './store.ts';
import { invalid, readBody, readDay, readPaging } from './wire.ts';

const SNIPPET_CHARACTERS = 160;

/** Any of the query's words, scored by how many there are and how often; the best hit scores 1. */
export function searchRoutes(store: Store<AiMyChatsConversation>): Record<string, Handle> {
  return {
    'POST /conversations/search': ({ request, listing }) => {
      const startedAt = performance.now();
      const body = readBody(request);
      const { query, filters = {}, sort = 'relevance' } = body;
      if (typeof query !== 'string' || query.trim() === '') throw invalid({ query: ['Query is required'] });
      if (!isRecord(filters)) throw invalid({ filters: ['Filters must be an object'] });
      const { page, perPage } = readPaging(body, invalid);
      const fits = readFilters(filters);
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);

      const hits = store.all().flatMap((conversation) => {
        if (!fits(conversation)) return [];
        const text = `${conversation.title}\n${conversation.content}`.toLowerCase();
        const counts = words.map((word) => text.split(word).length - 1);
        const weight = counts.reduce((sum, count) => sum + (count > 0 ? 10 + Math.min(count, 9) : 0), 0);
        return weight > 0 ? [{ conversation, weight }] : [];
      });
      if (sort === 'relevance') {
        hits.sort((a, b) => b.weight - a.weight || compareText(a.conversation.id, b.conversation.id));
      } else if (sort === 'created_at' || sort === '-created_at') {
        const direction = sort === 'created_at' ? 1 : -1;
        hits.sort((a, b) => direction * compareText(a.conversation.created_at, b.conversation.created_at));
      } else throw invalid({ sort: ['Must be relevance, created_at or -created_at'] });

      const best = Math.max(1, ...hits.map(({ weight }) => weight));
      const from = (listing.pageShown(page) - 1) * perPage;
      return json(200, {
        data: listing
          .arrange(hits)
          .slice(from, from + perPage)
          .map(({ conversation: { id, title, content, created_at }, weight }) => ({
            id,
            title,
            snippet: snippet(content, words),
            score: Math.round((weight / best) * 100) / 100,
            created_at,
          })),
        meta: { total: hits.length, took_ms: Math.round(performance.now() - startedAt) },
      });
    },
  };
}

function readFilters(filters: Record<string, unknown>): (conversation: AiMyChatsConversation) => boolean {
  const from = readDay(filters['date_from'], 'date_from', invalid);
  const to = readDay(filters['date_to'], 'date_to', invalid);
  const { topics, sentiment } = filters;
  return ({ created_at, summary }) => {
    const day = created_at.slice(0, 10);
    if ((from !== null && day < from) || (to !== null && day > to)) return false;
    if (Array.isArray(topics) && !topics.some((topic) => summary?.topics.includes(topic))) return false;
    return sentiment === undefined || summary?.sentiment === sentiment;
  };
}

function snippet(content: string, words: readonly string[]): string {
  const lower = content.toLowerCase();
  const first = Math.max(0, Math.min(...words.map((word) => lower.indexOf(word)).filter((index) => index >= 0)));
  const from = Number.isFinite(first) ? Math.max(0, first - 40) : 0;
  const cut = content.slice(from, from + SNIPPET_CHARACTERS);
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const pattern = new RegExp(`(${words.map(RegExp.escape).join('|')})`, 'giu');
  const marked = cut
    .split(pattern)
    .map((part, index) => (index % 2 === 1 ? `<mark>${escaped(part)}</mark>` : escaped(part)))
    .join('');
  return `${from > 0 ? '...' : ''}${marked}${from + SNIPPET_CHARACTERS < content.length ? '...' : ''}`;
}
