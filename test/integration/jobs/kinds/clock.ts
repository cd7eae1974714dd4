import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { uploadAttachment } from '../../../../src/domain/conversations/attachment-writes.ts';
import { createConversation } from '../../../../src/domain/conversations/writes.ts';
import type { JobRequest } from '../../../../src/domain/jobs.ts';
import { newId } from '../../../../src/lib/id.ts';
import type { TestGateway } from '../../../testkit/gateway.ts';
import { seedConversations } from '../../../testkit/seed-conversations.ts';
import { chunks, filesIn, type JobKind, newTenants, numbers, noSignal as signal, text } from './kind.ts';

/** Jobs of the clock, of which one goes over everything: each thing that falls due asks for one. */

const dayMs = 86_400_000;
/** Of so many that go, one of their like stays. */
const keptOf = 10;

const fileOf = (gateway: TestGateway, key: string) => path.join(gateway.dataDir, 'files', key);

/** A stored file that was last written so many days ago. */
async function putFile(gateway: TestGateway, key: string, ageDays: number): Promise<void> {
  await gateway.app.storage.put(key, chunks(text), { signal });
  await age(gateway, key, ageDays);
}

async function age(gateway: TestGateway, key: string, days: number): Promise<void> {
  const at = new Date(Date.now() - days * dayMs);
  await utimes(fileOf(gateway, key), at, at);
}

const askFor = (gateway: TestGateway, request: JobRequest) =>
  gateway.app.database.transaction((tx) => gateway.app.enqueue.within(tx, [request]));

/** Files that nothing names, of all kinds; attachments as old stay, and so do files that nothing names yet. */
export const sweeps: JobKind = async (gateway, total) => {
  const [caller] = await newTenants(gateway, 1);
  if (caller === undefined) throw new Error('there is no tenant');
  const { tenantId } = caller;
  const { id: conversationId } = await createConversation(caller, { title: 'With files', content: text });
  const kept: string[] = [];
  for (let index = 0; index < total; index += keptOf) {
    const file = { conversationId, filename: `${index}.txt`, stream: chunks(`File ${index}`), signal };
    await uploadAttachment(caller, file);
    const young = `${tenantId}/${conversationId}/${newId('attachment')}`;
    await putFile(gateway, young, 0);
    kept.push(young);
  }
  const named = await gateway.app.database.prisma.attachment.findMany({ select: { storageKey: true } });
  for (const { storageKey } of named) {
    await age(gateway, storageKey ?? '', 2);
    kept.push(storageKey ?? '');
  }

  const nameless = [
    () => `${conversationId}/${newId('attachment')}`,
    () => `exports/${newId('export')}-0a1b2c`,
    () => `imports/${newId('import')}`,
  ];
  let put = 0;
  return {
    ask: async (index) => {
      await putFile(gateway, `${tenantId}/${nameless[index % nameless.length]?.()}`, 2);
      put++;
      await askFor(gateway, { name: 'sweep-files', key: 'now, not tomorrow', data: {} });
    },
    countDone: async () => {
      const before = put;
      return before - Math.max(0, (await filesIn(gateway)).length - kept.length);
    },
    expectOnce: async () => {
      expect(put).toBe(total);
      expect((await filesIn(gateway)).sort()).toEqual(kept.sort());
      expect(named).toHaveLength(kept.length / 2);
      expect(await gateway.app.database.prisma.attachment.count()).toBe(named.length);
    },
  };
};

/** Conversations past their tenant's days, exports past their time, imports that never ended; and words kept for days. */
export const cleanUps: JobKind = async (gateway, total) => {
  const { tenantId } = gateway;
  const { prisma } = gateway.app.database;
  await prisma.tenant.update({ where: { id: tenantId }, data: { retentionDays: 365 } });
  const sorts = 3;
  const ofEach = Math.ceil(total / sorts);
  const conversationId = (index: number) => `conv_${String(index + 1).padStart(26, '0')}`;
  await seedConversations(gateway.app, tenantId, ofEach + Math.ceil(ofEach / keptOf));
  const fresh = await prisma.conversation.count();
  const words = (at: string, count: number) => `INSERT INTO idempotency_record
    SELECT $1, 'createConversation', gen_random_uuid()::text, '', '{}', ${at} FROM generate_series(1, ${count})`;
  await prisma.$executeRawUnsafe(words(`now() - interval '30 days'`, total), tenantId);
  await prisma.$executeRawUnsafe(words('now()', Math.ceil(total / keptOf)), tenantId);

  const at = (days: number) => new Date(Date.now() + days * dayMs);
  const makeExport = async (expiresInDays: number) => {
    const id = newId('export');
    const storageKey = `${tenantId}/exports/${id}-0a1b2c`;
    await putFile(gateway, storageKey, 0);
    const made = { tenantId, id, storageKey, format: 'JSONL', status: 'COMPLETED', progress: 1 } as const;
    await prisma.export.create({ data: { ...made, createdAt: at(-7), expiresAt: at(expiresInDays) } });
    return storageKey;
  };
  const makeImport = async (ageDays: number) => {
    const id = newId('import');
    const storageKey = `${tenantId}/imports/${id}`;
    await putFile(gateway, storageKey, 0);
    const made = { tenantId, id, storageKey, filename: 'chat.txt', sizeBytes: text.length };
    await prisma.import.create({ data: { ...made, createdAt: at(-ageDays) } });
    return storageKey;
  };
  const kept: string[] = [];
  for (let index = 0; index < ofEach; index += keptOf) kept.push(await makeExport(1), await makeImport(0));

  const fallDue = [
    (nth: number) =>
      prisma.$executeRaw`UPDATE conversation SET activity_at = ${at(-400)} WHERE id = ${conversationId(nth)}`,
    () => makeExport(-1),
    () => makeImport(2),
  ];
  const ends = `SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event
    WHERE type = 'conversation.deleted' OR type = 'export.changed' AND data ->> 'status' = 'EXPIRED'
      OR type = 'import.changed' AND data ->> 'status' = 'FAILED'`;
  return {
    ask: async (index) => {
      await fallDue[index % sorts]?.(Math.floor(index / sorts));
      await askFor(gateway, { name: 'clean-up', key: 'clean-up', data: {} });
    },
    countDone: async () => (await numbers(gateway, ends))['all'] ?? 0,
    expectOnce: async () => {
      expect(await numbers(gateway, ends)).toEqual({ all: total, things: total });
      const conversations = Math.ceil(total / sorts);
      expect(await prisma.conversation.count()).toBe(fresh - conversations);
      expect(await prisma.conversation.count({ where: { activityAt: { lt: at(-365) } } })).toBe(0);
      expect(await prisma.export.count({ where: { status: 'EXPIRED', storageKey: null } })).toBe(
        Math.floor((total + 1) / sorts),
      );
      expect(await prisma.import.count({ where: { status: 'FAILED', storageKey: null } })).toBe(
        Math.floor(total / sorts),
      );
      // The job that ended the last of them goes on to these.
      const patience = { timeout: 60_000 };
      await expect.poll(() => prisma.idempotencyRecord.count(), patience).toBe(Math.ceil(total / keptOf));
      await expect.poll(async () => (await filesIn(gateway)).sort(), patience).toEqual(kept.sort());
    },
  };
};
