import { isRecord } from '../../../lib/json.ts';
import { firstWords, isBlank } from '../../../lib/text.ts';
import { furtherKeys, readStatus, withFurther } from '../parse-fields.ts';
import type { MappedConversation } from '../read-answers.ts';
import {
  fingerprintOf,
  isUnreadable,
  type ListedConversation,
  type MirroredAttachment,
  type MirroredSentiment,
  type MirroredSource,
  type MirroredSummary,
  partReadable,
  type Unreadable,
  type UnreadField,
} from '../records.ts';
import {
  readAttachment,
  readConversation,
  readListed,
  readSummary,
  type WireAttachment,
  type WireConversation,
} from './wire.ts';

const knownKeys = new Set([
  'id',
  'title',
  'content',
  'source',
  'status',
  'created_at',
  'updated_at',
  'summary',
  'attachments',
  'metadata',
]);

const sources: ReadonlyMap<string, MirroredSource> = new Map([
  ['email', 'EMAIL'],
  ['whatsapp', 'WHATSAPP'],
  ['api', 'API'],
  ['web', 'WEB'],
]);

const sentiments: ReadonlyMap<string, MirroredSentiment> = new Map([
  ['positive', 'POSITIVE'],
  ['neutral', 'NEUTRAL'],
  ['negative', 'NEGATIVE'],
]);

export function toListed(raw: unknown): ListedConversation | Unreadable {
  const wire = readListed(raw);
  if (isUnreadable(wire)) return wire;
  return {
    externalId: wire.id,
    status: readStatus(wire.status),
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    startedAt: wire.created_at,
    lastMessageAt: null,
    messageCount: null,
    listFingerprint: fingerprintOf(raw),
  };
}

/** A conversation as reading, creating or updating it answers. Keys that the API does not document go to metadata. */
export function toConversation(raw: unknown): MappedConversation {
  const wire = readConversation(raw);
  if (isUnreadable(wire)) return { conversation: wire, unreadableParts: [] };
  const attachments = partReadable((wire.attachments ?? []).map(toAttachment));
  const summary = toSummary(wire.summary);
  const createdAt = wire.created_at ?? wire.updated_at;
  return {
    conversation: {
      externalId: wire.id,
      title: titleOf(wire) || summary?.title || firstWords(wire.content ?? '', 80) || 'Conversation',
      content: wire.content ?? null,
      source: sources.get((wire.source ?? '').toLowerCase()) ?? null,
      status: readStatus(wire.status),
      segment: null,
      sessionId: null,
      metadata: withFurther(wire.metadata, furtherOf(wire)),
      createdAt,
      updatedAt: wire.updated_at ?? createdAt,
      startedAt: createdAt,
      lastMessageAt: null,
      messages: [],
      summary,
      attachments: attachments.readable,
      ...unreadOf(wire),
    },
    unreadableParts: [...unreadableFields(wire), ...attachments.unreadable],
  };
}

/** Fields of a wrong type: the rest stands, they are reported, and the conversation is queued to be read again. */
function unreadableFields({ id, raw }: WireConversation): Unreadable[] {
  const { content, attachments } = raw;
  const reasons = [
    typeof content === 'object' && content !== null ? 'content: It is not a text' : null,
    attachments != null && !Array.isArray(attachments) ? 'attachments: They are not a list' : null,
  ];
  return reasons.flatMap((reason) => (reason === null ? [] : [{ unreadable: true as const, id, reason }]));
}

/** Fields that are there and could not be read: what was mirrored of them before is kept. */
function unreadOf({ raw, title, content, source, attachments }: WireConversation): { unread?: UnreadField[] } {
  const read = { title, content, source, attachments };
  const unread = Object.entries(read).flatMap(([field, value]) =>
    raw[field] != null && value == null ? [field as keyof typeof read] : [],
  );
  return unread.length === 0 ? {} : { unread };
}

/** Null where it is blank. */
function titleOf({ title }: WireConversation): string | null {
  return title === null || isBlank(title) ? null : title;
}

export function toAttachment(raw: unknown): MirroredAttachment | Unreadable {
  const wire = readAttachment(raw);
  return isUnreadable(wire) ? wire : attachmentFrom(wire);
}

function attachmentFrom(wire: WireAttachment): MirroredAttachment {
  return {
    externalId: wire.id,
    filename: wire.filename === null || isBlank(wire.filename) ? wire.id : wire.filename,
    sizeBytes: wire.size ?? 0,
    mimeType: wire.mime_type,
    url: wire.url,
    createdAt: wire.created_at,
  };
}

function toSummary(raw: unknown): MirroredSummary | null {
  if (typeof raw === 'string' && raw.trim() !== '') {
    return { title: null, content: raw, sentiment: null, topics: [], actionItems: [] };
  }
  const wire = readSummary(raw);
  if (wire === null) return null;
  return {
    title: wire.title,
    content: wire.content,
    sentiment: sentiments.get((wire.sentiment ?? '').toLowerCase()) ?? null,
    topics: wire.topics,
    actionItems: (wire.action_items ?? []).flatMap(actionItemText),
  };
}

function actionItemText(item: unknown): string[] {
  if (typeof item === 'string') return [item];
  if (!isRecord(item)) return [];
  const { text, title, description } = item;
  return [text, title, description].filter((said) => typeof said === 'string').slice(0, 1);
}

/** A source that is not one of ours would be lost: it is kept beside the further keys. */
function furtherOf({ raw, source }: WireConversation): Record<string, unknown> {
  const further = furtherKeys(raw, knownKeys);
  // A content that is no text is kept as it is, too.
  if (typeof raw['content'] === 'object' && raw['content'] !== null) further['content'] = raw['content'];
  return source !== null && !sources.has(source.toLowerCase()) ? { ...further, source } : further;
}
