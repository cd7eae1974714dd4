import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import type { AttachmentRow } from './attachments.ts';

/** `sizeBytes` is the whole file's, whatever part is read; null where an upstream does not say. */
export type AttachmentFile = { stream: ReadableStream<Uint8Array>; sizeBytes: number | null };

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
