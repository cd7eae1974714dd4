import { expect, test, vi } from 'vitest';
import { authenticate } from '../../../src/domain/tenants/api-keys.ts';
import { retryPausesMs } from '../../../src/domain/webhooks/attempts.ts';
import {
  loadDeliveries,
  retryWebhookDelivery,
  testWebhook,
  type WebhookDeliveryRow,
} from '../../../src/domain/webhooks/deliveries.ts';
import { createWebhook, getWebhook, updateWebhook } from '../../../src/domain/webhooks/webhooks.ts';
import { createDeliverWebhookHandler } from '../../../src/jobs/deliver-webhook.ts';
import { createEgress } from '../../../src/lib/egress/egress.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';
import { signatureProblems, startWebhookReceiver } from '../../testkit/servers/webhook-receiver.ts';
import { soon, useWebhooks } from '../../testkit/servers/webhooks.ts';

eachDatabase('attempts to deliver', (database) => {
  const world = useWebhooks(database);
  const { make, delivery, settled, deliverNow, say } = world;

  test('what fails is tried again after 1 min, 5 min, 30 min, 2 h and 6 h, then given up, the same each time', async () => {
    world.receiver.answer({ status: 500 });
    const { webhook, secret } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'summary.generated');
    for (const [index, pauseMs] of retryPausesMs.entries()) {
      const row = await settled(id, ({ attempts, nextAttemptAt }) => attempts === index + 1 && nextAttemptAt !== null);
      expect(row).toMatchObject({ status: 'PENDING', responseStatus: 500, error: expect.stringContaining('500') });
      const waitMs = (row.nextAttemptAt?.getTime() ?? 0) - Date.now();
      expect(waitMs).toBeGreaterThan(pauseMs - 10_000);
      expect(waitMs).toBeLessThanOrEqual(pauseMs);
      await deliverNow(row);
    }
    expect(await settled(id, ({ status }) => status === 'FAILED')).toMatchObject({
      attempts: 6,
      nextAttemptAt: null,
    });
    expect(retryPausesMs.map((pauseMs) => pauseMs / 60_000)).toEqual([1, 5, 30, 120, 360]);
    expect(world.receiver.received).toHaveLength(6);
    expect(new Set(world.receiver.received.map(({ body }) => body)).size).toBe(1);
    for (const request of world.receiver.received) expect(signatureProblems(request, secret)).toEqual([]);
  });

  test('a delivery that was given up is tried again now when that is asked for, with the same event', async () => {
    world.receiver.answer({ status: 503 });
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'api_key.created');
    await settled(id, ({ attempts }) => attempts === 1);
    await world.gateway.app.database.prisma.webhookDelivery.updateMany({
      where: { id },
      data: { status: 'FAILED', nextAttemptAt: null, attempts: 6 },
    });
    world.receiver.answer({ status: 200 });
    const { body } = await world.gateway.graphql(
      `mutation ($id: ID!) { retryWebhookDelivery(input: { id: $id }) {
        __typename ... on RetryWebhookDeliveryPayload { delivery { id status attempts } } ... on Error { message } } }`,
      { id },
    );
    expect(body.data).toMatchObject({ retryWebhookDelivery: { delivery: { id, status: 'PENDING' } } });
    expect(await settled(id, ({ status }) => status === 'DELIVERED')).toMatchObject({
      attempts: 7,
      responseStatus: 200,
    });
    expect(new Set(world.receiver.received.map(({ event }) => event.id)).size).toBe(1);
  });

  test.each([200, 201, 202, 204, 299])('%i is delivered', async (status) => {
    world.receiver.answer({ status });
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    const row = await settled(id, (each) => each.attempts > 0);
    expect(row).toMatchObject({ status: 'DELIVERED', responseStatus: status, attempts: 1, error: null });
  });

  test('410 pauses the webhook and says so; what was not delivered waits until it is active again', async () => {
    world.receiver.answer({ status: 410 });
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    const row = await settled(id, (each) => each.attempts === 1);
    expect(row).toMatchObject({ status: 'PENDING', responseStatus: 410, nextAttemptAt: null });
    expect(row.error).toMatch(/gone.*paused.*active/);
    expect(await getWebhook(world.caller, webhook.id)).toMatchObject({ active: false });
    const shown = () =>
      world.gateway.graphql('query ($id: ID!) { webhook(id: $id) { active inactiveReason } }', { id: webhook.id });
    expect((await shown()).body.data).toEqual({ webhook: { active: false, inactiveReason: row.error } });
    world.receiver.answer({ status: 204 });
    await updateWebhook(world.caller, webhook.id, { active: true });
    expect((await shown()).body.data).toEqual({ webhook: { active: true, inactiveReason: null } });
    expect(await settled(id, ({ status }) => status === 'DELIVERED')).toMatchObject({ attempts: 2, error: null });
  });

  test('an attempt asked for by hand leaves the schedule as it is', async () => {
    world.receiver.answer({ status: 500 });
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    await settled(id, ({ attempts }) => attempts === 1);
    for (const attempts of [2, 3]) {
      await retryWebhookDelivery(world.caller, id);
      const row = await settled(id, (each) => each.attempts === attempts);
      expect(Math.round(((row.nextAttemptAt?.getTime() ?? 0) - Date.now()) / 60_000)).toBe(1);
    }
  });

  test.each([
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }, 302],
  ] as const)('%s is not delivered', async (_name, answer, responseStatus) => {
    world.receiver.answer(answer);
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    const row = await settled(id, ({ attempts }) => attempts === 1);
    expect(row).toMatchObject({ status: 'PENDING', responseStatus, error: expect.stringContaining('not 2xx') });
    expect(world.receiver.received.map(({ path }) => path)).toEqual(['/hook']);
  });

  test('no answer within 5 s is not delivered, and neither is a closed port', async () => {
    world.receiver.answer('hang');
    const slow = await make(['conversation.created']);
    const gone = await make(['conversation.created'], 'http://127.0.0.1:1/');
    const late = await testWebhook(world.caller, slow.webhook.id, 'conversation.created');
    const refused = await testWebhook(world.caller, gone.webhook.id, 'conversation.created');
    expect(await settled(refused.id, ({ attempts }) => attempts === 1)).toMatchObject({
      responseStatus: null,
      error: expect.stringContaining('No connection'),
    });
    const row = await settled(late.id, ({ attempts }) => attempts === 1);
    expect(row).toMatchObject({ status: 'PENDING', responseStatus: null, error: expect.stringContaining('5000 ms') });
    expect(row.responseTimeMs).toBeGreaterThanOrEqual(4_900);
    expect(row.responseTimeMs).toBeLessThan(8_000);
  });

  test('receivers that never answer delay no other', async () => {
    await using dead = await startWebhookReceiver();
    dead.answer('hang');
    for (let count = 0; count < 9; count++) await make(['conversation.created'], dead.url);
    await make(['conversation.created']);
    await Promise.all(Array.from({ length: 5 }, (_, count) => say(`number ${count}`)));
    await expect.poll(() => world.receiver.received.length, soon).toBe(5);
    expect(dead.abandoned, 'dead receivers that were given up before').toBe(0);
    expect(dead.received.length).toBeGreaterThan(0);
  });

  test('of receivers that are known to be slow, so few are worked on at once that others find a place', async () => {
    await using idle = await startGateway({ database, env: { ROLE: 'web' } });
    await using dead = await startWebhookReceiver();
    await using egress = createEgress({ allowPrivateNetwork: true });
    dead.answer('hang');
    const owner = await authenticate(idle.app, idle.apiKey, idle.url);
    const handle = createDeliverWebhookHandler(idle.app, egress);
    const hooks: string[] = [];
    for (let count = 0; count < 9; count++) {
      const { webhook } = await createWebhook(owner, { url: dead.url, events: ['api_key.created'] });
      hooks.push(webhook.id);
    }
    const round = async () => {
      for (const id of hooks) await testWebhook(owner, id, 'api_key.created');
      const before = dead.received.length;
      const { signal } = new AbortController();
      await Promise.all(
        hooks.map((webhookId) => handle({ tenantId: owner.tenantId, webhookId }, signal, { isLast: false })),
      );
      return dead.received.length - before;
    };
    expect(await round(), 'not known yet').toBe(9);
    expect(await round(), 'known').toBe(8);
  });

  test('what a worker that died was about to send, or nobody was told of, is found within seconds', async () => {
    const { webhook } = await make(['conversation.created']);
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    await settled(id, ({ status }) => status === 'DELIVERED');
    await world.gateway.app.database.prisma.webhookDelivery.updateMany({
      where: { id },
      data: { status: 'PENDING', nextAttemptAt: new Date(Date.now() - 1_000) },
    });
    await settled(id, ({ status, attempts }) => status === 'DELIVERED' && attempts === 2);
  });

  test('more than 1,000 an hour wait until the hour has room', async () => {
    const { webhook } = await make(['conversation.created']);
    const minute = Math.floor(Date.now() / 60_000);
    const name = (ago: number) => `webhooks/${webhook.id}/attempts/${String(minute - ago).padStart(10, '0')}`;
    const { eventReader } = world.gateway.app.database.prisma;
    const { tenantId } = world.caller;
    await eventReader.createMany({
      data: [
        { tenantId, name: name(80), seq: 1_000 },
        { tenantId, name: name(40), seq: 998 },
      ],
    });
    const sent: WebhookDeliveryRow[] = [];
    for (let count = 0; count < 4; count++)
      sent.push(await testWebhook(world.caller, webhook.id, 'conversation.created'));
    await vi.waitFor(async () => {
      const rows = await Promise.all(sent.map(({ id }) => delivery(id)));
      expect(rows.filter(({ status }) => status === 'DELIVERED')).toHaveLength(2);
      const waits = rows.flatMap(({ nextAttemptAt }) => (nextAttemptAt === null ? [] : [nextAttemptAt.getTime()]));
      expect(waits).toEqual([(minute - 40 + 61) * 60_000, (minute - 40 + 61) * 60_000]);
    }, soon);
    expect(world.receiver.received).toHaveLength(2);
    expect(await eventReader.count({ where: { name: name(80) } }), 'counts that no hour reaches are forgotten').toBe(0);
  });

  test('a secret that cannot be decrypted any more fails the attempt, and sends nothing', async () => {
    const { webhook } = await make(['conversation.created']);
    await world.gateway.app.database.prisma.webhook.updateMany({
      where: { id: webhook.id },
      data: { secretCipher: 'v1.AAAA' },
    });
    const { id } = await testWebhook(world.caller, webhook.id, 'conversation.created');
    const row = await settled(id, ({ attempts }) => attempts === 1);
    expect(row).toMatchObject({ status: 'PENDING', error: expect.stringContaining('secret') });
    expect(world.receiver.received).toEqual([]);
  });

  test('a worker that is stopped in the midst of an attempt gives it back, uncounted and due at once', async () => {
    await using idle = await startGateway({ database, env: { ROLE: 'web' } });
    await using egress = createEgress({ allowPrivateNetwork: true });
    world.receiver.answer('hang');
    const owner = await authenticate(idle.app, idle.apiKey, idle.url);
    const { webhook } = await createWebhook(owner, { url: world.receiver.url, events: ['api_key.created'] });
    const { id } = await testWebhook(owner, webhook.id, 'api_key.created');
    const handle = createDeliverWebhookHandler(idle.app, egress);
    const stopping = new AbortController();
    const data = { tenantId: owner.tenantId, webhookId: webhook.id };
    const run = handle(data, stopping.signal, { isLast: false });
    run.catch(() => {});
    await expect.poll(() => world.receiver.received.length, soon).toBe(1);
    stopping.abort();
    await expect(run).rejects.toThrow();
    const [row] = await loadDeliveries(owner, [id]);
    expect(row).toMatchObject({ status: 'PENDING', attempts: 0 });
    expect(row?.nextAttemptAt?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('an address in a private network is refused at delivery, whatever it was when it was given', async () => {
    await using strict = await startGateway({ database, env: { ALLOW_PRIVATE_NETWORK: 'false' } });
    const owner = await authenticate(strict.app, strict.apiKey, strict.url);
    const { webhook } = await createWebhook(owner, { url: 'https://8.8.8.8/hook', events: ['api_key.created'] });
    for (const url of [
      world.receiver.url,
      world.receiver.url.replace('127.0.0.1', '2130706433'),
      world.receiver.url.replace('127.0.0.1', 'localhost'),
    ]) {
      await strict.app.database.prisma.webhook.updateMany({ where: { id: webhook.id }, data: { url } });
      const { id } = await testWebhook(owner, webhook.id, 'api_key.created');
      await vi.waitFor(async () => {
        const [row] = await loadDeliveries(owner, [id]);
        expect(row, url).toMatchObject({
          attempts: 1,
          responseStatus: null,
          error: expect.stringContaining('private'),
        });
      }, soon);
    }
    expect(world.receiver.received).toEqual([]);
  });
});
