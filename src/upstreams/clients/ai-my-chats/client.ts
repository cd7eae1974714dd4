import type { EgressResponse } from '../../../lib/egress/egress.ts';
import { isRecord } from '../../../lib/json.ts';
import { unreadable } from '../../http/failure.ts';
import { type CallOptions, createUpstreamHttp, pathPart, type UpstreamHttpOptions } from '../../http/http.ts';
import { multipartForm, type UploadFile } from '../../http/multipart.ts';
import type { ListPage, MadeAnswer, WriteAnswer } from '../client.ts';
import type { Drift } from '../drift.ts';
import { nextPage, pageMark } from '../pages.ts';
import { readStatus } from '../parse-fields.ts';
import {
  type AttachmentsAnswer,
  assertAsked,
  type ConversationAnswer,
  orUnreadable,
  readAnswer,
  readConversationAnswer,
} from '../read-answers.ts';
import { isUnreadable, type MirroredAttachment, type MirroredStatus } from '../records.ts';
import { planLimits, refineLimits } from './limits.ts';
import { toAttachment, toConversation, toListed } from './map.ts';
import { documented, readAccount, readPage, readRequestedSummary } from './wire.ts';

export const aiMyChatsBaseUrl = 'https://api.aimychats.com/v1';

const detailBytes = 64 * 1_048_576;

export type AiMyChatsClientOptions = Omit<UpstreamHttpOptions, 'name' | 'baseUrl' | 'refineLimits'> & {
  /** Default: the API's public address. */
  baseUrl?: string | null;
};

export type AiMyChatsListQuery = {
  /** From 1. */
  page: number;
  /** 1 to 100. */
  perPage: number;
  sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at';
  status?: 'processing' | 'completed' | 'failed';
};

export type NewAiMyChatsConversation = {
  title: string;
  content: string;
  source?: 'email' | 'whatsapp' | 'api' | 'web';
  metadata?: Record<string, unknown>;
};

/** A page with what it says of itself. */
export type NumberedPage = ListPage & { page: number; perPage: number; totalPages: number | null };

export type AiMyChatsClient = ReturnType<typeof createAiMyChatsClient>;

/**
 * Typed calls of one AI My Chats account. All throw UpstreamFailure alone; reads are tried again, writes never. What
 * cannot be read within a list or conversation comes back as Unreadable, and differences from the API's pages as drift.
 */
