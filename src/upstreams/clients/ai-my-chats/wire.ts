import { z } from 'zod';
import { isRecord } from '../../../lib/json.ts';
import type { Shape } from '../drift.ts';
import {
  identifier,
  lenientCount,
  lenientRecord,
  lenientScalarText,
  lenientText,
  lenientTexts,
  lenientTime,
  reasonOf,
  unreadableItem,
} from '../parse-fields.ts';
import type { Unreadable } from '../records.ts';

const summaryShape: Shape = {
  title: { type: 'string' },
  content: { type: 'string' },
  sentiment: { type: 'string', oneOf: ['positive', 'neutral', 'negative'] },
  topics: { type: 'string[]' },
  action_items: { type: 'string[]', optional: true },
};

const listedShape: Shape = {
  id: { type: 'string' },
  title: { type: 'string' },
  source: { type: 'string', oneOf: ['email', 'whatsapp', 'api', 'web'] },
  status: { type: 'string', oneOf: ['processing', 'completed', 'failed'] },
  created_at: { type: 'time' },
  updated_at: { type: 'time' },
  summary: { type: 'shape', shape: summaryShape, nullable: true },
};

const attachmentShape: Shape = {
  id: { type: 'string' },
  filename: { type: 'string' },
  size: { type: 'number' },
  mime_type: { type: 'string', optional: true },
  url: { type: 'string' },
  created_at: { type: 'time', optional: true },
};

/** What the API's pages document of each answer. */
export const documented = {
  list: {
    data: { type: 'list', of: listedShape },
    meta: {
      type: 'shape',
      shape: {
        page: { type: 'number' },
        per_page: { type: 'number' },
        total: { type: 'number' },
        total_pages: { type: 'number' },
      },
    },
    links: { type: 'object', optional: true },
  },
  get: {
    ...listedShape,
    content: { type: 'string' },
    attachments: { type: 'list', of: attachmentShape },
    metadata: { type: 'object', optional: true },
  },
  /** Creating shows no `updated_at`, and nothing is shown of what updating answers. */
  write: {
    ...listedShape,
    updated_at: { type: 'time', optional: true },
    content: { type: 'string', optional: true },
    attachments: { type: 'list', of: attachmentShape, optional: true },
    metadata: { type: 'object', optional: true },
  },
  attachment: attachmentShape,
  attachments: { data: { type: 'list', of: attachmentShape } },
  summary: {
    id: { type: 'string' },
    conversation_id: { type: 'string' },
    status: { type: 'string', oneOf: ['processing', 'completed', 'failed'] },
    created_at: { type: 'time' },
  },
} satisfies Record<string, Shape>;

const listedSchema = z.looseObject({
  id: identifier,
  status: lenientText,
  created_at: lenientTime,
  updated_at: lenientTime,
});

const conversationSchema = z.looseObject({
  id: identifier,
  title: lenientScalarText,
  content: lenientScalarText,
  source: lenientText,
  status: lenientText,
  created_at: lenientTime,
  updated_at: lenientTime,
  summary: z.unknown().optional(),
  attachments: z.array(z.unknown()).nullish().catch(null),
  metadata: lenientRecord,
});

const summarySchema = z.looseObject({
  title: lenientText,
  content: lenientText,
  sentiment: lenientText,
  topics: lenientTexts,
  action_items: z.array(z.unknown()).nullish().catch(null),
});

const attachmentSchema = z.looseObject({
  id: identifier,
  filename: lenientText,
  size: lenientCount,
  mime_type: lenientText,
  url: z.string().min(1),
  created_at: lenientTime,
});

const requestedSummarySchema = z.looseObject({ id: lenientText, status: lenientText, created_at: lenientTime });

const pageSchema = z.looseObject({
  data: z.array(z.unknown()),
  meta: z
    .looseObject({ page: lenientCount, per_page: lenientCount, total: lenientCount, total_pages: lenientCount })
    .nullish()
    .catch(null),
  links: z.looseObject({ next: z.unknown().optional() }).nullish().catch(null),
});

const accountSchema = z.looseObject({ id: lenientText, email: lenientText, plan: lenientText });

export type WireListed = z.infer<typeof listedSchema>;
export type WireConversation = z.infer<typeof conversationSchema> & { raw: Record<string, unknown> };
export type WireSummary = z.infer<typeof summarySchema>;
export type WireAttachment = z.infer<typeof attachmentSchema>;
export type WirePage = z.infer<typeof pageSchema>;

/** Null where it is no page at all. */
export function readPage(json: unknown): WirePage | null {
  return pageSchema.safeParse(json).data ?? null;
}

export function readListed(raw: unknown): WireListed | Unreadable {
  const { data, error } = listedSchema.safeParse(raw);
  return data ?? unreadableItem(raw, reasonOf(error));
}

/** A conversation needs an id; everything else may be missing, or of another kind, which costs that part alone. */
export function readConversation(raw: unknown): WireConversation | Unreadable {
  const { data, error } = conversationSchema.safeParse(raw);
  if (error || !isRecord(raw)) return unreadableItem(raw, error ? reasonOf(error) : 'It is not an object');
  return { ...data, raw };
}

/** Null where there is none, or none that can be read. */
export function readSummary(raw: unknown): WireSummary | null {
  return isRecord(raw) ? (summarySchema.safeParse(raw).data ?? null) : null;
}

export function readAttachment(raw: unknown): WireAttachment | Unreadable {
  const { data, error } = attachmentSchema.safeParse(raw);
  return data ?? unreadableItem(raw, `attachment ${reasonOf(error)}`);
}

export function readRequestedSummary(json: unknown): z.infer<typeof requestedSummarySchema> | null {
  return requestedSummarySchema.safeParse(json).data ?? null;
}

/** Null where it names no account: any server may answer `{}`. */
export function readAccount(json: unknown): z.infer<typeof accountSchema> | null {
  const { data } = accountSchema.safeParse(json);
  return data === undefined || (data.id === null && data.email === null) ? null : data;
}
