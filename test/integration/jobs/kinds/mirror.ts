import { expect } from 'vitest';
import { createConversation } from '../../../../src/domain/conversations/writes.ts';
import { signWebhook } from '../../../../src/lib/secrets/webhook-signature.ts';
import type { TestGateway } from '../../../testkit/gateway.ts';
import { startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { connectSynced } from './accounts.ts';
import { ended, type JobKind, numbers, text } from './kind.ts';

/** Jobs that read one conversation of an upstream and bring its mirror up to date. */

const webhookSecret = 'whsec_of_many';

/** Each conversation and each completed summary is there once, and was told of once. */
async function expectEachOnce(gateway: TestGateway, total: number): Promise<void> {
  const each = { all: total, things: total };
  const mirrored = 'SELECT count(*) AS "all", count(DISTINCT external_id) AS things FROM conversation';
  expect(await numbers(gateway, mirrored)).toEqual(each);
  const told = `SELECT count(*) AS "all", count(DISTINCT subject_id) AS things FROM event WHERE type = 'conversation.created'`;
  expect(await numbers(gateway, told)).toEqual(each);
  const summaries = `SELECT count(*) AS "all", count(DISTINCT conversation_id) AS things, max(version) AS version
    FROM summary WHERE status = 'COMPLETED' AND content <> ''`;
  expect(await numbers(gateway, summaries)).toEqual({ ...each, version: 1 });
  expect(await gateway.app.database.prisma.summary.count()).toBe(total);
  expect(await ended(gateway, 'summary.changed')).toEqual(each);
}

/** Each event is posted twice, as upstreams do that had no answer. */
export const inboundWebhooks: JobKind = async (gateway, total, closers) => {
  const api = await startAiMyChats();
  closers.defer(() => api.close());
  const { id: upstreamId } = await connectSynced(gateway, api, closers, { webhookSecret });
  const { prisma } = gateway.app.database;
  const post = async (body: string) => {
    const signature = signWebhook(webhookSecret, body, Math.floor(Date.now() / 1_000));
    const headers = { 'content-type': 'application/json', 'x-aimychats-signature': signature };
    const response = await gateway.fetch(`/webhooks/upstreams/${upstreamId}`, { method: 'POST', headers, body });
    expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
  };
  return {
    ask: async (index) => {
      const title = `Parcel ${index}`;
      const { id, created_at } = api.conversations.add({ title, content: text, summary: { content: 'Broken.' } });
      const data = { conversation: { id } };
      const body = JSON.stringify({ id: `evt_${index}`, type: 'conversation.created', created_at, data });
      await Promise.all([post(body), post(body)]);
    },
    countDone: () => prisma.inboundWebhook.count({ where: { handledAt: { not: null } } }),
    expectOnce: async () => {
      expect(await prisma.inboundWebhook.count()).toBe(total);
      await expectEachOnce(gateway, total);
    },
  };
};

/** Of two summaries one is there at the first look, a second after it was asked for, and one is looked for again. */
const summaryMs = [0, 1_500];

export const watchedSummaries: JobKind = async (gateway, total, closers) => {
  const api = await startAiMyChats();
  closers.defer(() => api.close());
  const { caller, id: upstreamId } = await connectSynced(gateway, api, closers);
  const { prisma } = gateway.app.database;
  return {
    ask: async (index) => {
      const { externalId } = await createConversation(caller, { title: `Parcel ${index}`, content: text, upstreamId });
      setTimeout(() => api.finishSummary(externalId ?? ''), summaryMs[index % summaryMs.length]);
    },
    countDone: () => prisma.summary.count({ where: { status: 'COMPLETED' } }),
    expectOnce: async () => {
      await expectEachOnce(gateway, total);
      expect(api.conversations.size).toBe(total);
      const begun = `SELECT count(*) AS "all" FROM event WHERE type = 'summary.changed' AND data ->> 'status' = 'PROCESSING'`;
      expect(await numbers(gateway, begun)).toEqual({ all: total });
    },
  };
};
