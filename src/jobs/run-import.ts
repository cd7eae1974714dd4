import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { App, Caller } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { DomainError } from '../domain/errors.ts';
import { type ImportRow, loadImports } from '../domain/imports/imports.ts';
import { endImport, holdImport, reportImportProgress, UnwantedImportError } from '../domain/imports/lifecycle.ts';
import type { ImportReport } from '../domain/imports/report.ts';
import { importFile } from '../imports/import-file.ts';
import { UnreadableFileError } from '../imports/read.ts';
import { FileNotFoundError, StorageUnavailableError } from '../storage/errors.ts';
import type { JobHandler } from './queue.ts';

const progressEveryMs = 1_000;
/** Read to the end, but not yet told so. */
const almostDone = 0.99;

/**
 * Reads a file that was given to be imported. What has become of it is kept every second, and where a shutdown cuts it
 * short: the next try goes on from there. What a crash undoes of that is read once more, and found to be there.
 * `folder`: where the file lies while it is read.
 */
export function createRunImportHandler(app: App, folder: string): JobHandler<'run-import'> {
  return async ({ tenantId, importId }, signal, attempt) => {
    const caller = systemCaller(app, tenantId);
    const [row] = await loadImports(caller, [importId]);
    if (row?.status !== 'PROCESSING' || row.storageKey === null) return;
    try {
      const report = await read(caller, row, row.storageKey, { folder, signal });
      const { stoppedBy } = report;
      await endImport(
        caller,
        importId,
        stoppedBy === null ? { status: 'COMPLETED', report } : { status: 'FAILED', error: stoppedBy, report },
      );
    } catch (err) {
      if (err instanceof UnwantedImportError) return;
      const isForGood = err instanceof UnreadableFileError || err instanceof FileNotFoundError;
      if (signal.aborted || (!isForGood && !attempt?.isLast)) throw err;
      if (!(err instanceof UnreadableFileError)) app.log.error({ err, importId }, 'an import failed for good');
      await endImport(caller, importId, { status: 'FAILED', error: reasonOf(err), report: null });
    }
  };
}

function reasonOf(err: unknown): string {
  if (err instanceof UnreadableFileError) return `It cannot be read: ${err.message}`;
  if (err instanceof FileNotFoundError) return 'The file is gone from the storage; give it again';
  if (err instanceof StorageUnavailableError) return 'The file storage does not answer';
  return err instanceof DomainError ? err.message : 'It could not be read to its end, for a fault of the server';
}

/** Formats are read from their place in a file, and a chat is named by what its file is called: it gets a copy here. */
async function read(
  caller: Caller,
  row: ImportRow,
  storageKey: string,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<ImportReport> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await mkdtemp(path.join(folder, 'import-'));
  try {
    const file = path.join(place, row.filename);
    const { stream } = await caller.app.storage.open(storageKey, { signal });
    await pipeline(stream, createWriteStream(file, { mode: 0o600 }), { signal });
    return await importWatched(caller, row, file, signal);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function importWatched(caller: Caller, row: ImportRow, file: string, signal: AbortSignal): Promise<ImportReport> {
  const latest: { report: ImportReport | null; progress: number } = { report: row.report, progress: row.progress };
  let toldAt = Date.now();
  const tell = async (report: ImportReport, progress: number) => {
    toldAt = Date.now();
    await reportImportProgress(caller, row.id, report, Math.min(progress, almostDone));
  };
  try {
    return await importFile(caller, file, {
      assistant: row.assistant,
      isDryRun: row.isDryRun,
      signal,
      before: row.report,
      hold: (tx) => holdImport(tx, caller.tenantId, row.id),
      onProgress: async (report, progress) => {
        Object.assign(latest, { report, progress });
        if (Date.now() - toldAt >= progressEveryMs) await tell(report, progress);
      },
    });
  } catch (err) {
    if (!(err instanceof UnwantedImportError) && latest.report !== null) await tell(latest.report, latest.progress);
    throw err;
  }
}
