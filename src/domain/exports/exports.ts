import type { Prisma } from '../../database/generated/client.ts';
import type { ExportFormat, ExportStatus } from '../../database/generated/enums.ts';
import { newId } from '../../lib/id.ts';
import type { Page, PageArgs } from '../../lib/pages/paging.ts';
import { signPath } from '../../lib/secrets/signed-url.ts';
import { isStorable } from '../../lib/text.ts';
import { dayMs } from '../../lib/time/durations.ts';
import type { Caller } from '../app.ts';
import { requireScope } from '../caller.ts';
import type { ConversationFilter } from '../conversations/list/filter.ts';
import { NotFoundError } from '../errors.ts';
import { pageNewestFirst } from '../newest-first.ts';
import { transact } from '../unit-of-work.ts';
import { checkExportFilter, fromStoredFilter, toStoredFilter } from './filter.ts';

/** Documents of conversations: asked for, made by a job, and kept for seven days. */

export type ExportRow = {
  id: string;
  /** EXPIRED from the instant on that it is, whether or not the file is removed yet. */
  status: ExportStatus;
  format: ExportFormat;
  filter: ConversationFilter | null;
  includeAttachments: boolean;
  /** 0 to 1; never runs backwards. */
  progress: number;
  /** Null until it has completed. */
  conversationCount: number | null;
  sizeBytes: bigint | null;
  /** There only while it can be had. */
  storageKey: string | null;
  error: string | null;
  createdAt: Date;
  completedAt: Date | null;
  expiresAt: Date;
};

const lifetimeMs = 7 * dayMs;

const columns = {
  id: true,
  status: true,
  format: true,
  filter: true,
  includeAttachments: true,
  progress: true,
  conversationCount: true,
  sizeBytes: true,
  storageKey: true,
  error: true,
  createdAt: true,
  completedAt: true,
  expiresAt: true,
} as const;

type StoredExport = Prisma.ExportGetPayload<{ select: typeof columns }>;

function toRow(stored: StoredExport): ExportRow {
  const row = { ...stored, filter: fromStoredFilter(stored.filter) };
  const isOver = stored.status === 'COMPLETED' && stored.expiresAt <= new Date();
  return isOver ? { ...row, status: 'EXPIRED', storageKey: null } : row;
}

type CreateExportInput = {
  format: ExportFormat;
  filter?: ConversationFilter | null | undefined;
  /** Adds the files: the export is then a ZIP. */
  includeAttachments?: boolean | null | undefined;
};

/** Asks for an export; a job makes it. @throws ForbiddenError; ValidationError where the filter cannot hold */
export async function createExport(caller: Caller, input: CreateExportInput): Promise<ExportRow> {
  requireScope(caller, 'conversations:read');
  checkExportFilter(caller, input.filter);
  const filter = toStoredFilter(input.filter);
  const id = newId('export');
  const { tenantId } = caller;
  return transact(caller, async (unit) => {
    const stored = await unit.tx.export.create({
      data: {
        tenantId,
        id,
        format: input.format,
        ...(filter !== null && { filter: filter as Prisma.InputJsonObject }),
        includeAttachments: input.includeAttachments ?? false,
        createdAt: unit.now,
        expiresAt: new Date(unit.now.getTime() + lifetimeMs),
      },
      select: columns,
    });
    unit.emit({ type: 'export.changed', subjectId: id, data: { status: 'PROCESSING', progress: 0 } });
    unit.enqueue({ name: 'run-export', key: id, data: { tenantId, exportId: id } });
    return toRow(stored);
  });
}

/** Exports by their ids, in no order; unknown ones are left out. */
export async function loadExports(caller: Caller, ids: readonly string[]): Promise<ExportRow[]> {
  requireScope(caller, 'conversations:read');
  const rows = await caller.app.database.prisma.export.findMany({
    where: { tenantId: caller.tenantId, id: { in: ids.filter(isStorable) } },
    select: columns,
  });
  return rows.map(toRow);
}

/** @throws NotFoundError */
export async function getExport(caller: Caller, id: string): Promise<ExportRow> {
  const [row] = await loadExports(caller, [id]);
  if (row === undefined) throw new NotFoundError('Export');
  return row;
}

/** A page of the tenant's exports, newest first. @throws BadRequestError on a bad cursor or size */
export async function listExports(caller: Caller, args: PageArgs): Promise<Page<ExportRow>> {
  requireScope(caller, 'conversations:read');
  const { tenantId } = caller;
  const { prisma } = caller.app.database;
  return pageNewestFirst(
    args,
    async ({ beyond, orderBy, take }) => {
      const rows = await prisma.export.findMany({
        where: { tenantId, AND: beyond },
        orderBy,
        take,
        select: columns,
      });
      return rows.map(toRow);
    },
    () => prisma.export.count({ where: { tenantId } }),
  );
}

const extensions = { CSV: 'csv', JSON: 'json', JSONL: 'jsonl', PDF: 'pdf' } as const;
const contentTypes = {
  CSV: 'text/csv; charset=utf-8',
  JSON: 'application/json',
  JSONL: 'application/jsonl',
  PDF: 'application/pdf',
} as const;

/** `conversations-2026-11-20.csv`, by the UTC day it was asked for. */
export function exportDocumentName({ createdAt, format }: Pick<ExportRow, 'createdAt' | 'format'>): string {
  return `conversations-${createdAt.toISOString().slice(0, 10)}.${extensions[format]}`;
}

/** What the file is called and what it is: the document, or a ZIP of it and of the conversations' files. */
export function exportFile(row: Pick<ExportRow, 'createdAt' | 'format' | 'includeAttachments'>): {
  name: string;
  contentType: string;
} {
  const name = exportDocumentName(row);
  if (!row.includeAttachments) return { name, contentType: contentTypes[row.format] };
  return { name: name.replace(/\.\w+$/, '.zip'), contentType: 'application/zip' };
}

/** Where a completed export can be had until it expires, by whoever has the address; null where it cannot. */
export function exportUrl(caller: Caller, row: Pick<ExportRow, 'id' | 'storageKey' | 'expiresAt'>): string | null {
  if (row.storageKey === null) return null;
  const path = signPath({
    key: caller.app.secrets.signingKey('files'),
    path: `/files/exports/${row.id}`,
    expiresAt: row.expiresAt,
    claims: { tenant: caller.tenantId },
  });
  return `${caller.baseUrl}${path}`;
}
