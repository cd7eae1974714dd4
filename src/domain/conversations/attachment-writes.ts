import { peekFileType } from '../../lib/file-type.ts';
import { cleanFilename } from '../../lib/filename.ts';
import { newId } from '../../lib/id.ts';
import { isStorable } from '../../lib/text.ts';
import { FileTooLargeError } from '../../storage/errors.ts';
import { meter } from '../../storage/metered.ts';
import type { Caller } from '../app.ts';
import { asReader, requireScope } from '../caller.ts';
import { DomainError, NotFoundError, QuotaExceededError, ValidationError } from '../errors.ts';
import { localProvider, requireCapability } from '../providers.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { type AttachmentRow, loadAttachments, loadConversationAttachments } from './attachments.ts';
import { getConversation } from './conversations.ts';
import { emitConversation, lockConversation } from './store.ts';

/** A file as it comes in. */
type AttachmentUpload = {
  conversationId: string;
  /** As the client calls it; cleaned before it is kept. */
  filename: string;
  /** Read once, as it is stored; ended early where the upload is refused. */
  stream: AsyncIterable<Uint8Array>;
  /** Ends the upload, which then leaves nothing. */
  signal: AbortSignal;
};

const mebibyte = 1_048_576;

/**
 * Adds a file to a conversation: a LOCAL one's is kept here, another's goes to its API. The bytes are
 * stored first and the row is written after, so a file that is seen can be had; whatever fails takes the bytes back,
 * and what a crash leaves is removed by the daily sweep. Memory does not grow with the file.
 * @throws ValidationError (on `file`, past the largest size), NotFoundError, QuotaExceededError, UnsupportedError,
 * UpstreamError, the signal's reason, the stream's own error, or the storage's
 */
export async function uploadAttachment(caller: Caller, upload: AttachmentUpload): Promise<AttachmentRow> {
  requireScope(caller, 'conversations:write');
  const reader = asReader(caller);
  const conversation = await getConversation(reader, upload.conversationId);
  requireCapability(caller.app.providers, conversation.provider, 'ATTACH');
  const id =
    conversation.provider === localProvider
      ? await storeLocal(caller, conversation.id, upload)
      : await sendUpstream(caller, conversation.id, upload);
  const [row] = await loadAttachments(reader, [id]);
  if (row === undefined) throw new NotFoundError('Attachment');
  return row;
}

/**
 * Removes a file, upstream first where it lives there. The row goes with the job that removes the bytes, in one
 * transaction: a crash leaves neither without the other.
 * @throws NotFoundError, UnsupportedError, UpstreamError
 */
export async function deleteAttachment(caller: Caller, id: string): Promise<void> {
  requireScope(caller, 'conversations:write');
  const reader = asReader(caller);
  const [row] = isStorable(id) ? await loadAttachments(reader, [id]) : [];
  if (row === undefined) throw new NotFoundError('Attachment');
  const conversation = await getConversation(reader, row.conversationId);
  requireCapability(caller.app.providers, conversation.provider, 'ATTACH');
  if (conversation.provider !== localProvider) return caller.app.upstreams.deleteAttachment(caller, id);
  await transact(caller, async (unit) => {
    const { tenantId } = caller;
    const isThere = await lockConversation(unit.tx, tenantId, row.conversationId);
    const { count } = isThere ? await unit.tx.attachment.deleteMany({ where: { tenantId, id } }) : { count: 0 };
    if (count === 0) throw new NotFoundError('Attachment');
    if (row.storageKey !== null) {
      unit.countBytes('attachments', -row.sizeBytes);
      unit.enqueue({ name: 'delete-files', data: { keys: [row.storageKey] } });
    }
    await touchConversation(unit, tenantId, row.conversationId);
  });
}

/** A conversation's files, oldest first. @throws NotFoundError */
export async function listAttachments(caller: Caller, conversationId: string): Promise<AttachmentRow[]> {
  const { id } = await getConversation(caller, conversationId);
  return loadConversationAttachments(caller, [id]);
}

