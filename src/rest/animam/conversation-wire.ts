import { z } from '@hono/zod-openapi';
import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import type { MessageRow } from '../../domain/conversations/messages.ts';
import { toWireEnum, wireTime, wireTimeOrNull } from '../wire.ts';

/** Conversations as this API writes them. */

const timeSchema = z.string().openapi({ format: 'date-time', example: '2024-01-25T10:30:00Z' });
const sessionSchema = z.string().nullable().openapi({ description: 'Null for a conversation of no website.' });
const segmentSchema = z.string().nullable();
const lastMessageSchema = timeSchema.nullable().openapi({ description: 'Null where it has no messages.' });

export const listedSchema = z
  .object({
    id: z.string(),
    sessionId: sessionSchema,
    segment: segmentSchema,
    messageCount: z.int(),
    startedAt: timeSchema,
    lastMessageAt: lastMessageSchema,
    preview: z.string().openapi({ description: 'The first words, in plain text: at most 200 characters.' }),
  })
  .openapi('AnimamListedConversation');

export const conversationSchema = z
  .object({
    id: z.string(),
    sessionId: sessionSchema,
    segment: segmentSchema,
    startedAt: timeSchema,
    lastMessageAt: lastMessageSchema,
    messages: z.array(
      z.object({
        id: z.string(),
        role: z.enum(['user', 'assistant', 'system']),
        content: z.string(),
        timestamp: timeSchema,
      }),
    ),
    metadata: z.record(z.string(), z.unknown()),
  })
  .openapi('AnimamConversation');

export const exportSchema = z
  .object({
    conversations: z.array(conversationSchema.extend({ messageCount: z.int() }).openapi('AnimamExportedConversation')),
  })
  .openapi('AnimamExport');

export function toListed(row: ConversationRow): z.infer<typeof listedSchema> {
  return {
    id: row.id,
    sessionId: row.sessionId,
    segment: row.segment,
    messageCount: row.messageCount,
    startedAt: wireTime(row.startedAt),
    lastMessageAt: wireTimeOrNull(row.lastMessageAt),
    preview: row.preview,
  };
}

type Head = Pick<ConversationRow, 'id' | 'sessionId' | 'segment' | 'startedAt' | 'lastMessageAt' | 'metadata'>;
type WrittenMessage = Pick<MessageRow, 'id' | 'role' | 'content' | 'createdAt'>;

export function toConversation(row: Head, messages: readonly WrittenMessage[]): z.infer<typeof conversationSchema> {
  return {
    id: row.id,
    sessionId: row.sessionId,
    segment: row.segment,
    startedAt: wireTime(row.startedAt),
    lastMessageAt: wireTimeOrNull(row.lastMessageAt),
    messages: messages.map(({ id, role, content, createdAt }) => ({
      id,
      role: toWireEnum(role),
      content,
      timestamp: wireTime(createdAt),
    })),
    metadata: row.metadata ?? {},
  };
}
