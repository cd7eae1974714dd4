import { stat } from 'node:fs/promises';
import type { Caller } from '../domain/app.ts';
import { DomainError, QuotaExceededError } from '../domain/errors.ts';
import {
  type ImportedConversation,
  importConversation,
  importProblem,
  type KeepOptions,
} from '../domain/imports/import-conversation.ts';
import { createRehearsal } from '../domain/imports/rehearsal.ts';
import { type ImportReport, maxReasons } from '../domain/imports/report.ts';
import { firstWords } from '../lib/text.ts';
import { detectFormat } from './detect.ts';
import { type ReadingPlace, type ReadOptions, UnreadableFileError } from './read.ts';

export type ImportOptions = Pick<ReadOptions, 'assistant'> &
  KeepOptions & {
    signal: AbortSignal;
    /** What had become of the same file when reading it was cut short: it goes on from there. */
    before?: ImportReport | null;
    /** Told after each of the file's parts, and waited for; `progress` is from 0 to 1. */
    onProgress?: (report: Readonly<ImportReport>, progress: number) => void | Promise<void>;
  };

/** Of a place and of a reason, in characters. */
const maxWords = 300;

/**
 * Reads a file into the caller's tenant. The same file twice changes nothing: what it holds is known by what it says
 * of itself. Memory does not grow with the file, but with its longest conversation.
 * @throws UnreadableFileError where it is no file that is known, ForbiddenError, the signal's reason, and what `hold`
 * and `onProgress` throw
 */
export async function importFile(caller: Caller, file: string, options: ImportOptions): Promise<ImportReport> {
  const { assistant, isDryRun, before = null } = options;
  const about = await stat(file);
  if (!about.isFile()) throw new UnreadableFileError('that is no file');
  const { format, read } = await detectFormat(file);
  const report: ImportReport = structuredClone(before) ?? newReport(format, isDryRun);
  const place: ReadingPlace = { readBytes: 0, totalBytes: about.size };
  const keeping = isDryRun ? { ...options, rehearsal: createRehearsal() } : options;
  let index = 0;
  try {
    for await (const item of read(file, { assistant, place })) {
      index += 1;
      if (index <= (before?.items ?? 0)) continue;
      options.signal.throwIfAborted();
      if ('reason' in item) leaveOut(report, item.place, item.reason);
      else await keep(caller, report, item, keeping);
      report.items = index;
      await options.onProgress?.(report, progressOf(place));
    }
  } catch (err) {
    if (!(err instanceof UnreadableFileError) && !(err instanceof QuotaExceededError)) throw err;
    report.stoppedBy = err.message;
  }
  return report;
}

function newReport(format: string, isDryRun: boolean): ImportReport {
  const outcomes = { IMPORTED: 0, EXTENDED: 0, UNCHANGED: 0, DIFFERENT: 0 };
  return { format, isDryRun, items: 0, outcomes, messages: 0, leftOut: 0, reasons: [], stoppedBy: null };
}

function progressOf({ readBytes, totalBytes }: ReadingPlace): number {
  return totalBytes === 0 ? 1 : Math.min(readBytes / totalBytes, 1);
}

function leaveOut(report: ImportReport, place: string, reason: string): void {
  report.leftOut += 1;
  if (report.reasons.length < maxReasons) report.reasons.push({ place: printable(place), reason: printable(reason) });
}

/** Words of the file, such as a mail's subject, as they can be kept and shown. */
function printable(words: string): string {
  return firstWords(words.toWellFormed().replaceAll('\0', ''), maxWords);
}

async function keep(
  caller: Caller,
  report: ImportReport,
  { conversation, lacks, place }: { conversation: ImportedConversation; lacks?: string; place: string },
  options: KeepOptions,
): Promise<void> {
  const problem = importProblem(conversation);
  if (problem !== null) return leaveOut(report, place, problem);
  if (lacks !== undefined) leaveOut(report, place, lacks);
  try {
    const outcome = await importConversation(caller, conversation, options);
    report.outcomes[outcome] += 1;
    if (outcome === 'IMPORTED') report.messages += conversation.messages.length;
    if (outcome === 'DIFFERENT') {
      leaveOut(report, place, 'it is there already, and is not what the file says: what is there stays');
    }
  } catch (err) {
    if (!(err instanceof DomainError) || err instanceof QuotaExceededError) throw err;
    leaveOut(report, place, err.message);
  }
}
