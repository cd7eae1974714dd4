import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server was asked. `body` is the JSON as parsed. */
export type OpenAiRequest = { path: string; headers: IncomingHttpHeaders; body: unknown };

/** One answer of the server. The last one of a script answers all further requests. */
export type OpenAiStep =
  /** A completion whose message holds this value as JSON, or this text as it is; `after` something, where given. */
  | { kind: 'answer'; content: unknown; finishReason?: string; after?: Promise<unknown> }
  | { kind: 'refusal'; reason: string }
  /** Any HTTP answer. */
  | { kind: 'raw'; status: number; body: string; headers?: Record<string, string> }
  /** Nothing is ever answered. */
  | { kind: 'silence' }
  /** A body that goes on until the other side hangs up. */
  | { kind: 'endless' }
  /** The connection is closed without an answer. */
  | { kind: 'hang-up' };

export type OpenAiServer = {
  /** The base address, to be given as `OPENAI_BASE_URL`. */
  url: string;
  requests: OpenAiRequest[];
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A local server that speaks chat completions and answers as scripted, step by step. */
export async function startOpenAiServer(script: readonly OpenAiStep[]): Promise<OpenAiServer> {
  const requests: OpenAiRequest[] = [];
  const server = createServer((req, res) => {
    readBody(req)
      .then(async (body) => {
        requests.push({ path: req.url ?? '', headers: req.headers, body });
        const step = script[Math.min(requests.length, script.length) - 1];
        if (step === undefined) throw new Error('The script has no step');
        if (step.kind === 'answer') await step.after;
        perform(step, req, res);
      })
      .catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/v1`, requests, close, [Symbol.asyncDispose]: close };
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) text += chunk;
  return text === '' ? null : JSON.parse(text);
}

function perform(step: OpenAiStep, req: IncomingMessage, res: ServerResponse): void {
  if (step.kind === 'raw') {
    res.writeHead(step.status, { 'content-type': 'application/json', ...step.headers }).end(step.body);
  } else if (step.kind === 'answer') {
    const content = typeof step.content === 'string' ? step.content : JSON.stringify(step.content);
    send(res, { message: { role: 'assistant', content }, finish_reason: step.finishReason ?? 'stop' });
  } else if (step.kind === 'refusal') {
    send(res, { message: { role: 'assistant', content: null, refusal: step.reason }, finish_reason: 'stop' });
  } else if (step.kind === 'hang-up') {
    req.socket.destroy();
  } else if (step.kind === 'endless') {
    res.writeHead(200, { 'content-type': 'application/json' });
    pour(res);
  }
}

function send(res: ServerResponse, choice: Record<string, unknown>): void {
  const completion = { id: 'chatcmpl_1', object: 'chat.completion', choices: [{ index: 0, ...choice }] };
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
}

function pour(res: ServerResponse): void {
  const chunk = ' '.repeat(64 * 1024);
  const more = (): void => {
    while (!res.destroyed && res.write(chunk));
    if (!res.destroyed) res.once('drain', more);
  };
  more();
}