async function storeLocal(caller: Caller, conversationId: string, upload: AttachmentUpload): Promise<string> {
  const { storage, settings } = caller.app;
  const { used, limit } = await readStorageUsage(caller);
  const room = limit <= 0n ? Number.POSITIVE_INFINITY : Math.max(Number(limit - used), 0);
  const maxBytes = Math.min(settings.maxUploadBytes, room);
  const id = newId('attachment');
  const key = `${caller.tenantId}/${conversationId}/${id}`;
  const { signal } = upload;
  let mimeType: string;
  let stored: { sizeBytes: number; sha256: string };
  try {
    const source = await peekFileType(meter(upload.stream, { maxBytes, signal }).chunks);
    mimeType = source.mimeType;
    stored = await storage.put(key, source.stream, { contentType: mimeType, signal });
  } catch (err) {
    if (!(err instanceof FileTooLargeError)) throw err;
    throw maxBytes < settings.maxUploadBytes ? new QuotaExceededError(used, limit) : tooLarge(caller);
  }
  try {
    signal.throwIfAborted();
    await transact(caller, async (unit) => {
      const { tenantId } = caller;
      if (!(await lockConversation(unit.tx, tenantId, conversationId))) throw new NotFoundError('Conversation');
      await unit.tx.attachment.create({
        data: {
          tenantId,
          id,
          conversationId,
          filename: cleanFilename(upload.filename),
          sizeBytes: BigInt(stored.sizeBytes),
          mimeType,
          checksum: stored.sha256,
          storageKey: key,
          createdAt: unit.now,
        },
      });
      unit.countBytes('attachments', BigInt(stored.sizeBytes));
      await touchConversation(unit, tenantId, conversationId);
    });
  } catch (err) {
    if (!(await wasWritten(caller, id, key, err))) throw err;
  }
  return id;
}

/**
 * What became of a row whose transaction failed; the bytes of one that is not there are removed. A commit whose answer
 * was lost may have gone through: the row itself tells. Where that cannot be asked, the bytes are left to the sweep.
 */
async function wasWritten(caller: Caller, id: string, key: string, reason: unknown): Promise<boolean> {
  const { storage, log } = caller.app;
  try {
    if (!(reason instanceof DomainError)) {
      const [row] = await loadAttachments(asReader(caller), [id]);
      if (row !== undefined) return true;
    }
    await storage.remove(key);
  } catch (err) {
    log.warn({ err, key }, 'the bytes of an upload that failed could not be removed; the sweep removes them');
  }
  return false;
}

async function sendUpstream(caller: Caller, conversationId: string, upload: AttachmentUpload): Promise<string> {
  const maxBytes = caller.app.settings.maxUploadBytes;
  const { chunks } = meter(upload.stream, { maxBytes, signal: upload.signal });
  let isTooLarge = false;
  // Whatever the failing stream becomes on its way through the upstream's client, the reason is known here.
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (err) {
      isTooLarge = err instanceof FileTooLargeError;
      throw err;
    }
  }
  try {
    const file = { filename: cleanFilename(upload.filename), stream: watched(), signal: upload.signal };
    return (await caller.app.upstreams.uploadAttachment(caller, conversationId, file)).id;
  } catch (err) {
    throw isTooLarge ? tooLarge(caller) : err;
  }
}

function tooLarge(caller: Caller): ValidationError {
  const limit = Math.floor(caller.app.settings.maxUploadBytes / mebibyte);
  return new ValidationError({ file: [`File must be at most ${limit} MB`] });
}

/** What the tenant stores and may store, 0 being no limit; a first look, which the transaction repeats under a lock. */
async function readStorageUsage(caller: Caller): Promise<{ used: bigint; limit: bigint }> {
  const [row] = await caller.app.database.prisma.$queryRaw<{ used: bigint; limit: bigint | null }[]>`
    SELECT state.conversations_bytes + state.attachments_bytes AS "used", tenant.storage_limit_bytes AS "limit"
    FROM tenant_state state JOIN tenant ON tenant.id = state.tenant_id WHERE state.tenant_id = ${caller.tenantId}`;
  return { used: row?.used ?? 0n, limit: row?.limit ?? caller.app.settings.storageLimitBytes };
}

/** The list of files is part of what a conversation shows: a change of it is one of the conversation. */
async function touchConversation(unit: Unit, tenantId: string, id: string): Promise<void> {
  await unit.tx.conversation.update({ where: { tenantId_id: { tenantId, id } }, data: { updatedAt: unit.now } });
  emitConversation(unit, 'updated', id);
}
