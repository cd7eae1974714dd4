import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import {
  createConversation,
  deleteConversation,
  updateConversation,
} from '../../../src/domain/conversations/writes.ts';
import { createApiKey, revokeApiKey } from '../../../src/domain/tenants/api-keys.ts';
import { testWebhook } from '../../../src/domain/webhooks/deliveries.ts';
import { dispatchWebhooks } from '../../../src/domain/webhooks/dispatch.ts';
import {
  createWebhook,
  deleteWebhook,
  updateWebhook,
  webhookEventTypes,
} from '../../../src/domain/webhooks/webhooks.ts';
import { addTenant, createDatabase, eachDatabase, newTestKey, startGateway } from '../../testkit/gateway.ts';
import { signatureProblems, startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { soon, useWebhooks } from '../../testkit/servers/webhooks.ts';

eachDatabase('webhooks', (database) => {
  const world = useWebhooks(database);
  const { make, deliveriesOf, delivery, settled, say } = world;

  test('a change is posted once, signed by both conventions, and its delivery is logged', async () => {
    const { webhook, secret } = await make(['conversation.created']);
    const conversation = await createConversation(world.caller, {
      title: 'Hello',
      content: 'Hi <there> ✓',
      source: 'WEB',
    });
    await expect.poll(() => world.receiver.received.length, soon).toBe(1);
    const [request] = world.receiver.received;
    if (request === undefined) throw new Error('nothing came');
    expect(signatureProblems(request, secret)).toEqual([]);
    expect(signatureProblems(request, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toHaveLength(2);
    expect(request.headers['content-type']).toBe('application/json');
    expect(request.event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{26}$/),
      type: 'conversation.created',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      data: {
        conversation: {
          id: conversation.id,
          title: 'Hello',
          source: 'web',
          created_at: `${conversation.createdAt.toISOString().slice(0, 19)}Z`,
          summary: expect.toSatisfy((value: unknown) => value === null || typeof value === 'object'),
          status: expect.stringMatching(/^(processing|completed)$/),
        },
      },
    });
    const [row] = await deliveriesOf(webhook.id);
    const done = await settled(row?.id ?? '', ({ status }) => status === 'DELIVERED');
    expect(done).toMatchObject({
      eventId: request.event.id,
      eventType: 'conversation.created',
      attempts: 1,
      responseStatus: 200,
      error: null,
      nextAttemptAt: null,
    });
    expect(done.responseTimeMs).toBeGreaterThanOrEqual(0);
    expect(world.receiver.received).toHaveLength(1);
  });

  test('each kind of change has the form that is published', async () => {
    await make([...webhookEventTypes]);
    const { id } = await say('kinds');
    // Summaries of earlier conversations may still be made.
    const of = (type: string) => world.receiver.ofType(type).filter(({ body }) => body.includes(id));
    await expect.poll(() => of('summary.generated').length, soon).toBe(1);
    await updateConversation(world.caller, id, { title: 'kinds, changed' });
    await expect
      .poll(() => of('conversation.updated').some(({ body }) => body.includes('kinds, changed')), soon)
      .toBe(true);
    await deleteConversation(world.caller, id);
    const { apiKey } = await createApiKey(world.caller, { name: 'told', scopes: ['admin'] });
    await revokeApiKey(world.caller, apiKey.id);
    await expect.poll(() => world.receiver.ofType('api_key.revoked').length, soon).toBe(1);
    await expect.poll(() => of('conversation.deleted').length, soon).toBe(1);
    expect(of('summary.generated')[0]?.event.data).toEqual({
      conversation_id: id,
      summary: {
        title: expect.any(String),
        content: expect.any(String),
        sentiment: expect.stringMatching(/^(positive|neutral|negative)$/),
        topics: expect.any(Array),
        action_items: expect.any(Array),
      },
    });
    const updated = of('conversation.updated').at(-1)?.event.data;
    expect(updated).toMatchObject({
      conversation: { id, title: 'kinds, changed', status: 'completed', summary: { title: expect.any(String) } },
    });
    expect(of('conversation.deleted')[0]?.event.data).toMatchObject({
      conversation: { id, title: 'kinds, changed', source: 'api', summary: null },
    });
    expect(world.receiver.ofType('api_key.created')[0]?.event.data).toMatchObject({
      api_key: { id: apiKey.id, name: 'told' },
    });
  });

  test('the storage limit is told of as it is neared and passed', async () => {
    const { tenantId } = await addTenant(world.gateway, `small-${database}`);
    await world.gateway.app.database.prisma.tenant.update({
      where: { id: tenantId },
      data: { storageLimitBytes: 10_485_760 },
    });
    const small = systemCaller(world.gateway.app, tenantId);
    const { webhook } = await createWebhook(small, { url: world.receiver.url, events: ['storage.limit_reached'] });
    const messages = Array.from({ length: 87 }, () => ({ role: 'USER' as const, content: 'x'.repeat(100_000) }));
    await createConversation(small, { title: 'large', messages });
    await expect.poll(() => world.receiver.received.length, soon).toBe(1);
    expect(world.receiver.received[0]?.event.data).toEqual({
      usage: { current_mb: 8, limit_mb: 10, percentage: 83 },
      recommendation: expect.any(String),
    });
    await deleteWebhook(small, webhook.id);
  });

  test('only what is subscribed to, only from then on, and only of the own tenant', async () => {
    await say('before');
    const other = await addTenant(world.gateway, `other-${database}`);
    const stranger = systemCaller(world.gateway.app, other.tenantId);
    const { webhook: foreign } = await createWebhook(stranger, {
      url: `${world.receiver.url}/other`,
      events: ['conversation.created'],
    });
    await make(['conversation.created']);
    await say('after');
    await say('of the other', stranger);
    await expect.poll(() => world.receiver.received.length, soon).toBe(2);
    // The summaries' events have been passed over once another conversation's has come.
    await say('last');
    await expect.poll(() => world.receiver.received.length, soon).toBe(3);
    const told = world.receiver.received.map(({ path, event }) => [
      path,
      event.type,
      (event.data as { conversation: { title: string } }).conversation.title,
    ]);
    expect(told.sort()).toEqual([
      ['/hook', 'conversation.created', 'after'],
      ['/hook', 'conversation.created', 'last'],
      ['/hook/other', 'conversation.created', 'of the other'],
    ]);
    await deleteWebhook(stranger, foreign.id);
  });

  test('followed twice and by several at once, the log makes one delivery for each event', async () => {
    world.receiver.answer('hang');
    const { webhook } = await make(['conversation.created']);
    for (let count = 0; count < 5; count++) await say(`number ${count}`);
    await expect.poll(async () => (await deliveriesOf(webhook.id)).length, soon).toBe(5);
    await world.gateway.app.database.prisma.eventReader.updateMany({
      where: { tenantId: world.caller.tenantId, name: `webhooks/${webhook.id}` },
      data: { seq: 0 },
    });
    await Promise.all([1, 2, 3].map(() => dispatchWebhooks(world.gateway.app, world.caller.tenantId)));
    while (await dispatchWebhooks(world.gateway.app, world.caller.tenantId));
    const rows = await deliveriesOf(webhook.id);
    const ids = new Set(rows.map(({ eventId }) => eventId));
    expect(ids.size).toBe(rows.length);
    const created = await world.gateway.app.database.prisma.event.count({
      where: { tenantId: world.caller.tenantId, type: 'conversation.created' },
    });
    expect(rows).toHaveLength(Math.min(100, created));
  });

  test('a conversation that is gone before webhooks are told of it is told of by what the log keeps', async () => {
    const { webhook } = await make(['conversation.created', 'conversation.deleted']);
    await world.gateway.app.database.prisma.webhook.updateMany({ where: { id: webhook.id }, data: { active: false } });
    const { id } = await say('short-lived');
    await deleteConversation(world.caller, id);
    await world.gateway.app.database.prisma.webhook.updateMany({ where: { id: webhook.id }, data: { active: true } });
    await expect
      .poll(() => world.receiver.received.map(({ event }) => event.type).sort(), soon)
      .toEqual(['conversation.created', 'conversation.deleted']);
    for (const { event } of world.receiver.received) {
      expect(event.data).toMatchObject({ conversation: { id, title: 'short-lived', summary: null } });
    }
  });

  test('an inactive one stops; active again it gets what waited, and not what happened in between', async () => {
    world.receiver.answer({ status: 500 });
    const { webhook } = await make(['conversation.created']);
    await say('waits');
    await expect.poll(() => world.receiver.received.length, soon).toBe(1);
    const [row] = await deliveriesOf(webhook.id);
    await settled(row?.id ?? '', ({ attempts }) => attempts === 1);
    await updateWebhook(world.caller, webhook.id, { active: false });
    world.receiver.answer({ status: 200 });
    expect((await delivery(row?.id ?? '')).nextAttemptAt).toBeNull();
    await say('in between');
    await updateWebhook(world.caller, webhook.id, { active: true });
    await say('afterwards');
    await expect.poll(() => world.receiver.received.length, soon).toBe(3);
    const titles = world.receiver.received.map(
      ({ event }) => (event.data as { conversation: { title: string } }).conversation.title,
    );
    expect(titles.sort()).toEqual(['afterwards', 'waits', 'waits']);
    await expect(
      updateWebhook(world.caller, webhook.id, { active: false }).then(() =>
        testWebhook(world.caller, webhook.id, 'api_key.created'),
      ),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('a deleted one leaves nothing behind', async () => {
    const { webhook } = await make(['conversation.created']);
    await testWebhook(world.caller, webhook.id, 'conversation.created');
    await expect.poll(() => world.receiver.received.length, soon).toBe(1);
    await deleteWebhook(world.caller, webhook.id);
    const { prisma } = world.gateway.app.database;
    expect(await prisma.webhookDelivery.count({ where: { webhookId: webhook.id } })).toBe(0);
    expect(await prisma.eventReader.count({ where: { name: { contains: webhook.id } } })).toBe(0);
  });
});

test.runIf(process.env['TEST_DATABASE_URL'] !== undefined)(
  'what happens on a server without workers is told by one with workers',
  async () => {
    const shared = await createDatabase();
    try {
      const env = { BOOTSTRAP_API_KEY: newTestKey() };
      await using receiver = await startWebhookReceiver();
      await using web = await startGateway({ databaseUrl: shared.url, env: { ...env, ROLE: 'web' } });
      await using _worker = await startGateway({ databaseUrl: shared.url, env: { ...env, ROLE: 'worker' } });
      const caller = systemCaller(web.app, web.tenantId);
      await createWebhook(caller, { url: receiver.url, events: ['conversation.created'] });
      const { id } = await createConversation(caller, { title: 'from the web', content: 'x' });
      await expect.poll(() => receiver.received.length, soon).toBe(1);
      expect(receiver.received[0]?.event.data).toMatchObject({ conversation: { id } });
    } finally {
      await shared.drop();
    }
  },
);
