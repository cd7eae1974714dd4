import type { Prisma } from '../../../src/database/generated/client.ts';
import { responseTimesOf } from '../../../src/domain/conversations/messages.ts';
import { indexConversation } from '../../../src/domain/conversations/store.ts';
import { newId } from '../../../src/lib/id.ts';
import { byteLengthOf } from '../../../src/lib/text.ts';
import type { RestGateway } from './rest.ts';

export type SeedMessage = { role: 'USER' | 'ASSISTANT' | 'SYSTEM'; content: string; createdAt: string };

export type Seed = {
  provider?: 'LOCAL' | 'ANIMAM' | 'AI_MY_CHATS';
  title?: string;
  content?: string | null;
  source?: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB' | null;
  status?: 'PROCESSING' | 'COMPLETED' | 'FAILED';
  segment?: string | null;
  sessionId?: string | null;
  metadata?: Record<string, unknown>;
  createdAt?: string;
  updatedAt?: string;
  preview?: string;
  messages?: SeedMessage[];
  summary?: {
    title: string;
    content: string;
    sentiment: 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE';
    topics: string[];
    actionItems?: string[];
  };
  attachments?: { filename: string; size: number; mimeType: string }[];
};

/** Puts a conversation into the database as it is given, past the rules for making one. @returns its id */
export async function seed(gateway: RestGateway, given: Seed, tenantId = gateway.tenantId): Promise<string> {
  const { prisma } = gateway.app.database;
  const id = newId('conversation');
  const createdAt = new Date(given.createdAt ?? '2024-01-01T00:00:00Z');
  const messages = (given.messages ?? []).map((message) => ({ ...message, createdAt: new Date(message.createdAt) }));
  const startedAt = messages[0]?.createdAt ?? createdAt;
  const lastMessageAt = messages.at(-1)?.createdAt ?? null;
  const responses = responseTimesOf(messages);
  const summaryId = given.summary === undefined ? null : newId('summary');
  const title = given.title ?? 'A conversation';
  await prisma.conversation.create({
    data: {
      tenantId,
      id,
      provider: given.provider ?? 'LOCAL',
      title,
      content: given.content ?? null,
      preview: given.preview ?? '',
      source: given.source === undefined ? 'API' : given.source,
      status: given.status ?? 'COMPLETED',
      segment: given.segment ?? null,
      sessionId: given.sessionId ?? null,
      ...(given.metadata !== undefined && { metadata: given.metadata as Prisma.InputJsonObject }),
      createdAt,
      updatedAt: new Date(given.updatedAt ?? createdAt),
      startedAt,
      lastMessageAt,
      activityAt: lastMessageAt ?? startedAt,
      messageCount: messages.length,
      responseTimeTotalMs: responses.totalMs,
      responseCount: responses.count,
      sizeBytes: byteLengthOf(title, given.content ?? null, ...messages.map(({ content }) => content)),
      summaryId,
      sentiment: given.summary?.sentiment ?? null,
      topics: given.summary?.topics ?? [],
    },
  });
  await prisma.message.createMany({
    data: messages.map((message, position) => ({
      tenantId,
      id: newId('message'),
      conversationId: id,
      position,
      ...message,
    })),
  });
  if (summaryId !== null && given.summary !== undefined) {
    const { actionItems = [], ...summary } = given.summary;
    await prisma.summary.create({
      data: {
        tenantId,
        id: summaryId,
        conversationId: id,
        version: 1,
        status: 'COMPLETED',
        generator: 'extractive',
        createdAt,
        completedAt: createdAt,
        ...summary,
        actionItems: actionItems.map((text) => ({ text, citation: null })),
      },
    });
  }
  for (const { filename, size, mimeType } of given.attachments ?? []) {
    const file = { tenantId, id: newId('attachment'), conversationId: id, filename, mimeType, createdAt };
    await prisma.attachment.create({ data: { ...file, sizeBytes: size, storageKey: 'none' } });
  }
  await gateway.app.database.transaction((tx) => indexConversation(tx, tenantId, id));
  return id;
}

/** A key of the gateway's tenant with these scopes. */
export async function keyWith(
  gateway: RestGateway,
  scopes: string[],
  change: { expiresAt?: Date; revokedAt?: Date } = {},
) {
  const { hashKey, keyPrefix, newKey } = await import('../../../src/domain/tenants/api-keys.ts');
  const key = newKey();
  const data = {
    tenantId: gateway.tenantId,
    id: newId('apiKey'),
    name: 'test',
    prefix: keyPrefix(key),
    hash: hashKey(key),
  };
  await gateway.app.database.prisma.apiKey.create({ data: { ...data, scopes, ...change } });
  return key;
}
