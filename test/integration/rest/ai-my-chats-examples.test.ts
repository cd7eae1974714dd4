import { expect, test } from 'vitest';
import { eachDatabase } from '../../testkit/gateway.ts';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

/** The examples of the published page: what is sent, and the answer, key by key in its order. */

const pricing = {
  title: 'Customer inquiry about pricing',
  content: 'Full conversation content...',
  source: 'EMAIL',
  status: 'COMPLETED',
  createdAt: '2024-01-01T00:00:00Z',
  updatedAt: '2024-01-01T00:05:00Z',
  summary: {
    title: 'Pricing inquiry',
    content: 'Customer asked about professional plan pricing...',
    sentiment: 'NEUTRAL',
    topics: ['pricing', 'features'],
    actionItems: ['Send pricing sheet', 'Schedule demo'],
  },
} as const;

function inOrder(value: unknown): string {
  return JSON.stringify(value, null, 1);
}

async function seedPricing(gateway: RestGateway): Promise<string> {
  const { summary, ...rest } = pricing;
  return seed(gateway, {
    ...rest,
    summary: { ...summary, topics: [...summary.topics], actionItems: [...summary.actionItems] },
    attachments: [{ filename: 'requirements.pdf', size: 102_400, mimeType: 'application/pdf' }],
  });
}

