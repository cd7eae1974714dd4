import { stat } from 'node:fs/promises';
import type { Caller } from '../domain/app.ts';
import { type ImportOutcome, importConversation, importProblem } from '../domain/conversations/imports.ts';
import { DomainError, QuotaExceededError } from '../domain/errors.ts';
import { detectFormat } from './detect.ts';
import { type ReadOptions, UnreadableFileError } from './read.ts';

export type ImportReport = {
  format: string;
  isDryRun: boolean;
  /** Conversations by what became of them; with `isDryRun`, what would. */
  outcomes: Record<ImportOutcome, number>;
  /** Of those imported. */
  messages: number;
  leftOut: number;
  /** The first of what was left out, and why. */
  reasons: { place: string; reason: string }[];
  /** What ended it before the file's end, in words; null where it was read whole. What was kept until then stays. */
  stoppedBy: string | null;
};

export type ImportOptions = ReadOptions & {
  isDryRun: boolean;
  signal: AbortSignal;
  /** Told after each conversation. */
  onProgress?: (report: Readonly<ImportReport>) => void;
};

const maxReasons = 200;

/**
 * Reads a file into the caller's tenant. The same file twice changes nothing: what it holds is known by what it says
 * of itself. Memory does not grow with the file, but with its longest conversation.
 * @throws UnreadableFileError where it is no file that is known, ForbiddenError, QuotaExceededError
 */
export async function importFile(caller: Caller, file: string, options: ImportOptions): Promise<ImportReport> {
  if (!(await stat(file)).isFile()) throw new UnreadableFileError('that is no file');
  const { format, read } = await detectFormat(file);
  const report: ImportReport = {
    format,
    isDryRun: options.isDryRun,
    outcomes: { IMPORTED: 0, EXTENDED: 0, UNCHANGED: 0, DIFFERENT: 0 },
    messages: 0,
    leftOut: 0,
    reasons: [],
    stoppedBy: null,
  };
  const leaveOut = (place: string, reason: string) => {
    report.leftOut += 1;
    if (report.reasons.length < maxReasons) report.reasons.push({ place, reason });
  };
  try {
    for await (const item of read(file, options)) {
      options.signal.throwIfAborted();
      if ('reason' in item) leaveOut(item.place, item.reason);
      else {
        const problem = importProblem(item.conversation);
        if (problem !== null) leaveOut(item.place, problem);
        else await keep(item.conversation, item.place);
      }
      options.onProgress?.(report);
    }
  } catch (err) {
    if (!(err instanceof UnreadableFileError) && !(err instanceof QuotaExceededError)) throw err;
    report.stoppedBy = err.message;
  }
  return report;

  async function keep(conversation: Parameters<typeof importConversation>[1], place: string): Promise<void> {
    try {
      const outcome = await importConversation(caller, conversation, options.isDryRun);
      report.outcomes[outcome] += 1;
      if (outcome === 'IMPORTED') report.messages += conversation.messages.length;
      if (outcome === 'DIFFERENT') {
        leaveOut(place, 'it is there already, and is not what the file says: what is there stays');
      }
    } catch (err) {
      if (!(err instanceof DomainError) || err instanceof QuotaExceededError) throw err;
      leaveOut(place, err.message);
    }
  }
}
