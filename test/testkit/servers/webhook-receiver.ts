import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook } from '../../../src/lib/secrets/webhook-signature.ts';

export type ReceivedWebhook = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly body: string;
  readonly event: { id: string; type: string; created_at: string; data: unknown };
};

/** What is answered: a status, with headers and a body; or nothing, the connection held open. */
export type ReceiverAnswer = { status: number; headers?: Record<string, string>; body?: string } | 'hang';

export type WebhookReceiver = AsyncDisposable & {
  readonly url: string;
  /** In the order they came. */
  readonly received: readonly ReceivedWebhook[];
  ofType(type: string): ReceivedWebhook[];
  /** Requests that were given up by who sent them. */
  readonly abandoned: number;
  /** From now on; 200 at the start. */
  answer(answer: ReceiverAnswer | ((request: ReceivedWebhook) => ReceiverAnswer)): void;
  close(): Promise<void>;
};

/** A local server that webhooks are posted to. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let answer: Parameters<WebhookReceiver['answer']>[0] = { status: 200 };
  let abandoned = 0;
  const server = createServer(async (req, res) => {
    res.on('close', () => {
      if (!res.writableEnded) abandoned++;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const request = { path: req.url ?? '', headers: req.headers, body, event: JSON.parse(body) };
    received.push(request);
    reply(res, typeof answer === 'function' ? answer(request) : answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    ofType: (type) => received.filter(({ event }) => event.type === type),
    get abandoned() {
      return abandoned;
    },
    answer: (next) => {
      answer = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function reply(res: ServerResponse, answer: ReceiverAnswer): void {
  if (answer === 'hang') return;
  res.writeHead(answer.status, answer.headers).end(answer.body);
}

/** What is wrong with a request's signatures, by both conventions; empty where nothing is. */
export function signatureProblems({ headers, body, event }: ReceivedWebhook, secret: string): string[] {
  const problems: string[] = [];
  const header = headers['x-aimychats-signature'];
  const verdict = verifyWebhook({ header: typeof header === 'string' ? header : null, secret, body });
  if (!verdict.isValid) problems.push(`X-AImyChats-Signature: ${verdict.reason}`);
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
  } catch (err) {
    problems.push(`Standard Webhooks: ${err instanceof Error ? err.message : String(err)}`);
  }
  if (headers['webhook-id'] !== event.id) problems.push('webhook-id is not the id of the event');
  return problems;
}