eachDatabase('AI My Chats’ published examples', (database) => {
  test('a list is as published, wrapped, with meta and links', async () => {
    await using gateway = await startRest({ database });
    const id = await seedPricing(gateway);
    const { status, headers, text } = await gateway.ask('GET', '/v1/conversations?page=1&per_page=20&status=completed');
    expect(status).toBe(200);
    const link = `${gateway.url}/v1/conversations?page=1&per_page=20&status=completed`;
    expect(inOrder(JSON.parse(text))).toBe(
      inOrder({
        data: [
          {
            id,
            title: 'Customer inquiry about pricing',
            source: 'email',
            status: 'completed',
            created_at: '2024-01-01T00:00:00Z',
            updated_at: '2024-01-01T00:05:00Z',
            summary: {
              title: 'Pricing inquiry',
              content: 'Customer asked about professional plan pricing...',
              sentiment: 'neutral',
              topics: ['pricing', 'features'],
            },
          },
        ],
        meta: { page: 1, per_page: 20, total: 1, total_pages: 1 },
        links: { first: link, last: link, prev: null, next: null },
      }),
    );
    expect(headers.get('x-ratelimit-limit')).toBe('6000');
    expect(headers.get('x-ratelimit-remaining')).toBe('5999');
    expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1_000);
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });

  test('a conversation is as published, not wrapped, with its metadata after', async () => {
    await using gateway = await startRest({ database });
    const id = await seedPricing(gateway);
    const { status, body } = await gateway.ask<{ attachments: { id: string; url: string }[] }>(
      'GET',
      `/v1/conversations/${id}`,
    );
    expect(status).toBe(200);
    expect(inOrder(body)).toBe(
      inOrder({
        id,
        title: 'Customer inquiry about pricing',
        content: 'Full conversation content...',
        source: 'email',
        status: 'completed',
        created_at: '2024-01-01T00:00:00Z',
        updated_at: '2024-01-01T00:05:00Z',
        summary: {
          title: 'Pricing inquiry',
          content: 'Customer asked about professional plan pricing...',
          sentiment: 'neutral',
          topics: ['pricing', 'features'],
          action_items: ['Send pricing sheet', 'Schedule demo'],
        },
        attachments: [
          { id: body.attachments[0]?.id, filename: 'requirements.pdf', size: 102_400, url: body.attachments[0]?.url },
        ],
        metadata: {},
      }),
    );
    expect(body.attachments[0]?.url).toMatch(new RegExp(`^${gateway.url}/files/attachments/att_`));
  });

  test('creating, updating and deleting are as published', async () => {
    await using gateway = await startRest({ database });
    const created = await gateway.ask<{ id: string; created_at: string }>('POST', '/v1/conversations', {
      body: {
        title: 'Meeting notes',
        content: 'Discussion about Q1 goals...',
        source: 'api',
        metadata: { participants: ['john@example.com', 'jane@example.com'], date: '2024-01-01' },
      },
    });
    const { id, created_at } = created.body;
    expect(created.status).toBe(201);
    expect(inOrder(created.body)).toBe(
      inOrder({
        id,
        title: 'Meeting notes',
        content: 'Discussion about Q1 goals...',
        source: 'api',
        status: 'processing',
        created_at,
        summary: null,
      }),
    );
    expect(created_at).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);

    const updated = await gateway.ask<{ title: string; metadata: object }>('PATCH', `/v1/conversations/${id}`, {
      body: { title: 'Updated meeting notes', metadata: { reviewed: true, date: null } },
    });
    expect(updated.status).toBe(200);
    expect(Object.keys(updated.body)).toEqual([
      'id',
      'title',
      'content',
      'source',
      'status',
      'created_at',
      'updated_at',
      'summary',
      'attachments',
      'metadata',
    ]);
    expect(updated.body).toMatchObject({
      title: 'Updated meeting notes',
      metadata: { participants: ['john@example.com', 'jane@example.com'], reviewed: true },
    });
    expect(updated.body.metadata).not.toHaveProperty('date');

    const deleted = await gateway.ask('DELETE', `/v1/conversations/${id}`);
    expect({ status: deleted.status, text: deleted.text }).toEqual({
      status: 200,
      text: `{"deleted":true,"id":"${id}"}`,
    });
    const again = await gateway.ask('DELETE', `/v1/conversations/${id}`);
    expect({ status: again.status, body: again.body }).toEqual({
      status: 404,
      body: { error: { code: 'not_found', message: 'Conversation not found' } },
    });
  });

  test('a search is as published, with pages after', async () => {
    await using gateway = await startRest({ database });
    const id = await seed(gateway, {
      title: pricing.title,
      content: 'The customer asked about pricing and features of the professional plan.',
      createdAt: '2024-01-15T00:00:00Z',
      summary: { title: 'Pricing', content: 'Pricing.', sentiment: 'POSITIVE', topics: ['pricing'] },
    });
    await seed(gateway, { title: 'Pricing features', content: 'pricing features', createdAt: '2024-02-01T00:00:00Z' });
    const { status, body } = await gateway.ask<{ data: { snippet: string }[]; meta: { took_ms: number } }>(
      'POST',
      '/v1/conversations/search',
      {
        body: {
          query: 'pricing features',
          filters: { date_from: '2024-01-01', date_to: '2024-01-31', topics: ['pricing'], sentiment: 'positive' },
          sort: 'relevance',
          page: 1,
          per_page: 20,
        },
      },
    );
    expect(status).toBe(200);
    expect(inOrder(body)).toBe(
      inOrder({
        data: [
          { id, title: pricing.title, snippet: body.data[0]?.snippet, score: 1, created_at: '2024-01-15T00:00:00Z' },
        ],
        meta: { total: 1, took_ms: body.meta.took_ms, page: 1, per_page: 20, total_pages: 1 },
      }),
    );
    expect(body.data[0]?.snippet).toContain('<mark>pricing</mark>');
    expect(body.data[0]?.snippet).toContain('<mark>features</mark>');
  });

  test('a summary is asked for as published, and one under way is the answer', async () => {
    await using gateway = await startRest({ database, env: { ROLE: 'web' } });
    const id = await seedPricing(gateway);
    const path = `/v1/conversations/${id}/summaries`;
    const first = await gateway.ask<{ id: string; created_at: string }>('POST', path, {
      body: { language: 'en', style: 'concise' },
    });
    expect(first.status).toBe(202);
    expect(inOrder(first.body)).toBe(
      inOrder({ id: first.body.id, conversation_id: id, status: 'processing', created_at: first.body.created_at }),
    );
    const second = await gateway.ask<{ id: string }>('POST', path);
    expect(second.body.id).toBe(first.body.id);
    const shown = await gateway.ask<{ summary: { title: string }; status: string }>('GET', `/v1/conversations/${id}`);
    expect(shown.body).toMatchObject({ status: 'processing', summary: { title: 'Pricing inquiry' } });
  });

  test('attachments are listed with the items of an upload', async () => {
    await using gateway = await startRest({ database });
    const id = await seedPricing(gateway);
    const { status, body } = await gateway.ask<{ data: { id: string; url: string }[] }>(
      'GET',
      `/v1/conversations/${id}/attachments`,
    );
    expect(status).toBe(200);
    expect(inOrder(body)).toBe(
      inOrder({
        data: [
          {
            id: body.data[0]?.id,
            filename: 'requirements.pdf',
            size: 102_400,
            mime_type: 'application/pdf',
            url: body.data[0]?.url,
            created_at: '2024-01-01T00:00:00Z',
          },
        ],
      }),
    );
  });

  test('the account and its usage are as published', async () => {
    await using gateway = await startRest({ database, env: { REQUESTS_PER_DAY: '5000', STORAGE_LIMIT_MB: '200' } });
    const { prisma } = gateway.app.database;
    const mb = 1_048_576n;
    await prisma.tenantState.update({
      where: { tenantId: gateway.tenantId },
      data: { conversationsBytes: 50n * mb, attachmentsBytes: 75n * mb },
    });
    await prisma.tenant.update({
      where: { id: gateway.tenantId },
      data: { email: 'user@example.com', plan: 'professional', createdAt: new Date('2023-01-01T00:00:00Z') },
    });
    const account = await gateway.ask('GET', '/v1/account');
    expect(account.status).toBe(200);
    expect(inOrder(account.body)).toBe(
      inOrder({
        id: gateway.tenantId,
        email: 'user@example.com',
        plan: 'professional',
        storage: { used_mb: 125, limit_mb: 200 },
        api_usage: { requests_today: 1, limit_per_day: 5_000 },
        created_at: '2023-01-01T00:00:00Z',
      }),
    );
    await seed(gateway, { source: 'EMAIL', createdAt: '2024-01-31T23:59:59Z' });
    await seed(gateway, { source: 'EMAIL', createdAt: '2024-01-01T00:00:00Z' });
    await seed(gateway, { source: 'API', createdAt: '2024-01-15T00:00:00Z' });
    await seed(gateway, { source: 'API', createdAt: '2024-02-01T00:00:00Z' });
    await prisma.usageCount.createMany({
      data: [
        { endpoint: '/conversations', requests: 1_200 },
        { endpoint: '/search', requests: 890 },
        { endpoint: '/summaries', requests: 250 },
      ].map((count) => ({ ...count, tenantId: gateway.tenantId, day: new Date('2024-01-10') })),
    });
    const usage = await gateway.ask('GET', '/v1/account/usage?from=2024-01-01&to=2024-01-31');
    expect(usage.status).toBe(200);
    expect(inOrder(usage.body)).toBe(
      inOrder({
        period: { from: '2024-01-01', to: '2024-01-31' },
        conversations: { total: 3, by_source: { email: 2, api: 1 } },
        storage: { total_mb: 125, by_type: { conversations: 50, attachments: 75 } },
        api_requests: { total: 2_340, by_endpoint: { '/conversations': 1_200, '/search': 890, '/summaries': 250 } },
      }),
    );
  });

  test('the validation errors are as published', async () => {
    await using gateway = await startRest({ database });
    const { status, text } = await gateway.ask('POST', '/v1/conversations', { body: { content: 'x'.repeat(10_000) } });
    expect(status).toBe(422);
    expect(inOrder(JSON.parse(text))).toBe(
      inOrder({
        error: {
          code: 'validation_error',
          message: 'Validation failed',
          details: {
            fields: {
              title: ['Title is required'],
              content: ['Content must be less than 10000 characters'],
            },
          },
        },
      }),
    );
  });

  test('the links of the second of five pages are as published', async () => {
    await using gateway = await startRest({ database });
    for (let i = 0; i < 5; i++) await seed(gateway, { title: `Number ${i}` });
    const at = (page: number) => `${gateway.url}/v1/conversations?page=${page}&per_page=1`;
    const { body } = await gateway.ask<{ meta: object; links: object }>('GET', '/v1/conversations?page=2&per_page=1');
    expect(inOrder(body.meta)).toBe(inOrder({ page: 2, per_page: 1, total: 5, total_pages: 5 }));
    expect(inOrder(body.links)).toBe(inOrder({ first: at(1), last: at(5), prev: at(1), next: at(3) }));
    const beyond = await gateway.ask<{ data: []; links: object }>('GET', '/v1/conversations?page=9&per_page=1');
    expect(beyond.body).toMatchObject({ data: [], links: { prev: at(5), next: null } });
  });

  test('the key is tried as settled', async () => {
    await using gateway = await startRest({ database });
    const { status, body, headers } = await gateway.ask<{ user: { id: string } }>('GET', '/v1/auth/test');
    expect(status).toBe(200);
    expect(inOrder(body)).toBe(
      inOrder({
        authenticated: true,
        user: { id: gateway.tenantId, email: '' },
        scopes: ['*'],
        rate_limit: { limit: 6_000, remaining: 5_999, reset: Number(headers.get('x-ratelimit-reset')) },
      }),
    );
  });
});
