import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGraphqlRequests, typenameQuery as query } from '../../testkit/calls/graphql-requests.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => gateway.close());

const { post } = createGraphqlRequests(() => gateway);

describe('around it', () => {
  test('an answer bears the request id that it was sent, and one of its own for none or a strange one', async () => {
    expect((await post(query, { 'x-request-id': 'trace-1234' })).headers.get('x-request-id')).toBe('trace-1234');
    const made = (await post(query, { 'x-request-id': '<script>' })).headers.get('x-request-id');
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('it is alive, ready and tells its figures', async () => {
    expect((await gateway.fetch('/healthz')).status).toBe(200);
    expect((await gateway.fetch('/readyz')).status).toBe(200);
    await gateway.graphql('query Named { __typename }');
    const figures = await (await gateway.fetch('/metrics')).text();
    expect(figures).toMatch(/convograph_graphql_operations_total\{type="query",name="Named",outcome="ok"\} 1/);
    expect(figures).toMatch(/convograph_http_requests_total\{route="\/healthz",method="GET",status="200"\} 1/);
    expect(figures).toContain('process_resident_memory_bytes');
    expect(figures).toContain('convograph_jobs{job="summarize",state="waiting"} 0');
  });

  test('an unknown path is 404, in JSON', async () => {
    const response = await gateway.fetch('/nothing/here');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
  });
});

test('a process that only works tells of its health and figures, and serves nothing else', async () => {
  await using worker = await startGateway({ env: { ROLE: 'worker' } });
  for (const path of ['/healthz', '/readyz', '/metrics']) expect((await worker.fetch(path)).status).toBe(200);
  const authorization = `Bearer ${worker.apiKey}`;
  for (const path of ['/graphql', '/v1/conversations', '/openapi.json', '/docs', '/files/x']) {
    const response = await worker.fetch(path, { headers: { authorization, accept: 'text/html' } });
    expect(response.status, path).toBe(404);
    expect(await response.text()).toContain('ROLE=worker');
  }
  const socket = new WebSocket(worker.wsUrl, 'graphql-transport-ws');
  const ended = new Promise((resolve) => {
    socket.addEventListener('open', () => resolve('open'));
    socket.addEventListener('error', () => resolve('refused'));
  });
  expect(await ended).toBe('refused');
});
