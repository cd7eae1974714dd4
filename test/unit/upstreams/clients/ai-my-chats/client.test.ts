import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createEgress } from '../../../../../src/lib/egress/egress.ts';
import {
  type AiMyChatsClientOptions,
  createAiMyChatsClient,
} from '../../../../../src/upstreams/clients/ai-my-chats/client.ts';
import { isUnreadable } from '../../../../../src/upstreams/clients/records.ts';
import { createRateBudget } from '../../../../../src/upstreams/http/budget.ts';
import { UpstreamFailure } from '../../../../../src/upstreams/http/http.ts';
import { type AiMyChatsOptions, startAiMyChats } from '../../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

/** A stand-in of the API and a client of it. The limits are wide where the budget is not what is tested. */
async function setUp(served: AiMyChatsOptions = {}, options: Partial<AiMyChatsClientOptions> = {}) {
  const api = await startAiMyChats(served);
  const egress = createEgress({ allowPrivateNetwork: true });
  const client = createAiMyChatsClient({
    egress,
    baseUrl: api.url,
    apiKey: api.apiKey,
    budget: createRateBudget(),
    budgetKey: 'account',
    limits: [],
    random: () => 0,
    ...options,
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

const failureOf = async (call: Promise<unknown>): Promise<UpstreamFailure> => {
  const error = await call.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamFailure)) throw error;
  return error;
};

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `conv_${index + 1}` }));

describe('reading', () => {
  test('pages hold all conversations, without drift, and what was asked for is sent', async () => {
    await using given = await setUp({ conversations: many(45) });
    const { client, api } = given;
    const ids: string[] = [];
    for (const page of [1, 2, 3]) {
      const answer = await client.listConversations({ page, perPage: 20, sort: '-updated_at', status: 'processing' });
      expect(answer).toMatchObject({ page, perPage: 20, total: 45, totalPages: 3, drift: [] });
      ids.push(...answer.items.map((item) => (isUnreadable(item) ? 'unreadable' : item.externalId)));
    }
    expect(new Set(ids).size).toBe(45);
    expect(api.requests[1]?.query).toEqual({ page: '2', per_page: '20', sort: '-updated_at', status: 'processing' });
  });

  test('a conversation comes with its summary and attachments, without drift', async () => {
    await using given = await setUp({
      conversations: [{ id: 'conv_1', title: 'T', content: 'C', source: 'web', summary: { topics: ['a'] } }],
    });
    const { client, api } = given;
    api.conversations.attach('conv_1', { filename: 'a.txt', bytes: 'hello' });
    const { conversation, drift, unreadableParts } = await client.getConversation('conv_1');
    expect(conversation).toMatchObject({
      title: 'T',
      content: 'C',
      source: 'WEB',
      summary: { topics: ['a'] },
      attachments: [{ filename: 'a.txt', sizeBytes: 5 }],
    });
    expect([drift, unreadableParts]).toEqual([[], []]);
  });

  test('every spoilt item of a list is either read or told as unreadable, and the others stand', async () => {
    await using given = await setUp({ conversations: many(20) });
    const { client, api } = given;
    const ids = ['conv_1', 'conv_2', 'conv_3', 'conv_4', 'conv_5', 'conv_6'];
    api.script({ answer: { kind: 'malformed-items', ids } });
    const { items, drift } = await client.listConversations({ page: 1, perPage: 100 });
    expect(items).toHaveLength(20);
    const unreadable = items.filter((item) => isUnreadable(item));
    expect(unreadable.length).toBeGreaterThanOrEqual(3);
    expect(drift.length).toBeGreaterThan(0);
    for (const id of ids) {
      const { conversation } = await client.getConversation(id);
      if (isUnreadable(conversation)) expect(conversation.id).not.toBeNull();
      else expect(conversation.externalId).toBe(id);
    }
  });

  test('another conversation than the one asked for is unreadable', async () => {
    await using given = await setUp({ conversations: many(2) });
    const edit = () => ({ id: 'conv_2', created_at: '2024-01-01T00:00:00Z' });
    given.api.script({ answer: { kind: 'edit-answer', edit } });
    const { conversation } = await given.client.getConversation('conv_1');
    expect(conversation).toMatchObject({ unreadable: true, id: 'conv_1' });
  });

  test('a wrapped conversation is read, texts are made storable', async () => {
    await using given = await setUp({ conversations: [{ id: 'conv_1', content: 'a\0b' }] });
    given.api.script({ answer: { kind: 'edit-answer', edit: (data) => ({ data }) } });
    const { conversation } = await given.client.getConversation('conv_1');
    expect(conversation).toMatchObject({ externalId: 'conv_1', content: 'a\uFFFDb' });
  });

  test('a list that is none is a failure: UNREADABLE', async () => {
    await using given = await setUp({}, { maxAttempts: 1 });
    given.api.script({ answer: { kind: 'edit-answer', edit: () => ({ data: 'x' }) } });
    const failure = await failureOf(given.client.listConversations({ page: 1, perPage: 20 }));
    expect(failure).toMatchObject({ kind: 'UNREADABLE', httpStatus: 200 });
  });

  test('one that is gone is NOT_FOUND, whatever its id looks like', async () => {
    await using given = await setUp();
    for (const id of ['conv_404', 'a/b', '../account', '?x', '..']) {
      expect(await failureOf(given.client.getConversation(id))).toMatchObject({ kind: 'NOT_FOUND' });
    }
  });

  test('verify takes a good key and refuses a bad one', async () => {
    await using given = await setUp();
    expect(await given.client.verify()).toEqual({
      accountId: 'user_123',
      email: 'user@example.com',
      plan: 'professional',
    });
    given.api.apiKey = 'aimc_another_key';
    expect(await failureOf(given.client.verify())).toMatchObject({ kind: 'UNAUTHORIZED', httpStatus: 401 });
  });

  test('verify takes no server for AI My Chats that tells of no account', async () => {
    await using given = await setUp();
    given.api.script({ path: '/account', answer: { kind: 'edit-answer', edit: () => ({}) } });
    expect(await failureOf(given.client.verify())).toMatchObject({ kind: 'UNREADABLE' });
  });
});

