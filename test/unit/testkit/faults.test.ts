import { expect, test } from 'vitest';
import { type AiMyChatsStandIn, startAiMyChats } from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { startAnimam } from '../../testkit/upstreams/animam/animam.ts';

const FORTY = Array.from({ length: 40 }, (_, index) => ({
  id: `conv_${String(index).padStart(2, '0')}`,
  created_at: `2024-01-01T00:00:${String(index).padStart(2, '0')}Z`,
}));

function send(standIn: AiMyChatsStandIn, path = '/conversations', init: RequestInit = {}): Promise<Response> {
  return fetch(`${standIn.url}${path}`, { ...init, headers: { Authorization: `Bearer ${standIn.apiKey}` } });
}

async function ids(standIn: AiMyChatsStandIn, query = ''): Promise<string[]> {
  const { data } = await (await send(standIn, `/conversations${query}`)).json();
  return data.map(({ id }: { id: string }) => id);
}

const post = { method: 'POST', body: JSON.stringify({ title: 'T', content: 'C' }) };

test('a fault strikes the requests it names, from the nth on, so many times, and heal ends all', async () => {
  await using standIn = await startAiMyChats();
  const fault = standIn.script({
    method: 'GET',
    path: '/conversations',
    nth: 2,
    times: 2,
    answer: { kind: 'status', status: 503 },
  });
  const statuses: number[] = [];
  for (let index = 0; index < 5; index++) statuses.push((await send(standIn)).status);
  expect(statuses).toEqual([200, 503, 503, 200, 200]);
  expect(fault.hits).toBe(2);
  standIn.script({ path: /conv_\d+$/, answer: { kind: 'status', status: 500 } });
  expect((await send(standIn, '/conversations/conv_1')).status).toBe(500);
  expect((await send(standIn)).status).toBe(200);
  standIn.heal();
  expect((await send(standIn, '/conversations/conv_1')).status).toBe(404);
});

