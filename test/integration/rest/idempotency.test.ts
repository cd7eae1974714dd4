import { expect, test } from 'vitest';
import { eachDatabase } from '../../testkit/gateway.ts';
import { startRest } from './rest.ts';
import { keyWith, seed } from './seed.ts';

const note = { title: 'Meeting notes', content: 'Discussion about Q1 goals...' };

eachDatabase('Idempotency-Key', (database) => {
  test('the same key gives the first answer again, byte by byte, whatever has become of it since', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'one' };
    const first = await gateway.ask<{ id: string }>('POST', '/v1/conversations', { body: note, headers });
    await gateway.ask('DELETE', `/v1/conversations/${first.body.id}`);
    const again = await gateway.ask('POST', '/v1/conversations', { body: { ...note, source: 'api' }, headers });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  test('the same key with another body is 422', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'one' };
    await gateway.ask('POST', '/v1/conversations', { body: note, headers });
    const other = await gateway.ask('POST', '/v1/conversations', { body: { ...note, title: 'Another' }, headers });
    expect([other.status, other.body]).toEqual([
      422,
      {
        error: {
          code: 'validation_error',
          message: 'Validation failed',
          details: {
            fields: {
              'Idempotency-Key': ['This idempotency key was used before, with another request: use a new key'],
            },
          },
        },
      },
    ]);
  });

  test('of fifty at once one is made, and all get its answer', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'fifty' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gateway.ask('POST', '/v1/conversations', { body: note, headers })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    const { body } = await gateway.ask<{ meta: { total: number } }>('GET', '/v1/conversations');
    expect(body.meta.total).toBe(1);
  });

  test('of twenty uploads at once one file is kept', async () => {
    await using gateway = await startRest({ database });
    const id = await seed(gateway, { content: 'Hello' });
    const form = () => {
      const data = new FormData();
      data.set('file', new File(['hello'], 'hello.txt', { type: 'text/plain' }));
      return data;
    };
    const headers = { 'idempotency-key': 'upload' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        gateway.ask('POST', `/v1/conversations/${id}/attachments`, { body: form(), headers }),
      ),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect((await gateway.ask<{ data: [] }>('GET', `/v1/conversations/${id}/attachments`)).body.data).toHaveLength(1);
  });

  test('what failed is not kept: the same key may try again', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'later' };
    const missing = await gateway.ask('POST', '/v1/conversations/conv_none/summaries', { headers });
    expect(missing.status).toBe(404);
    const id = await seed(gateway, { content: 'Hello' });
    const found = await gateway.ask('POST', `/v1/conversations/${id}/summaries`, { headers });
    expect(found.status).toBe(202);
  });

  test('a search is answered again as it was', async () => {
    await using gateway = await startRest({ database });
    const search = (query: string) =>
      gateway.ask<{ meta: { total: number } }>('POST', '/v1/conversations/search', {
        body: { query },
        headers: { 'idempotency-key': 'search' },
      });
    const first = await search('hello');
    expect(first.body.meta.total).toBe(0);
    await seed(gateway, { content: 'Hello' });
    expect((await search('hello')).text).toBe(first.text);
    expect((await search('other')).status).toBe(422);
  });

  test('a key is its tenant’s and its call’s own, and holds for 24 hours', async () => {
    await using gateway = await startRest({ database });
    const { addTenant } = await import('../../testkit/gateway.ts');
    const other = await addTenant(gateway, 'other');
    const headers = { 'idempotency-key': 'shared' };
    type Body = { id: string };
    const mine = await gateway.ask<Body>('POST', '/v1/conversations', { body: note, headers });
    const theirs = await gateway.ask<Body>('POST', '/v1/conversations', { body: note, headers, apiKey: other.apiKey });
    expect(theirs.body.id).not.toBe(mine.body.id);
    const summary = await gateway.ask('POST', `/v1/conversations/${mine.body.id}/summaries`, { headers });
    expect(summary.status).toBe(202);
    const dayAgo = new Date(Date.now() - 24 * 3_600_000 - 1_000);
    await gateway.app.database.prisma.idempotencyRecord.updateMany({ data: { createdAt: dayAgo } });
    const next = await gateway.ask<Body>('POST', '/v1/conversations', { body: { ...note, title: 'New' }, headers });
    expect([next.status, next.body.id === mine.body.id]).toEqual([201, false]);
  });

  test('a request whose process died is taken over', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'orphan' };
    const body = { url: 'http://127.0.0.1:9/hook', events: ['conversation.created'] };
    const first = await gateway.ask('POST', '/v1/webhooks', { body, headers });
    expect(first.status).toBe(201);
    const { prisma } = gateway.app.database;
    const long = new Date(Date.now() - 600_000);
    await prisma.idempotencyRecord.updateMany({ data: { answer: {}, createdAt: long } });
    const second = await gateway.ask<{ id: string }>('POST', '/v1/webhooks', { body, headers });
    expect([second.status, second.text === first.text]).toEqual([201, false]);
  });

  test('a key that cannot be kept is 400', async () => {
    await using gateway = await startRest({ database });
    const headers = { 'idempotency-key': 'x'.repeat(256) };
    const { status, body } = await gateway.ask('POST', '/v1/conversations', { body: note, headers });
    expect([status, body]).toMatchObject([400, { error: { code: 'bad_request' } }]);
    const apiKey = await keyWith(gateway, ['conversations:read']);
    expect((await gateway.ask('POST', '/v1/conversations', { body: note, headers, apiKey })).status).toBe(403);
  });
});
