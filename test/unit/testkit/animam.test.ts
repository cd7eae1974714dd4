import { expect, test } from 'vitest';
import { type AnimamOptions, type AnimamStandIn, startAnimam } from '../../testkit/upstreams/animam/animam.ts';

async function ask(standIn: AnimamStandIn, path: string, key = standIn.apiKey) {
  const response = await fetch(`${standIn.url}/tenants/my-company/conversations${path}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const PAGE_EXAMPLE: NonNullable<AnimamOptions['conversations']>[number] = {
  id: 'conv_abc123',
  sessionId: 'sess_xyz789',
  segment: 'pricing',
  messages: [
    { content: 'Hello, what are your prices?', timestamp: '2024-01-25T10:30:00Z' },
    { role: 'assistant', content: 'Hello! We offer "3" plans,\nnamely', timestamp: '2024-01-25T10:30:02Z' },
    { content: 'And for the Pro plan?', timestamp: '2024-01-25T10:31:00Z' },
  ],
  metadata: { userAgent: 'Mozilla/5.0...', referrer: 'https://google.com', page: '/pricing' },
};
const OPTIONS = { tenant: 'my-company', conversations: [PAGE_EXAMPLE] };

test('a list is answered as the page shows it, in its order of keys', async () => {
  await using standIn = await startAnimam(OPTIONS);
  expect(JSON.stringify((await ask(standIn, '')).body)).toBe(
    JSON.stringify({
      conversations: [
        {
          id: 'conv_abc123',
          sessionId: 'sess_xyz789',
          segment: 'pricing',
          messageCount: 3,
          startedAt: '2024-01-25T10:30:00Z',
          lastMessageAt: '2024-01-25T10:31:00Z',
          preview: 'Hello, what are your prices?',
        },
      ],
      pagination: { page: 1, limit: 20, total: 1 },
    }),
  );
});

test('one conversation is answered as the page shows it, in its order of keys', async () => {
  await using standIn = await startAnimam(OPTIONS);
  const { body } = await ask(standIn, '/conv_abc123');
  expect(Object.keys(body)).toEqual([
    'id',
    'sessionId',
    'segment',
    'startedAt',
    'lastMessageAt',
    'messages',
    'metadata',
  ]);
  expect(body.messages[0]).toEqual({
    id: 'msg_001',
    role: 'user',
    content: 'Hello, what are your prices?',
    timestamp: '2024-01-25T10:30:00Z',
  });
  expect((await ask(standIn, '/conv_other')).body).toEqual({ error: 'Conversation not found' });
});

test('the newer shape has segments as objects or null, createdAt, no lastMessageAt, pages, and further keys', async () => {
  await using standIn = await startAnimam({ ...OPTIONS, shape: 'newer' });
  standIn.conversations.add({ id: 'conv_b', startedAt: '2024-01-01T00:00:00Z' });
  const { body } = await ask(standIn, '?limit=1');
  expect(body.pagination).toEqual({ page: 1, limit: 1, total: 2, pages: 2 });
  expect(body.conversations[0]).toMatchObject({
    segment: { slug: 'pricing', name: 'Pricing' },
    createdAt: '2024-01-25T10:30:00Z',
    channel: 'widget',
    visitorId: 'vis_xyz789',
  });
  expect(body.conversations[0]).not.toHaveProperty('startedAt');
  expect(body.conversations[0]).not.toHaveProperty('lastMessageAt');
  expect((await ask(standIn, '/conv_b')).body.segment).toBeNull();
  const [question, answer] = (await ask(standIn, '/conv_abc123')).body.messages;
  expect(question).toHaveProperty('intent');
  expect(answer).toHaveProperty('toolHistory');
});

test('pages, ranges, segments and every order of the list', async () => {
  const conversations = Array.from({ length: 30 }, (_, index) => ({
    id: `conv_${String(index).padStart(2, '0')}`,
    startedAt: `2024-01-${String(index + 1).padStart(2, '0')}T12:00:00Z`,
    lastMessageAt: `2024-03-${String(30 - index).padStart(2, '0')}T12:00:00Z`,
    segment: index % 2 === 0 ? 'even' : null,
  }));
  const ids = async (standIn: AnimamStandIn, query: string) =>
    (await ask(standIn, `?${query}`)).body.conversations.map(({ id }: { id: string }) => Number(id.slice(5)));
  const ascending = Array.from({ length: 30 }, (_, index) => index);
  for (const [sort, expected] of [
    ['-lastMessageAt', ascending],
    ['lastMessageAt', ascending.toReversed()],
    ['startedAt', ascending],
    ['-startedAt', ascending.toReversed()],
    ['id', ascending],
    ['-id', ascending.toReversed()],
  ] as const) {
    await using standIn = await startAnimam({ tenant: 'my-company', conversations, sort });
    expect(await ids(standIn, 'limit=100'), sort).toEqual(expected);
  }
  await using standIn = await startAnimam({ tenant: 'my-company', conversations, sort: 'startedAt' });
  expect(await ids(standIn, 'page=2')).toEqual(ascending.slice(20));
  expect(await ids(standIn, 'from=2024-01-02&to=2024-01-03')).toEqual([1, 2]);
  expect(await ids(standIn, 'from=2024-01-02T12:00:01Z&to=2024-01-03T12:00:00Z')).toEqual([2]);
  expect(await ids(standIn, 'segment=even&limit=2')).toEqual([0, 2]);
  await using byLast = await startAnimam({ tenant: 'my-company', conversations, rangeOn: 'lastMessageAt' });
  expect(await ids(byLast, 'from=2024-03-30')).toEqual([0]);
});

test.each(['?page=0', '?limit=101', '?from=never', '?from=2024-02-01&to=2024-01-01', '/export', '/stats?period=366d'])(
  '%s is refused with 400 and a text',
  async (path) => {
    await using standIn = await startAnimam(OPTIONS);
    const { status, body } = await ask(standIn, path);
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.any(String) });
  },
);

test('no key or an unknown one is 401; an expired one, another tenant or a missing scope 403', async () => {
  await using standIn = await startAnimam(OPTIONS);
  standIn.expiredKeys.add('ak_old');
  const other = `${standIn.url}/tenants/other/conversations`;
  const headers = { Authorization: `Bearer ${standIn.apiKey}` };
  expect((await fetch(`${standIn.url}/tenants/my-company/conversations`)).status).toBe(401);
  expect((await ask(standIn, '', 'ak_unknown')).status).toBe(401);
  expect((await ask(standIn, '', 'ak_old')).status).toBe(403);
  expect((await fetch(other, { headers })).status).toBe(403);
  await using scopeless = await startAnimam({ ...OPTIONS, scopes: ['agents:read'] });
  expect((await ask(scopeless, '')).status).toBe(403);
});

test('the export is CSV with quoted content, or JSON', async () => {
  await using standIn = await startAnimam(OPTIONS);
  const headers = { Authorization: `Bearer ${standIn.apiKey}` };
  const path = `${standIn.url}/tenants/my-company/conversations/export?from=2024-01-25&to=2024-01-25`;
  expect(await (await fetch(path, { headers })).text()).toBe(
    [
      'conversation_id,timestamp,role,content,segment',
      'conv_abc123,2024-01-25T10:30:00Z,user,"Hello, what are your prices?",pricing',
      'conv_abc123,2024-01-25T10:30:02Z,assistant,"Hello! We offer ""3"" plans,\nnamely",pricing',
      'conv_abc123,2024-01-25T10:31:00Z,user,"And for the Pro plan?",pricing\n',
    ].join('\n'),
  );
  const json = await (await fetch(`${path}&format=json`, { headers })).json();
  expect(json.conversations).toMatchObject([{ id: 'conv_abc123', messageCount: 3 }]);
});

test('statistics count days, segments and response times', async () => {
  await using standIn = await startAnimam({ ...OPTIONS, now: () => new Date('2024-01-26T08:00:00Z') });
  expect((await ask(standIn, '/stats?period=2d')).body).toEqual({
    period: '2d',
    totalConversations: 1,
    totalMessages: 3,
    avgMessagesPerConversation: 3,
    avgResponseTime: '2.0s',
    bySegment: { pricing: 1 },
    byDay: [
      { date: '2024-01-25', conversations: 1 },
      { date: '2024-01-26', conversations: 0 },
    ],
  });
});

test('an appended message moves lastMessageAt and the place in the list; a told messageCount stays as told', async () => {
  await using standIn = await startAnimam({ ...OPTIONS, now: () => new Date('2024-02-01T00:00:00.700Z') });
  standIn.conversations.add({ id: 'conv_b', startedAt: '2024-01-30T00:00:00Z', messageCount: 9 });
  expect((await ask(standIn, '')).body.conversations).toMatchObject([{ id: 'conv_b', messageCount: 9 }, {}]);
  standIn.conversations.appendMessage('conv_abc123', { role: 'assistant', content: 'Yes.' });
  expect((await ask(standIn, '')).body.conversations[0]).toMatchObject({
    id: 'conv_abc123',
    messageCount: 4,
    lastMessageAt: '2024-02-01T00:00:00Z',
  });
});

test('a spent limit is 429 with Retry-After', async () => {
  await using standIn = await startAnimam({ ...OPTIONS, limitPerMinute: 1 });
  expect((await ask(standIn, '')).status).toBe(200);
  const { status, headers, body } = await ask(standIn, '');
  expect(status).toBe(429);
  expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(body).toEqual({ error: 'Too many requests' });
});

test('all of 10,000 conversations come once over the pages, also after changes', async () => {
  const conversations = Array.from({ length: 10_000 }, (_, index) => ({
    startedAt: new Date(Date.UTC(2024, 0, 1) + (index % 997) * 1000).toISOString().replace('.000', ''),
  }));
  await using standIn = await startAnimam({ tenant: 'my-company', conversations });
  for (let index = 1; index <= 50; index++) standIn.conversations.appendMessage(`conv_${index}`, { content: 'Hi' });
  const seen = new Set<string>();
  for (let page = 1; page <= 100; page++) {
    for (const { id } of (await ask(standIn, `?limit=100&page=${page}`)).body.conversations) seen.add(id);
  }
  expect(seen.size).toBe(10_000);
});
