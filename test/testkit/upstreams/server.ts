import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Answer, type Listing, Refusal, type SeenRequest } from './answer.ts';
import { type Delivery, deliver, deliverEndless, pause, reset } from './deliver.ts';
import { createFaultBook, type Fault, type FaultAnswer, listingUnder, type ScriptedFault, spoil } from './faults.ts';

export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
const MAX_LOGGED_REQUESTS = 50_000;

export type RequestHook = (request: SeenRequest) => void | Promise<void>;

/** What every stand-in lets a test do. */
export type StandInControl = {
  /** `http://127.0.0.1:<port>`, without the API's prefix. */
  readonly origin: string;
  readonly port: number;
  /** What came in, oldest first (the last 50,000). May be emptied: `requests.length = 0`. */
  readonly requests: SeenRequest[];
  /** From now on requests that fit get this fault. Several may strike one request together. */
  script(fault: Fault): ScriptedFault;
  /** Called, and awaited, before each request is answered. @returns what takes the hook away */
  onRequest(hook: RequestHook): () => void;
  /** Takes away all faults and hooks. */
  heal(): void;
  /** Cuts all connections, stops the port. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Api = {
  /** Called once for every request, before anything else: what goes with any answer, and the refusal of a spent limit. */
  admit(request: SeenRequest): { headers: Readonly<Record<string, string>>; refusal: Answer | null };
  answer(request: SeenRequest, listing: Listing): Answer | Promise<Answer>;
  /** An error in the API's own words. */
  fail(status: number, message: string, retryAfter?: number | string): Answer;
  expiredKey(): Answer;
  close(): void | Promise<void>;
};

export type ServerOptions = { readonly port: number; readonly now: () => Date };

/** Listens on 127.0.0.1. The API is made once the port is known. */
export async function startServer(
  { port, now }: ServerOptions,
  createApi: (origin: string) => Api,
): Promise<StandInControl> {
  const faults = createFaultBook();
  const hooks = new Set<RequestHook>();
  const requests: SeenRequest[] = [];
  const closing = new AbortController();
  let requestCount = 0;
  let api: Api | null = null;

  const server = createServer((req, res) => {
    serve(req, res).catch((error: unknown) => {
      if (!res.headersSent && !res.destroyed && api) {
        const { status, headers, body } = api.fail(500, `The stand-in failed: ${String(error)}`);
        res.writeHead(status, headers).end(body);
      } else res.destroy();
    });
  });
  // A client may keep an idle connection for long; that this end closes it first is a fault to be scripted, not met.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!api) throw new Error('Not listening yet');
    const gone = new AbortController();
    const request = await readRequest(req, now());
    requests.push(request);
    if (requests.length > MAX_LOGGED_REQUESTS) requests.splice(0, MAX_LOGGED_REQUESTS / 10);
    res.on('close', () => {
      request.isCutOff = !res.writableFinished;
      gone.abort();
    });
    const delivery: Delivery = { res, request, signal: AbortSignal.any([gone.signal, closing.signal]) };
    requestCount++;
    for (const hook of hooks) await hook(request);
    await answerUnder(api, delivery, faults.striking(request), requestCount);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const origin = `http://127.0.0.1:${address.port}`;
  api = createApi(origin);

  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      closing.abort();
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await stopped;
      await api?.close();
    })();
    return closed;
  };

  return {
    origin,
    port: address.port,
    requests,
    script: faults.script,
    onRequest(hook) {
      hooks.add(hook);
      return () => void hooks.delete(hook);
    },
    heal() {
      faults.clear();
      hooks.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function answerUnder(
  api: Api,
  delivery: Delivery,
  faults: readonly FaultAnswer[],
  requestNumber: number,
): Promise<void> {
  const { request, signal } = delivery;
  const { headers, refusal } = api.admit(request);
  const withHeaders = (answer: Answer): Answer => ({ ...answer, headers: { ...headers, ...answer.headers } });
  for (const fault of faults) {
    if (fault.kind === 'slow' && fault.made === 'after') await pause(fault.delayMs, signal);
  }
  if (signal.aborted) return;

  const instead = faults.findLast(({ kind }) =>
    ['status', 'expired-key', 'html', 'reset', 'hang', 'endless'].includes(kind),
  );
  switch (instead?.kind) {
    case 'reset':
      return reset(delivery);
    case 'hang':
      return;
    case 'endless':
      return deliverEndless(delivery, headers, instead.everyMs);
  }
  const made = instead
    ? inPlace(api, instead)
    : (refusal ?? (await truly(api, request, listingUnder(faults, requestNumber))));
  if (faults.some(({ kind }) => kind === 'commit-then-reset')) return reset(delivery);
  for (const fault of faults) {
    if (fault.kind === 'slow' && fault.made !== 'after') await pause(fault.delayMs, signal);
  }
  if (signal.aborted) return;
  await deliver(delivery, spoil(withHeaders(made), faults, request), faults);
}

async function truly(api: Api, request: SeenRequest, listing: Listing): Promise<Answer> {
  try {
    return await api.answer(request, listing);
  } catch (err) {
    if (err instanceof Refusal) return err.answer;
    throw err;
  }
}

function inPlace(api: Api, fault: FaultAnswer): Answer {
  if (fault.kind === 'expired-key') return api.expiredKey();
  if (fault.kind === 'html') {
    return {
      status: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: '<!doctype html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>',
    };
  }
  if (fault.kind !== 'status') throw new Error(`A ${fault.kind} fault has no answer of its own`);
  const answer = api.fail(fault.status, `Scripted ${fault.status}`, fault.retryAfter);
  return {
    status: fault.status,
    headers: { ...answer.headers, ...fault.headers },
    body:
      fault.body === undefined ? answer.body : typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body),
  };
}

async function readRequest(req: IncomingMessage, at: Date): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new Error(`A request of more than ${MAX_REQUEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const url = new URL(req.url ?? '/', 'http://127.0.0.1');
  return {
    method: req.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: req.headers,
    body: bytes.toString('utf8'),
    bytes,
    at,
    status: null,
    bytesSent: 0,
    isCutOff: false,
  };
}
