import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Caller } from '../../../../src/domain/app.ts';
import { systemCaller } from '../../../../src/domain/caller.ts';
import { connectUpstream, disconnectUpstream } from '../../../../src/domain/upstreams/upstreams.ts';
import type { TestGateway } from '../../../testkit/gateway.ts';
import { startWorker } from '../../../testkit/servers/killed-workers.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { type JobKind, newTenants, numbers, text } from './kind.ts';

/** Jobs over accounts as a whole. */

/** Null past the last tenant. */
async function connectOnce(caller: Caller | undefined, { url: baseUrl, apiKey }: { url: string; apiKey: string }) {
  if (caller === undefined) return null;
  const account = { provider: 'AI_MY_CHATS', baseUrl, apiKey, syncIntervalSeconds: 86_400 } as const;
  const { id } = await connectUpstream(caller, account);
  return { caller, id };
}

type Account = { caller: Caller; id: string };

/** The only account of the gateway's tenant, synced once; no sync follows, and nothing is worked off until kills are. */
export async function connectSynced(
  gateway: TestGateway,
  { url: baseUrl, apiKey }: { url: string; apiKey: string },
  closers: AsyncDisposableStack,
  options: { webhookSecret?: string } = {},
): Promise<Account> {
  const caller = systemCaller(gateway.app, gateway.tenantId);
  const account = { provider: 'AI_MY_CHATS', baseUrl, apiKey, syncIntervalSeconds: 86_400, ...options } as const;
  const { id } = await connectUpstream(caller, account);
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-first-sync-'));
  closers.defer(() => rm(folder, { recursive: true, force: true }));
  await using worker = await startWorker(gateway, folder);
  await worker.ready();
  const { prisma } = gateway.app.database;
  await expect.poll(() => prisma.upstream.count({ where: { id, status: 'HEALTHY' } }), { timeout: 120_000 }).toBe(1);
  return { caller, id };
}

/** Each in a tenant of its own, as an account is connected once. */
export const syncs: JobKind = async (gateway, total, closers) => {
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

export const disconnections: JobKind = async (gateway, total, closers) => {
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
