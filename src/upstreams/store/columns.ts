import { Prisma } from '../../database/generated/client.ts';
import { responseTimesOf } from '../../domain/conversations/messages.ts';
import { previewOf } from '../../domain/conversations/store.ts';
import { newId } from '../../lib/id.ts';
import { byteLengthOf } from '../../lib/text.ts';
import type { DatedConversation, DatedMessage, MirroredAttachment } from '../clients/records.ts';

/** What tells later whether a mirrored conversation has changed. */
export type SyncMarkers = { fingerprint: string; listFingerprint?: string | null; generation?: number };

/** The columns of a conversation that follow from its record. */
export function columnsOf(record: DatedConversation) {
  const responses = responseTimesOf(record.messages);
  const lastMessageAt = record.lastMessageAt ?? record.messages.at(-1)?.createdAt ?? null;
  return {
    title: record.title,
    content: record.content,
    preview: previewOf(record.content, record.messages),
    source: record.source,
    segment: record.segment,
    sessionId: record.sessionId,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    startedAt: record.startedAt,
    lastMessageAt,
    activityAt: lastMessageAt ?? record.startedAt,
    messageCount: record.messages.length,
    responseTimeTotalMs: BigInt(responses.totalMs),
    responseCount: responses.count,
    sizeBytes: byteLengthOf(record.title, record.content, ...record.messages.map(({ content }) => content)),
  };
}

/** Nothing where the record tells of none: what is stored stays. */
export function metadataOf(metadata: Record<string, unknown> | null) {
  return metadata === null ? {} : { metadata: metadata as Prisma.InputJsonObject };
}

/** `id`: where the message had one before. */
export function newMessage(
  tenantId: string,
  conversationId: string,
  message: DatedMessage,
  position: number,
  id: string | undefined,
) {
  return {
    tenantId,
    id: id ?? newId('message'),
    conversationId,
    position,
    role: message.role,
    content: message.content,
    createdAt: message.createdAt,
    externalId: message.externalId,
    metadata: message.metadata === null ? Prisma.DbNull : (message.metadata as Prisma.InputJsonObject),
  };
}

export function attachmentColumnsOf(attachment: MirroredAttachment) {
  return {
    filename: attachment.filename,
    sizeBytes: BigInt(attachment.sizeBytes),
    upstreamUrl: attachment.url,
  };
}

export function newAttachment(
  tenantId: string,
  conversationId: string,
  attachment: MirroredAttachment,
  /** For where the upstream does not tell when it was added. */
  seenAt: Date,
) {
  return {
    tenantId,
    id: newId('attachment'),
    conversationId,
    externalId: attachment.externalId,
    mimeType: attachment.mimeType ?? 'application/octet-stream',
    createdAt: attachment.createdAt ?? seenAt,
    ...attachmentColumnsOf(attachment),
  };
}