export function createAiMyChatsClient(options: AiMyChatsClientOptions) {
  const http = createUpstreamHttp({
    ...options,
    name: 'AI My Chats',
    baseUrl: options.baseUrl ?? aiMyChatsBaseUrl,
    limits: options.limits ?? planLimits.free,
    refineLimits,
  });
  const pathOf = (id: string) => `/conversations/${pathPart(id)}`;

  async function write(
    request: { method: 'POST' | 'PATCH'; path: string; body: unknown; headers?: Record<string, string> },
    call: CallOptions,
  ): Promise<WriteAnswer> {
    const answer = await http.request({ ...call, ...request, maxBytes: detailBytes });
    const read = readConversationAnswer(answer, 'conversation.write', documented.write, toConversation);
    const { json } = answer;
    // The API does not promise that a write answers with all of the conversation.
    return { ...read, isWhole: isRecord(json) && 'content' in json && 'attachments' in json };
  }

  return {
    async listConversations(query: AiMyChatsListQuery, call: CallOptions = {}): Promise<NumberedPage> {
      const { page, perPage, sort, status } = query;
      const answer = await http.request({
        ...call,
        method: 'GET',
        path: '/conversations',
        query: { page, per_page: perPage, sort, status },
      });
      const { json, drift } = readAnswer(answer, 'conversation.list', documented.list);
      const { data, meta, links } = orUnreadable(http, answer, false, readPage(json));
      return {
        items: data.map(toListed),
        mark: pageMark(data),
        next: nextPage({
          number: page,
          items: data,
          size: perPage,
          toldSize: meta?.per_page ?? null,
          total: meta?.total ?? null,
          nextLink: links?.next,
        }),
        page: meta?.page ?? page,
        perPage: meta?.per_page ?? perPage,
        total: meta?.total ?? null,
        totalPages: meta?.total_pages ?? null,
        drift,
      };
    },

    async getConversation(id: string, call: CallOptions = {}): Promise<ConversationAnswer> {
      const answer = await http.request({ ...call, method: 'GET', path: pathOf(id), maxBytes: detailBytes });
      return assertAsked(readConversationAnswer(answer, 'conversation.get', documented.get, toConversation), id);
    },

    /** `idempotencyKey` is sent as `Idempotency-Key`: the API promises nothing of it. An unreadable answer is a failure with outcome UNKNOWN. */
    async createConversation(
      input: NewAiMyChatsConversation,
      call: CallOptions & { idempotencyKey?: string } = {},
    ): Promise<MadeAnswer> {
      const { idempotencyKey, ...rest } = call;
      const headers: Record<string, string> = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {};
      const answer = await write({ method: 'POST', path: '/conversations', body: input, headers }, rest);
      const { conversation } = answer;
      if (isUnreadable(conversation)) throw unreadableWrite(conversation.reason);
      return { ...answer, conversation };
    },

    /** Metadata is merged key by key upstream. An unreadable answer comes back as Unreadable: the update was done. */
    async updateConversation(
      id: string,
      input: { title?: string; metadata?: Record<string, unknown> },
      call: CallOptions = {},
    ): Promise<WriteAnswer> {
      const answer = await write({ method: 'PATCH', path: pathOf(id), body: input }, call);
      return { ...assertAsked(answer, id), isWhole: answer.isWhole };
    },

    /** @throws UpstreamFailure NOT_FOUND where it is already gone */
    async deleteConversation(id: string, call: CallOptions = {}): Promise<void> {
      await http.request({ ...call, method: 'DELETE', path: pathOf(id) });
    },

    /** Asks for a new summary. The API has no way to read one: the conversation shows it once it is completed. */
    async regenerateSummary(
      id: string,
      input: { language?: string; style?: 'concise' | 'detailed' | 'bullets' },
      call: CallOptions = {},
    ): Promise<{ externalId: string | null; status: MirroredStatus; createdAt: Date | null; drift: Drift[] }> {
      const answer = await http.request({ ...call, method: 'POST', path: `${pathOf(id)}/summaries`, body: input });
      const { json, drift } = readAnswer(answer, 'summary.write', documented.summary);
      const summary = readRequestedSummary(json);
      return {
        externalId: summary?.id ?? null,
        status: readStatus(summary?.status ?? 'processing'),
        createdAt: summary?.created_at ?? null,
        drift,
      };
    },

    async listAttachments(id: string, call: CallOptions = {}): Promise<AttachmentsAnswer> {
      const answer = await http.request({ ...call, method: 'GET', path: `${pathOf(id)}/attachments` });
      const { json, drift } = readAnswer(answer, 'attachment.list', documented.attachments);
      const { data } = orUnreadable(http, answer, false, readPage(json));
      return { items: data.map(toAttachment), drift };
    },

    /** Sends a file as it is read; destroys its stream in every case. 30 s where `timeoutMs` does not say otherwise. */
    async uploadAttachment(
      id: string,
      file: UploadFile,
      call: CallOptions = {},
    ): Promise<{ attachment: MirroredAttachment; drift: Drift[] }> {
      const form = multipartForm({ filename: file.filename }, 'file', file);
      try {
        const answer = await http.request({ ...call, method: 'POST', path: `${pathOf(id)}/attachments`, form });
        const { json, drift } = readAnswer(answer, 'attachment.write', documented.attachment);
        const attachment = toAttachment(json);
        if (isUnreadable(attachment)) throw unreadableWrite(attachment.reason);
        return { attachment, drift };
      } finally {
        form.stream.on('error', () => undefined).destroy();
        file.stream.on('error', () => undefined).destroy();
      }
    },

    /** @throws UpstreamFailure NOT_FOUND where it is already gone */
    async deleteAttachment(attachmentId: string, call: CallOptions = {}): Promise<void> {
      await http.request({ ...call, method: 'DELETE', path: `/attachments/${pathPart(attachmentId)}` });
    },

    /**
     * Streams a file from where the upstream keeps it, following up to three redirects. The key goes along only to the
     * API's own origin. Reading the body throws EgressError; `discard()` it where it is not read.
     */
    downloadAttachment(
      url: string,
      call: CallOptions & { maxBytes?: number; idleTimeoutMs?: number } = {},
    ): Promise<EgressResponse> {
      return http.open(url, {
        ...call,
        maxBytes: call.maxBytes ?? 1_073_741_824,
        idleTimeoutMs: call.idleTimeoutMs ?? 15_000,
      });
    },

    /** Whether the key is good: one cheap read. @throws UpstreamFailure UNAUTHORIZED or FORBIDDEN where it is not */
    async verify(
      call: CallOptions = {},
    ): Promise<{ accountId: string | null; email: string | null; plan: string | null }> {
      const answer = await http.request({ ...call, method: 'GET', path: '/account' });
      const account = orUnreadable(http, answer, false, readAccount(answer.json));
      return { accountId: account.id, email: account.email, plan: account.plan };
    },
  };

  function unreadableWrite(reason: string) {
    return unreadable({ ...http.context, isWrite: true }, 200, reason);
  }
}
