import { z } from 'zod';
import { type FileItem, readInstant, readRole } from '../read.ts';

/** One conversation as JSON: as this gateway's exports, Animam's, or a plain one with messages have it. */

const message = z.looseObject({
  role: z.unknown(),
  content: z.unknown(),
  createdAt: z.unknown().optional(),
  timestamp: z.unknown().optional(),
  created_at: z.unknown().optional(),
});

const record = z.looseObject({
  id: z.string().nullish(),
  title: z.string().nullish(),
  content: z.string().nullish(),
  source: z.string().nullish(),
  segment: z.union([z.string(), z.looseObject({ slug: z.string() })]).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  provider: z.string().nullish(),
  externalId: z.string().nullish(),
  messages: z.array(message).nullish(),
});

const sources = ['EMAIL', 'WHATSAPP', 'API', 'WEB'] as const;

export function readRecord(value: unknown, place: string): FileItem {
  const parsed = record.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { place, reason: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is no conversation'}` };
  }
  const given = parsed.data;
  const messages = (given.messages ?? []).flatMap((each) => {
    const role = readRole(each.role);
    if (role === null || typeof each.content !== 'string' || each.content === '') return [];
    const createdAt = readInstant(each.createdAt ?? each.timestamp ?? each.created_at);
    return [{ role, content: each.content, createdAt }];
  });
  const unread = (given.messages?.length ?? 0) - messages.length;
  if (unread > 0 && messages.length === 0) return { place, reason: 'none of its messages has a role and a text' };
  const source = sources.find((each) => each === given.source?.toUpperCase()) ?? null;
  const segment = typeof given.segment === 'object' ? (given.segment?.slug ?? null) : (given.segment ?? null);
  const startedAt = readInstant(given['startedAt'] ?? given['createdAt'] ?? given['created_at'] ?? given['started_at']);
  return {
    place,
    ...(unread > 0 && { lacks: `${unread} of its messages ${unread === 1 ? 'has' : 'have'} no role or no text` }),
    conversation: {
      identity: `json/${given.provider ?? ''}/${given.id ?? given.externalId ?? JSON.stringify([given.title, given.content, messages[0]])}`,
      id: given.id ?? null,
      title: given.title ?? '',
      content: messages.length === 0 ? (given.content ?? null) : null,
      source,
      segment,
      metadata: given.metadata ?? null,
      startedAt,
      messages,
    },
  };
}
