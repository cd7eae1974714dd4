import { z } from 'zod';
import { isRecord } from '../../../lib/json.ts';
import type { Shape } from '../drift.ts';
import {
  identifier,
  lenientCount,
  lenientRecord,
  lenientText,
  lenientTime,
  reasonOf,
  unreadableItem,
} from '../parse-fields.ts';
import type { Unreadable } from '../records.ts';

const headShape: Shape = {
  id: { type: 'string' },
  sessionId: { type: 'string' },
  segment: { type: 'string', nullable: true },
  startedAt: { type: 'time' },
  lastMessageAt: { type: 'time' },
};

/** What the API's page documents of each answer. */
export const documented = {
  list: {
    conversations: {
      type: 'list',
      of: { ...headShape, messageCount: { type: 'number' }, preview: { type: 'string' } },
    },
    pagination: {
      type: 'shape',
      shape: { page: { type: 'number' }, limit: { type: 'number' }, total: { type: 'number' } },
    },
  },
  get: {
    ...headShape,
    messages: {
      type: 'list',
      of: {
        id: { type: 'string' },
        role: { type: 'string', oneOf: ['user', 'assistant'] },
        content: { type: 'string' },
        timestamp: { type: 'time' },
      },
    },
    metadata: { type: 'object' },
  },
} satisfies Record<string, Shape>;

/** `"pricing"`, `{"slug":"pricing","name":"Pricing"}`, or null. */
const lenientSegment = z
  .union([
    z.string(),
    z.looseObject({ slug: z.string() }).transform(({ slug }) => slug),
    z.looseObject({ name: z.string() }).transform(({ name }) => name),
  ])
  .nullish()
  .catch(null)
  .transform((segment) => segment || null);

const headFields = {
  id: identifier,
  sessionId: lenientText,
  segment: lenientSegment,
  startedAt: lenientTime,
  createdAt: lenientTime,
  updatedAt: lenientTime,
  lastMessageAt: lenientTime,
  messageCount: lenientCount,
};

const listedSchema = z.looseObject(headFields);
const conversationSchema = z.looseObject({
  ...headFields,
  channel: lenientText,
  preview: lenientText,
  messages: z.array(z.unknown()).nullish(),
  metadata: lenientRecord,
});

const messageSchema = z.looseObject({
  id: identifier
    .nullish()
    .catch(null)
    .transform((id) => id ?? null),
  role: lenientText,
  content: z.unknown().optional(),
  metadata: lenientRecord,
  timestamp: lenientTime,
  createdAt: lenientTime,
});

const pageSchema = z.looseObject({
  conversations: z.array(z.unknown()),
  pagination: z
    .looseObject({ page: lenientCount, limit: lenientCount, total: lenientCount, pages: lenientCount })
    .nullish()
    .catch(null),
});

export type WireListed = z.infer<typeof listedSchema>;
export type WireConversation = z.infer<typeof conversationSchema> & {
  messages: unknown[];
  raw: Record<string, unknown>;
};
export type WireMessage = z.infer<typeof messageSchema> & { text: string; raw: Record<string, unknown> };
export type WirePage = z.infer<typeof pageSchema>;

/** Null where it is no page at all. */
export function readPage(json: unknown): WirePage | null {
  return pageSchema.safeParse(json).data ?? null;
}

export function readListed(raw: unknown): WireListed | Unreadable {
  const { data, error } = listedSchema.safeParse(raw);
  return data ?? unreadableItem(raw, reasonOf(error));
}

/** A conversation needs an id and its messages: to take a missing list for none would drop them. */
export function readConversation(raw: unknown): WireConversation | Unreadable {
  const { data, error } = conversationSchema.safeParse(raw);
  if (error || !isRecord(raw)) return unreadableItem(raw, error ? reasonOf(error) : 'It is not an object');
  if (data.messages == null && data.messageCount !== 0) return unreadableItem(raw, 'messages: They are missing');
  return { ...data, messages: data.messages ?? [], raw };
}

/** A message needs a content that holds some text, or none at all (null, or left out). */
export function readMessage(raw: unknown): WireMessage | Unreadable {
  const { data, error } = messageSchema.safeParse(raw);
  if (error || !isRecord(raw)) return unreadableItem(raw, `message ${error ? reasonOf(error) : 'is not an object'}`);
  const text = textOf(data.content);
  if (text === null) return unreadableItem(raw, 'message content: It is not a text');
  return { ...data, text, raw };
}

/** A text; of a list of parts (`[{"type":"text","text":"…"}]`), the texts. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  if (content == null) return '';
  if (Array.isArray(content)) {
    const texts = content.map(textOf).filter((text) => text !== null);
    return texts.length > 0 || content.length === 0 ? texts.join('\n') : null;
  }
  if (!isRecord(content)) return null;
  const { text, content: inner } = content;
  return typeof text === 'string' ? text : typeof inner === 'string' ? inner : null;
}
