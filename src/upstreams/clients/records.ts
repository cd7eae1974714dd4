import { createHash } from 'node:crypto';
import { canonicalJson } from '../../lib/json.ts';

export type MirroredSource = 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB';
export type MirroredStatus = 'PROCESSING' | 'COMPLETED' | 'FAILED';
export type MirroredRole = 'USER' | 'ASSISTANT' | 'SYSTEM';
export type MirroredSentiment = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE';

/**
 * A conversation as an upstream tells it, in neither API's terms. All texts are well-formed Unicode without NUL.
 * `messages` are in the upstream's order: a message's position is its index.
 */
export type MirroredConversation = {
  externalId: string;
  title: string;
  content: string | null;
  source: MirroredSource | null;
  status: MirroredStatus;
  segment: string | null;
  sessionId: string | null;
  /** Null where the upstream tells of none at all, which is not the same as an empty one. */
  metadata: Record<string, unknown> | null;
  /** These three are null where none of the record's times could be read. */
  createdAt: Date | null;
  updatedAt: Date | null;
  startedAt: Date | null;
  lastMessageAt: Date | null;
  messages: MirroredMessage[];
  summary: MirroredSummary | null;
  attachments: MirroredAttachment[];
  /** What came and could not be read: what was mirrored of it before stays. */
  unread?: readonly UnreadField[];
};

/** A field that may come and be nothing that can be read. */
export type UnreadField = 'title' | 'content' | 'source' | 'segment' | 'attachments';

export type MirroredMessage = {
  /** Null where the upstream gives its messages no ids. */
  externalId: string | null;
  role: MirroredRole;
  content: string;
  /** Null where no time is known, neither its own nor one before it. */
  createdAt: Date | null;
  metadata: Record<string, unknown> | null;
};

export type MirroredSummary = {
  title: string | null;
  content: string | null;
  sentiment: MirroredSentiment | null;
  topics: string[];
  actionItems: string[];
};

export type MirroredAttachment = {
  externalId: string;
  filename: string;
  sizeBytes: number;
  mimeType: string | null;
  /** Where the upstream serves the file; may be relative to its base, and may expire. */
  url: string;
  createdAt: Date | null;
};

/** What a list tells of a conversation: enough to know whether to read it. */
export type ListedConversation = {
  externalId: string;
  status: MirroredStatus;
  createdAt: Date | null;
  updatedAt: Date | null;
  startedAt: Date | null;
  lastMessageAt: Date | null;
  messageCount: number | null;
  /** Changes with anything that the list tells of the conversation. */
  listFingerprint: string;
};

/** What came and could not be read. `id`: where at least that could. `reason`: fit for a user. */
export type Unreadable = { unreadable: true; id: string | null; reason: string };

export function isUnreadable(item: object): item is Unreadable {
  return 'unreadable' in item && item.unreadable === true;
}

/** A record with all its times. */
export type DatedConversation = Omit<MirroredConversation, 'messages'> & {
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date;
  messages: DatedMessage[];
};
export type DatedMessage = MirroredMessage & { createdAt: Date };

/** `seenAt`: when it was first seen, for what no time could be read of. */
export function toDated(record: MirroredConversation, seenAt: Date): DatedConversation {
  const createdAt = record.createdAt ?? record.startedAt ?? seenAt;
  const startedAt = record.startedAt ?? createdAt;
  const messages = record.messages.map((message) => ({ ...message, createdAt: message.createdAt ?? startedAt }));
  return { ...record, createdAt, startedAt, updatedAt: record.updatedAt ?? createdAt, messages };
}

/** Parts what could be read from what could not, each in its order. */
export function partReadable<T extends object>(items: readonly (T | Unreadable)[]) {
  const readable: T[] = [];
  const unreadable: Unreadable[] = [];
  for (const item of items) {
    if (isUnreadable(item)) unreadable.push(item);
    else readable.push(item);
  }
  return { readable, unreadable };
}

/**
 * SHA-256, in hex, of what a record holds, whatever the order of its keys: equal where nothing changed. The query of an
 * attachment's address is left out, since signed addresses differ each time that they are asked for.
 */
export function fingerprint(record: MirroredConversation): string {
  const attachments = record.attachments.map((each) => ({ ...each, url: each.url.split('?')[0] }));
  return fingerprintOf({ ...record, attachments });
}

/** The same of any JSON-like value; dates count as their ISO strings. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
