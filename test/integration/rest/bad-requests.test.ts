import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

let gateway: RestGateway;
let conversation: string;

beforeAll(async () => {
  gateway = await startRest();
  conversation = await seed(gateway, { title: 'There', content: 'Here.' });
});
afterAll(() => gateway.close());

/** `{id}` stands for a conversation that is there. */
const at = (path: string) => path.replaceAll('{id}', conversation);

type ErrorBody = { error: { code: string; message: string; details?: { fields?: Record<string, string[]> } } };

describe('AI My Chats: a bad query parameter is 400 bad_request, and names the field', () => {
  const cases: [path: string, field: string, message: string][] = [
    ['/v1/conversations?page=0', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=-1', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=1.5', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=x', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=2147483648', 'page', 'page must be a whole number from 1'],
    ['/v1/conversations?page=1&page=2', 'page', 'page must be given once'],
    ['/v1/conversations?per_page=0', 'per_page', 'per_page must be a whole number from 1 to 100'],
    ['/v1/conversations?per_page=101', 'per_page', 'per_page must be a whole number from 1 to 100'],
    ['/v1/conversations?status=done', 'status', 'status must be one of processing, completed, failed'],
    ['/v1/conversations?source=fax', 'source', 'source must be one of email, whatsapp, api, web'],
    ['/v1/conversations?sort=title', 'sort', 'sort must be one of created_at, -created_at, updated_at, -updated_at'],
    ['/v1/conversations?search=%00', 'search', 'search must not contain NUL characters'],
    [`/v1/conversations?search=${'x'.repeat(501)}`, 'search', 'search must be at most 500 characters'],
    ['/v1/account/usage?from=yesterday', 'from', 'from must be a day, such as 2024-01-31'],
    ['/v1/account/usage?to=2024-02-30', 'to', 'to must be a day, such as 2024-01-31'],
    ['/v1/account/usage?from=2024-02-01&to=2024-01-31', 'from', 'from must not be after to'],
    ['/v1/webhooks/whk_x/events?per_page=1000', 'per_page', 'per_page must be a whole number from 1 to 100'],
  ];
  test.each(cases)('%s', async (path, field, message) => {
    const { status, body } = await gateway.ask<ErrorBody>('GET', path);
    expect({ status, ...body.error }).toEqual({
      status: 400,
      code: 'bad_request',
      message: 'Invalid request parameters',
      details: { fields: { [field]: [message] } },
    });
  });

  test('several at once are all told', async () => {
    const { body } = await gateway.ask<ErrorBody>('GET', '/v1/conversations?page=0&per_page=101');
    expect(Object.keys(body.error.details?.fields ?? {})).toEqual(['page', 'per_page']);
  });
});

