import { randomBytes } from 'node:crypto';
import type { App, Caller } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import type { AttachmentRow } from '../domain/conversations/attachments.ts';
import { openAttachment } from '../domain/conversations/attachments.ts';
import { DomainError } from '../domain/errors.ts';
import { type ExportRow, exportDocumentName, exportFile, loadExports } from '../domain/exports/exports.ts';
import { describeFilter } from '../domain/exports/filter.ts';
import { completeExport, failExport, reportExportProgress } from '../domain/exports/lifecycle.ts';
import {
  countExportAttachments,
  type ExportScope,
  readExportAttachments,
  readExportConversations,
  readExportFigures,
} from '../domain/exports/source.ts';
import type { ExportWriter } from '../exports/records.ts';
import type { ZippedAttachment } from '../exports/zip.ts';
import { FileNotFoundError, StorageFullError, StorageUnavailableError } from '../storage/errors.ts';
import type { JobHandler } from './queue.ts';

const progressEveryMs = 1_000;
/** All that is written, but not yet kept. */
const almostDone = 0.99;

/** The export is no longer wanted: it has expired, or was given up. */
class UnwantedError extends Error {}

/**
 * Makes an export. Its file is written whole under a key of this try alone, and becomes the export's only then: what
 * a crash or a shutdown cuts short was never to be had, and the next try begins anew (only CSV
 * and JSONL could be resumed, so no export is). A try that fails leaves nothing; the last one fails the export.
 */
export function createRunExportHandler(app: App): JobHandler<'run-export'> {
  return async ({ tenantId, exportId }, signal, attempt) => {
    const caller = systemCaller(app, tenantId);
    const [row] = await loadExports(caller, [exportId]);
    if (row?.status !== 'PROCESSING') return;
    try {
      await makeExport(caller, row, signal);
    } catch (err) {
      if (err instanceof UnwantedError) return;
      if (signal.aborted || !attempt?.isLast) throw err;
      app.log.error({ err, exportId }, 'an export failed for good');
      await failExport(caller, exportId, reasonOf(err));
    }
  };
}

function reasonOf(err: unknown): string {
  if (err instanceof StorageFullError) return 'The file storage has no room left';
  if (err instanceof StorageUnavailableError) return 'The file storage does not answer';
  return err instanceof DomainError ? err.message : 'It could not be made, for a fault of the server';
}

async function makeExport(caller: Caller, row: ExportRow, signal: AbortSignal): Promise<void> {
  const { storage } = caller.app;
  const scope: ExportScope = { filter: row.filter, until: row.createdAt };
  const figures = await readExportFigures(caller, scope);
  const fileCount = row.includeAttachments ? await countExportAttachments(caller, scope) : 0;
  const tenant = await caller.app.database.prisma.tenant.findUniqueOrThrow({ where: { id: caller.tenantId } });
  const meta = { tenantName: tenant.name, createdAt: row.createdAt, filter: describeFilter(row.filter), figures };
  const progress = createProgress(caller, row.id, figures.conversations + fileCount);

  let conversationCount = 0;
  async function* conversations() {
    for await (const conversation of readExportConversations(caller, scope, signal)) {
      yield conversation;
      conversationCount += 1;
      await progress.step();
    }
  }
  const key = `${caller.tenantId}/exports/${row.id}-${randomBytes(6).toString('hex')}`;
  async function* attachments(): AsyncGenerator<ZippedAttachment> {
    for await (const attachment of readExportAttachments(caller, scope, signal)) {
      const { conversationId, filename, mimeType, createdAt } = attachment;
      yield {
        conversationId,
        filename,
        mimeType,
        createdAt,
        open: () => openForExport(caller, attachment, `${key}-part`, signal),
      };
      await progress.step();
    }
  }
  const write = await loadWriter(caller, row.format);
  let stream = write(conversations(), meta);
  if (row.includeAttachments) {
    const { writeZip } = await import('../exports/zip.ts');
    const document = { name: exportDocumentName(row), createdAt: row.createdAt, stream };
    stream = writeZip(document, attachments());
  }
  const stored = await storage.put(key, stream, { contentType: exportFile(row).contentType, signal });
  const file = { storageKey: key, sizeBytes: stored.sizeBytes, conversationCount };
  if (!(await completeExport(caller, row.id, file))) await storage.remove(key);
}

/** Loaded as they are needed: the PDF's fonts are large. */
async function loadWriter(caller: Caller, format: ExportRow['format']): Promise<ExportWriter> {
  if (format === 'PDF') {
    const { writePdf } = await import('../exports/pdf/pdf.ts');
    const labels = new Map([...caller.app.providers].map(([name, { label }]) => [name, label]));
    return (conversations, meta) => writePdf(conversations, meta, labels);
  }
  if (format === 'CSV') {
    const { writeCsv } = await import('../exports/csv.ts');
    return (conversations) => writeCsv(conversations);
  }
  const { writeJson, writeJsonl } = await import('../exports/json.ts');
  return format === 'JSON' ? writeJson : (conversations) => writeJsonl(conversations);
}

/** Tells how far it is, once a second at most. */
function createProgress(caller: Caller, id: string, total: number) {
  let done = 0;
  let toldAt = Date.now();
  return {
    /** @throws UnwantedError */
    step: async (): Promise<void> => {
      done += 1;
      if (Date.now() - toldAt < progressEveryMs) return;
      const isWanted = await reportExportProgress(caller, id, Math.min(done / Math.max(total, 1), almostDone));
      if (!isWanted) throw new UnwantedError();
      toldAt = Date.now();
    },
  };
}

/**
 * A file's bytes; null where they are not to be had. Those of an upstream are fetched whole before any of them is
 * written: one that breaks off halfway is missing, and spoils nothing.
 */
async function openForExport(
  caller: Caller,
  attachment: AttachmentRow,
  partKey: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | null> {
  const { storage, log } = caller.app;
  try {
    const { stream } = await openAttachment(caller, attachment, { signal });
    if (attachment.storageKey !== null) return stream;
    await storage.put(partKey, stream, { signal });
    return openOnce(caller, partKey, signal);
  } catch (err) {
    // A fault of the storage passes, or fails the export: only what is not there, or not to be had upstream, is missing.
    const isFault = err instanceof StorageFullError || err instanceof StorageUnavailableError;
    const isMissing = err instanceof FileNotFoundError || (attachment.storageKey === null && !isFault);
    if (signal.aborted || !isMissing) throw err;
    log.warn({ err, attachmentId: attachment.id }, 'an attachment could not be had for an export');
    return null;
  }
}

/** Reads a file and removes it. */
async function* openOnce(caller: Caller, key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { storage } = caller.app;
  try {
    const { stream } = await storage.open(key, { signal });
    yield* stream;
  } finally {
    await storage.remove(key);
  }
}