describe('writing', () => {
  test('create, update, summarize and delete reach the API', async () => {
    await using given = await setUp();
    const { client, api } = given;
    const created = await client.createConversation({ title: 'T', content: 'C', source: 'api', metadata: { a: 1 } });
    if (isUnreadable(created.conversation)) throw new Error(created.conversation.reason);
    const id = created.conversation.externalId;
    expect(api.conversations.get(id)).toMatchObject({ title: 'T', content: 'C', metadata: { a: 1 } });
    expect((await client.updateConversation(id, { title: 'T2' })).conversation).toMatchObject({ title: 'T2' });
    const summary = await client.regenerateSummary(id, { language: 'en', style: 'concise' });
    expect(summary).toMatchObject({ status: 'PROCESSING', externalId: expect.stringMatching(/./) });
    await client.deleteConversation(id);
    expect(api.conversations.get(id)).toBeUndefined();
    expect(await failureOf(client.deleteConversation(id))).toMatchObject({ kind: 'NOT_FOUND', outcome: 'NOT_APPLIED' });
  });

  test("a refusal bears the API's words for each field", async () => {
    await using given = await setUp();
    expect(await failureOf(given.client.createConversation({ title: '', content: 'C' }))).toMatchObject({
      kind: 'REJECTED',
      httpStatus: 422,
      outcome: 'NOT_APPLIED',
      fields: { title: [expect.stringMatching(/./)] },
    });
  });

  test('a write that took effect before its connection broke is UNKNOWN, and was sent once', async () => {
    await using given = await setUp({ conversations: many(1) });
    const { client, api } = given;
    api.script({ method: 'POST', answer: { kind: 'commit-then-reset' } });
    const input = { title: 'T', content: 'C' };
    expect(await failureOf(client.createConversation(input))).toMatchObject({ kind: 'NETWORK', outcome: 'UNKNOWN' });
    expect(api.conversations.size).toBe(2);
    expect(api.requests).toHaveLength(1);
  });

  test('a created conversation whose answer cannot be read is UNKNOWN', async () => {
    await using given = await setUp();
    given.api.script({ method: 'POST', answer: { kind: 'edit-answer', edit: () => ({ ok: true }) } });
    const failure = await failureOf(given.client.createConversation({ title: 'T', content: 'C' }));
    expect(failure).toMatchObject({ kind: 'UNREADABLE', outcome: 'UNKNOWN' });
  });

  test('a given idempotency key is sent', async () => {
    await using given = await setUp();
    await given.client.createConversation({ title: 'T', content: 'C' }, { idempotencyKey: 'key-1' });
    expect(given.api.requests[0]?.headers['idempotency-key']).toBe('key-1');
  });
});