describe('AI My Chats: a bad body is 422 validation_error, and names the field', () => {
  const content = 'Hello';
  const cases: [method: string, path: string, body: unknown, fields: Record<string, string[]>][] = [
    ['POST', '/v1/conversations', {}, { title: ['Title is required'], content: ['Content is required'] }],
    ['POST', '/v1/conversations', [], { body: ['The body must be a JSON object'] }],
    ['POST', '/v1/conversations', 'null', { body: ['The body must be a JSON object'] }],
    ['POST', '/v1/conversations', { title: null, content }, { title: ['Title is required'] }],
    ['POST', '/v1/conversations', { title: ' ', content }, { title: ['Title is required'] }],
    ['POST', '/v1/conversations', { title: 7, content }, { title: ['Title must be a string'] }],
    [
      'POST',
      '/v1/conversations',
      { title: 'x'.repeat(201), content },
      { title: ['Title must be at most 200 characters'] },
    ],
    ['POST', '/v1/conversations', { title: 'a\0b', content }, { title: ['Title must not contain NUL characters'] }],
    ['POST', '/v1/conversations', { title: 'x', content: '' }, { content: ['Content is required'] }],
    [
      'POST',
      '/v1/conversations',
      { title: 'x', content: '😀'.repeat(10_000) },
      { content: ['Content must be less than 10000 characters'] },
    ],
    [
      'POST',
      '/v1/conversations',
      { title: 'x', content, source: 'fax' },
      { source: ['Source must be one of email, whatsapp, api, web'] },
    ],
    ['POST', '/v1/conversations', { title: 'x', content, metadata: 'x' }, { metadata: ['Metadata must be an object'] }],
    ['POST', '/v1/conversations', { title: 'x', content, metadata: [] }, { metadata: ['Metadata must be an object'] }],
    [
      'POST',
      '/v1/conversations',
      { title: 'x', content, metadata: null },
      { metadata: ['Metadata must be an object'] },
    ],
    [
      'POST',
      '/v1/conversations',
      { title: 'x', content, metadata: { a: '\0' } },
      { metadata: ['Metadata must not contain NUL characters'] },
    ],
    [
      'POST',
      '/v1/conversations',
      `{"title":"x","content":"y","metadata":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
      { metadata: ['Metadata must be at most 100 levels deep'] },
    ],
    ['PATCH', '/v1/conversations/{id}', { content: 'x' }, { content: ['Content cannot be changed'] }],
    ['PATCH', '/v1/conversations/{id}', { content: null }, { content: ['Content cannot be changed'] }],
    ['PATCH', '/v1/conversations/{id}', { title: '' }, { title: ['Title is required'] }],
    ['PATCH', '/v1/conversations/{id}', { metadata: 1 }, { metadata: ['Metadata must be an object'] }],
    ['POST', '/v1/conversations/search', {}, { query: ['Query is required'] }],
    ['POST', '/v1/conversations/search', { query: '' }, { query: ['Query is required'] }],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x'.repeat(501) },
      { query: ['Query must be at most 500 characters'] },
    ],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x', sort: 'title' },
      { sort: ['Sort must be one of relevance, created_at, -created_at'] },
    ],
    ['POST', '/v1/conversations/search', { query: 'x', page: 0 }, { page: ['page must be a whole number from 1'] }],
    ['POST', '/v1/conversations/search', { query: 'x', page: '1' }, { page: ['page must be a whole number from 1'] }],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x', per_page: 101 },
      { per_page: ['per_page must be a whole number from 1 to 100'] },
    ],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x', filters: { date_from: '2024-13-01' } },
      { 'filters.date_from': ['date_from must be a day, such as 2024-01-31'] },
    ],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x', filters: { date_from: '2024-02-01', date_to: '2024-01-31' } },
      { 'filters.date_from': ['date_from must not be after date_to'] },
    ],
    [
      'POST',
      '/v1/conversations/search',
      { query: 'x', filters: { sentiment: 'sad' } },
      { 'filters.sentiment': ['sentiment must be one of positive, neutral, negative'] },
    ],
    ['POST', '/v1/conversations/search', { query: 'x', filters: 1 }, { filters: ['filters must be an object'] }],
    [
      'POST',
      '/v1/conversations/{id}/summaries',
      { language: 'no tongue' },
      { language: ['Language must be a BCP 47 tag, such as en or pt-BR'] },
    ],
    [
      'POST',
      '/v1/conversations/{id}/summaries',
      { style: 'haiku' },
      { style: ['Style must be one of concise, detailed, bullets'] },
    ],
    ['POST', '/v1/webhooks', { events: ['conversation.created'] }, { url: ['URL is required'] }],
    [
      'POST',
      '/v1/webhooks',
      { url: 'http://127.0.0.1/', events: [] },
      { events: ['Events must name at least one event'] },
    ],
    ['POST', '/v1/webhooks/whk_x/test', {}, { event_type: ['Event type is required'] }],
  ];
  test.each(cases)('%s %s %j', async (method, path, body, fields) => {
    const answer = await gateway.ask<ErrorBody>(method, at(path), { body });
    expect({ status: answer.status, ...answer.body }).toEqual({
      status: 422,
      error: { code: 'validation_error', message: 'Validation failed', details: { fields } },
    });
  });
});

describe('AI My Chats: the request’s form', () => {
  test.each([
    ['POST', '/v1/conversations'],
    ['PATCH', '/v1/conversations/{id}'],
    ['POST', '/v1/conversations/search'],
    ['POST', '/v1/conversations/{id}/summaries'],
    ['POST', '/v1/webhooks'],
  ])('unreadable JSON is 400: %s %s', async (method, path) => {
    const { status, body } = await gateway.ask<ErrorBody>(method, at(path), { body: '{"title":' });
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        error: {
          code: 'bad_request',
          message: 'The body is not readable JSON',
          details: { fields: { body: ['The body is not readable JSON'] } },
        },
      },
    });
  });

  test('a body that is no UTF-8 is 400', async () => {
    const authorization = `Bearer ${gateway.apiKey}`;
    for (const [method, path] of [
      ['POST', '/v1/conversations'],
      ['PATCH', at('/v1/conversations/{id}')],
    ] as const) {
      const body = Buffer.from('{"title":"caf\xe9"}', 'latin1');
      const response = await gateway.fetch(path, {
        method,
        body,
        headers: { authorization, 'content-type': 'application/json' },
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'bad_request', message: 'The body is not UTF-8' } });
    }
  });

  test('another type of body is 415', async () => {
    const options = { body: 'title=x', headers: { 'content-type': 'text/plain' } };
    expect((await gateway.ask<ErrorBody>('POST', '/v1/conversations', options)).status).toBe(415);
    expect((await gateway.ask<ErrorBody>('POST', at('/v1/conversations/{id}/attachments'), { body: {} })).status).toBe(
      415,
    );
  });

  test.each(['/v1', '/v1/nothing', '/v1/conversations/', '/v1/conversations/x/y', '/v1/account/usage/more'])(
    'an unknown path is 404: %s',
    async (path) => {
      const { status, body } = await gateway.ask('GET', path);
      expect({ status, body }).toEqual({
        status: 404,
        body: { error: { code: 'not_found', message: 'There is nothing at this path' } },
      });
    },
  );

  test.each([
    ['DELETE', '/v1/conversations', 'GET, HEAD, POST'],
    ['PUT', '/v1/conversations/{id}', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/conversations/search', 'POST'],
    ['GET', '/v1/conversations/{id}/summaries', 'POST'],
    ['POST', '/v1/account', 'GET, HEAD'],
    ['GET', '/v1/attachments/att_x', 'DELETE'],
  ])('a known path with another method is 405, with Allow: %s %s', async (method, path, allowed) => {
    const { status, headers, body } = await gateway.ask<ErrorBody>(method, at(path));
    expect({ status, code: body.error.code, allow: headers.get('allow') }).toEqual({
      status: 405,
      code: 'bad_request',
      allow: allowed,
    });
    expect(headers.get('x-ratelimit-limit')).toBe('6000');
    expect(headers.get('x-request-id')).not.toBeNull();
  });

  test.each([
    ['GET', '/v1/conversations/conv_none'],
    ['GET', '/v1/conversations/%00'],
    ['PATCH', '/v1/conversations/conv_none'],
    ['DELETE', '/v1/conversations/%00'],
    ['POST', '/v1/conversations/conv_none/summaries'],
    ['GET', '/v1/conversations/conv_none/attachments'],
    ['GET', '/v1/webhooks/%00'],
    ['DELETE', '/v1/webhooks/whk_none'],
    ['GET', '/v1/webhooks/whk_none/events'],
    ['POST', '/v1/webhooks/whk_none/events/evt_none/retry'],
    ['DELETE', '/v1/attachments/att_none'],
  ])('what is not there is 404: %s %s', async (method, path) => {
    const { status, body } = await gateway.ask<ErrorBody>(method, path, method === 'PATCH' ? { body: {} } : {});
    expect({ status, code: body.error.code }).toEqual({ status: 404, code: 'not_found' });
  });

  test('the calendar’s first and last days are days like others', async () => {
    const usage = await gateway.ask('GET', '/v1/account/usage?from=0001-01-01&to=9999-12-31');
    expect([usage.status, usage.body['period']]).toEqual([200, { from: '0001-01-01', to: '9999-12-31' }]);
    const filters = { date_from: '0001-01-01', date_to: '9999-12-31' };
    const found = await gateway.ask('POST', '/v1/conversations/search', { body: { query: 'there', filters } });
    expect([found.status, found.body['meta']]).toMatchObject([200, { total: 1 }]);
    expect((await gateway.ask('POST', '/v1/exports', { body: { format: 'csv', filters } })).status).toBe(202);
  });

  test('a page far past the end is empty', async () => {
    const { status, body } = await gateway.ask<{ data: [] }>('GET', '/v1/conversations?page=2147483647&per_page=100');
    expect([status, body.data]).toEqual([200, []]);
    const search = { query: 'there', page: 2_147_483_647, per_page: 100 };
    const found = await gateway.ask<{ data: [] }>('POST', '/v1/conversations/search', { body: search });
    expect([found.status, found.body.data]).toEqual([200, []]);
  });

  test('a HEAD is a GET without its body', async () => {
    const { status, text, headers } = await gateway.ask('HEAD', '/v1/conversations');
    expect({ status, text, type: headers.get('content-type') }).toEqual({
      status: 200,
      text: '',
      type: 'application/json',
    });
  });

  test('Animam’s conversations are read-only here too', async () => {
    const id = await seed(gateway, { provider: 'ANIMAM' });
    for (const method of ['PATCH', 'DELETE']) {
      const { status, body } = await gateway.ask<ErrorBody>(
        method,
        `/v1/conversations/${id}`,
        method === 'PATCH' ? { body: { title: 'x' } } : {},
      );
      expect({ status, fields: body.error.details?.fields }).toEqual({
        status: 422,
        fields: { id: ['Animam conversations are read-only'] },
      });
    }
  });
});
