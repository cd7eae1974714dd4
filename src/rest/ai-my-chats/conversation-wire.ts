import { z } from '@hono/zod-openapi';
import type { Caller } from '../../domain/app.ts';
import {
  type AttachmentRow,
  attachmentUrl,
  loadConversationAttachments,
} from '../../domain/conversations/attachments.ts';
import type { ConversationRow } from '../../domain/conversations/conversations.ts';
import { loadAllMessages, transcriptOf } from '../../domain/conversations/messages.ts';
import { loadSummaries, type SummaryRow } from '../../domain/conversations/summaries.ts';
import { toWireEnum, wireTime } from '../wire.ts';

/** Conversations as this API writes them. */

export const sources = ['email', 'whatsapp', 'api', 'web'] as const;
export const statuses = ['processing', 'completed', 'failed'] as const;
export const sentiments = ['positive', 'neutral', 'negative'] as const;

export const timeSchema = z.string().openapi({ format: 'date-time', example: '2024-01-01T00:00:00Z' });
export const sourceSchema = z
  .enum(sources)
  .nullable()
  .openapi({ description: 'How it came in; null where that is not known.' });
export const statusSchema = z.enum(statuses).openapi({ description: 'How far the making of its summary is.' });

const summaryFields = {
  title: z.string().nullable(),
  content: z.string().nullable(),
  sentiment: z.enum(sentiments).nullable(),
  topics: z.array(z.string()),
};

const componentSchema = z
  .object(summaryFields)
  .openapi('ListedSummary', { description: 'The newest that has completed.' });
/** Null until one has completed. A union: a nullable component would be described as null wherever it is used. */
export const listedSummarySchema = z.union([componentSchema, z.null()]);
const summarySchema = z
  .object({ ...summaryFields, action_items: z.array(z.string()) })
  .openapi('Summary', { description: 'The newest that has completed.' });

export const listedSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    source: sourceSchema,
    status: statusSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
    summary: listedSummarySchema,
  })
  .openapi('ListedConversation');

export const conversationSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    content: z.string().openapi({ description: 'The whole text; of a conversation made of messages, its transcript.' }),
    source: sourceSchema,
    status: statusSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
    summary: z.union([summarySchema, z.null()]),
    attachments: z.array(
      z.object({
        id: z.string(),
        filename: z.string(),
        size: z.int().openapi({ description: 'In bytes.' }),
        url: z.url().openapi({ description: 'Signed, and good for an hour.' }),
      }),
    ),
    metadata: z.record(z.string(), z.unknown()),
  })
  .openapi('Conversation');

type ListedSummary = z.infer<typeof componentSchema>;
type Listed = z.infer<typeof listedSchema>;
type Conversation = z.infer<typeof conversationSchema>;

export function sourceOf({ source }: ConversationRow): (typeof sources)[number] | null {
  return source === null ? null : toWireEnum(source);
}

function toListedSummary(summary: SummaryRow): ListedSummary {
  return {
    title: summary.title,
    content: summary.content,
    sentiment: summary.sentiment === null ? null : toWireEnum(summary.sentiment),
    topics: summary.topics,
  };
}

/** By conversation, the newest completed summary. */
async function completedSummaries(caller: Caller, rows: readonly ConversationRow[]): Promise<Map<string, SummaryRow>> {
  const ids = rows.flatMap(({ summaryId }) => summaryId ?? []);
  const summaries = ids.length === 0 ? [] : await loadSummaries(caller, ids);
  return new Map(
    summaries.filter(({ status }) => status === 'COMPLETED').map((summary) => [summary.conversationId, summary]),
  );
}

/** Items of a list, in the order of the rows. */
export async function toListed(caller: Caller, rows: readonly ConversationRow[]): Promise<Listed[]> {
  const summaries = await completedSummaries(caller, rows);
  return rows.map((row) => {
    const summary = summaries.get(row.id);
    return {
      id: row.id,
      title: row.title,
      source: sourceOf(row),
      status: toWireEnum(row.status),
      created_at: wireTime(row.createdAt),
      updated_at: wireTime(row.updatedAt),
      summary: summary === undefined ? null : toListedSummary(summary),
    };
  });
}

/** A whole conversation. */
export async function toConversation(caller: Caller, row: ConversationRow): Promise<Conversation> {
  const [summaries, attachments, content] = await Promise.all([
    completedSummaries(caller, [row]),
    loadConversationAttachments(caller, [row.id]),
    contentOf(caller, row),
  ]);
  const summary = summaries.get(row.id);
  return {
    id: row.id,
    title: row.title,
    content,
    source: sourceOf(row),
    status: toWireEnum(row.status),
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
    summary:
      summary === undefined
        ? null
        : { ...toListedSummary(summary), action_items: summary.actionItems.map(({ text }) => text) },
    attachments: attachments.map((attachment) => ({
      id: attachment.id,
      filename: attachment.filename,
      size: Number(attachment.sizeBytes),
      url: attachmentUrl(caller, attachment),
    })),
    metadata: row.metadata ?? {},
  };
}

async function contentOf(caller: Caller, row: ConversationRow): Promise<string> {
  if (row.content !== null || row.messageCount === 0) return row.content ?? '';
  return transcriptOf(await loadAllMessages(caller, [row.id]));
}

export const attachmentSchema = z
  .object({
    id: z.string(),
    filename: z.string(),
    size: z.int().openapi({ description: 'In bytes.' }),
    mime_type: z.string().openapi({ description: 'Found from its content.' }),
    url: z.url().openapi({ description: 'Signed, and good for an hour.' }),
    created_at: timeSchema,
  })
  .openapi('Attachment');

export function toAttachment(caller: Caller, row: AttachmentRow): z.infer<typeof attachmentSchema> {
  return {
    id: row.id,
    filename: row.filename,
    size: Number(row.sizeBytes),
    mime_type: row.mimeType,
    url: attachmentUrl(caller, row),
    created_at: wireTime(row.createdAt),
  };
}
