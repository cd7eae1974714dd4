import { toSecond } from '../answer.ts';
import { compareText, createStore, type Order, type Store } from '../store.ts';

export type AnimamMessage = {
  readonly id: string;
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
};

/** As kept; what each call shows of it, and under which names, is the shape's. Times are UTC to the second. */
export type AnimamConversation = {
  readonly id: string;
  readonly sessionId: string;
  readonly segment: string | null;
  readonly startedAt: string;
  readonly lastMessageAt: string;
  readonly messages: readonly AnimamMessage[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Told by lists instead of the true number of messages, where it is set. */
  readonly messageCount: number | null;
};

export type NewAnimamMessage = {
  readonly id?: string;
  /** Default `user`. */
  readonly role?: string;
  readonly content: string;
  /** Default: now. */
  readonly timestamp?: string;
};

export type NewAnimamConversation = Partial<Omit<AnimamConversation, 'messages'>> & {
  readonly messages?: readonly NewAnimamMessage[];
};

export type AnimamConversations = {
  readonly size: number;
  get(id: string): AnimamConversation | undefined;
  /** In the order of adding. */
  all(): AnimamConversation[];
  /**
   * Whatever is left out gets a value: ids `conv_1`, `conv_2`, …, `sess_…`, `msg_…`; `startedAt` and `lastMessageAt`
   * of the first and last message, else now. @throws where the id is taken
   */
  add(fields?: NewAnimamConversation): AnimamConversation;
  /** Leaves `lastMessageAt` as it is unless named, so a list need not show that anything changed. @throws where there is none */
  edit(id: string, changes: Partial<Omit<AnimamConversation, 'id'>>): AnimamConversation;
  remove(id: string): boolean;
  /** Moves `lastMessageAt` to the message's time. @throws where there is no conversation */
  appendMessage(id: string, message: NewAnimamMessage): AnimamMessage;
};

export const ANIMAM_SORTS = ['lastMessageAt', '-lastMessageAt', 'startedAt', '-startedAt', 'id', '-id'] as const;
export type AnimamSort = (typeof ANIMAM_SORTS)[number];

export const ANIMAM_ORDERS: Readonly<Record<AnimamSort, Order<AnimamConversation>>> = {
  lastMessageAt: by('lastMessageAt', 1),
  '-lastMessageAt': by('lastMessageAt', -1),
  startedAt: by('startedAt', 1),
  '-startedAt': by('startedAt', -1),
  id: by('id', 1),
  '-id': by('id', -1),
};

function by(key: 'lastMessageAt' | 'startedAt' | 'id', direction: 1 | -1): Order<AnimamConversation> {
  return (a, b) => direction * (compareText(a[key], b[key]) || compareText(a.id, b.id));
}

export function createAnimamConversations(now: () => Date): {
  readonly store: Store<AnimamConversation>;
  readonly conversations: AnimamConversations;
} {
  const store = createStore<AnimamConversation>();
  let conversationCount = 0;
  let messageCount = 0;

  const need = (id: string): AnimamConversation => {
    const conversation = store.get(id);
    if (!conversation) throw new Error(`Animam's stand-in has no conversation ${id}`);
    return conversation;
  };
  const makeMessage = (given: NewAnimamMessage): AnimamMessage => ({
    id: given.id ?? `msg_${String(++messageCount).padStart(3, '0')}`,
    role: given.role ?? 'user',
    content: given.content,
    timestamp: given.timestamp ?? toSecond(now()),
  });

  const conversations: AnimamConversations = {
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
      if (store.get(id)) throw new Error(`Animam's stand-in already has a conversation ${id}`);
      const messages = (fields.messages ?? []).map(makeMessage);
      const startedAt = fields.startedAt ?? messages[0]?.timestamp ?? toSecond(now());
      const conversation: AnimamConversation = {
        id,
        sessionId: fields.sessionId ?? id.replace(/^(conv_)?/, 'sess_'),
        segment: fields.segment ?? null,
        startedAt,
        lastMessageAt: fields.lastMessageAt ?? messages.at(-1)?.timestamp ?? startedAt,
        messages,
        metadata: fields.metadata ?? {},
        messageCount: fields.messageCount ?? null,
      };
      store.put(conversation);
      return conversation;
    },
    edit(id, changes) {
      const after = { ...need(id), ...changes };
      store.put(after);
      return after;
    },
    remove: (id) => store.remove(id) !== null,
    appendMessage(id, given) {
      const before = need(id);
      const message = makeMessage(given);
      store.put({ ...before, messages: [...before.messages, message], lastMessageAt: message.timestamp });
      return message;
    },
  };
  return { store, conversations };
}
