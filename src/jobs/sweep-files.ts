import type { App } from '../domain/app.ts';
import { dayMs } from '../lib/time/durations.ts';
import type { ListedFile } from '../storage/file-storage.ts';
import type { JobHandler } from './queue.ts';

/** A file younger than this may belong to a write that is still under way. */
const orphanAgeMs = dayMs;
const batchSize = 500;
/** How the gateway's keys end, within a tenant's folder; what is called otherwise is nobody's business here. */
const attachmentKey = /^conv_\w+\/(att_\w+)$/;
const exportKey = /^exports\/(exp_[a-z0-9]+)-[a-z0-9-]+$/;
const importKey = /^imports\/(imp_[a-z0-9]+)$/;

/** Once a day, by a job that the cleaning up enqueues. */
export function createSweepFilesHandler(app: App): JobHandler<'sweep-files'> {
  return async (_data, signal) => {
    await sweepFiles(app, new Date(Date.now() - orphanAgeMs), signal);
  };
}

/**
 * Removes files last changed before `before` that no row names: what a crash left between the writing of a file and
 * the writing of its row, and what could not be removed when it should have been. Only the folders of this database's
 * tenants are looked at, since others may share a bucket. @returns how many were removed
 */
export async function sweepFiles(app: App, before: Date, signal: AbortSignal): Promise<number> {
  let removed = 0;
  const tenants = await app.database.prisma.tenant.findMany({ select: { id: true } });
  for (const { id: tenantId } of tenants) {
    for await (const files of batchesOf(app.storage.list(`${tenantId}/`, { signal }), before)) {
      const keys = files.map(({ key }) => key);
      for (const key of await findOrphans(app, tenantId, keys)) {
        signal.throwIfAborted();
        await app.storage.remove(key, { signal });
        removed += 1;
      }
    }
  }
  if (removed > 0) app.log.info({ files: removed }, 'files that nothing named were removed');
  return removed;
}

async function* batchesOf(files: AsyncIterable<ListedFile>, before: Date): AsyncGenerator<ListedFile[]> {
  let batch: ListedFile[] = [];
  for await (const file of files) {
    if (file.modifiedAt < before) batch.push(file);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Those of the keys that are of the gateway's making, and that no row names. */
async function findOrphans(app: App, tenantId: string, keys: readonly string[]): Promise<string[]> {
  const { prisma } = app.database;
  const idsOf = (pattern: RegExp) =>
    new Map(
      keys.flatMap((key) => {
        const id = pattern.exec(key.slice(tenantId.length + 1))?.[1];
        return id === undefined ? [] : [[key, id] as const];
      }),
    );
  const attachments = idsOf(attachmentKey);
  const exports = idsOf(exportKey);
  const imports = idsOf(importKey);
  const where = (ids: Map<string, string>) => ({ tenantId, id: { in: [...new Set(ids.values())] } });
  const select = { storageKey: true };
  const rows = [
    ...(attachments.size === 0 ? [] : await prisma.attachment.findMany({ where: where(attachments), select })),
    ...(exports.size === 0 ? [] : await prisma.export.findMany({ where: where(exports), select })),
    ...(imports.size === 0 ? [] : await prisma.import.findMany({ where: where(imports), select })),
  ];
  const named = new Set(rows.map(({ storageKey }) => storageKey));
  return [...attachments.keys(), ...exports.keys(), ...imports.keys()].filter((key) => !named.has(key));
}
