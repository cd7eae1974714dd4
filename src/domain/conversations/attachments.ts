import { Prisma } from '../../database/generated/client.ts';
import { anyText } from '../../database/planning.ts';
import { selectColumns, type Table } from '../../database/table.ts';
import { signPath } from '../../lib/secrets/signed-url.ts';
import { hourMs } from '../../lib/time/durations.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';

export type AttachmentRow = {
  id: string;
  conversationId: string;
  filename: string;
  sizeBytes: bigint;
  mimeType: string;
  checksum: string | null;
  storageKey: string | null;
  externalId: string | null;
  upstreamUrl: string | null;
  createdAt: Date;
};

export const attachmentTable: Table<AttachmentRow> = {
  name: 'attachment',
  columns: {
    id: ['id'],
    conversationId: ['conversation_id'],
    filename: ['filename'],
    sizeBytes: ['size_bytes', 'bigint'],
    mimeType: ['mime_type'],
    checksum: ['checksum'],
    storageKey: ['storage_key'],
    externalId: ['external_id'],
    upstreamUrl: ['upstream_url'],
    createdAt: ['created_at', 'instant'],
  },
};

const attachmentColumns = selectColumns(attachmentTable);

/** Attachments by their ids, in no order; unknown ones are left out. */
export function loadAttachments(caller: Caller, ids: readonly string[]): Promise<AttachmentRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<AttachmentRow>(Prisma.sql`
    SELECT ${attachmentColumns} FROM attachment
    WHERE attachment.tenant_id = ${caller.tenantId} AND attachment.id = ${anyText(ids)}`);
}

/** All attachments of these conversations, oldest first. */
export function loadConversationAttachments(
  caller: Caller,
  conversationIds: readonly string[],
): Promise<AttachmentRow[]> {
  requireScope(caller, 'conversations:read');
  return caller.app.database.read<AttachmentRow>(Prisma.sql`
    SELECT ${attachmentColumns} FROM attachment
    WHERE attachment.tenant_id = ${caller.tenantId}
      AND attachment.conversation_id = ${anyText(conversationIds)}
    ORDER BY attachment.created_at, attachment.id`);
}

const urlLifetimeMs = hourMs;

/** Where the file can be had, by whoever has the address: signed, and good for an hour. */
export function attachmentUrl(caller: Caller, row: Pick<AttachmentRow, 'id'>): string {
  const path = signPath({
    key: caller.app.secrets.signingKey('files'),
    path: `/files/attachments/${row.id}`,
    expiresAt: new Date(Date.now() + urlLifetimeMs),
    claims: { tenant: caller.tenantId },
  });
  return `${caller.baseUrl}${path}`;
}

/** `sizeBytes` is the whole file's, whatever part is read; null where an upstream does not say. */
type AttachmentFile = { stream: ReadableStream<Uint8Array>; sizeBytes: number | null };

/**
 * Opens a file's bytes, from here or from the upstream that holds them. `start` and `end` (both included) are for
 * files that are kept here. Cancelling the stream frees what it holds.
 * @throws FileNotFoundError, StorageUnavailableError, UpstreamError, NotFoundError, or the signal's reason
 */
export function openAttachment(
  caller: Caller,
  row: Pick<AttachmentRow, 'id' | 'storageKey'>,
  options: { start?: number; end?: number; signal: AbortSignal },
): Promise<AttachmentFile> {
  requireScope(caller, 'conversations:read');
  if (row.storageKey === null) return caller.app.upstreams.openAttachment(caller, row.id, options.signal);
  return caller.app.storage.open(row.storageKey, options);
}
