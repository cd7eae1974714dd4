import { Hono } from 'hono';
import type { App } from '../domain/app.ts';
import { receiveWebhook } from '../upstreams/conversation/inbound-webhook.ts';

/** The most that a webhook's body may be. */
const maxBytes = 1_048_576;

/**
 * Where upstreams post their webhooks, without a key of ours: `POST /webhooks/upstreams/{id}`. 200 once it is stored;
 * an unknown upstream, one without a secret and a bad signature get the same 401, to the byte.
 */
export function createUpstreamWebhooks(app: App): Hono {
  const routes = new Hono();
  routes.onError((err) => {
    throw err;
  });
  routes.post('/webhooks/upstreams/:id', async (c) => {
    const body = await readAtMost(c.req.raw, maxBytes);
    if (body === null) return c.json(problem('bad_request', `The body is larger than ${maxBytes} bytes`), 413);
    const receipt = await receiveWebhook(app, c.req.param('id'), c.req.raw.headers, body);
    if (receipt.kind === 'ACCEPTED') return c.json({ received: true });
    if (receipt.kind === 'UNREADABLE') return c.json(problem('bad_request', receipt.message), 400);
    return c.json(problem('unauthorized', 'The signature does not fit, or is more than 300 seconds off'), 401);
  });
  routes.all('/webhooks/upstreams/:id', (c) =>
    c.json(problem('bad_request', 'Only POST is served here'), 405, { allow: 'POST' }),
  );
  routes.notFound((c) => c.json(problem('not_found', 'There is nothing at this path'), 404));
  return routes;
}

function problem(code: string, message: string) {
  return { error: { code, message } };
}

/** Null where there is more. */
async function readAtMost(request: Request, limitBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
