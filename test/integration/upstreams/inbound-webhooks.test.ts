import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../../src/lib/id.ts';
import { signWebhook } from '../../../src/lib/secrets/webhook-signature.ts';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type Connected, startConnected, until, webhookSecret } from './connected.ts';

eachDatabase('webhooks that AI My Chats posts', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database } });
  });
  afterAll(() => connected?.close());
  beforeEach(() => {
    connected.api.heal();
    connected.api.webhooks.sendTo(connected.webhookUrl, webhookSecret);
  });

  const prisma = () => connected.gateway.app.database.prisma;
  const mirrored = (externalId: string) =>
    prisma().conversation.findFirst({ where: { externalId }, include: { summaries: { orderBy: { version: 'asc' } } } });
  const received = (eventId: string) => prisma().inboundWebhook.findFirst({ where: { eventId } });
  const allHandled = () =>
    until(
      'all events are handled',
      async () => (await prisma().inboundWebhook.count({ where: { handledAt: null } })) === 0,
    );

  type Sent = { status: number; body: string; ms: number };
  async function send(
    body: string | Uint8Array<ArrayBuffer>,
    {
      secret = webhookSecret,
      at = Date.now() / 1_000,
      url = connected.webhookUrl,
      headers = {} as Record<string, string>,
    } = {},
  ): Promise<Sent> {
    const startedAt = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-aimychats-signature': signWebhook(secret, body, Math.floor(at)),
        ...headers,
      },
      body,
    });
    return { status: response.status, body: await response.text(), ms: performance.now() - startedAt };
  }
  const event = (type: string, data: unknown, id = `evt_${randomUUID()}`) =>
    JSON.stringify({ id, type, created_at: '2026-01-01T00:00:00Z', data });

  test('what changed upstream is told to subscribers at once, without any sync', async () => {
    const made = connected.api.conversations.add({ title: 'Fresh', content: 'Fresh words.' });
    const startedAt = performance.now();
    await until('it is mirrored', async () => (await mirrored(made.id)) !== null);
    console.info(`from the change upstream to its mirror: ${Math.round(performance.now() - startedAt)} ms`);
    const row = await mirrored(made.id);
    const events = await prisma().event.findMany({ where: { subjectId: row?.id ?? '' } });
    expect(events.map(({ type }) => type)).toEqual(['conversation.created']);
    expect(row?.summaries).toMatchObject([{ status: 'PROCESSING' }]);

    connected.api.finishSummary(made.id, { content: 'A summary.' });
    await until('its summary is there', async () => (await mirrored(made.id))?.status === 'COMPLETED');
    expect((await mirrored(made.id))?.summaries).toMatchObject([{ status: 'COMPLETED', content: 'A summary.' }]);

    connected.api.conversations.remove(made.id);
    await until('it is removed', async () => (await mirrored(made.id)) === null);
    await allHandled();
  });

  test('events that come twice, in any order, do no harm', async () => {
    connected.api.webhooks.hold();
    const made = connected.api.conversations.add({ title: 'One', content: 'Words.' });
    connected.api.conversations.edit(made.id, { title: 'Two' });
    connected.api.finishSummary(made.id, { content: 'Once.' });
    const gone = connected.api.conversations.add({ title: 'Gone' });
    connected.api.conversations.remove(gone.id);
    connected.api.webhooks.release('reversed');
    await connected.api.webhooks.settled();
    await allHandled();
    expect(await mirrored(made.id)).toMatchObject({ title: 'Two', summaries: [{ content: 'Once.', version: 1 }] });
    expect(await mirrored(gone.id)).toBeNull();
    const statuses = connected.api.webhooks.deliveries.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('an event is taken once, however often it comes', async () => {
    const made = connected.api.conversations.add({ title: 'Repeated' });
    await connected.api.webhooks.settled();
    await allHandled();
    const reads = () => connected.api.requests.filter(({ path }) => path.endsWith(made.id)).length;
    const before = reads();
    const body = event('conversation.updated', { conversation: { id: made.id } }, 'evt_repeated');
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    await allHandled();
    expect((await send(body)).status).toBe(200);
    expect(await prisma().inboundWebhook.count({ where: { eventId: 'evt_repeated' } })).toBe(1);
    const ms = answers.map((answer) => answer.ms).sort((a, b) => a - b);
    console.info(`ten webhooks at once were answered within ${ms.at(0)?.toFixed(1)} to ${ms.at(-1)?.toFixed(1)} ms`);
    expect(reads() - before).toBe(1);
  });

  test('many events of one conversation are read together', async () => {
    const made = connected.api.conversations.add({ title: 'Busy' });
    await connected.api.webhooks.settled();
    await allHandled();
    // A slow upstream: what comes while it is read waits for the next reading.
    const release = connected.api.onRequest(() => new Promise((resolve) => setTimeout(resolve, 100)));
    const before = connected.api.requests.length;
    await Promise.all(
      Array.from({ length: 30 }, () => send(event('conversation.updated', { conversation: { id: made.id } }))),
    );
    await allHandled();
    release();
    expect(connected.api.requests.length - before).toBeLessThan(10);
  });

  test('an event is handled by the job of one before it, though that one is handled already', async () => {
    const { app, tenantId } = connected.gateway;
    const made = connected.api.conversations.add({ title: 'Joined' });
    await connected.api.webhooks.settled();
    await allHandled();
    const { upstreamId } = connected;
    const shared = { tenantId, upstreamId, type: 'conversation.updated', subject: made.id, receivedAt: new Date() };
    const body = { data: { conversation: { id: made.id } } };
    await prisma().inboundWebhook.createMany({
      data: [
        { ...shared, body, eventId: 'evt_handled', handledAt: new Date() },
        { ...shared, body, eventId: 'evt_joined' },
      ],
    });
    const data = { tenantId, upstreamId, eventId: 'evt_handled' };
    await app.database.transaction((tx) =>
      app.enqueue.within(tx, [{ name: 'handle-inbound-webhook', key: 'joined', data }]),
    );
    await allHandled();
    expect(await received('evt_joined')).toMatchObject({ handledAt: expect.any(Date) });
  });

  test('a summary is told of by its event, even where the conversation looks as before', async () => {
    const made = connected.api.conversations.add({
      title: 'Same again',
      content: 'Words.',
      summary: { content: 'Same.' },
    });
    await until('it is mirrored', async () => (await mirrored(made.id))?.status === 'COMPLETED');
    const { id = '' } = (await mirrored(made.id)) ?? {};
    await connected.gateway.app.upstreams.regenerateSummary(connected.caller, id, { language: 'en', style: 'CONCISE' });
    connected.api.conversations.edit(made.id, { status: 'completed', updated_at: made.updated_at });
    connected.api.webhooks.send('summary.generated', { conversation_id: made.id, summary: {} });
    await until(
      'the second version is there',
      async () => (await mirrored(made.id))?.summaries[1]?.status === 'COMPLETED',
    );
    expect(await mirrored(made.id)).toMatchObject({ status: 'COMPLETED' });
  });

  test('a summary that failed is told of by its event', async () => {
    const made = connected.api.conversations.add({
      title: 'Will fail',
      content: 'Words.',
      summary: { content: 'Good.' },
    });
    await until('it is mirrored', async () => (await mirrored(made.id))?.status === 'COMPLETED');
    const { id = '' } = (await mirrored(made.id)) ?? {};
    await connected.gateway.app.upstreams.regenerateSummary(connected.caller, id, { language: 'en', style: 'CONCISE' });
    connected.api.finishSummary(made.id, 'failed');
    await until('the second version failed', async () => (await mirrored(made.id))?.summaries[1]?.status === 'FAILED');
    expect((await mirrored(made.id))?.summaries).toMatchObject([
      { content: 'Good.', status: 'COMPLETED' },
      { status: 'FAILED', error: expect.stringContaining('AI My Chats') },
    ]);
  });

  test('while the upstream cannot be read, the event waits, and nothing is lost', async () => {
    const down = connected.api.script({ method: 'GET', path: /conv_/, answer: { kind: 'status', status: 503 } });
    const made = connected.api.conversations.add({ title: 'Waited for' });
    await until('it was asked for', () => down.hits >= 3);
    expect(await mirrored(made.id)).toBeNull();
    connected.api.heal();
    await until('it is mirrored', async () => (await mirrored(made.id)) !== null);
    await allHandled();
  });

  test('while the upstream is paused nothing is read', async () => {
    await prisma().upstream.updateMany({ where: { id: connected.upstreamId }, data: { status: 'PAUSED' } });
    const before = connected.api.requests.length;
    await send(event('conversation.updated', { conversation: { id: 'conv_paused' } }));
    await allHandled();
    await prisma().upstream.updateMany({ where: { id: connected.upstreamId }, data: { status: 'HEALTHY' } });
    expect(connected.api.requests.length).toBe(before);
  });

  describe('the door', () => {
    test('an unknown upstream, one without a secret and a bad signature get the same 401, to the byte', async () => {
      const { app, tenantId } = connected.gateway;
      const bare = newId('upstream');
      const apiKeyCipher = app.secrets.encrypt('a-key', `${tenantId}/${bare}/apiKey`);
      await prisma().upstream.create({
        data: {
          tenantId,
          id: bare,
          provider: 'AI_MY_CHATS',
          name: 'bare',
          baseUrl: 'http://127.0.0.1:1',
          apiKeyCipher,
          status: 'PAUSED',
        },
      });
      const at = (id: string) => ({ url: connected.webhookUrl.replace(/[^/]+$/, id) });
      const body = event('conversation.updated', { conversation: { id: 'conv_1' } }, 'evt_refused');
      const now = Date.now() / 1_000;
      const refused = [
        await send(body, { secret: 'whsec_of_somebody_else' }),
        await send(body, at(newId('upstream'))),
        await send(body, at('nothing')),
        await send(body, at(bare)),
        await send(body, { ...at(bare), secret: 'whsec_of_nobody' }),
        await send(body, { at: now - 310 }),
        await send(body, { at: now + 310 }),
        await send(`${body} `, {
          headers: { 'x-aimychats-signature': signWebhook(webhookSecret, body, Math.floor(now)) },
        }),
        await send(body, { headers: { 'x-aimychats-signature': 'v1=nothing' } }),
      ];
      expect(new Set(refused.map(({ status, body: text }) => `${status} ${text}`)).size).toBe(1);
      expect(refused[0]?.status).toBe(401);
      expect(await received('evt_refused')).toBeNull();
      await prisma().upstream.deleteMany({ where: { id: bare } });
    });

    test('a signature up to 300 seconds off is good', async () => {
      expect((await send(event('test', {}), { at: Date.now() / 1_000 - 290 })).status).toBe(200);
    });

    test('types of the future are stored and acknowledged', async () => {
      const body = event('conversation.merged', { into: 'conv_1' }, 'evt_future');
      expect((await send(body)).status).toBe(200);
      expect((await send(event('storage.limit_reached', { usage: {} }, 'evt_storage'))).status).toBe(200);
      expect(await received('evt_future')).toMatchObject({ type: 'conversation.merged', handledAt: expect.any(Date) });
      expect(await received('evt_storage')).toMatchObject({
        body: JSON.parse(event('storage.limit_reached', { usage: {} }, 'evt_storage')),
      });
    });

    test.each([
      ['no JSON', '{'],
      ['no object', '[]'],
      ['no id', '{"type":"conversation.updated"}'],
      ['an id that is a number', '{"id":1,"type":"conversation.updated"}'],
      ['half a character', Buffer.from([0x22, 0xc3, 0x22])],
    ])('a signed body with %s is 400', async (_, body) => {
      expect((await send(body)).status).toBe(400);
    });

    test('NUL and deep nesting in a signed body are stored without harm', async () => {
      const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
      const body = `{"id":"evt_odd","type":"odd","data":{"text":"a\\u0000b","__proto__":{"polluted":true},"deep":${deep}}}`;
      expect((await send(body)).status).toBe(200);
      expect(await received('evt_odd')).toMatchObject({ type: 'odd' });
      expect('polluted' in {}).toBe(false);
    });

    test('a body over 1 MiB is 413, another method 405', async () => {
      expect((await send(event('big', 'x'.repeat(1_048_577)))).status).toBe(413);
      expect((await fetch(connected.webhookUrl)).status).toBe(405);
    });
  });
});
