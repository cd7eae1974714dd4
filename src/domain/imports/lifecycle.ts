import type { Tx } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import { dayMs } from '../../lib/time/durations.ts';
import type { App, Caller } from '../app.ts';
import { systemCaller } from '../caller.ts';
import { transact, type Unit } from '../unit-of-work.ts';
import { fromStoredReport, type ImportReport } from './report.ts';

/** The reading of a file, from PROCESSING to COMPLETED or FAILED, and how long is told of it. Each step holds once. */

/** An import is no longer PROCESSING: it was ended, or its tenant is gone. */
export class UnwantedImportError extends Error {
  override name = 'UnwantedImportError';
}

/**
 * Holds an import as it is until `tx` ends: whoever ends it waits for what is just being written, and nothing is
 * written after that. @throws UnwantedImportError
 */
export async function holdImport(tx: Tx, tenantId: string, id: string): Promise<void> {
  const held = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM import WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'PROCESSING' FOR SHARE`;
  if (held.length === 0) throw new UnwantedImportError();
}

/**
 * Keeps what has become of the file so far: where reading it goes on should it be cut short.
 * @throws UnwantedImportError
 */
export function reportImportProgress(
  caller: Caller,
  id: string,
  report: ImportReport,
  progress: number,
): Promise<void> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const told = await unit.tx.$executeRaw`
      UPDATE import SET report = ${JSON.stringify(report)}::jsonb, progress = greatest(progress, ${progress}::float8)
      WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'PROCESSING'`;
    if (told === 0) throw new UnwantedImportError();
    unit.emit({ type: 'import.changed', subjectId: id, data: { status: 'PROCESSING', progress } });
  });
}

type ImportEnd =
  | { status: 'COMPLETED'; report: ImportReport }
  /** `error` is in words fit for a user; `report` is null where nothing was read. */
  | { status: 'FAILED'; error: string; report: ImportReport | null };

/** Ends an import that is PROCESSING; a job enqueued with that removes its file. */
export function endImport(caller: Caller, id: string, end: ImportEnd): Promise<void> {
  return transact(caller, (unit) => endWithin(unit, caller.tenantId, id, end));
}

async function endWithin(unit: Unit, tenantId: string, id: string, end: ImportEnd): Promise<void> {
  const row = await unit.tx.import.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (row?.status !== 'PROCESSING') return;
  const progress = end.status === 'COMPLETED' ? 1 : row.progress;
  const { count } = await unit.tx.import.updateMany({
    where: { tenantId, id, status: 'PROCESSING' },
    data: {
      status: end.status,
      progress,
      storageKey: null,
      completedAt: unit.now,
      ...(end.report !== null && { report: end.report }),
      ...(end.status === 'FAILED' && { error: end.error }),
    },
  });
  if (count === 0) return;
  unit.emit({ type: 'import.changed', subjectId: id, data: { status: end.status, progress } });
  if (row.storageKey !== null) unit.enqueue({ name: 'delete-files', data: { keys: [row.storageKey] } });
}

const batchSize = 100;
/** One that no worker has brought to an end by then never will be: its job has used up its tries. */
const givenUpAfterMs = dayMs;
const toldDays = 30;

/** Fails what was never brought to an end by `now`, and removes what was told of imports of long ago. */
export async function cleanUpImports(app: App, now: Date, signal: AbortSignal): Promise<void> {
  const { prisma } = app.database;
  for (;;) {
    signal.throwIfAborted();
    const due = await prisma.import.findMany({
      where: { status: 'PROCESSING', createdAt: { lte: new Date(now.getTime() - givenUpAfterMs) } },
      select: { tenantId: true, id: true },
      take: batchSize,
    });
    const error = 'The file could not be read within a day; give it again, and what was imported stays as it is';
    for (const { tenantId, id } of due) {
      await endImport(systemCaller(app, tenantId), id, { status: 'FAILED', error, report: null });
    }
    if (due.length < batchSize) break;
  }
  await prisma.import.deleteMany({
    where: { status: { not: 'PROCESSING' }, createdAt: { lte: new Date(now.getTime() - toldDays * dayMs) } },
  });
}

const erasedName = 'erased';

/**
 * Takes out of imports what may hold what is being erased: those under way end, with their files, which the caller
 * removes and a job should it die; what reports name is gone from all of them, and names that hold `text`.
 * @returns how many there were, and the files' keys
 */
export function endImportsHolding(
  caller: Caller,
  text: string | null,
): Promise<{ imports: number; storageKeys: string[] }> {
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const holds = (column: Prisma.Sql) => Prisma.sql`strpos(lower(${column}), lower(${text}::text)) > 0`;
    const rows = await unit.tx.$queryRaw<
      { id: string; storageKey: string | null; report: unknown; isNamed: boolean | null }[]
    >`
      SELECT id, storage_key AS "storageKey", report,
        ${holds(Prisma.sql`filename`)} OR ${holds(Prisma.sql`coalesce(assistant, '')`)} AS "isNamed" FROM import
      WHERE tenant_id = ${tenantId} AND (status = 'PROCESSING' OR report->'reasons' <> '[]'::jsonb
        OR ${holds(Prisma.sql`filename`)} OR ${holds(Prisma.sql`coalesce(assistant, '')`)})
      ORDER BY id FOR UPDATE`;
    const error = 'Something that the file may hold was erased meanwhile; what was imported until then stays';
    for (const { id, report: stored, isNamed } of rows) {
      const report = fromStoredReport(stored);
      await endWithin(unit, tenantId, id, { status: 'FAILED', error, report });
      await unit.tx.import.update({
        where: { tenantId_id: { tenantId, id } },
        data: {
          ...(report !== null && { report: { ...report, reasons: [] } }),
          ...(isNamed === true && { filename: erasedName, assistant: null }),
        },
      });
    }
    return { imports: rows.length, storageKeys: rows.flatMap(({ storageKey }) => storageKey ?? []) };
  });
}
