import { expect } from 'vitest';
import { emitConversation } from '../../../../src/domain/conversations/store.ts';
import { createConversation } from '../../../../src/domain/conversations/writes.ts';
import { transact } from '../../../../src/domain/unit-of-work.ts';
import { createWebhook } from '../../../../src/domain/webhooks/webhooks.ts';
import { startWebhookReceiver } from '../../../testkit/servers/webhook-receiver.ts';
import { type JobKind, newTenants, numbers, text } from './kind.ts';

const webhooksATenant = 10;
/** Of what a webhook may get within an hour. */
const deliveriesAWebhook = 500;

/** `total` deliveries, of fewer events to several webhooks each. */
export const deliveries: JobKind = async (gateway, total, closers) => {
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
      // In turn: a tenant that was told of everything would have more than its webhooks may get within an hour.
      const tenant = Math.floor(index / webhooksATenant) % tenants.length;
      const [caller, conversation] = [tenants[tenant], said[tenant]];
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
