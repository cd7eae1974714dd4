import { toSecond } from '../answer.ts';
import { compareText, createStore, type Order, type Store } from '../store.ts';

export type AiMyChatsSummary = {
  readonly title: string;
  readonly content: string;
  readonly sentiment: string;
  readonly topics: readonly string[];
  readonly action_items: readonly string[];
};

export type AiMyChatsAttachment = {
  readonly id: string;
  readonly filename: string;
  readonly mime_type: string;
  readonly bytes: Buffer;
  readonly created_at: string;
};

/** As kept; what each call shows of it is the page's. Times are UTC to the second. */
export type AiMyChatsConversation = {
  readonly id: string;
  readonly title: string;
  readonly content: string;
  readonly source: string;
  readonly status: 'processing' | 'completed' | 'failed';
  readonly created_at: string;
  readonly updated_at: string;
  readonly summary: AiMyChatsSummary | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly attachments: readonly AiMyChatsAttachment[];
};

export type NewAiMyChatsConversation = Partial<Omit<AiMyChatsConversation, 'summary'>> & {
  readonly summary?: Partial<AiMyChatsSummary> | null;
};

export type AiMyChatsConversations = {
  readonly size: number;
  get(id: string): AiMyChatsConversation | undefined;
  /** In the order of adding. */
  all(): AiMyChatsConversation[];
  /**
   * Whatever is left out gets a value: ids `conv_1`, `conv_2`, …; both times now; `completed` where there is a summary,
   * else `processing`. @throws where the id is taken
   */
  add(fields?: NewAiMyChatsConversation): AiMyChatsConversation;
  /** Moves `updated_at` to now, unless `quiet` or `changes` names it. @throws where there is none */
  edit(
    id: string,
    changes: Partial<Omit<AiMyChatsConversation, 'id'>>,
    options?: { readonly quiet?: boolean },
  ): AiMyChatsConversation;
  remove(id: string): boolean;
  /** Adds a line to the content. */
  appendMessage(id: string, line: string): AiMyChatsConversation;
  attach(
    id: string,
    file: { readonly filename: string; readonly bytes: Uint8Array | string; readonly mime_type?: string },
  ): AiMyChatsAttachment;
  detach(attachmentId: string): boolean;
  findAttachment(attachmentId: string): AiMyChatsAttachment | null;
  /** Sum of contents and files, in bytes. */
  usedBytes(): { readonly conversations: number; readonly attachments: number };
};

export const byCreatedAt: Order<AiMyChatsConversation> = (a, b) =>
  compareText(a.created_at, b.created_at) || compareText(a.id, b.id);

export const byUpdatedAt: Order<AiMyChatsConversation> = (a, b) =>
  compareText(a.updated_at, b.updated_at) || compareText(a.id, b.id);

export function createAiMyChatsConversations(now: () => Date): {
  readonly store: Store<AiMyChatsConversation>;
  readonly conversations: AiMyChatsConversations;
} {
  const store = createStore<AiMyChatsConversation>();
  const ownerOf = new Map<string, string>();
  const used = { conversations: 0, attachments: 0 };
  let conversationCount = 0;
  let attachmentCount = 0;

  store.onChange(({ before, after }) => {
    for (const attachment of before?.attachments ?? []) ownerOf.delete(attachment.id);
    for (const attachment of after?.attachments ?? []) ownerOf.set(attachment.id, after?.id ?? '');
    used.conversations += contentBytes(after) - contentBytes(before);
    used.attachments += fileBytes(after) - fileBytes(before);
  });

  const need = (id: string): AiMyChatsConversation => {
    const conversation = store.get(id);
    if (!conversation) throw new Error(`AI My Chats' stand-in has no conversation ${id}`);
    return conversation;
  };

  const conversations: AiMyChatsConversations = {
    get size() {
      return store.size;
    },
    get: store.get,
    all: store.all,
    add(fields = {}) {
      let id = fields.id;
      if (id === undefined)
        do id = `conv_${++conversationCount}`;
        while (store.get(id));
      if (store.get(id)) throw new Error(`AI My Chats' stand-in already has a conversation ${id}`);
      const title = fields.title ?? 'Untitled conversation';
      const summary = fields.summary ? wholeSummary(title, fields.summary) : null;
      const created_at = fields.created_at ?? toSecond(now());
      const conversation: AiMyChatsConversation = {
        id,
        title,
        content: fields.content ?? '',
        source: fields.source ?? 'api',
        status: fields.status ?? (summary ? 'completed' : 'processing'),
        created_at,
        updated_at: fields.updated_at ?? created_at,
        summary,
        metadata: fields.metadata ?? {},
        attachments: fields.attachments ?? [],
      };
      store.put(conversation);
      return conversation;
    },
    edit(id, changes, { quiet = false } = {}) {
      const before = need(id);
      const after = { ...before, ...(quiet ? {} : { updated_at: toSecond(now()) }), ...changes };
      store.put(after);
      return after;
    },
    remove: (id) => store.remove(id) !== null,
    appendMessage(id, line) {
      const { content } = need(id);
      return conversations.edit(id, { content: content === '' ? line : `${content}\n${line}` });
    },
    attach(id, { filename, bytes, mime_type = 'application/octet-stream' }) {
      const { attachments } = need(id);
      const attachment: AiMyChatsAttachment = {
        id: `att_${++attachmentCount}`,
        filename,
        mime_type,
        bytes: Buffer.from(bytes),
        created_at: toSecond(now()),
      };
      conversations.edit(id, { attachments: [...attachments, attachment] });
      return attachment;
    },
    detach(attachmentId) {
      const id = ownerOf.get(attachmentId);
      if (id === undefined) return false;
      conversations.edit(id, { attachments: need(id).attachments.filter((each) => each.id !== attachmentId) });
      return true;
    },
    findAttachment(attachmentId) {
      const id = ownerOf.get(attachmentId);
      return id === undefined ? null : (need(id).attachments.find((each) => each.id === attachmentId) ?? null);
    },
    usedBytes: () => ({ ...used }),
  };
  return { store, conversations };
}

export function wholeSummary(title: string, given: Partial<AiMyChatsSummary>): AiMyChatsSummary {
  return {
    title: given.title ?? title,
    content: given.content ?? '',
    sentiment: given.sentiment ?? 'neutral',
    topics: given.topics ?? [],
    action_items: given.action_items ?? [],
  };
}

function contentBytes(conversation: AiMyChatsConversation | null): number {
  return conversation ? Buffer.byteLength(conversation.content) : 0;
}

function fileBytes(conversation: AiMyChatsConversation | null): number {
  return conversation?.attachments.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
}
