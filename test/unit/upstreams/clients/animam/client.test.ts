import { describe, expect, test } from 'vitest';
import { createEgress } from '../../../../../src/lib/egress/egress.ts';
import { createAnimamClient } from '../../../../../src/upstreams/clients/animam/client.ts';
import { animam } from '../../../../../src/upstreams/clients/animam/provider.ts';
import { isUnreadable } from '../../../../../src/upstreams/clients/records.ts';
import { createRateBudget } from '../../../../../src/upstreams/http/budget.ts';
import { UpstreamFailure } from '../../../../../src/upstreams/http/http.ts';
import { type AnimamOptions, startAnimam } from '../../../../testkit/upstreams/animam/animam.ts';

async function setUp(served: Partial<AnimamOptions> = {}) {
  const api = await startAnimam({ tenant: 'my-company', ...served });
  const egress = createEgress({ allowPrivateNetwork: true });
  const client = createAnimamClient({
    egress,
    baseUrl: `${api.url}/`,
    remoteTenant: api.tenant,
    apiKey: api.apiKey,
    budget: createRateBudget(),
    budgetKey: 'account',
    random: () => 0,
  });
  return {
    api,
    client,
    async [Symbol.asyncDispose]() {
      await egress.close();
      await api.close();
    },
  };
}

const conversations = Array.from({ length: 5 }, (_, index) => ({
  id: `conv_${index + 1}`,
  segment: index % 2 ? 'pricing' : null,
  messages: [
    { role: 'user', content: `Question ${index}`, timestamp: `2024-01-2${index}T10:30:00Z` },
    { role: 'assistant', content: 'Answer', timestamp: `2024-01-2${index}T10:30:02Z` },
  ],
}));

describe.each(['published', 'newer'] as const)('the %s shape', (shape) => {
  test('is read alike in lists and conversations; what differs from the page is told as drift', async () => {
    await using given = await setUp({ conversations, shape });
    const { client, api } = given;
    const page = await client.listConversations({ page: 1, limit: 3, from: '2024-01-01', to: '2024-02-01' });
    expect(page).toMatchObject({ page: 1, perPage: 3, total: 5, totalPages: 2 });
    expect(page.items.map((item) => (isUnreadable(item) ? null : item.externalId))).toEqual([
      'conv_5',
      'conv_4',
      'conv_3',
    ]);
    expect(page.items[0]).toMatchObject({ messageCount: 2, startedAt: new Date('2024-01-24T10:30:00Z') });
    expect(api.requests[0]?.query).toEqual({ page: '1', limit: '3', from: '2024-01-01', to: '2024-02-01' });
    const { conversation, drift, unreadableParts } = await client.getConversation('conv_2');
    expect(conversation).toMatchObject({
      title: 'Question 1',
      segment: 'pricing',
      startedAt: new Date('2024-01-21T10:30:00Z'),
      lastMessageAt: new Date('2024-01-21T10:30:02Z'),
      messages: [{ role: 'USER' }, { role: 'ASSISTANT' }],
    });
    expect(unreadableParts).toEqual([]);
    const told = [...page.drift, ...drift].map(({ kind, path }) => `${kind} ${path}`);
    if (shape === 'published') expect(told).toEqual([]);
    else {
      expect(told).toContain('TYPE segment');
      expect(told).toContain('MISSING conversations[].startedAt');
      expect(told).toContain('UNKNOWN messages[].toolHistory');
      expect(told).toContain('UNKNOWN pagination.pages');
      if (isUnreadable(conversation)) throw new Error(conversation.reason);
      expect(conversation.metadata).toMatchObject({ channel: 'widget' });
      expect(conversation.messages[1]?.metadata).toHaveProperty('toolHistory');
    }
  });
});

test('a spoilt conversation is read as far as it can be, or told as unreadable with its id', async () => {
  await using given = await setUp({ conversations });
  const { client, api } = given;
  api.script({ answer: { kind: 'malformed-items', ids: ['conv_2'], how: 'bad-times' } });
  const { items } = await client.listConversations({ page: 1, limit: 20 });
  expect(items.filter((item) => !isUnreadable(item))).toHaveLength(5);
  expect(await client.getConversation('conv_2')).toMatchObject({
    conversation: { externalId: 'conv_2' },
    drift: expect.arrayContaining([expect.objectContaining({ path: 'startedAt', kind: 'TYPE' })]),
  });
  api.heal();
  api.script({ answer: { kind: 'malformed-items', ids: ['conv_2'], how: 'not-an-object' } });
  expect((await client.getConversation('conv_2')).conversation).toMatchObject({ unreadable: true, id: 'conv_2' });
  expect((await client.getConversation('conv_3')).conversation).toMatchObject({ externalId: 'conv_3' });
});

test('verify tells a good key from an unknown one and from an expired one', async () => {
  await using given = await setUp({ conversations });
  const { client, api } = given;
  expect(await client.verify()).toEqual({ total: 5 });
  api.expiredKeys.add(api.apiKey);
  await expect(client.verify()).rejects.toMatchObject({ kind: 'FORBIDDEN', httpStatus: 403 });
  api.expiredKeys.clear();
  api.apiKey = 'ak_another';
  await expect(client.verify()).rejects.toMatchObject({ kind: 'UNAUTHORIZED', httpStatus: 401 });
});

test('faults of the network are tried through, and end as failures of their kind', async () => {
  await using given = await setUp({ conversations });
  const { client, api } = given;
  api.script({ nth: 1, answer: { kind: 'reset' } });
  api.script({ nth: 2, answer: { kind: 'html' } });
  expect((await client.getConversation('conv_1')).conversation).toMatchObject({ externalId: 'conv_1' });
  expect(api.requests).toHaveLength(3);
  api.heal();
  api.script({ answer: { kind: 'endless' } });
  await expect(client.listConversations({ page: 1, limit: 20 })).rejects.toMatchObject({ kind: 'UNREADABLE' });
  api.heal();
  api.script({ answer: { kind: 'hang' } });
  const hanging = client.getConversation('conv_1', { timeoutMs: 100 });
  await expect(hanging).rejects.toMatchObject({ kind: 'TIMEOUT', outcome: 'NOT_APPLIED' });
});

test('no slug, or one that no path can hold, is refused when the client is made', () => {
  const egress = createEgress({ allowPrivateNetwork: true });
  const options = {
    egress,
    baseUrl: 'https://api.example.com',
    apiKey: 'ak_x',
    budget: createRateBudget(),
    budgetKey: 'a',
  } as const;
  for (const remoteTenant of [null, '', '..']) {
    expect(() => animam.createClient({ ...options, remoteTenant })).toThrowError(UpstreamFailure);
  }
});
