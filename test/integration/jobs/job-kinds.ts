import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import { deleteAttachment, uploadAttachment } from '../../../src/domain/conversations/attachment-writes.ts';
import { emitConversation } from '../../../src/domain/conversations/store.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { ValidationError } from '../../../src/domain/errors.ts';
import { createExport } from '../../../src/domain/exports/exports.ts';
import { createImport } from '../../../src/domain/imports/imports.ts';
import { ensureTenant } from '../../../src/domain/tenants/tenants.ts';
import { transact } from '../../../src/domain/unit-of-work.ts';
import { connectUpstream, disconnectUpstream } from '../../../src/domain/upstreams/upstreams.ts';
import { createWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import type { TestGateway } from '../../testkit/gateway.ts';
import { startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { startAiMyChats } from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

/** A kind of job, on a gateway that serves and works nothing. */
export type Work = {
  /** Asks for the job of that number, from 0. */
  ask(index: number): Promise<unknown>;
  countDone(): Promise<number>;
  /** Once all are done: each was, and what each does is there once. */
  expectOnce(): Promise<void>;
};
export type JobKind = (gateway: TestGateway, total: number, closers: AsyncDisposableStack) => Promise<Work>;

const text = 'The parcel came broken on Monday. Please send me a new one by Friday, or the money back.';
const signal = new AbortController().signal;

/** One number, or several by their names, of a statement's only row. */
async function numbers(gateway: TestGateway, sql: string, ...values: unknown[]): Promise<Record<string, number>> {
  const [row] = await gateway.app.database.prisma.$queryRawUnsafe<Record<string, bigint>[]>(sql, ...values);
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}

/** How often something has come to a state, by the log: `all` times, of so many things. */
const ended = (gateway: TestGateway, type: string) =>
  numbers(
    gateway,
    `SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event
     WHERE type = $1 AND data ->> 'status' = 'COMPLETED'`,
    type,
  );

async function newTenants(gateway: TestGateway, count: number): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (let index = 0; index < count; index++) {
    const { id } = await ensureTenant(gateway.app.database, `many-${index}-${randomUUID().slice(0, 8)}`);
    callers.push(systemCaller(gateway.app, id));
  }
  return callers;
}

async function filesIn(gateway: TestGateway): Promise<string[]> {
  const folder = path.join(gateway.dataDir, 'files');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, `${entry.parentPath}/${entry.name}`));
}

const summaries: JobKind = async (gateway, total) => {
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

const exports: JobKind = async (gateway, total) => {
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

const webhooksATenant = 10;
/** Of what a webhook may get within an hour. */
const deliveriesAWebhook = 500;

/** `total` deliveries, of fewer events to several webhooks each. */
const deliveries: JobKind = async (gateway, total, closers) => {
  const receiver = closers.use(await startWebhookReceiver());
  const tenants = await newTenants(gateway, Math.ceil(total / webhooksATenant / deliveriesAWebhook));
  const events = ['conversation.updated'];
  const said = await Promise.all(
    tenants.map(async (caller) => {
      for (let index = 0; index < webhooksATenant; index++) {
        await createWebhook(caller, { url: `${receiver.url}/${caller.tenantId}/${index}`, events });
      }
      return createConversation(caller, { title: 'Told of', content: text });
    }),
  );
  return {
    ask: async (index) => {
      const [caller, conversation] = [tenants[index % tenants.length], said[index % tenants.length]];
      if (index % webhooksATenant !== 0 || caller === undefined || conversation === undefined) return;
      await transact(caller, async (unit) => emitConversation(unit, 'updated', conversation.id));
    },
    countDone: () => gateway.app.database.prisma.webhookDelivery.count({ where: { status: 'DELIVERED' } }),
    expectOnce: async () => {
      const told = await numbers(gateway, `SELECT count(*) AS "all" FROM event WHERE type = 'conversation.updated'`);
      const all = (told['all'] ?? 0) * webhooksATenant;
      expect(all).toBeGreaterThanOrEqual(total);
      const { prisma } = gateway.app.database;
      await expect
        .poll(() => prisma.webhookDelivery.count({ where: { status: 'DELIVERED' } }), { timeout: 90_000 })
        .toBe(all);
      expect(await prisma.webhookDelivery.count()).toBe(all);
      const came = receiver.received.map(({ path: to, event }) => `${to} ${event.id}`);
      expect(new Set(came).size).toBe(all);
      console.info(
        `${came.length - all} of ${all} deliveries came again, under the same id: their workers were killed`,
      );
    },
  };
};

/** Null past the last tenant. */
async function connectOnce(caller: Caller | undefined, { url: baseUrl, apiKey }: { url: string; apiKey: string }) {
  if (caller === undefined) return null;
  const account = { provider: 'AI_MY_CHATS', baseUrl, apiKey, syncIntervalSeconds: 86_400 } as const;
  const { id } = await connectUpstream(caller, account);
  return { caller, id };
}

/** Each in a tenant of its own, as an account is connected once. */
const syncs: JobKind = async (gateway, total, closers) => {
  const conversations = Array.from({ length: 3 }, (_, index) => ({ title: `Parcel ${index}`, content: text }));
  const api = await startAiMyChats({ conversations });
  closers.defer(() => api.close());
  const tenants = await newTenants(gateway, total);
  const { prisma } = gateway.app.database;
  return {
    ask: async (index) => {
      await connectOnce(tenants[index], api);
    },
    countDone: () => prisma.upstream.count({ where: { status: 'HEALTHY' } }),
    expectOnce: async () => {
      const all = total * conversations.length;
      const sql = 'SELECT count(*) AS "all", count(DISTINCT tenant_id || external_id) AS things FROM conversation';
      expect(await numbers(gateway, sql)).toEqual({ all, things: all });
      const told = `SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event WHERE type = 'conversation.created'`;
      expect(await numbers(gateway, told)).toEqual({ all, things: all });
      expect(await numbers(gateway, 'SELECT sum(created) AS created FROM sync_run')).toEqual({ created: all });
    },
  };
};

const disconnections: JobKind = async (gateway, total, closers) => {
  const api = await startAiMyChats();
  closers.defer(() => api.close());
  const tenants = await newTenants(gateway, total);
  const { prisma } = gateway.app.database;
  return {
    ask: async (index) => {
      const connected = await connectOnce(tenants[index], api);
      if (connected !== null) await disconnectUpstream(connected.caller, connected.id);
    },
    countDone: async () => {
      const gone = `SELECT count(*) AS "all" FROM event WHERE type = 'upstream.changed' AND data ->> 'status' = 'SYNCING'`;
      return ((await numbers(gateway, gone))['all'] ?? 0) - (await prisma.upstream.count());
    },
    expectOnce: async () => {
      expect(await prisma.upstream.count()).toBe(0);
      expect(await prisma.conversation.count()).toBe(0);
    },
  };
};

const importsATenant = 5;

const imports: JobKind = async (gateway, total) => {
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

async function* chunks(line: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(line);
}

const fileDeletions: JobKind = async (gateway, total) => {
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

export const jobKinds: Record<string, JobKind> = {
  summaries,
  exports,
  'webhook deliveries': deliveries,
  syncs,
  disconnections,
  imports,
  'file deletions': fileDeletions,
};
