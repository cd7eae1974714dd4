import { expect, test } from 'vitest';
import {
  type AiMyChatsOptions,
  type AiMyChatsStandIn,
  startAiMyChats,
} from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

async function ask(standIn: AiMyChatsStandIn, method: string, path: string, body?: unknown) {
  const response = await fetch(`${standIn.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${standIn.apiKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const PAGE_EXAMPLE: NonNullable<AiMyChatsOptions['conversations']>[number] = {
  id: 'conv_123',
  title: 'Customer inquiry about pricing',
  content: 'Full conversation content...',
  source: 'email',
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:05:00Z',
  summary: {
    title: 'Pricing inquiry',
    content: 'Customer asked about professional plan pricing...',
    sentiment: 'neutral',
    topics: ['pricing', 'features'],
    action_items: ['Send pricing sheet', 'Schedule demo'],
  },
};

/** A clock that stands still until it is moved. */
function clock(start: string) {
  let ms = Date.parse(start);
  return {
    now: () => new Date(ms),
    move(byMs: number) {
      ms += byMs;
    },
  };
}

test('a list is answered as the page shows it, in its order of keys', async () => {
  await using standIn = await startAiMyChats({ conversations: [PAGE_EXAMPLE] });
  const { body, headers } = await ask(standIn, 'GET', '/conversations?page=1&per_page=20&status=completed');
  const list = `${standIn.url}/conversations?page=1&per_page=20&status=completed`;
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({
      data: [
        {
          id: 'conv_123',
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
      links: { first: list, last: list, prev: null, next: null },
    }),
  );
  for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'X-Request-Id']) {
    expect(headers.get(name), name).toBeTruthy();
  }
});

test('one conversation is answered as the page shows it, and its files come from the address given', async () => {
  await using standIn = await startAiMyChats({ conversations: [PAGE_EXAMPLE] });
  standIn.conversations.attach('conv_123', { filename: 'requirements.pdf', bytes: 'twelve bytes' });
  const { body } = await ask(standIn, 'GET', '/conversations/conv_123');
  const url = `${standIn.origin}/storage/att_1`;
  expect(Object.keys(body)).toEqual(
    'id title content source status created_at updated_at summary attachments'.split(' '),
  );
  expect(body.summary.action_items).toEqual(['Send pricing sheet', 'Schedule demo']);
  expect(body.attachments).toEqual([{ id: 'att_1', filename: 'requirements.pdf', size: 12, url }]);
  expect(await (await fetch(url)).text()).toBe('twelve bytes');
});

test('pages, filters, searches and sorts are those of the page', async () => {
  const conversations = Array.from({ length: 45 }, (_, index) => ({
    title: `Number ${index}${index === 7 ? ' 100%_sure' : ''}`,
    source: index % 3 === 0 ? 'email' : 'api',
    created_at: `2024-01-01T00:00:${String(index).padStart(2, '0')}Z`,
    updated_at: `2024-02-01T00:00:${String(59 - index).padStart(2, '0')}Z`,
  }));
  await using standIn = await startAiMyChats({ conversations });
  const ids = async (query: string) => {
    const { body } = await ask(standIn, 'GET', `/conversations?${query}`);
    return body.data.map(({ id }: { id: string }) => Number(id.slice('conv_'.length)));
  };
  const upTo45 = Array.from({ length: 45 }, (_, index) => index + 1);
  expect(await ids('per_page=100')).toEqual(upTo45.toReversed());
  expect(await ids('per_page=100&sort=created_at')).toEqual(upTo45);
  expect(await ids('per_page=100&sort=-updated_at')).toEqual(upTo45);
  expect(await ids('page=3&sort=created_at')).toEqual([41, 42, 43, 44, 45]);
  expect(await ids('page=4')).toEqual([]);
  expect(await ids('source=email&sort=created_at&per_page=2')).toEqual([1, 4]);
  expect(await ids('search=%25_SURE')).toEqual([8]);
  expect(await ids('status=completed')).toEqual([]);
  const { body } = await ask(standIn, 'GET', '/conversations?page=2');
  expect(body.meta).toEqual({ page: 2, per_page: 20, total: 45, total_pages: 3 });
  expect(body.links.next).toBe(`${standIn.url}/conversations?page=3`);
});

test.each(['page=0', 'per_page=101', 'per_page=x', 'sort=title', 'status=done', 'source=fax'])(
  '%s is refused with 400 and the field',
  async (query) => {
    await using standIn = await startAiMyChats();
    const { status, body } = await ask(standIn, 'GET', `/conversations?${query}`);
    expect(status).toBe(400);
    expect(body.error.code).toBe('bad_request');
    expect(Object.keys(body.error.details.fields)).toEqual([query.split('=')[0]]);
  },
);

test('a conversation is created, changed and deleted, and every change moves updated_at by the clock', async () => {
  const { now, move } = clock('2024-01-01T10:00:00.900Z');
  await using standIn = await startAiMyChats({ now, showsMetadata: true });
  const made = await ask(standIn, 'POST', '/conversations', {
    title: 'Meeting notes',
    content: 'Discussion about Q1 goals...',
    metadata: { date: '2024-01-01', participants: ['john@example.com'] },
  });
  expect(made.status).toBe(201);
  expect(made.body).toEqual({
    id: 'conv_1',
    title: 'Meeting notes',
    content: 'Discussion about Q1 goals...',
    source: 'api',
    status: 'processing',
    created_at: '2024-01-01T10:00:00Z',
    summary: null,
  });
  move(5_000);
  const changed = await ask(standIn, 'PATCH', '/conversations/conv_1', {
    title: 'Updated meeting notes',
    metadata: { reviewed: true, date: null },
  });
  expect(changed.body).toMatchObject({ title: 'Updated meeting notes', updated_at: '2024-01-01T10:00:05Z' });
  expect(changed.body.metadata).toEqual({ participants: ['john@example.com'], reviewed: true });
  expect((await ask(standIn, 'DELETE', '/conversations/conv_1')).body).toEqual({ deleted: true, id: 'conv_1' });
  expect((await ask(standIn, 'DELETE', '/conversations/conv_1')).status).toBe(404);
});

test('bad bodies get 422 with the fields, unreadable ones 400, and no conversation is made', async () => {
  await using standIn = await startAiMyChats();
  const { status, body } = await ask(standIn, 'POST', '/conversations', { content: 'x'.repeat(10_000) });
  expect(status).toBe(422);
  expect(body).toEqual({
    error: {
      code: 'validation_error',
      message: 'Validation failed',
      details: { fields: { title: ['Title is required'], content: ['Content must be less than 10000 characters'] } },
    },
  });
  const headers = { Authorization: `Bearer ${standIn.apiKey}` };
  expect((await fetch(`${standIn.url}/conversations`, { method: 'POST', headers, body: '{' })).status).toBe(400);
  expect(standIn.conversations.size).toBe(0);
});

test('a summary stays under way until it is finished, and the one before it stays visible until then', async () => {
  const { now, move } = clock('2024-01-01T10:00:00Z');
  await using standIn = await startAiMyChats({ now, conversations: [PAGE_EXAMPLE] });
  const started = await ask(standIn, 'POST', '/conversations/conv_123/summaries', { language: 'en', style: 'concise' });
  expect(started).toMatchObject({
    status: 202,
    body: { id: 'summary_1', conversation_id: 'conv_123', status: 'processing', created_at: '2024-01-01T10:00:00Z' },
  });
  expect((await ask(standIn, 'POST', '/conversations/conv_123/summaries', {})).body.id).toBe('summary_1');
  const during = await ask(standIn, 'GET', '/conversations/conv_123');
  expect(during.body).toMatchObject({ status: 'processing', summary: { title: 'Pricing inquiry' } });
  move(2_000);
  standIn.finishSummary('conv_123', { title: 'New', content: 'Newer', topics: ['a'] });
  expect((await ask(standIn, 'GET', '/conversations/conv_123')).body).toMatchObject({
    status: 'completed',
    updated_at: '2024-01-01T10:00:02Z',
    summary: { title: 'New', content: 'Newer', sentiment: 'neutral', topics: ['a'], action_items: [] },
  });
  await ask(standIn, 'POST', '/conversations/conv_123/summaries', {});
  standIn.finishSummary('conv_123', 'failed');
  const failed = await ask(standIn, 'GET', '/conversations/conv_123');
  expect(failed.body).toMatchObject({ status: 'failed', summary: { title: 'New' } });
});

test('summaries complete by themselves where told to', async () => {
  await using standIn = await startAiMyChats({ summarize: { afterMs: 5 } });
  await ask(standIn, 'POST', '/conversations', { title: 'T', content: 'What was said' });
  await expect.poll(() => standIn.conversations.get('conv_1')?.summary?.content).toBe('What was said');
});

test('a file is uploaded, listed, downloaded to the byte, and deleted', async () => {
  await using standIn = await startAiMyChats({ conversations: [PAGE_EXAMPLE] });
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  const form = new FormData();
  form.set('file', new File([bytes], 'x.pdf', { type: 'application/pdf' }));
  form.set('filename', 'Größe 1.pdf');
  const path = `${standIn.url}/conversations/conv_123/attachments`;
  const headers = { Authorization: `Bearer ${standIn.apiKey}` };
  const made = await fetch(path, { method: 'POST', headers, body: form });
  expect(made.status).toBe(201);
  const attachment = await made.json();
  expect(Object.keys(attachment)).toEqual(['id', 'filename', 'size', 'mime_type', 'url', 'created_at']);
  expect(attachment).toMatchObject({ filename: 'Größe 1.pdf', size: 70_000, mime_type: 'application/pdf' });
  const listed = await ask(standIn, 'GET', '/conversations/conv_123/attachments');
  expect(listed.body).toEqual({ data: [attachment] });
  expect(new Uint8Array(await (await fetch(attachment.url)).arrayBuffer())).toEqual(bytes);
  expect((await ask(standIn, 'DELETE', '/attachments/att_1')).body).toEqual({ deleted: true, id: 'att_1' });
  expect((await fetch(attachment.url)).status).toBe(404);
  const empty = new FormData();
  empty.set('filename', 'nothing.pdf');
  const refused = await fetch(path, { method: 'POST', headers, body: empty });
  expect(refused.status).toBe(422);
});

test('a search marks the words, escapes the rest, and scores its best hit 1', async () => {
  await using standIn = await startAiMyChats({
    conversations: [
      {
        content: 'They asked about <b>pricing</b> and features.',
        summary: { topics: ['pricing'], sentiment: 'positive' },
      },
      { content: 'Only pricing here.', created_at: '2024-01-15T00:00:00Z' },
      { content: 'Nothing of the kind.' },
    ],
  });
  const { body } = await ask(standIn, 'POST', '/conversations/search', { query: 'pricing features' });
  expect(body.meta.total).toBe(2);
  expect(body.data[0]).toMatchObject({
    id: 'conv_1',
    score: 1,
    snippet: 'They asked about &lt;b&gt;<mark>pricing</mark>&lt;/b&gt; and <mark>features</mark>.',
  });
  const filtered = await ask(standIn, 'POST', '/conversations/search', {
    query: 'pricing (a+)+$',
    filters: { date_from: '2024-01-15', date_to: '2024-01-15' },
  });
  expect(filtered.body.data.map(({ id }: { id: string }) => id)).toEqual(['conv_2']);
});

test('account, usage and exports are answered as the page shows them', async () => {
  const { now, move } = clock('2024-01-20T00:00:00Z');
  await using standIn = await startAiMyChats({ now, exportDelayMs: 1_000, conversations: [PAGE_EXAMPLE] });
  const account = await ask(standIn, 'GET', '/account');
  expect(account.body).toMatchObject({ plan: 'professional', storage: { used_mb: 0, limit_mb: 200 } });
  const usage = await ask(standIn, 'GET', '/account/usage?from=2024-01-01&to=2024-01-31');
  expect(usage.body).toMatchObject({
    period: { from: '2024-01-01', to: '2024-01-31' },
    conversations: { total: 1, by_source: { email: 1 } },
    api_requests: { total: 2, by_endpoint: { '/account': 2 } },
  });
  const made = await ask(standIn, 'POST', '/exports', { format: 'json', filters: { date_from: '2024-01-01' } });
  expect(made).toMatchObject({ status: 202, body: { id: 'export_1', status: 'processing', format: 'json' } });
  expect((await ask(standIn, 'GET', '/exports/export_1')).body.status).toBe('processing');
  move(1_000);
  const done = await ask(standIn, 'GET', '/exports/export_1');
  expect(done.body).toMatchObject({ status: 'completed', expires_at: '2024-01-27T00:00:00Z' });
  const file = await (await fetch(done.body.download_url)).json();
  expect(file.conversations[0].id).toBe('conv_123');
});

test('without the key there is 401, on unknown paths 404, with another method 405 and what is allowed', async () => {
  await using standIn = await startAiMyChats();
  const response = await fetch(`${standIn.url}/conversations`, { headers: { Authorization: 'Bearer other' } });
  expect(response.status).toBe(401);
  expect((await response.json()).error.code).toBe('unauthorized');
  expect((await ask(standIn, 'GET', '/nothing')).body.error.code).toBe('not_found');
  const wrongMethod = await ask(standIn, 'PUT', '/conversations');
  expect(wrongMethod.status).toBe(405);
  expect(wrongMethod.headers.get('Allow')).toBe('GET, POST');
  standIn.apiKey = 'aimc_new';
  expect((await ask(standIn, 'GET', '/conversations')).status).toBe(200);
});

test('the plan’s limit counts down on every answer, then refuses with Retry-After until its window ends', async () => {
  const { now, move } = clock('2024-01-01T00:00:00Z');
  await using standIn = await startAiMyChats({ now, plan: 'free' });
  for (let remaining = 9; remaining >= 0; remaining--) {
    const { headers, status } = await ask(standIn, 'GET', '/conversations');
    expect(status).toBe(200);
    expect(headers.get('X-RateLimit-Remaining')).toBe(String(remaining));
    expect(headers.get('X-RateLimit-Limit')).toBe('10');
  }
  move(15_000);
  const refused = await ask(standIn, 'GET', '/conversations');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('Retry-After')).toBe('45');
  expect(refused.body.error).toMatchObject({ code: 'rate_limit_exceeded', retry_after: 45 });
  move(45_000);
  expect((await ask(standIn, 'GET', '/conversations')).status).toBe(200);
});

test('a list stays whole and in order while conversations are added, edited and removed', async () => {
  const { now, move } = clock('2024-03-01T00:00:00Z');
  await using standIn = await startAiMyChats({ now });
  const shown = async () => {
    const { body } = await ask(standIn, 'GET', '/conversations?sort=-updated_at&per_page=100');
    return body.data.map(({ id }: { id: string }) => id);
  };
  expect(await shown()).toEqual([]);
  for (let index = 0; index < 60; index++) {
    if (index % 2 === 0) move(1_000);
    standIn.conversations.add();
    const older = standIn.conversations.all()[index >> 1];
    if (index % 5 === 4 && older) standIn.conversations.edit(older.id, { title: 'Edited' });
    if (index % 7 === 6) standIn.conversations.remove(`conv_${index}`);
  }
  const expected = standIn.conversations
    .all()
    .map(({ id, updated_at }) => `${updated_at} ${id}`)
    .sort()
    .reverse()
    .map((line) => line.split(' ')[1]);
  expect(expected.length).toBeGreaterThan(40);
  expect(await shown()).toEqual(expected);
});
