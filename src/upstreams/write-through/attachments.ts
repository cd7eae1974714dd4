import { Readable } from 'node:stream';
import type { Caller, UpstreamFile } from '../../domain/app.ts';
import { emitConversation, lockConversation } from '../../domain/conversations/store.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { transact, type Unit } from '../../domain/unit-of-work.ts';
import type { EgressResponse } from '../../lib/egress/egress.ts';
import { peekFileType } from '../../lib/file-type.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { type MirroredAttachment, partReadable } from '../clients/records.ts';
import { type UpstreamParts, writeMirrored } from '../conversation/mirror-conversation.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { attachmentColumnsOf, newAttachment } from '../store/columns.ts';
import { settleApplied, settleNotApplied } from './write-record.ts';
import { getTarget, sendRecorded, type WriteTarget } from './write-target.ts';
import { ignoreNotFound, recordWrite, removeIfNotFound } from './write-through.ts';

/** Files that an upstream holds. */

/** From the first byte sent to the answer. */
const uploadTimeoutMs = 240_000;

/** Sends a file as it is read, and mirrors it. @throws NotFoundError, ValidationError, UpstreamFailure; what its stream throws */
export async function uploadThrough(
  caller: Caller,
  parts: UpstreamParts,
  conversationId: string,
  file: UpstreamFile,
): Promise<{ id: string }> {
  const target = await getTarget(caller, parts, conversationId, 'ATTACH');
  const { account, client, externalId } = target;
  const { mimeType, stream } = await peekFileType(file.stream);
  const counted = countBytes(stream);
  const known = await knownAttachments(caller, conversationId);
  const { filename } = file;
  const writeId = await recordWrite(caller, target, { kind: 'upload', externalId, filename, known });
  const upload = () =>
    client.uploadAttachment(
      externalId,
      { filename, mimeType, stream: Readable.from(counted.stream, { objectMode: false }), sizeBytes: null },
      { priority: 'interactive', signal: file.signal, timeoutMs: uploadTimeoutMs },
    );
  const sent = () =>
    upload().catch(async (err: unknown) => {
      if (!counted.isCut()) throw err;
      // A form without its end is no form: nothing was stored.
      const failure = {
        message: 'The file broke off while it was sent',
        httpStatus: null,
        retryAfterMs: null,
        fields: null,
      };
      await transact(caller, (unit) => settleNotApplied(unit, caller.tenantId, writeId, failure));
      throw counted.failure() ?? err;
    });
  const answer = await removeIfNotFound(caller, target, () =>
    sendRecorded(caller, writeId, sent, () => ({ sizeBytes: counted.sizeBytes() })),
  );
  await recordDrift(caller, account.id, answer.drift);
  return writeMirrored(caller, async (unit) => {
    const attachment = { ...answer.attachment, mimeType: answer.attachment.mimeType ?? mimeType };
    const id = await mirrorAttachment(unit, caller, conversationId, attachment);
    await settleApplied(unit, caller.tenantId, writeId, { claimed: attachment.externalId });
    return { id };
  });
}

/** Passes a stream on, and knows how much of it, and whether all of it, was read. */
function countBytes(source: AsyncIterable<Uint8Array>) {
  let sizeBytes = 0;
  let isWhole = false;
  let failure: unknown = null;
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        sizeBytes += chunk.byteLength;
        yield chunk;
      }
      isWhole = true;
    } catch (err) {
      failure = err;
      throw err;
    }
  }
  return {
    stream: stream(),
    sizeBytes: () => sizeBytes,
    /** It was begun, and not read to its end. */
    isCut: () => !isWhole && (sizeBytes > 0 || failure !== null),
    failure: () => failure,
  };
}

async function knownAttachments(caller: Caller, conversationId: string): Promise<string[]> {
  const rows = await caller.app.database.prisma.attachment.findMany({
    where: { tenantId: caller.tenantId, conversationId },
    select: { externalId: true },
  });
  return rows.flatMap(({ externalId }) => externalId ?? []);
}

/** Stores what an upstream tells of a file. @throws NotFoundError where its conversation is gone */
export async function mirrorAttachment(
  unit: Unit,
  caller: Caller,
  conversationId: string,
  attachment: MirroredAttachment,
): Promise<string> {
  const { tenantId } = caller;
  if (!(await lockConversation(unit.tx, tenantId, conversationId))) throw new NotFoundError('Conversation');
  const { externalId, mimeType } = attachment;
  const columns = attachmentColumnsOf(attachment);
  const row = await unit.tx.attachment.upsert({
    where: { tenantId_conversationId_externalId: { tenantId, conversationId, externalId } },
    create: newAttachment(tenantId, conversationId, attachment, unit.now),
    update: { ...columns, ...(mimeType !== null && { mimeType }) },
    select: { id: true },
  });
  emitConversation(unit, 'updated', conversationId);
  return row.id;
}

