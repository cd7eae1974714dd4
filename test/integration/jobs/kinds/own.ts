import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { systemCaller } from '../../../../src/domain/caller.ts';
import { deleteAttachment, uploadAttachment } from '../../../../src/domain/conversations/attachment-writes.ts';
import { createConversation } from '../../../../src/domain/conversations/writes.ts';
import { ValidationError } from '../../../../src/domain/errors.ts';
import { createExport } from '../../../../src/domain/exports/exports.ts';
import { createImport } from '../../../../src/domain/imports/imports.ts';
import { chunks, ended, filesIn, type JobKind, newTenants, numbers, noSignal as signal, text } from './kind.ts';

/** Jobs over what is the gateway's own. */

export const summaries: JobKind = async (gateway, total) => {
  const caller = systemCaller(gateway.app, gateway.tenantId);
  return {
    ask: (index) => createConversation(caller, { title: `Parcel ${index}`, content: text }),
    countDone: () => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } }),
    expectOnce: async () => {
      expect(await numbers(gateway, 'SELECT count(*) AS "all", max(version) AS version FROM summary')).toEqual({
        all: total,
        version: 1,
      });
      expect(await ended(gateway, 'summary.changed')).toEqual({ all: total, things: total });
      expect(await gateway.app.database.prisma.conversation.count({ where: { status: 'COMPLETED' } })).toBe(total);
    },
  };
};

export const exports: JobKind = async (gateway, total) => {
  const caller = systemCaller(gateway.app, gateway.tenantId);
  await createConversation(caller, { title: 'The only one', content: text });
  const { prisma } = gateway.app.database;
  return {
    ask: () => createExport(caller, { format: 'JSONL' }),
    countDone: () => prisma.export.count({ where: { status: 'COMPLETED' } }),
    expectOnce: async () => {
      expect(await ended(gateway, 'export.changed')).toEqual({ all: total, things: total });
      const rows = await prisma.export.findMany({
        select: { storageKey: true, conversationCount: true, sizeBytes: true },
      });
      expect(rows.every(({ conversationCount, sizeBytes }) => conversationCount === 1 && Number(sizeBytes) > 0)).toBe(
        true,
      );
      const files = new Set(await filesIn(gateway));
      expect(rows.filter(({ storageKey }) => !files.has(storageKey ?? ''))).toEqual([]);
      console.info(`${files.size - rows.length} files were left by killed tries, for the daily sweep`);
    },
  };
};

const importsATenant = 5;

export const imports: JobKind = async (gateway, total) => {
  const tenants = await newTenants(gateway, Math.min(total, 40));
  const { prisma } = gateway.app.database;
  return {
    ask: async (index) => {
      const caller = tenants[index % tenants.length];
      if (caller === undefined) return;
      const line = JSON.stringify({ title: `Parcel ${index}`, messages: [{ role: 'user', content: text }] });
      const file = { filename: `${index}.jsonl`, isDryRun: false, signal };
      // So many of a tenant may wait at once, so many are asked for.
      while (
        (await prisma.import.count({ where: { tenantId: caller.tenantId, status: 'PROCESSING' } })) > importsATenant
      ) {
        await pause(100);
      }
      for (;;) {
        try {
          await createImport(caller, { ...file, stream: chunks(line) });
          return;
        } catch (err) {
          if (!(err instanceof ValidationError)) throw err;
          await pause(100);
        }
      }
    },
    countDone: () => prisma.import.count({ where: { status: 'COMPLETED' } }),
    expectOnce: async () => {
      expect(await ended(gateway, 'import.changed')).toEqual({ all: total, things: total });
      const sql = 'SELECT count(*) AS "all", count(DISTINCT title) AS things FROM conversation';
      expect(await numbers(gateway, sql)).toEqual({ all: total, things: total });
      const told = `SELECT count(*) AS "all" FROM event WHERE type = 'conversation.created'`;
      expect(await numbers(gateway, told)).toEqual({ all: total });
      await expect.poll(() => filesIn(gateway), { timeout: 60_000 }).toEqual([]);
    },
  };
};

export const fileDeletions: JobKind = async (gateway, total) => {
  const caller = systemCaller(gateway.app, gateway.tenantId);
  const { id: conversationId } = await createConversation(caller, { title: 'With files', content: text });
  const attachments: string[] = [];
  for (let index = 0; index < total; index++) {
    const file = { conversationId, filename: `${index}.txt`, stream: chunks(`File ${index}`), signal };
    attachments.push((await uploadAttachment(caller, file)).id);
  }
  return {
    ask: async (index) => deleteAttachment(caller, attachments[index] ?? ''),
    countDone: async () => total - (await filesIn(gateway)).length,
    expectOnce: async () => {
      const { prisma } = gateway.app.database;
      expect(await prisma.attachment.count()).toBe(0);
      const { attachmentsBytes } = await prisma.tenantState.findUniqueOrThrow({
        where: { tenantId: gateway.tenantId },
      });
      expect(attachmentsBytes).toBe(0n);
    },
  };
};
