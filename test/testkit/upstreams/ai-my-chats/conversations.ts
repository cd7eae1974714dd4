import { type Answer, type Handle, isRecord, json, type SeenRequest } from '../answer.ts';
import type { Order, Store } from '../store.ts';
import { type AiMyChatsConversation, type AiMyChatsConversations, byCreatedAt, byUpdatedAt } from './store.ts';
import type { AiMyChatsSummaries } from './summaries.ts';
import { badRequest, type Fields, invalid, listed, notFound, readBody, readPaging, whole } from './wire.ts';

const SOURCES = ['email', 'whatsapp', 'api', 'web'];
const STATUSES = ['processing', 'completed', 'failed'];
const SORTS: Readonly<Record<string, Order<AiMyChatsConversation>>> = {
  created_at: byCreatedAt,
  updated_at: byUpdatedAt,
};

export type ConversationRoutesOptions = {
  readonly store: Store<AiMyChatsConversation>;
  readonly conversations: AiMyChatsConversations;
  readonly summaries: AiMyChatsSummaries;
  readonly origin: string;
  readonly showsMetadata: boolean;
  readonly keepsIdempotencyKeys: boolean;
};

export function conversationRoutes(options: ConversationRoutesOptions): Record<string, Handle> {
  const { store, conversations, summaries, origin, showsMetadata } = options;
  const words = new WeakMap<AiMyChatsConversation, string>();
  const idempotent = createIdempotency(options.keepsIdempotencyKeys);

  const find = (id: string): AiMyChatsConversation => {
    const conversation = store.get(id);
    if (!conversation) throw notFound('Conversation');
    return conversation;
  };
  const haystack = (conversation: AiMyChatsConversation): string => {
    const known = words.get(conversation);
    if (known !== undefined) return known;
    const text = `${conversation.title}\n${conversation.content}`.toLowerCase();
    words.set(conversation, text);
    return text;
  };

  return {
    'GET /conversations': ({ request, listing }) => {
      const { page, perPage } = readPaging(request.query, badRequest);
      const wanted = readFilter(request.query);
      const sort = request.query['sort'] ?? '-created_at';
      const order = SORTS[sort.replace(/^-/, '')];
      if (!order) throw badRequest({ sort: ['Must be created_at or updated_at, with - for descending'] });
      const ascending = store.sorted(order).filter((each) => {
        if (wanted.status !== undefined && each.status !== wanted.status) return false;
        if (wanted.source !== undefined && each.source !== wanted.source) return false;
        return wanted.words.every((word) => haystack(each).includes(word));
      });
      const items = listing.arrange(sort.startsWith('-') ? ascending.reverse() : ascending);
      const from = (listing.pageShown(page) - 1) * perPage;
      const totalPages = Math.ceil(items.length / perPage);
      return json(200, {
        data: items.slice(from, from + perPage).map(listed),
        meta: { page, per_page: perPage, total: items.length, total_pages: totalPages },
        links: links(`${origin}/v1/conversations`, request, page, totalPages),
      });
    },
    'GET /conversations/:id': (_, id) => json(200, whole(find(id), origin, showsMetadata)),
    'POST /conversations': ({ request }) =>
      idempotent(request, () => {
        const body = readBody(request);
        const { title, content, source = 'api', metadata = {} } = body;
        const wrong: Fields = { ...wrongTitle(title), ...wrongMetadata(metadata) };
        if (typeof content !== 'string' || content === '') wrong['content'] = ['Content is required'];
        else if ([...content].length >= 10_000) wrong['content'] = ['Content must be less than 10000 characters'];
        if (typeof source !== 'string' || !SOURCES.includes(source)) {
          wrong['source'] = [`Source must be one of ${SOURCES.join(', ')}`];
        }
        if (
          Object.keys(wrong).length > 0 ||
          typeof title !== 'string' ||
          typeof content !== 'string' ||
          typeof source !== 'string' ||
          !isRecord(metadata)
        ) {
          throw invalid(wrong);
        }
        const made = conversations.add({ title, content, source, metadata });
        summaries.start(made.id);
        // The page's answer has neither `updated_at` nor attachments.
        const { id, status, created_at } = made;
        return json(201, { id, title, content, source, status, created_at, summary: null });
      }),
    'PATCH /conversations/:id': ({ request }, id) => {
      const { title: titleBefore, metadata: metadataBefore } = find(id);
      const { title = titleBefore, metadata = {}, content } = readBody(request);
      const wrong: Fields = { ...wrongTitle(title), ...wrongMetadata(metadata) };
      if (content !== undefined) wrong['content'] = ['Content cannot be changed'];
      if (Object.keys(wrong).length > 0 || typeof title !== 'string' || !isRecord(metadata)) throw invalid(wrong);
      const merged = Object.entries({ ...metadataBefore, ...metadata }).filter(([, value]) => value !== null);
      const changed = conversations.edit(id, { title, metadata: Object.fromEntries(merged) });
      return json(200, whole(changed, origin, showsMetadata));
    },
    'DELETE /conversations/:id': (_, id) => {
      conversations.remove(find(id).id);
      return json(200, { deleted: true, id });
    },
    'POST /conversations/:id/summaries': ({ request }, id) => {
      find(id);
      const { language = 'en', style = 'concise' } = request.body === '' ? {} : readBody(request);
      const wrong: Fields = {};
      if (typeof language !== 'string' || !/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(language)) {
        wrong['language'] = ['Language must be a BCP 47 tag'];
      }
      if (typeof style !== 'string' || !['concise', 'detailed', 'bullets'].includes(style)) {
        wrong['style'] = ['Style must be one of concise, detailed, bullets'];
      }
      if (Object.keys(wrong).length > 0) throw invalid(wrong);
      const started = summaries.start(id);
      const { id: summaryId, created_at } = started;
      return json(202, { id: summaryId, conversation_id: id, status: 'processing', created_at });
    },
  };
}

