import { type CallOptions, createUpstreamHttp, pathPart, type UpstreamHttpOptions } from '../../http/http.ts';
import type { RateWindow } from '../../http/rate-windows.ts';
import type { ListPage } from '../client.ts';
import { nextPage, pageMark } from '../pages.ts';
import {
  assertAsked,
  type ConversationAnswer,
  orUnreadable,
  readAnswer,
  readConversationAnswer,
} from '../read-answers.ts';
import { toConversation, toListed } from './map.ts';
import { documented, readPage } from './wire.ts';

export const animamBaseUrl = 'https://api.animam.ai';

/** As published; the API tells nothing of it in its answers. */
export const animamLimits: readonly RateWindow[] = [{ limit: 1_000, windowMs: 60_000 }];

const detailBytes = 64 * 1_048_576;

export type AnimamClientOptions = Omit<UpstreamHttpOptions, 'name' | 'baseUrl' | 'refineLimits'> & {
  /** Default: the API's public address. */
  baseUrl?: string | null;
  /** The tenant's slug at Animam. */
  remoteTenant: string;
};

export type AnimamListQuery = {
  /** From 1. */
  page: number;
  /** 1 to 100. */
  limit: number;
  /** ISO 8601. Whether the start or the last message is meant, the API does not say. */
  from?: string;
  to?: string;
  segment?: string;
};

/** A page with what it says of itself. */
export type NumberedPage = ListPage & { page: number; perPage: number; totalPages: number | null };

/**
 * Typed calls of one Animam tenant; the API only reads. All throw UpstreamFailure alone. What cannot be read within a
 * list or conversation comes back as Unreadable, and differences from the API's page as drift.
 */
export function createAnimamClient(options: AnimamClientOptions) {
  const http = createUpstreamHttp({
    ...options,
    name: 'Animam',
    baseUrl: options.baseUrl ?? animamBaseUrl,
    limits: options.limits ?? animamLimits,
  });
  const conversations = `/tenants/${pathPart(options.remoteTenant)}/conversations`;

  async function listConversations(query: AnimamListQuery, call: CallOptions = {}): Promise<NumberedPage> {
    const answer = await http.request({ ...call, method: 'GET', path: conversations, query });
    const { json, drift } = readAnswer(answer, 'conversation.list', documented.list);
    const { conversations: items, pagination } = orUnreadable(http, answer, false, readPage(json));
    const perPage = pagination?.limit ?? query.limit;
    const total = pagination?.total ?? null;
    return {
      items: items.map(toListed),
      mark: pageMark(items),
      next: nextPage({
        number: query.page,
        items,
        size: query.limit,
        toldSize: pagination?.limit ?? null,
        total,
      }),
      page: pagination?.page ?? query.page,
      perPage,
      total,
      totalPages: pagination?.pages ?? (total === null || perPage < 1 ? null : Math.ceil(total / perPage)),
      drift,
    };
  }

  return {
    listConversations,

    async getConversation(id: string, call: CallOptions = {}): Promise<ConversationAnswer> {
      const path = `${conversations}/${pathPart(id)}`;
      const answer = await http.request({ ...call, method: 'GET', path, maxBytes: detailBytes });
      return assertAsked(readConversationAnswer(answer, 'conversation.get', documented.get, toConversation), id);
    },

    /** Whether key and slug are good: one cheap read. @throws UpstreamFailure UNAUTHORIZED or FORBIDDEN where not */
    async verify(call: CallOptions = {}): Promise<{ total: number | null }> {
      const { total } = await listConversations({ page: 1, limit: 1 }, call);
      return { total };
    },
  };
}
