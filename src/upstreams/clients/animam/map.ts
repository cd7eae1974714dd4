import { firstWords, isBlank } from '../../../lib/text.ts';
import type { Drift } from '../drift.ts';
import { furtherKeys, withFurther } from '../parse-fields.ts';
import type { MappedConversation } from '../read-answers.ts';
import {
  fingerprintOf,
  isUnreadable,
  type ListedConversation,
  type MirroredMessage,
  type MirroredRole,
  type MirroredSource,
  partReadable,
  type Unreadable,
} from '../records.ts';
import { readConversation, readListed, readMessage, type WireConversation, type WireMessage } from './wire.ts';

const knownKeys = new Set(
  'id sessionId segment startedAt createdAt updatedAt lastMessageAt messageCount preview messages metadata'.split(' '),
);
const knownMessageKeys = new Set('id role content timestamp createdAt metadata'.split(' '));

const roles: ReadonlyMap<string, MirroredRole> = new Map([
  ...['user', 'human', 'visitor', 'customer', 'client', 'guest', 'end_user', 'enduser', 'contact', 'lead'].map(
    (role) => [role, 'USER'] as const,
  ),
  ...['assistant', 'bot', 'chatbot', 'agent', 'ai', 'model', 'operator', 'support', 'human_agent', 'admin'].map(
    (role) => [role, 'ASSISTANT'] as const,
  ),
]);

const sources: ReadonlyMap<string, MirroredSource> = new Map([
  ['email', 'EMAIL'],
  ['whatsapp', 'WHATSAPP'],
  ['api', 'API'],
]);

export function toListed(raw: unknown): ListedConversation | Unreadable {
  const wire = readListed(raw);
  if (isUnreadable(wire)) return wire;
  const startedAt = wire.startedAt ?? wire.createdAt;
  return {
    externalId: wire.id,
    status: 'COMPLETED',
    createdAt: wire.createdAt ?? wire.startedAt,
    updatedAt: wire.updatedAt ?? wire.lastMessageAt,
    startedAt,
    lastMessageAt: wire.lastMessageAt,
    messageCount: wire.messageCount,
    listFingerprint: fingerprintOf(raw),
  };
}

/**
 * A conversation with its messages in the order they came in. Its title is how the visitor
 * began. Keys that the API does not document go to the metadata of the conversation or the message.
 */
export function toConversation(raw: unknown): MappedConversation {
  const wire = readConversation(raw);
  if (isUnreadable(wire)) return { conversation: wire, unreadableParts: [] };
  const { readable: wires, unreadable: unreadableParts } = partReadable(wire.messages.map(readMessage));
  const times = wires.flatMap(({ timestamp, createdAt }) => timestamp ?? createdAt ?? []).map(Number);
  const startedAt = wire.startedAt ?? wire.createdAt ?? earliest(times) ?? wire.lastMessageAt;
  const messages = toMessages(wires, startedAt);
  const lastMessageAt =
    wire.lastMessageAt ?? (times.length > 0 ? new Date(times.reduce((a, b) => Math.max(a, b))) : null);
  return {
    conversation: {
      externalId: wire.id,
      title: titleOf(messages, wire),
      content: null,
      source: sources.get((wire.channel ?? '').toLowerCase()) ?? 'WEB',
      // The API has no such thing: whoever keeps the summary knows.
      status: 'COMPLETED',
      segment: wire.segment,
      sessionId: wire.sessionId,
      metadata: withFurther(wire.metadata, furtherKeys(wire.raw, knownKeys)),
      createdAt: wire.createdAt ?? startedAt,
      updatedAt: wire.updatedAt ?? lastMessageAt ?? startedAt,
      startedAt,
      lastMessageAt,
      messages,
      summary: null,
      attachments: [],
      ...(wire.raw['segment'] != null && wire.segment === null && { unread: ['segment'] }),
    },
    unreadableParts,
    oddities: repeatedIds(wires),
  };
}

function toMessages(wires: readonly WireMessage[], startedAt: Date | null): MirroredMessage[] {
  let previous = startedAt;
  return wires.map((wire) => {
    // A message without a time came no earlier than the one before it.
    const createdAt = wire.timestamp ?? wire.createdAt ?? previous;
    previous = createdAt;
    const role = (wire.role ?? '').toLowerCase();
    const further = furtherKeys(wire.raw, knownMessageKeys);
    const isPlain = role === 'user' || role === 'assistant' || role === 'system';
    const isText = typeof wire.content === 'string' || wire.content == null;
    return {
      externalId: wire.id,
      role: roles.get(role) ?? 'SYSTEM',
      content: wire.text,
      createdAt,
      metadata: withFurther(wire.metadata, {
        ...further,
        ...(isPlain || wire.role === null ? {} : { role: wire.role }),
        ...(isText ? {} : { content: wire.content }),
      }),
    };
  });
}

/** Two messages with one id are two messages all the same. */
function repeatedIds(wires: readonly WireMessage[]): Omit<Drift, 'resource'>[] {
  const ids = wires.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size === ids.length) return [];
  return [
    { path: 'messages[].id', kind: 'TYPE', expected: 'another id for each message', actual: 'the same id twice' },
  ];
}

function titleOf(messages: readonly MirroredMessage[], { preview }: WireConversation): string {
  const opening = messages.find(({ role, content }) => role === 'USER' && !isBlank(content))?.content;
  return firstWords(opening ?? preview ?? '', 80) || 'Conversation';
}

function earliest(times: readonly number[]): Date | null {
  return times.length > 0 ? new Date(times.reduce((a, b) => Math.min(a, b))) : null;
}
