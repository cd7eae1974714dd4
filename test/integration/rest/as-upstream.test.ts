import { expect, test } from 'vitest';
import { createEgress } from '../../../src/lib/egress/egress.ts';
import { createAiMyChatsClient } from '../../../src/upstreams/clients/ai-my-chats/client.ts';
import { createAnimamClient } from '../../../src/upstreams/clients/animam/client.ts';
import { isUnreadable } from '../../../src/upstreams/clients/records.ts';
import { createRateBudget } from '../../../src/upstreams/http/budget.ts';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

/** A gateway is as good an upstream as the APIs themselves: the connectors read its answers, and find no difference. */

function clientsOf(gateway: RestGateway) {
  const egress = createEgress({ allowPrivateNetwork: true });
  const shared = { egress, apiKey: gateway.apiKey, budget: createRateBudget(), budgetKey: 'gateway', limits: [] };
  return {
    aiMyChats: createAiMyChatsClient({ ...shared, baseUrl: `${gateway.url}/v1` }),
    animam: createAnimamClient({ ...shared, baseUrl: gateway.url, remoteTenant: 'test' }),
    [Symbol.asyncDispose]: () => egress.close(),
  };
}

const messages = [
  { role: 'USER', content: 'Hello, what are your prices?', createdAt: '2024-01-25T10:30:00Z' },
  { role: 'ASSISTANT', content: 'Hello! We offer 3 plans...', createdAt: '2024-01-25T10:30:02Z' },
] as const;

test('the AI My Chats connector lists, reads, creates, changes and deletes here', async () => {
  await using gateway = await startRest();
  await using clients = clientsOf(gateway);
  const { aiMyChats: client } = clients;
  const id = await seed(gateway, {
    title: 'Pricing',
    content: 'Hello',
    source: 'WEB',
    metadata: { a: 1 },
    summary: { title: 'T', content: 'C', sentiment: 'POSITIVE', topics: ['x'], actionItems: ['Do it'] },
    attachments: [{ filename: 'a.pdf', size: 7, mimeType: 'application/pdf' }],
  });
  expect(await client.verify()).toMatchObject({ accountId: gateway.tenantId, email: '' });
  const list = await client.listConversations({ page: 1, perPage: 100, sort: '-updated_at' });
  expect([list.total, list.totalPages, list.items.map((item) => isUnreadable(item)), list.drift]).toEqual([
    1,
    1,
    [false],
    [],
  ]);
  const read = await client.getConversation(id);
  expect(read.drift).toEqual([]);
  expect(read.conversation).toMatchObject({
    externalId: id,
    title: 'Pricing',
    content: 'Hello',
    source: 'WEB',
    status: 'COMPLETED',
    metadata: { a: 1 },
    summary: { title: 'T', content: 'C', sentiment: 'POSITIVE', topics: ['x'], actionItems: ['Do it'] },
    attachments: [{ filename: 'a.pdf', sizeBytes: 7 }],
  });
  const created = await client.createConversation(
    { title: 'New', content: 'Words', metadata: { b: 2 } },
    { idempotencyKey: 'k' },
  );
  expect([created.drift, isUnreadable(created.conversation)]).toEqual([[], false]);
  const newId = isUnreadable(created.conversation) ? '' : created.conversation.externalId;
  const updated = await client.updateConversation(newId, { title: 'Newer', metadata: { b: null } });
  expect([updated.isWhole, updated.drift]).toEqual([true, []]);
  expect(updated.conversation).toMatchObject({ title: 'Newer' });
  expect(await client.regenerateSummary(id, { style: 'bullets' })).toMatchObject({ status: 'PROCESSING', drift: [] });
  expect(await client.listAttachments(id)).toMatchObject({
    items: [{ filename: 'a.pdf', mimeType: 'application/pdf' }],
    drift: [],
  });
  await client.deleteConversation(newId);
  await expect(client.deleteConversation(newId)).rejects.toMatchObject({ kind: 'NOT_FOUND' });
});

test('the Animam connector lists and reads here', async () => {
  await using gateway = await startRest();
  await using clients = clientsOf(gateway);
  const { animam: client } = clients;
  const id = await seed(gateway, {
    provider: 'ANIMAM',
    source: 'WEB',
    segment: 'pricing',
    sessionId: 'sess_1',
    preview: 'Hello',
    metadata: { page: '/pricing' },
    messages: [...messages],
  });
  const list = await client.listConversations({ page: 1, limit: 100 });
  expect([list.total, list.drift]).toEqual([1, []]);
  expect(list.items).toMatchObject([{ externalId: id, messageCount: 2 }]);
  const read = await client.getConversation(id);
  expect(read.drift).toEqual([]);
  expect(read.conversation).toMatchObject({
    externalId: id,
    segment: 'pricing',
    sessionId: 'sess_1',
    metadata: { page: '/pricing' },
    messages: messages.map(({ role, content, createdAt }) => ({ role, content, createdAt: new Date(createdAt) })),
  });
});

test('either connector reads what lives in the other API, or in neither', async () => {
  await using gateway = await startRest();
  await using clients = clientsOf(gateway);
  const { aiMyChats, animam } = clients;
  const chat = await seed(gateway, { provider: 'ANIMAM', source: 'WEB', messages: [...messages] });
  const note = await seed(gateway, { content: 'A note', source: null });
  expect((await aiMyChats.getConversation(chat)).conversation).toMatchObject({
    source: 'WEB',
    content: 'User: Hello, what are your prices?\n\nAssistant: Hello! We offer 3 plans...',
  });
  expect((await aiMyChats.getConversation(note)).conversation).toMatchObject({ source: null, content: 'A note' });
  expect((await animam.getConversation(note)).conversation).toMatchObject({ messages: [], sessionId: null });
});
