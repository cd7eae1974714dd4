import type { UpstreamConversationChange, UpstreamConversationDraft } from '../../domain/app.ts';
import type { EgressResponse } from '../../lib/egress/egress.ts';
import type { CallOptions } from '../http/http.ts';
import type { UploadFile } from '../http/multipart.ts';
import type { Drift } from './drift.ts';
import type { AttachmentsAnswer, ConversationAnswer } from './read-answers.ts';
import type { ListedConversation, MirroredAttachment, MirroredConversation, Unreadable } from './records.ts';

export type ListQuery = {
  /** Where the page begins, as the page before told in `next`; null for the first. */
  position: string | null;
  /** Conversations, 1 to 100. */
  size: number;
  /** What is to come first: the newest change, or the newest conversation. An API that cannot be asked for it does as it does. */
  order: 'CHANGED' | 'CREATED';
};

/** One page of a list. The order is the upstream's; a page can shift while the list is read. */
export type ListPage = {
  items: (ListedConversation | Unreadable)[];
  /** What tells this page from others: equal where the same conversations are shown, in whichever order. */
  mark: string;
  /** Where the next page begins, a page number or a cursor; null where this is the last one. */
  next: string | null;
  /** As the upstream counts; null where it does not say. */
  total: number | null;
  drift: Drift[];
};

/** What is asked of every API. All throw UpstreamFailure alone; reads are tried again, writes never. */
export type UpstreamClient = {
  list(query: ListQuery, call?: CallOptions): Promise<ListPage>;
  /** @throws UpstreamFailure NOT_FOUND where it is gone */
  getConversation(id: string, call?: CallOptions): Promise<ConversationAnswer>;
  /** Whether the account can be read: one cheap request. @throws UpstreamFailure UNAUTHORIZED, FORBIDDEN, … */
  verify(call?: CallOptions): Promise<unknown>;
};

export type WriteAnswer = ConversationAnswer & {
  /** Whether it holds all that reading the conversation would. */
  isWhole: boolean;
};

/** What creating answers: a conversation that can be read. */
export type MadeAnswer = WriteAnswer & { conversation: MirroredConversation };

/** What is asked of an API that can be written to, each as far as its capabilities go. */
export type WritingClient = UpstreamClient & {
  /** An answer without a readable conversation is a failure with outcome UNKNOWN. */
  createConversation(
    draft: UpstreamConversationDraft,
    call?: CallOptions & { idempotencyKey?: string },
  ): Promise<MadeAnswer>;
  updateConversation(id: string, change: UpstreamConversationChange, call?: CallOptions): Promise<WriteAnswer>;
  deleteConversation(id: string, call?: CallOptions): Promise<void>;
  /** Asks for a new summary, which the conversation shows once it is completed. */
  regenerateSummary(
    id: string,
    options: { language: string; style: 'CONCISE' | 'DETAILED' | 'BULLETS' },
    call?: CallOptions,
  ): Promise<{ drift: Drift[] }>;
  listAttachments(id: string, call?: CallOptions): Promise<AttachmentsAnswer>;
  /** Sends a file as it is read; destroys its stream in every case. */
  uploadAttachment(
    id: string,
    file: UploadFile,
    call?: CallOptions,
  ): Promise<{ attachment: MirroredAttachment; drift: Drift[] }>;
  deleteAttachment(attachmentId: string, call?: CallOptions): Promise<void>;
  /** Streams a file from where the upstream keeps it. Reading the body throws EgressError. */
  downloadAttachment(url: string, call?: CallOptions): Promise<EgressResponse>;
};

export function isWriting(client: UpstreamClient): client is WritingClient {
  return 'createConversation' in client;
}
