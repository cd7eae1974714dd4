import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newId } from '../../../../src/lib/id.ts';
import { eachDatabase } from '../../../testkit/gateway.ts';
import { type Connected, create, mutate, startConnected, until } from '../connected.ts';

eachDatabase('writes that go through to AI My Chats', (database) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await startConnected({ gateway: { database }, api: { showsMetadata: false } });
  });
  afterAll(() => connected?.close());
  beforeEach(() => connected.api.heal());

  const posts = (path: string) =>
    connected.api.requests.filter((request) => request.method === 'POST' && request.path.endsWith(path)).length;
  const draft = (title: string) => ({ title, content: `${title}: what was said.`, upstreamId: connected.upstreamId });
  const made = async (title: string) => {
    const result = await create(connected.gateway, draft(title));
    const { conversation } = result;
    if (conversation === undefined) throw new Error(JSON.stringify(result));
    return conversation;
  };
  const shown = async (id: string) => {
    const { body } = await connected.gateway.graphql<{ conversation: Record<string, unknown> | null }>(
      `query ($id: ID!) { conversation(id: $id) {
        title content status metadata source summary { status version content error language style }
        attachments { id filename size mimeType } } }`,
      { id },
    );
    return body.data?.conversation ?? null;
  };

  test('a conversation is made upstream, mirrored at once, and its summary is seen when it is there', async () => {
    const metadata = { participants: ['john@example.com'] };
    const result = await create(connected.gateway, { ...draft('Meeting notes'), source: 'EMAIL', metadata });
    expect(result).toMatchObject({
      __typename: 'CreateConversationPayload',
      conversation: { status: 'PROCESSING', metadata },
    });
    const { id = '', externalId = '' } = result.conversation ?? {};
    expect(connected.api.conversations.get(externalId)).toMatchObject({
      title: 'Meeting notes',
      source: 'email',
      metadata,
    });
    expect(await shown(id)).toMatchObject({ source: 'EMAIL', summary: { status: 'PROCESSING', version: 1 } });
    connected.api.finishSummary(externalId, { content: 'Notes of a meeting.' });
    await expect
      .poll(() => shown(id), { timeout: 15_000 })
      .toMatchObject({
        status: 'COMPLETED',
        metadata,
        summary: { status: 'COMPLETED', version: 1, content: 'Notes of a meeting.' },
      });
  });

  test('title and metadata are changed upstream, then here; metadata is merged', async () => {
    const { id, externalId } = await made('Before');
    const change = (input: object) =>
      mutate(connected.gateway, 'updateConversation', { id, ...input }, 'conversation { id title metadata }');
    await change({ metadata: { a: 1, b: 2 } });
    expect(await change({ title: 'After', metadata: { b: null, c: 3 } })).toMatchObject({
      conversation: { title: 'After', metadata: { a: 1, c: 3 } },
    });
    expect(connected.api.conversations.get(externalId)).toMatchObject({ title: 'After', metadata: { a: 1, c: 3 } });
  });

  test('a conversation is deleted upstream, then here', async () => {
    const { id, externalId } = await made('To be deleted');
    const result = await mutate(connected.gateway, 'deleteConversation', { id }, 'deletedConversationId');
    expect(result).toMatchObject({ deletedConversationId: id });
    expect(connected.api.conversations.get(externalId)).toBeUndefined();
    expect(await shown(id)).toBeNull();
  });

  test('a conversation that is gone upstream is gone here with the first write to it', async () => {
    const { id, externalId } = await made('Gone elsewhere');
    connected.api.conversations.remove(externalId);
    const result = await mutate(connected.gateway, 'updateConversation', { id, title: 'New' }, 'conversation { id }');
    expect(result.__typename).toBe('NotFoundError');
    expect(await shown(id)).toBeNull();
  });

  test('a summary asked for is PROCESSING until it is there; one under way is answered again', async () => {
    const { id, externalId } = await made('To be summarised');
    connected.api.finishSummary(externalId, { content: 'First.' });
    await expect.poll(() => shown(id), { timeout: 15_000 }).toMatchObject({ status: 'COMPLETED' });
    const ask = () =>
      mutate(
        connected.gateway,
        'regenerateSummary',
        { conversationId: id, language: 'de', style: 'BULLETS' },
        'summary { id status language style }',
      );
    const first = await ask();
    expect(first).toMatchObject({ summary: { status: 'PROCESSING', language: 'de', style: 'BULLETS' } });
    expect((await ask()).summary?.id).toBe(first.summary?.id);
    expect(posts(`${externalId}/summaries`)).toBe(1);
    expect(await shown(id)).toMatchObject({ status: 'PROCESSING', summary: { content: 'First.', version: 1 } });
    connected.api.finishSummary(externalId, { content: 'Second.' });
    await expect
      .poll(() => shown(id), { timeout: 15_000 })
      .toMatchObject({ status: 'COMPLETED', summary: { content: 'Second.', version: 2, language: 'de' } });
  });

  test('what the upstream says of single fields is told by field, and nothing is kept', async () => {
    connected.api.script({
      method: 'POST',
      path: '/conversations',
      times: 1,
      answer: {
        kind: 'status',
        status: 422,
        body: {
          error: {
            code: 'validation_error',
            message: 'Validation failed',
            details: { fields: { title: ['Title is odd'] } },
          },
        },
      },
    });
    expect(await create(connected.gateway, draft('Odd'))).toMatchObject({
      __typename: 'ValidationError',
      fields: [{ field: 'input.title', messages: ['Title is odd'] }],
    });
    expect(await connected.gateway.app.database.prisma.conversation.count({ where: { title: 'Odd' } })).toBe(0);
  });

  test.each([
    [400, 'NOT_APPLIED'],
    [403, 'NOT_APPLIED'],
    [429, 'NOT_APPLIED'],
    [503, 'UNKNOWN'],
  ] as const)('an answer of %i has the outcome %s', async (status, outcome) => {
    connected.api.script({
      method: 'POST',
      path: '/conversations',
      times: 1,
      answer: { kind: 'status', status, ...(status === 429 && { retryAfter: 0 }) },
    });
    expect(await create(connected.gateway, draft(`Answered ${status}`))).toMatchObject({
      __typename: 'UpstreamError',
      outcome,
      httpStatus: status,
    });
  });

  test('nothing is sent for an unknown upstream, nor for a read-only one, nor with a key that is refused', async () => {
    const unknown = await create(connected.gateway, {
      ...draft('Nowhere'),
      upstreamId: 'up_01h455vb4pex5vsknk084sn02q',
    });
    expect(unknown).toMatchObject({ __typename: 'NotFoundError', message: 'Upstream not found' });
    const { app, tenantId } = connected.gateway;
    const add = async (provider: 'ANIMAM' | 'AI_MY_CHATS', status: 'PAUSED' | 'UNAUTHORIZED') => {
      const id = newId('upstream');
      const apiKeyCipher = app.secrets.encrypt('a-key', `${tenantId}/${id}/apiKey`);
      const data = { tenantId, id, provider, name: id, baseUrl: connected.api.url, apiKeyCipher, status };
      await app.database.prisma.upstream.create({ data });
      return id;
    };
    const before = posts('/conversations');
    const animam = await create(connected.gateway, {
      ...draft('Read-only'),
      upstreamId: await add('ANIMAM', 'PAUSED'),
    });
    expect(animam.__typename).toBe('UnsupportedError');
    const refused = await add('AI_MY_CHATS', 'UNAUTHORIZED');
    expect(await create(connected.gateway, { ...draft('Refused'), upstreamId: refused })).toMatchObject({
      __typename: 'UpstreamError',
      outcome: 'NOT_APPLIED',
    });
    expect(posts('/conversations')).toBe(before);
  });

  test('the same idempotency key gives the first answer again, and is sent once, fifty at once', async () => {
    const before = posts('/conversations');
    const input = { ...draft('Once'), idempotencyKey: 'once' };
    const results = await Promise.all(Array.from({ length: 50 }, () => create(connected.gateway, input)));
    expect(new Set(results.map(({ conversation }) => conversation?.id)).size).toBe(1);
    expect(results[0]?.conversation?.id).toBeDefined();
    expect(posts('/conversations') - before).toBe(1);
    const other = await create(connected.gateway, { ...input, title: 'Something else' });
    expect(other.__typename).toBe('ConflictError');
  });

  test('a key whose outcome is unknown looks before it sends: made once, and answered', async () => {
    connected.api.script({ method: 'POST', path: '/conversations', times: 1, answer: { kind: 'commit-then-reset' } });
    const before = posts('/conversations');
    const input = { ...draft('Broken off'), idempotencyKey: 'broken-off' };
    expect(await create(connected.gateway, input)).toMatchObject({ __typename: 'UpstreamError', outcome: 'UNKNOWN' });
    const again = await create(connected.gateway, input);
    expect(again).toMatchObject({ conversation: { title: 'Broken off' } });
    expect(await create(connected.gateway, input)).toEqual(again);
    expect(posts('/conversations') - before).toBe(1);
  });

  test('a key whose write failed for certain may be used again', async () => {
    connected.api.script({ method: 'POST', path: '/conversations', times: 1, answer: { kind: 'status', status: 403 } });
    const input = { ...draft('Second try'), idempotencyKey: 'second-try' };
    expect(await create(connected.gateway, input)).toMatchObject({ outcome: 'NOT_APPLIED' });
    expect(await create(connected.gateway, input)).toMatchObject({ conversation: { title: 'Second try' } });
  });

  test('without a readable conversation after the write, the mirror is made of what is known', async () => {
    connected.api.script({ method: 'GET', path: /\/conversations\/conv_/, answer: { kind: 'status', status: 500 } });
    const { id, externalId } = await made('Not read back');
    expect(await shown(id)).toMatchObject({ content: 'Not read back: what was said.', status: 'PROCESSING' });
    connected.api.heal();
    connected.api.finishSummary(externalId, { content: 'Read at last.' });
    await expect.poll(() => shown(id), { timeout: 25_000 }).toMatchObject({ summary: { content: 'Read at last.' } });
  });

  test('syncs and writes at once leave one mirror of each conversation', async () => {
    connected.api.webhooks.sendTo(connected.webhookUrl, 'whsec_of_the_tests');
    const results = await Promise.all(Array.from({ length: 10 }, (_, index) => made(`Raced ${index}`)));
    await connected.api.webhooks.settled();
    connected.api.webhooks.sendTo(null);
    const rows = await connected.gateway.app.database.prisma.conversation.findMany({
      where: { title: { startsWith: 'Raced ' } },
    });
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(results.map(({ id }) => id)));
    await until('all webhooks are worked off', async () => {
      const open = await connected.gateway.app.database.prisma.inboundWebhook.count({ where: { handledAt: null } });
      return open === 0;
    });
  });

  test('a write whose key is refused makes the upstream unauthorized at once', async () => {
    const { id } = await made('Refused');
    connected.api.script({ method: 'PATCH', answer: { kind: 'expired-key' } });
    const result = await mutate(
      connected.gateway,
      'updateConversation',
      { id, title: 'Another' },
      'conversation { id }',
    );
    expect(result).toMatchObject({ __typename: 'UpstreamError', outcome: 'NOT_APPLIED', httpStatus: 401 });
    const upstream = await connected.gateway.app.database.prisma.upstream.findFirstOrThrow({
      where: { id: connected.upstreamId },
    });
    expect(upstream).toMatchObject({ status: 'UNAUTHORIZED', errorHttpStatus: 401, nextSyncAt: null });
  });
});
