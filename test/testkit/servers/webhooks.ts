import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import type { ConversationRow } from '../../../src/domain/conversations/conversations.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { authenticate } from '../../../src/domain/tenants/api-keys.ts';
import { loadDeliveries, loadDeliveryPages, type WebhookDeliveryRow } from '../../../src/domain/webhooks/deliveries.ts';
import { createWebhook, deleteWebhook, listWebhooks, type WebhookRow } from '../../../src/domain/webhooks/webhooks.ts';
import { type DatabaseKind, startGateway, type TestGateway } from '../gateway.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

/** How long, and how often, what is to happen soon is looked for. */
export const soon = { timeout: 45_000, interval: 20 };

export type WebhookWorld = {
  readonly gateway: TestGateway;
  readonly caller: Caller;
  /** A new one for each test. */
  readonly receiver: WebhookReceiver;
  /** A webhook to the receiver; all are removed after each test. */
  make(events: readonly string[], url?: string): Promise<{ webhook: WebhookRow; secret: string }>;
  /** Its newest hundred. */
  deliveriesOf(webhookId: string): Promise<WebhookDeliveryRow[]>;
  delivery(id: string): Promise<WebhookDeliveryRow>;
  /** A delivery once it is as awaited. */
  settled(id: string, isSettled: (row: WebhookDeliveryRow) => boolean): Promise<WebhookDeliveryRow>;
  /** Makes a delivery due, and delivers it. */
  deliverNow(row: WebhookDeliveryRow): Promise<void>;
  /** Something to be told of. */
  say(title: string, as?: Caller): Promise<ConversationRow>;
};

/** A gateway for a suite's tests, and a receiver for each of them. */
export function useWebhooks(database: DatabaseKind): WebhookWorld {
  // Much of what is awaited here is the work of jobs, which a busy machine may take its time for.
  vi.setConfig({ testTimeout: 120_000 });
  let gateway: TestGateway;
  let caller: Caller;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    gateway = await startGateway({ database });
    caller = await authenticate(gateway.app, gateway.apiKey, gateway.url);
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    receiver = await startWebhookReceiver();
  });
  afterEach(async () => {
    for (const { id } of await listWebhooks(caller)) await deleteWebhook(caller, id);
    await receiver.close();
  });

  const delivery = async (id: string) => {
    const [row] = await loadDeliveries(caller, [id]);
    if (row === undefined) throw new Error(`there is no delivery ${id}`);
    return row;
  };
  return {
    get gateway() {
      return gateway;
    },
    get caller() {
      return caller;
    },
    get receiver() {
      return receiver;
    },
    make: (events, url = receiver.url) => createWebhook(caller, { url, events }),
    deliveriesOf: async (webhookId) => {
      const [page] = await loadDeliveryPages(caller, [webhookId], { first: 100 });
      return page?.edges.map(({ node }) => node) ?? [];
    },
    delivery,
    settled: (id, isSettled) =>
      vi.waitFor(async () => {
        const row = await delivery(id);
        if (!isSettled(row)) throw new Error(`not yet: ${JSON.stringify(row)}`);
        return row;
      }, soon),
    deliverNow: ({ id, webhookId }) =>
      gateway.app.database.transaction(async (tx) => {
        await tx.webhookDelivery.updateMany({ where: { id }, data: { nextAttemptAt: new Date(Date.now() - 1) } });
        await gateway.app.enqueue.within(tx, [
          { name: 'deliver-webhook', data: { tenantId: caller.tenantId, webhookId } },
        ]);
      }),
    say: (title, as = caller) => createConversation(as, { title, content: `About ${title}.` }),
  };
}