type UpstreamAttachment = { id: string; conversationId: string; externalId: string; upstreamUrl: string | null };

/** @throws NotFoundError where there is none that an upstream holds */
async function getAttachment(caller: Caller, attachmentId: string): Promise<UpstreamAttachment> {
  const row = await caller.app.database.prisma.attachment.findUnique({
    where: { tenantId_id: { tenantId: caller.tenantId, id: attachmentId } },
    select: { id: true, conversationId: true, externalId: true, upstreamUrl: true },
  });
  if (row === null || row.externalId === null) throw new NotFoundError('Attachment');
  return { ...row, externalId: row.externalId };
}

/** One that is gone upstream already is deleted all the same. @throws NotFoundError, UpstreamFailure */
export async function deleteAttachmentThrough(
  caller: Caller,
  parts: UpstreamParts,
  attachmentId: string,
): Promise<void> {
  const attachment = await getAttachment(caller, attachmentId);
  const target = await getTarget(caller, parts, attachment.conversationId, 'ATTACH');
  const attachmentExternalId = attachment.externalId;
  const request = {
    kind: 'delete-attachment' as const,
    externalId: target.externalId,
    attachmentId,
    attachmentExternalId,
  };
  const writeId = await recordWrite(caller, target, request);
  await sendRecorded(caller, writeId, () =>
    ignoreNotFound(target.client.deleteAttachment(attachmentExternalId, { priority: 'interactive' })),
  );
  await writeMirrored(caller, async (unit) => {
    await removeAttachment(unit, caller, target.conversationId, attachmentId);
    await settleApplied(unit, caller.tenantId, writeId);
  });
}

export async function removeAttachment(
  unit: Unit,
  caller: Caller,
  conversationId: string,
  attachmentId: string,
): Promise<void> {
  const { count } = await unit.tx.attachment.deleteMany({ where: { tenantId: caller.tenantId, id: attachmentId } });
  if (count > 0) emitConversation(unit, 'updated', conversationId);
}

/**
 * Opens a file where its upstream keeps it. An address that is refused or has expired is asked for anew, once.
 * @throws NotFoundError where the upstream no longer has it, UpstreamFailure
 */
export async function openThrough(
  caller: Caller,
  parts: UpstreamParts,
  attachmentId: string,
  signal: AbortSignal,
): Promise<{ stream: ReadableStream<Uint8Array>; sizeBytes: number | null }> {
  const attachment = await getAttachment(caller, attachmentId);
  const target = await getTarget(caller, parts, attachment.conversationId, 'ATTACH');
  const open = (url: string) => target.client.downloadAttachment(url, { priority: 'interactive', signal });
  try {
    if (attachment.upstreamUrl !== null) return toFile(await open(attachment.upstreamUrl));
  } catch (err) {
    if (!isRefused(err)) throw err;
  }
  return toFile(await open(await renewUrl(caller, target, attachment, signal)));
}

function isRefused(err: unknown): boolean {
  const refusals = ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'REJECTED'];
  return err instanceof UpstreamFailure && refusals.includes(err.kind);
}

/** The address that the upstream gives for the file now. */
async function renewUrl(
  caller: Caller,
  target: WriteTarget,
  { id, externalId }: UpstreamAttachment,
  signal: AbortSignal,
): Promise<string> {
  const { account, client, conversationId } = target;
  const { items, drift } = await removeIfNotFound(caller, target, () =>
    client.listAttachments(target.externalId, { priority: 'interactive', signal }),
  );
  await recordDrift(caller, account.id, drift);
  const found = partReadable(items).readable.find((item) => item.externalId === externalId);
  if (found === undefined) {
    await writeMirrored(caller, (unit) => removeAttachment(unit, caller, conversationId, id));
    throw new NotFoundError('Attachment');
  }
  await caller.app.database.prisma.attachment.updateMany({
    where: { tenantId: caller.tenantId, id },
    data: { upstreamUrl: found.url },
  });
  return found.url;
}

/** Reads the body as it is asked for; giving the stream up closes the connection. */
function toFile(answer: EgressResponse): { stream: ReadableStream<Uint8Array>; sizeBytes: number | null } {
  const length = answer.headers['content-length'];
  const iterator = answer.body[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const step = await iterator.next();
        if (step.done) controller.close();
        else controller.enqueue(step.value);
      },
      cancel: async () => {
        await iterator.return?.();
        answer.discard();
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, sizeBytes: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null };
}
