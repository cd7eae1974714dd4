import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startRest } from './rest.ts';

type Event = { id: string; status: string; type: string; response_status: number | null; attempts: number };

/** A receiver on loopback that answers what it is told to. */
async function startReceiver() {
  const received: { signature: string | undefined; body: string }[] = [];
  const state = { status: 200 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const signature = request.headers['x-aimychats-signature'];
    received.push({ signature: signature?.toString(), body: Buffer.concat(chunks).toString() });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    state,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a webhook is made, with its secret this once; read, changed, listed and deleted', async () => {
  await using gateway = await startRest();
  const url = 'http://127.0.0.1:9/hook';
  const { status, body } = await gateway.ask<{ id: string; secret: string; created_at: string }>(
    'POST',
    '/v1/webhooks',
    {
      body: { url, events: ['conversation.created'], description: 'To the CRM', active: true },
    },
  );
  const { id, secret, created_at } = body;
  expect(status).toBe(201);
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({ id, url, events: ['conversation.created'], secret, active: true, created_at }),
  );
  expect(secret).toMatch(/^whsec_/);
  const shown = { id, url, events: ['conversation.created'], active: true, created_at, description: 'To the CRM' };
  const got = await gateway.ask('GET', `/v1/webhooks/${id}`);
  expect([got.status, got.text]).toEqual([200, JSON.stringify(shown)]);
  const changed = await gateway.ask('PATCH', `/v1/webhooks/${id}`, { body: { active: false, description: null } });
  expect([changed.status, changed.body]).toEqual([200, { ...shown, active: false, description: null }]);
  expect((await gateway.ask('GET', '/v1/webhooks')).body).toEqual({ data: [changed.body] });
  const test = await gateway.ask('POST', `/v1/webhooks/${id}/test`, { body: { event_type: 'conversation.created' } });
  expect(test.status).toBe(422);
  expect((await gateway.ask('DELETE', `/v1/webhooks/${id}`)).body).toEqual({ deleted: true, id });
  expect((await gateway.ask('GET', `/v1/webhooks/${id}`)).status).toBe(404);
});

test('the eleventh webhook is 422', async () => {
  await using gateway = await startRest();
  const make = () =>
    gateway.ask<{ error: { details: { fields: unknown } } }>('POST', '/v1/webhooks', {
      body: { url: 'http://127.0.0.1:9/', events: ['conversation.created'] },
    });
  for (let i = 0; i < 10; i++) expect((await make()).status).toBe(201);
  const { status, body } = await make();
  expect([status, body.error.details.fields]).toEqual([422, { url: [expect.stringContaining('at most 10')] }]);
});

test('a sample event arrives, is listed, and can be sent again under its id', async () => {
  await using receiver = await startReceiver();
  await using gateway = await startRest();
  const { body: webhook } = await gateway.ask<{ id: string }>('POST', '/v1/webhooks', {
    body: { url: receiver.url, events: ['summary.generated'] },
  });
  const path = `/v1/webhooks/${webhook.id}`;
  const sent = await gateway.ask<Event>('POST', `${path}/test`, { body: { event_type: 'conversation.created' } });
  expect([sent.status, sent.body.type, sent.body.status]).toEqual([202, 'conversation.created', 'pending']);
  type List = { data: Event[]; next_cursor: string | null };
  const list = async (query = '') => (await gateway.ask<List>('GET', `${path}/events${query}`)).body;
  await expect.poll(async () => (await list()).data[0]?.status, { timeout: 20_000 }).toBe('delivered');
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    id: sent.body.id,
    type: 'conversation.created',
  });
  expect(receiver.received[0]?.signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);

  const again = await gateway.ask<Event>('POST', `${path}/events/${sent.body.id}/retry`);
  expect([again.status, again.body.id]).toEqual([202, sent.body.id]);
  await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2);
  expect(JSON.parse(receiver.received[1]?.body ?? '').id).toBe(sent.body.id);

  await gateway.ask<Event>('POST', `${path}/test`, { body: { event_type: 'summary.failed' } });
  const first = await list('?per_page=1');
  expect(first.data.map(({ type }) => type)).toEqual(['summary.failed']);
  const second = await list(`?per_page=1&cursor=${first.next_cursor}`);
  expect([second.data.map(({ type }) => type), second.next_cursor]).toEqual([['conversation.created'], null]);
  expect((await gateway.ask('GET', `${path}/events?cursor=nonsense`)).status).toBe(400);
});