function readFilter(query: Readonly<Record<string, string>>) {
  const { status, source, search = '' } = query;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw badRequest({ status: [`Must be one of ${STATUSES.join(', ')}`] });
  }
  if (source !== undefined && !SOURCES.includes(source)) {
    throw badRequest({ source: [`Must be one of ${SOURCES.join(', ')}`] });
  }
  return { status, source, words: search.toLowerCase().split(/\s+/).filter(Boolean) };
}

function links(base: string, request: SeenRequest, page: number, totalPages: number) {
  const to = (number: number) => `${base}?${new URLSearchParams({ ...request.query, page: String(number) })}`;
  return {
    first: to(1),
    last: to(Math.max(1, totalPages)),
    prev: page > 1 ? to(page - 1) : null,
    next: page < totalPages ? to(page + 1) : null,
  };
}

function wrongTitle(title: unknown): Fields {
  if (typeof title !== 'string' || title === '') return { title: ['Title is required'] };
  return [...title].length > 200 ? { title: ['Title must be at most 200 characters'] } : {};
}

function wrongMetadata(metadata: unknown): Fields {
  return isRecord(metadata) ? {} : { metadata: ['Metadata must be an object'] };
}

/** The pages promise nothing of `Idempotency-Key`: unless told to keep them, the same POST makes a second conversation. */
function createIdempotency(isKept: boolean): (request: SeenRequest, answer: () => Answer) => Answer {
  const first = new Map<string, { readonly body: string; readonly answer: Answer }>();
  return (request, answer) => {
    const key = request.headers['idempotency-key'];
    if (!isKept || typeof key !== 'string') return answer();
    const known = first.get(key);
    if (known && known.body !== request.body) {
      throw invalid({ 'Idempotency-Key': ['Was used with another body'] });
    }
    const given = known?.answer ?? answer();
    first.set(key, { body: request.body, answer: given });
    return given;
  };
}