describe('files', () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

  test.each([
    ['known', bytes.length],
    ['unknown', null],
  ])('a file of %s length arrives whole, and can be listed, fetched and deleted', async (_name, sizeBytes) => {
    await using given = await setUp({ conversations: many(1) });
    const { client, api } = given;
    const filename = 'Ré"sumé\r\n.pdf';
    const stream = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    const file = { filename, mimeType: 'application/pdf', stream, sizeBytes };
    const { attachment, drift } = await client.uploadAttachment('conv_1', file);
    expect(drift).toEqual([]);
    expect(attachment).toMatchObject({ sizeBytes: bytes.length, mimeType: 'application/pdf' });
    const { 'content-length': length, 'transfer-encoding': encoding } = api.requests[0]?.headers ?? {};
    expect(sizeBytes === null ? encoding : Number(length)).toEqual(sizeBytes === null ? 'chunked' : expect.any(Number));
    expect((await client.listAttachments('conv_1')).items).toEqual([attachment]);
    const answer = await client.downloadAttachment(attachment.url);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/pdf' });
    expect((await answer.bytes()).equals(bytes)).toBe(true);
    await client.deleteAttachment(attachment.externalId);
    expect((await client.listAttachments('conv_1')).items).toEqual([]);
    expect(await failureOf(client.downloadAttachment(attachment.url))).toMatchObject({ kind: 'NOT_FOUND' });
  });

  test('a file that is shorter than announced, or breaks off, is no upload; its stream is closed', async () => {
    await using given = await setUp({ conversations: many(1) });
    const breaking = async function* () {
      yield Buffer.from('some');
      throw new Error('disk');
    };
    for (const stream of [Readable.from([Buffer.from('short')]), Readable.from(breaking())]) {
      const file = { filename: 'x', mimeType: 'text/plain', stream, sizeBytes: 100 };
      const failure = await failureOf(given.client.uploadAttachment('conv_1', file));
      expect(failure.kind).toBe('NETWORK');
      expect(stream.destroyed).toBe(true);
    }
    expect(given.api.conversations.get('conv_1')?.attachments).toEqual([]);
  });

  test('a source that stalls is given up at the deadline, and closed', async () => {
    await using given = await setUp({ conversations: many(1) });
    const stream = new PassThrough();
    stream.write('some');
    const file = { filename: 'x', mimeType: 'text/plain', stream, sizeBytes: null };
    const failure = await failureOf(given.client.uploadAttachment('conv_1', file, { timeoutMs: 200 }));
    expect(failure).toMatchObject({ kind: 'TIMEOUT', outcome: 'UNKNOWN' });
    expect(stream.destroyed).toBe(true);
  });

  test('no room left is REJECTED, on the file', async () => {
    await using given = await setUp({ conversations: many(1), storageLimitMb: 0 });
    const file = { filename: 'x', mimeType: 'text/plain', stream: Readable.from([Buffer.from('x')]), sizeBytes: 1 };
    expect(await failureOf(given.client.uploadAttachment('conv_1', file))).toMatchObject({
      kind: 'REJECTED',
      fields: { file: ['No room left'] },
    });
  });
});

describe('limits', () => {
  test("the free plan's minute is spent to nine tenths: no request is refused upstream, the next one here", async () => {
    await using given = await setUp({ plan: 'free' }, { limits: [], maxWaitMs: { interactive: 0, background: 0 } });
    const { client, api } = given;
    let failure: UpstreamFailure | null = null;
    for (let index = 0; index < 12 && failure === null; index += 1) {
      await client.verify({ priority: 'interactive' }).catch((error: UpstreamFailure) => {
        failure = error;
      });
    }
    expect(api.requests.length).toBeLessThanOrEqual(9);
    expect(api.requests.length).toBeGreaterThanOrEqual(8);
    expect(api.requests.every(({ status }) => status === 200)).toBe(true);
    expect(failure).toMatchObject({ kind: 'RATE_LIMITED', httpStatus: null });
  });

  test('Retry-After of an answer 429 is told, and nothing is sent before it has passed', async () => {
    await using given = await setUp({}, { maxWaitMs: { background: 1_000 } });
    const { client, api } = given;
    api.script({ nth: 1, answer: { kind: 'status', status: 429, retryAfter: 30 } });
    expect(await failureOf(client.verify())).toMatchObject({
      kind: 'RATE_LIMITED',
      httpStatus: 429,
      retryAfterMs: 30_000,
    });
    const failure = await failureOf(client.createConversation({ title: 'T', content: 'C' }));
    expect(failure).toMatchObject({ kind: 'RATE_LIMITED', outcome: 'NOT_APPLIED', httpStatus: null });
    expect(failure.retryAfterMs).toBeGreaterThan(25_000);
    expect(api.requests).toHaveLength(1);
  });

  test('a short Retry-After is waited for', async () => {
    await using given = await setUp();
    const { client, api } = given;
    api.script({ nth: 1, answer: { kind: 'status', status: 429, retryAfter: 1 } });
    await client.verify();
    const [first, second] = api.requests;
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(1_000);
  });
});