test('a scripted 429 bears Retry-After and the API’s words', async () => {
  await using standIn = await startAiMyChats();
  standIn.script({ times: 1, answer: { kind: 'status', status: 429, retryAfter: 7 } });
  const response = await send(standIn);
  expect(response.headers.get('Retry-After')).toBe('7');
  expect((await response.json()).error).toMatchObject({ code: 'rate_limit_exceeded', retry_after: 7 });
  await using animam = await startAnimam({ tenant: 't' });
  animam.script({ answer: { kind: 'status', status: 429, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' } });
  const refused = await fetch(`${animam.url}/tenants/t/conversations`);
  expect(refused.headers.get('Retry-After')).toBe('Wed, 21 Oct 2026 07:28:00 GMT');
});

test('an expired key is 401 at AI My Chats and 403 at Animam', async () => {
  await using standIn = await startAiMyChats();
  await using animam = await startAnimam({ tenant: 't' });
  for (const each of [standIn, animam]) each.script({ answer: { kind: 'expired-key' } });
  expect((await send(standIn)).status).toBe(401);
  expect((await fetch(`${animam.url}/tenants/t/conversations`)).status).toBe(403);
});

test('a reset comes before any effect, commit-then-reset after it', async () => {
  await using standIn = await startAiMyChats();
  standIn.script({ nth: 1, answer: { kind: 'reset' } });
  standIn.script({ nth: 2, answer: { kind: 'commit-then-reset' } });
  await expect(send(standIn, '/conversations', post)).rejects.toThrow();
  expect(standIn.conversations.size).toBe(0);
  await expect(send(standIn, '/conversations', post)).rejects.toThrow();
  expect(standIn.conversations.size).toBe(1);
  expect(standIn.requests.map(({ status }) => status)).toEqual([null, null]);
  expect((await send(standIn, '/conversations', post)).status).toBe(201);
});

test('an Idempotency-Key is forgotten unless kept', async () => {
  for (const keepsIdempotencyKeys of [false, true]) {
    await using standIn = await startAiMyChats({ keepsIdempotencyKeys });
    for (let index = 0; index < 2; index++) {
      await fetch(`${standIn.url}/conversations`, {
        ...post,
        headers: { Authorization: `Bearer ${standIn.apiKey}`, 'Idempotency-Key': 'k' },
      });
    }
    expect(standIn.conversations.size).toBe(keepsIdempotencyKeys ? 1 : 2);
  }
});

test('a truncated answer breaks off, a cut one is whole but no JSON, a page is HTML with 200', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  standIn.script({ nth: 1, answer: { kind: 'truncated' } });
  standIn.script({ nth: 2, answer: { kind: 'truncated', how: 'cut' } });
  standIn.script({ nth: 3, answer: { kind: 'html' } });
  await expect(send(standIn).then((response) => response.text())).rejects.toThrow();
  const cut = await (await send(standIn)).text();
  expect(cut.startsWith('{"data":[')).toBe(true);
  expect(() => JSON.parse(cut)).toThrow();
  const page = await send(standIn);
  expect(page.status).toBe(200);
  expect(page.headers.get('Content-Type')).toContain('text/html');
});

test('a slow answer is late, with its effect before the wait or after it', async () => {
  await using standIn = await startAiMyChats();
  standIn.script({ nth: 1, answer: { kind: 'slow', delayMs: 60_000 } });
  standIn.script({ nth: 2, answer: { kind: 'slow', delayMs: 60_000, made: 'after' } });
  for (let index = 1; index <= 2; index++) {
    const controller = new AbortController();
    const sent = send(standIn, '/conversations', { ...post, signal: controller.signal });
    await expect.poll(() => standIn.requests.length).toBe(index);
    await expect.poll(() => standIn.conversations.size).toBe(1);
    controller.abort();
    await expect(sent).rejects.toThrow();
    await expect.poll(() => standIn.requests[index - 1]?.isCutOff).toBe(true);
    expect(standIn.conversations.size).toBe(1);
  }
  standIn.script({ nth: 1, answer: { kind: 'slow', delayMs: 30 } });
  const before = performance.now();
  expect((await send(standIn)).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThanOrEqual(25);
});

test('a dribbled answer is whole in the end', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  standIn.script({ answer: { kind: 'dribble', everyMs: 1, bytes: 500 } });
  expect(await ids(standIn, '?per_page=100')).toHaveLength(40);
});

test('an endless body goes on until the client leaves, and one without an answer stays open till then', async () => {
  await using standIn = await startAiMyChats();
  standIn.script({ nth: 1, answer: { kind: 'endless' } });
  standIn.script({ nth: 2, answer: { kind: 'hang' } });
  const { body } = await send(standIn);
  let read = 0;
  for await (const chunk of body ?? []) {
    read += chunk.length;
    if (read > 5_000_000) break;
  }
  await expect.poll(() => standIn.requests[0]?.isCutOff).toBe(true);
  expect(standIn.requests[0]?.bytesSent).toBeGreaterThan(5_000_000);
  const controller = new AbortController();
  const hanging = send(standIn, '/conversations', { signal: controller.signal });
  await expect.poll(() => standIn.requests.length).toBe(2);
  controller.abort();
  await expect(hanging).rejects.toThrow();
  expect(standIn.requests[1]?.status).toBeNull();
});

test('shuffled pages are out of order but whole together; shuffled anew for each request they are not', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  const inOrder = await ids(standIn, '?per_page=100');
  const fault = standIn.script({ answer: { kind: 'shuffled-pages', seed: 3 } });
  const once = [...(await ids(standIn)), ...(await ids(standIn, '?page=2'))];
  expect(once).not.toEqual(inOrder);
  expect(once.toSorted()).toEqual(inOrder.toSorted());
  fault.clear();
  standIn.script({ answer: { kind: 'shuffled-pages', seed: 3, perRequest: true } });
  const anew = [...(await ids(standIn)), ...(await ids(standIn, '?page=2'))];
  expect(new Set(anew).size).toBeLessThan(40);
});

test('a repeated page shows the items of the page before it, or of one page for ever', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  const first = await ids(standIn, '?per_page=10');
  standIn.script({ nth: 1, answer: { kind: 'repeated-pages' } });
  expect(await ids(standIn, '?per_page=10&page=2')).toEqual(first);
  expect(await ids(standIn, '?per_page=10&page=2')).not.toEqual(first);
  standIn.script({ answer: { kind: 'repeated-pages', page: 1 } });
  expect(await ids(standIn, '?per_page=10&page=400')).toEqual(first);
});

