import type { Prisma } from '../../database/generated/client.ts';
import type { ImportStatus } from '../../database/generated/enums.ts';
import { cleanFilename } from '../../lib/filename.ts';
import { newId } from '../../lib/id.ts';
import type { Page, PageArgs } from '../../lib/pages/paging.ts';
import { isStorable, textProblem } from '../../lib/text.ts';
import { FileTooLargeError } from '../../storage/errors.ts';
import { meter } from '../../storage/metered.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import { ValidationError } from '../errors.ts';
import { pageNewestFirst } from '../newest-first.ts';
import { transact } from '../unit-of-work.ts';
import { fromStoredReport, type ImportReport } from './report.ts';

/** Files that become conversations: taken in, read by a job, and told of for thirty days. */

export type ImportRow = {
  id: string;
  status: ImportStatus;
  filename: string;
  sizeBytes: bigint;
  /** Where the file waits; null once it has been read. */
  storageKey: string | null;
  assistant: string | null;
  isDryRun: boolean;
  /** 0 to 1; never runs backwards. */
  progress: number;
  /** Null until something of the file was read. */
  report: ImportReport | null;
  error: string | null;
  createdAt: Date;
  completedAt: Date | null;
};

/** Of one tenant at once: what waits lies on the disk, and counts for no storage limit. */
const maxWaiting = 10;
const maxAssistantLength = 200;
const mebibyte = 1_048_576;

const columns = {
  id: true,
  status: true,
  filename: true,
  sizeBytes: true,
  storageKey: true,
  assistant: true,
  isDryRun: true,
  progress: true,
  report: true,
  error: true,
  createdAt: true,
  completedAt: true,
} as const;

function toRow(stored: Prisma.ImportGetPayload<{ select: typeof columns }>): ImportRow {
  return { ...stored, report: fromStoredReport(stored.report) };
}

type ImportUpload = {
  /** As the client calls it; cleaned before it is kept. */
  filename: string;
  /** Whoever is called this in a chat answers: the others' words are questions. */
  assistant?: string | null | undefined;
  /** Says what would be done, and changes nothing. */
  isDryRun: boolean;
  /** Read once, as it is stored. */
  stream: AsyncIterable<Uint8Array>;
  /** Ends the upload, which then leaves nothing. */
  signal: AbortSignal;
};

/**
 * Takes a file in, to be read by a job. The bytes are stored first and the row is written after; what a crash leaves is
 * removed by the daily sweep. Memory does not grow with the file.
 * @throws ForbiddenError, ValidationError (on `file`, past the largest size or the most that may wait; on `assistant`),
 * the signal's reason, the stream's own error, or the storage's
 */
export async function createImport(caller: Caller, upload: ImportUpload): Promise<ImportRow> {
  requireScope(caller, 'conversations:write');
  const assistant = upload.assistant?.trim() || null;
  checkAssistant(assistant);
  await checkWaiting(caller);
  const { app, tenantId } = caller;
  const id = newId('import');
  const storageKey = `${tenantId}/imports/${id}`;
  const sizeBytes = await store(caller, storageKey, upload);
  try {
    return await transact(caller, async (unit) => {
      const stored = await unit.tx.import.create({
        data: {
          tenantId,
          id,
          filename: cleanFilename(upload.filename),
          sizeBytes: BigInt(sizeBytes),
          storageKey,
          assistant,
          isDryRun: upload.isDryRun,
          createdAt: unit.now,
        },
        select: columns,
      });
      unit.emit({ type: 'import.changed', subjectId: id, data: { status: 'PROCESSING', progress: 0 } });
      unit.enqueue({ name: 'run-import', key: id, data: { tenantId, importId: id } });
      return toRow(stored);
    });
  } catch (err) {
    // A commit whose answer was lost may have gone through: the file stays then, for the job or the sweep.
    app.log.warn({ err, storageKey }, 'an import could not be written; the sweep removes its file');
    throw err;
  }
}

async function store(caller: Caller, key: string, { stream, signal }: ImportUpload): Promise<number> {
  const { storage, settings } = caller.app;
  try {
    const { chunks } = meter(stream, { maxBytes: settings.maxUploadBytes, signal });
    return (await storage.put(key, chunks, { signal })).sizeBytes;
  } catch (err) {
    if (!(err instanceof FileTooLargeError)) throw err;
    const limit = Math.floor(settings.maxUploadBytes / mebibyte);
    throw new ValidationError({
      file: [`File must be at most ${limit} MB; the operator can read a larger one in with npm run import`],
    });
  }
}

function checkAssistant(assistant: string | null): void {
  if (assistant === null) return;
  const problem =
    assistant.length > maxAssistantLength ? `must be at most ${maxAssistantLength} characters` : textProblem(assistant);
  if (problem !== null) throw new ValidationError({ assistant: [`Assistant ${problem}`] });
}

async function checkWaiting(caller: Caller): Promise<void> {
  const { prisma } = caller.app.database;
  const waiting = await prisma.import.count({ where: { tenantId: caller.tenantId, status: 'PROCESSING' } });
  if (waiting < maxWaiting) return;
  throw new ValidationError({ file: [`${maxWaiting} files are being read already: wait until one of them is done`] });
}

/** Imports by their ids, in no order; unknown ones are left out. */
export async function loadImports(caller: Caller, ids: readonly string[]): Promise<ImportRow[]> {
  requireScope(caller, 'conversations:read');
  const rows = await caller.app.database.prisma.import.findMany({
    where: { tenantId: caller.tenantId, id: { in: ids.filter(isStorable) } },
    select: columns,
  });
  return rows.map(toRow);
}

/** A page of the tenant's imports, newest first. @throws BadRequestError on a bad cursor or size */
export async function listImports(caller: Caller, args: PageArgs): Promise<Page<ImportRow>> {
  requireScope(caller, 'conversations:read');
  const { tenantId } = caller;
  const { prisma } = caller.app.database;
  return pageNewestFirst(
    args,
    async ({ beyond, orderBy, take }) => {
      const rows = await prisma.import.findMany({
        where: { tenantId, AND: beyond },
        orderBy,
        take,
        select: columns,
      });
      return rows.map(toRow);
    },
    () => prisma.import.count({ where: { tenantId } }),
  );
}
