import { expect, test } from 'vitest';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

/** The examples of the published page: what is asked, and the answer, key by key in its order. */

const prices = {
  provider: 'ANIMAM',
  title: 'What are your prices?',
  source: 'WEB',
  sessionId: 'sess_xyz789',
  segment: 'pricing',
  createdAt: '2024-01-25T10:30:00Z',
  preview: 'What are your prices?',
  metadata: { userAgent: 'Mozilla/5.0...', referrer: 'https://google.com', page: '/pricing' },
  messages: [
    { role: 'USER', content: 'Hello, what are your prices?', createdAt: '2024-01-25T10:30:00Z' },
    { role: 'ASSISTANT', content: 'Hello! We offer 3 plans...', createdAt: '2024-01-25T10:30:02Z' },
    { role: 'USER', content: 'And for the Pro plan?', createdAt: '2024-01-25T10:31:00Z' },
  ],
} as const;

function seedPrices(gateway: RestGateway): Promise<string> {
  return seed(gateway, { ...prices, messages: [...prices.messages] });
}

function inOrder(value: unknown): string {
  return JSON.stringify(value, null, 1);
}

eachDatabase('Animam’s published examples', (database) => {
  test('a list is as published', async () => {
    await using gateway = await startRest({ database });
    const id = await seedPrices(gateway);
    const { status, text } = await gateway.ask('GET', '/tenants/test/conversations');
    expect(status).toBe(200);
    expect(inOrder(JSON.parse(text))).toBe(
      inOrder({
        conversations: [
          {
            id,
            sessionId: 'sess_xyz789',
            segment: 'pricing',
            messageCount: 3,
            startedAt: '2024-01-25T10:30:00Z',
            lastMessageAt: '2024-01-25T10:31:00Z',
            preview: 'What are your prices?',
          },
        ],
        pagination: { page: 1, limit: 20, total: 1 },
      }),
    );
  });

  test('a conversation is as published, with all messages', async () => {
    await using gateway = await startRest({ database });
    const id = await seedPrices(gateway);
    type Body = { messages: { id: string }[]; metadata: Record<string, unknown> };
    const { status, body } = await gateway.ask<Body>('GET', `/tenants/test/conversations/${id}`);
    expect(status).toBe(200);
    const [first, second, third] = body.messages;
    expect(inOrder(body)).toBe(
      inOrder({
        id,
        sessionId: 'sess_xyz789',
        segment: 'pricing',
        startedAt: '2024-01-25T10:30:00Z',
        lastMessageAt: '2024-01-25T10:31:00Z',
        messages: [
          { id: first?.id, role: 'user', content: 'Hello, what are your prices?', timestamp: '2024-01-25T10:30:00Z' },
          {
            id: second?.id,
            role: 'assistant',
            content: 'Hello! We offer 3 plans...',
            timestamp: '2024-01-25T10:30:02Z',
          },
          { id: third?.id, role: 'user', content: 'And for the Pro plan?', timestamp: '2024-01-25T10:31:00Z' },
        ],
        metadata: prices.metadata,
      }),
    );
  });

  test('an export is as published, byte by byte', async () => {
    await using gateway = await startRest({ database });
    const id = await seed(gateway, {
      ...prices,
      messages: [
        { role: 'USER', content: 'What are your prices?', createdAt: '2024-01-25T10:30:00Z' },
        { role: 'ASSISTANT', content: 'We offer 3 plans...', createdAt: '2024-01-25T10:30:02Z' },
      ],
    });
    const { status, headers, text } = await gateway.ask(
      'GET',
      '/tenants/test/conversations/export?from=2024-01-25&to=2024-01-25',
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(text).toBe(
      'conversation_id,timestamp,role,content,segment\n' +
        `${id},2024-01-25T10:30:00Z,user,"What are your prices?",pricing\n` +
        `${id},2024-01-25T10:30:02Z,assistant,"We offer 3 plans...",pricing\n`,
    );
  });

  test('an export as JSON has each conversation as reading it gives it, and its number of messages', async () => {
    await using gateway = await startRest({ database });
    const ids = [await seedPrices(gateway), await seed(gateway, { createdAt: '2024-01-26T00:00:00Z' })];
    const single = await Promise.all(
      ids.map(async (id) => (await gateway.ask('GET', `/tenants/test/conversations/${id}`)).body),
    );
    const { status, text } = await gateway.ask(
      'GET',
      '/tenants/test/conversations/export?format=json&from=2024-01-01&to=2024-12-31',
    );
    expect(status).toBe(200);
    expect(inOrder(JSON.parse(text))).toBe(
      inOrder({ conversations: single.map((body, index) => ({ ...body, messageCount: index === 0 ? 3 : 0 })) }),
    );
  });

  test('cells that a spreadsheet would run are guarded, unless raw ones are asked for', async () => {
    await using gateway = await startRest({ database });
    const id = await seed(gateway, {
      segment: '@cmd',
      messages: [{ role: 'USER', content: '=1+1', createdAt: '2024-01-25T10:30:00Z' }],
    });
    const path = '/tenants/test/conversations/export?from=2024-01-01&to=2024-12-31';
    const guarded = await gateway.ask('GET', path);
    expect(guarded.text.split('\n')[1]).toBe(`${id},2024-01-25T10:30:00Z,user,"'=1+1",'@cmd`);
    const raw = await gateway.ask('GET', `${path}&raw=true`);
    expect(raw.text.split('\n')[1]).toBe(`${id},2024-01-25T10:30:00Z,user,"=1+1",@cmd`);
  });

  test('statistics are as published: UTC days up to today, those without conversations included', async () => {
    await using gateway = await startRest({ database });
    const now = Date.now();
    const today = new Date(now).toISOString().slice(0, 10);
    const at = (daysAgo: number) => new Date(now - daysAgo * 86_400_000 - 5_000);
    const exchange = (start: Date, responseMs: number) => [
      { role: 'USER' as const, content: 'Hello', createdAt: start.toISOString() },
      { role: 'ASSISTANT' as const, content: 'Hi', createdAt: new Date(start.getTime() + responseMs).toISOString() },
    ];
    await seed(gateway, { segment: 'support', messages: exchange(at(2), 1_000) });
    await seed(gateway, { segment: 'landing', messages: exchange(at(2), 1_400) });
    await seed(gateway, { segment: null, createdAt: at(1).toISOString() });
    await seed(gateway, { segment: 'landing', createdAt: at(40).toISOString() });
    const { status, body } = await gateway.ask<{ byDay: { date: string; conversations: number }[] }>(
      'GET',
      '/tenants/test/conversations/stats?period=7d',
    );
    expect(status).toBe(200);
    expect(inOrder({ ...body, byDay: [] })).toBe(
      inOrder({
        period: '7d',
        totalConversations: 3,
        totalMessages: 4,
        avgMessagesPerConversation: 1.3,
        avgResponseTime: '1.2s',
        bySegment: { landing: 1, support: 1 },
        byDay: [],
      }),
    );
    expect(body.byDay).toHaveLength(7);
    expect(body.byDay.map(({ date }) => date)).toEqual(body.byDay.map(({ date }) => date).toSorted());
    expect(body.byDay.at(-1)?.date).toBe(today);
    expect(body.byDay.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(3);
    const preset = await gateway.ask<{ period: string }>('GET', '/tenants/test/conversations/stats');
    expect(preset.body.period).toBe('7d');
    const day = await gateway.ask<{ totalConversations: number; avgResponseTime: null }>(
      'GET',
      '/tenants/test/conversations/stats?period=24h',
    );
    expect(day.body).toMatchObject({ period: '24h', totalConversations: 0, avgResponseTime: null });
    expect(
      (await gateway.ask<{ byDay: [] }>('GET', '/tenants/test/conversations/stats?period=365d')).body.byDay,
    ).toHaveLength(365);
  });

  test('a list is bounded by days, whole, and by instants, and by segment; the newest last message first', async () => {
    await using gateway = await startRest({ database });
    const message = (createdAt: string) => [{ role: 'USER' as const, content: 'Hello', createdAt }];
    const early = await seed(gateway, { segment: 'a', messages: message('2024-01-01T00:00:00Z') });
    const late = await seed(gateway, { segment: 'b', messages: message('2024-01-31T23:59:59.900Z') });
    const idsOf = async (query: string) => {
      type Body = { conversations: { id: string }[]; pagination: { total: number } };
      const { body } = await gateway.ask<Body>('GET', `/tenants/test/conversations?${query}`);
      return body.conversations.map(({ id }) => id);
    };
    expect(await idsOf('')).toEqual([late, early]);
    expect(await idsOf('from=2024-01-01&to=2024-01-31')).toEqual([late, early]);
    expect(await idsOf('from=2024-01-02')).toEqual([late]);
    expect(await idsOf('to=2024-01-30')).toEqual([early]);
    expect(await idsOf('from=2024-01-31T23:59:59Z&to=2024-01-31T23:59:59Z')).toEqual([late]);
    expect(await idsOf('from=2024-02-01T00:59:59%2B01:00')).toEqual([late]);
    expect(await idsOf('from=0001-01-01&to=9999-12-31')).toEqual([late, early]);
    expect(await idsOf('segment=b')).toEqual([late]);
    expect(await idsOf('limit=1&page=2')).toEqual([early]);
    expect(await idsOf('page=2147483647&limit=100')).toEqual([]);
  });
});
