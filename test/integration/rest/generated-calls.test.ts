import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DescribedApi, type RandomCall, randomRestCalls } from '../../testkit/calls/random-rest-call.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { seedConversations } from '../../testkit/seed-conversations.ts';

/** More of them by `GENERATED_CALLS=5000`. */
const runs = Number(process.env['GENERATED_CALLS'] ?? 400);

let gateway: TestGateway;
let api: DescribedApi;
let ids: string[];
beforeAll(async () => {
  gateway = await startGateway({ env: { REQUESTS_PER_MINUTE: '0', REQUESTS_PER_DAY: '0' } });
  await seedConversations(gateway.app, gateway.tenantId, 20);
  api = (await (await gateway.fetch('/openapi.json')).json()) as DescribedApi;
  const made = async (path: string, body: object) => {
    const answer = await ask({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (JSON.parse(answer.text) as { id: string }).id;
  };
  const conversations = await gateway.app.database.prisma.conversation.findMany({ select: { id: true }, take: 5 });
  ids = [
    ...conversations.map(({ id }) => id),
    await made('/v1/exports', { format: 'json' }),
    await made('/v1/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['conversation.created'] }),
    'conv_01h455vb4pex5vsknk084sn02q',
  ];
});
afterAll(() => gateway?.close());

async function ask({ method, path, headers, body }: RandomCall): Promise<{ status: number; text: string }> {
  const response = await gateway.fetch(path, {
    method,
    headers: { ...headers, authorization: `Bearer ${gateway.apiKey}` },
    ...(body !== null && method !== 'GET' && { body }),
  });
  return { status: response.status, text: await response.text() };
}

test(`of ${runs} calls with whatever parameters and bodies none fails inside`, {
  timeout: 60_000 + runs * 200,
}, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(randomRestCalls(api, { ids, tenant: gateway.tenantSlug }), async (call) => {
      const { status, text } = await ask(call);
      const kind = `${Math.floor(status / 100)}xx`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      expect(status, `${JSON.stringify(call)} was answered ${text.slice(0, 500)}`).toBeLessThan(500);
    }),
    { numRuns: runs },
  );
  // Both were among them: what is taken, and what is refused.
  expect(seen.get('2xx') ?? 0).toBeGreaterThan(runs / 20);
  expect(seen.get('4xx') ?? 0).toBeGreaterThan(runs / 20);
});
