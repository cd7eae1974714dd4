import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { startAiMyChats } from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

type Received = { readonly body: string; readonly signature: string };

async function startReceiver(status = 200) {
  const received: Received[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    received.push({ body, signature: String(req.headers['x-aimychats-signature']) });
    res.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    types: () => received.map(({ body }) => JSON.parse(body).type),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('every change is posted in order, signed over time and body with the whole secret', async () => {
  await using receiver = await startReceiver();
  await using standIn = await startAiMyChats({ webhookUrl: receiver.url, webhookSecret: 'whsec_abc' });
  standIn.conversations.add({ title: 'T', content: 'C' });
  standIn.conversations.edit('conv_1', { title: 'U' });
  standIn.finishSummary('conv_1', { content: 'S' });
  standIn.finishSummary('conv_1', 'failed');
  standIn.conversations.remove('conv_1');
  await standIn.webhooks.settled();
  expect(receiver.types()).toEqual([
    'conversation.created',
    'conversation.updated',
    'conversation.updated',
    'summary.generated',
    'conversation.updated',
    'summary.failed',
    'conversation.deleted',
  ]);
  for (const { body, signature } of receiver.received) {
    const seconds = /^t=(\d+),v1=[0-9a-f]{64}$/.exec(signature)?.[1];
    const mac = createHmac('sha256', 'whsec_abc').update(`${seconds}.${body}`).digest('hex');
    expect(signature).toBe(`t=${seconds},v1=${mac}`);
  }
  const [created, , , generated] = receiver.received.map(({ body }) => JSON.parse(body));
  expect(Object.keys(created)).toEqual(['id', 'type', 'created_at', 'data']);
  expect(Object.keys(created.data.conversation)).toEqual(['id', 'title', 'source', 'created_at', 'summary', 'status']);
  expect(generated.data).toMatchObject({ conversation_id: 'conv_1', summary: { content: 'S', action_items: [] } });
});

test('events can be held back, dropped, turned round, doubled and forged', async () => {
  await using receiver = await startReceiver();
  await using standIn = await startAiMyChats({ webhookUrl: receiver.url });
  standIn.webhooks.hold();
  standIn.conversations.add();
  standIn.conversations.edit('conv_1', { title: 'U' });
  await standIn.webhooks.settled();
  expect(receiver.types()).toEqual([]);
  standIn.webhooks.release('reversed');
  await standIn.webhooks.settled();
  expect(receiver.types()).toEqual(['conversation.updated', 'conversation.created']);
  standIn.webhooks.hold();
  standIn.conversations.remove('conv_1');
  standIn.webhooks.drop();
  const id = standIn.webhooks.send('conversation.deleted', {}, { secret: 'other', signedAt: new Date(1_000_000) });
  standIn.webhooks.send('conversation.deleted', {}, { id });
  await standIn.webhooks.settled();
  const forged = receiver.received.slice(2);
  expect(forged.map(({ body }) => JSON.parse(body).id)).toEqual([id, id]);
  expect(forged[0]?.signature).toMatch(/^t=1000,/);
});

test('webhooks are registered, told their secret once, sent what they want, and retried', async () => {
  await using receiver = await startReceiver(500);
  await using standIn = await startAiMyChats();
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${standIn.url}/webhooks${path}`, {
      method,
      headers: { Authorization: `Bearer ${standIn.apiKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const made = await call('POST', '', { url: receiver.url, events: ['conversation.created'] });
  expect(made.status).toBe(201);
  expect(Object.keys(made.body)).toEqual(['id', 'url', 'events', 'secret', 'active', 'created_at']);
  expect((await call('GET', '/wh_1')).body).not.toHaveProperty('secret');
  standIn.conversations.add();
  standIn.conversations.remove('conv_1');
  await standIn.webhooks.settled();
  expect(receiver.types()).toEqual(['conversation.created']);
  const events = await call('GET', '/wh_1/events');
  expect(events.body.data).toMatchObject([{ type: 'conversation.created', status: 'failed', response_status: 500 }]);
  await call('POST', `/wh_1/events/${events.body.data[0].id}/retry`);
  await call('POST', '/wh_1/test', { event_type: 'summary.generated' });
  await standIn.webhooks.settled();
  expect(receiver.types()).toEqual(['conversation.created', 'conversation.created', 'summary.generated']);
  expect((await call('PATCH', '/wh_1', { active: false })).body.active).toBe(false);
  expect((await call('DELETE', '/wh_1')).body).toEqual({ deleted: true, id: 'wh_1' });
  expect((await call('GET', '')).body).toEqual({ data: [] });
});

test('nothing is posted off the machine', async () => {
  await using standIn = await startAiMyChats();
  expect(() => standIn.webhooks.sendTo('https://example.com/hook')).toThrow('loopback');
  const response = await fetch(`${standIn.url}/webhooks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${standIn.apiKey}` },
    body: JSON.stringify({ url: 'https://example.com/hook', events: ['conversation.created'] }),
  });
  expect(response.status).toBe(422);
});