test('items are malformed each in its turn, or only those named, in lists and alone', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  const all = standIn.script({ answer: { kind: 'malformed-items' } });
  const { data } = await (await send(standIn, '/conversations?sort=created_at&per_page=7')).json();
  expect(data[0]).not.toHaveProperty('id');
  expect(data[1]).toMatchObject({ id: 'conv_01', title: { not: 'a text' }, summary: ['not what the page says'] });
  expect(data[2]).toMatchObject({
    id: 'conv_02',
    title: 'Untitled conversation',
    unheard_of: { deep: [{ er: true }] },
  });
  expect(data[3].created_at).toBe('yesterday');
  expect(data.slice(4, 6)).toEqual([null, 'conversation']);
  expect(data[6]).not.toHaveProperty('id');
  all.clear();
  standIn.script({ answer: { kind: 'malformed-items', ids: ['conv_03'], how: 'wrong-types' } });
  const named = await (await send(standIn, '/conversations?sort=created_at')).json();
  const spoilt = { not: 'a text' };
  expect(
    named.data.flatMap(({ title }: { title: unknown }, index: number) => (typeof title === 'string' ? [] : [index])),
  ).toEqual([3]);
  expect(named.data[3].title).toEqual(spoilt);
  expect((await (await send(standIn, '/conversations/conv_03')).json()).content).toEqual(spoilt);
  expect((await (await send(standIn, '/conversations/conv_04')).json()).content).toBe('');
});

test('an answer can be edited, together with other faults', async () => {
  await using standIn = await startAiMyChats();
  standIn.script({ answer: { kind: 'edit-answer', edit: () => ({ data: 'none' }) } });
  standIn.script({ answer: { kind: 'dribble', everyMs: 0 } });
  expect(await (await send(standIn)).json()).toEqual({ data: 'none' });
});

test('a hook is awaited before each request and can change the store between two', async () => {
  await using standIn = await startAiMyChats({ conversations: FORTY });
  const unhook = standIn.onRequest(async (request) => {
    await Promise.resolve();
    if (request.query['page'] === '2')
      standIn.conversations.add({ id: 'conv_new', created_at: '2025-01-01T00:00:00Z' });
  });
  const first = await ids(standIn);
  const second = await ids(standIn, '?page=2');
  expect(second[0]).toBe(first.at(-1));
  unhook();
  standIn.conversations.remove('conv_new');
  expect(await ids(standIn, '?page=2')).not.toContain(first.at(-1));
});

test('requests are logged with path, query, headers, body and time', async () => {
  const now = () => new Date('2024-01-01T00:00:00Z');
  await using standIn = await startAiMyChats({ now });
  await send(standIn, '/conversations?x=%C3%A9', post);
  expect(standIn.requests).toMatchObject([
    { method: 'POST', path: '/v1/conversations', query: { x: 'é' }, body: post.body, at: now(), status: 201 },
  ]);
  expect(standIn.requests[0]?.headers.authorization).toBe('Bearer aimc_test_key');
});

test('after close the port refuses, and another stand-in can take it with the same conversations', async () => {
  const first = await startAiMyChats({ conversations: FORTY });
  await first.close();
  await first.close();
  await expect(send(first)).rejects.toThrow();
  await using second = await startAiMyChats({ port: first.port, conversations: first.conversations.all() });
  expect(await ids(second, '?per_page=100')).toHaveLength(40);
});
