import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { decodeText } from '../decode-text.ts';
import { noTracing, type Tracing } from '../tracing/tracing.ts';
import {
  type AddressPolicy,
  assertAllowedUrl,
  bareHostname,
  guardedLookup,
  isAllowedAddress,
  isPublicAddress,
  type ResolveHost,
  refusedHost,
  resolveAllowed,
  resolveBySystem,
} from './address.ts';
import { type Call, markStart, startCall } from './call.ts';
import { EgressError, toEgressError } from './error.ts';

export { EgressError, type EgressErrorKind } from './error.ts';
export { assertAllowedUrl, isPublicAddress };

export type EgressOptions = AddressPolicy & {
  /** Until the socket (with TLS) stands, name resolution included. Default 5,000. */
  connectTimeoutMs?: number;
  /** Open sockets to one origin at most; further calls wait, within their deadline. Default 64. */
  maxSocketsPerOrigin?: number;
  /** Certificates to trust beside Node's own, PEM. */
  ca?: string | string[];
  /** How names become addresses. Default: the system's resolver. */
  resolve?: ResolveHost;
  /** Told of each call. */
  tracing?: Tracing;
};

type EgressBody = string | Uint8Array | Readable;

export type EgressInit = {
  /** Default GET. */
  method?: string;
  headers?: Record<string, string>;
  /** A stream is sent as it comes: give `content-length` where it is known. */
  body?: EgressBody | null;
  signal?: AbortSignal | undefined;
  /** From the call to the last byte of the answer, redirects included. Default 30,000. */
  deadlineMs?: number;
  /** From the request's last byte to the answer's headers. Default: the deadline. */
  headersTimeoutMs?: number;
  /** The longest pause between two pieces of the answer's body. Default: the deadline. */
  idleTimeoutMs?: number;
  /** The answer's body is cut beyond it. Default 16 MiB. */
  maxBytes?: number;
  /** Redirects to follow, 3 at most, every one checked like the first address. Default 0: a redirect is the answer. */
  maxRedirects?: number;
};

export type EgressResponse = {
  status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  headers: Record<string, string>;
  /** Where the answer came from, after redirects. */
  url: string;
  /** The body, once: cut with TOO_LARGE, TIMEOUT, RESET or ABORTED. Leaving the loop early closes the connection. */
  body: AsyncIterable<Uint8Array>;
  bytes(): Promise<Buffer>;
  /** In the encoding that its `Content-Type` names. */
  text(): Promise<string>;
  /** Gives up the body. Needed where it is not read. */
  discard(): void;
};

export type Egress = {
  /** @throws EgressError */
  fetch(url: string | URL, init?: EgressInit): Promise<EgressResponse>;
  /** Checks an address when it is given; names are not resolved. @throws EgressError of kind REFUSED_ADDRESS */
  assertAllowedUrl(url: string | URL): URL;
  /** The same, and what its name resolves to now. @throws EgressError of kind REFUSED_ADDRESS or DNS */
  checkUrl(url: string | URL): Promise<URL>;
  /** Breaks what is under way and closes all sockets. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const redirectLimit = 3;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * For every outgoing call whose address a user chose. Only http and https; unless `allowPrivateNetwork`, no address
 * that is not public, whether written in the URL, resolved from a name (the socket goes to the checked address), or
 * come by redirect. Every call ends by its deadline, and no body grows past its limit.
 */
export function createEgress(options: EgressOptions): Egress {
  const { resolve = resolveBySystem, tracing = noTracing } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  const connector = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guardedLookup(resolve, options),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  const agent = new Agent({
    connections: options.maxSocketsPerOrigin ?? 64,
    connect: (target, callback) => {
      const hostname = bareHostname(target.hostname);
      if (isIP(hostname) && !isAllowedAddress(hostname, options)) callback(refusedHost(hostname), null);
      else connector(target, callback);
    },
  });
  const closing = new AbortController();

  async function send(url: URL, init: EgressInit, call: Call): Promise<Dispatcher.ResponseData> {
    const answer = agent.compose(markStart(call)).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: init.method ?? 'GET',
      headers: init.headers ?? {},
      body: init.body instanceof Uint8Array ? Buffer.from(init.body) : (init.body ?? null),
      signal: call.signal,
      headersTimeout: init.headersTimeoutMs ?? 0,
      bodyTimeout: init.idleTimeoutMs ?? 0,
    });
    // undici gives an abort out only once a socket stands: the race makes it immediate.
    try {
      return await Promise.race([answer, call.aborted]);
    } catch (err) {
      answer.then((late) => late.body.destroy()).catch(() => undefined);
      throw err;
    }
  }

  /** Paths are not told: a webhook's may be a secret. Nor is the trace: it is none of theirs. */
  function fetch(url: string | URL, init: EgressInit = {}): Promise<EgressResponse> {
    const method = init.method ?? 'GET';
    const host = URL.parse(url)?.host ?? '';
    const attributes = { 'http.request.method': method, 'server.address': host };
    return tracing.inSpan(`${method} ${host}`, { kind: 'CLIENT', attributes }, async (span) => {
      const answer = await call(url, init);
      span.set({ 'http.response.status_code': answer.status });
      if (answer.status >= 400) span.fail(String(answer.status));
      return answer;
    });
  }

  async function call(url: string | URL, init: EgressInit): Promise<EgressResponse> {
    let target: URL;
    try {
      target = assertAllowedUrl(url, options);
    } catch (err) {
      release(init.body);
      throw err;
    }
    let request = init;
    const started = startCall(init.deadlineMs ?? 30_000, [init.signal, closing.signal]);
    const redirects = Math.min(init.maxRedirects ?? 0, redirectLimit);
    try {
      for (let hop = 0; ; hop += 1) {
        started.isConnected = false;
        const answer = await send(target, request, started);
        const next = redirects > 0 ? redirectTarget(target, answer) : null;
        if (next === null || isUnrepeatable(request, answer.statusCode)) {
          return openBody(answer, target, init.maxBytes ?? 16 * 1_048_576, started);
        }
        await answer.body.dump({ limit: 65_536 }).catch(() => undefined);
        if (hop >= redirects) throw new EgressError('REFUSED_ADDRESS', `${target.host} redirects too often`);
        if (target.protocol === 'https:' && next.protocol === 'http:') {
          throw new EgressError('REFUSED_ADDRESS', `${target.host} redirects from https to http`);
        }
        assertAllowedUrl(next, options);
        request = redirected(request, target, next, answer.statusCode);
        target = next;
      }
    } catch (err) {
      started.end();
      release(request.body);
      if (isArgumentError(err)) throw err;
      throw toEgressError(err, target.host, started);
    }
  }

  async function close(): Promise<void> {
    closing.abort();
    await agent.destroy();
  }

  return {
    fetch,
    assertAllowedUrl: (url) => assertAllowedUrl(url, options),
    async checkUrl(url) {
      const parsed = assertAllowedUrl(url, options);
      const hostname = bareHostname(parsed.hostname);
      if (options.allowPrivateNetwork || isIP(hostname)) return parsed;
      const late = new EgressError('DNS', `The name ${hostname} could not be resolved in time`);
      const { promise, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(late), connectTimeoutMs);
      try {
        await Promise.race([resolveAllowed(hostname, resolve, options), promise]);
      } catch (err) {
        throw toEgressError(err, hostname, { isConnected: false, isSent: false });
      } finally {
        clearTimeout(timer);
      }
      return parsed;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function openBody(answer: Dispatcher.ResponseData, url: URL, maxBytes: number, call: Call): EgressResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const tooLarge = () => new EgressError('TOO_LARGE', `${url.host} sent more than ${maxBytes} bytes`);
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    answer.body.on('error', () => undefined).destroy();
    throw tooLarge();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    let total = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        total += chunk.byteLength;
        if (total > maxBytes) throw tooLarge();
        yield chunk;
      }
    } catch (err) {
      throw toEgressError(err, url.host, { isConnected: true, isSent: true });
    } finally {
      call.end();
    }
  }

  const body = read();
  const bytes = async () => Buffer.concat(await Array.fromAsync(body));
  return {
    status: answer.statusCode,
    headers,
    url: url.href,
    body,
    bytes,
    text: async () => decodeText(await bytes(), headers['content-type']),
    discard() {
      call.end();
      answer.body.on('error', () => undefined).destroy();
    },
  };
}

function redirectTarget(from: URL, answer: Dispatcher.ResponseData): URL | null {
  const { location } = answer.headers;
  if (!redirectStatuses.has(answer.statusCode) || typeof location !== 'string') return null;
  return URL.canParse(location, from.href) ? new URL(location, from.href) : null;
}

/** 307 and 308 ask for the same body again, which a stream cannot give. */
function isUnrepeatable(init: EgressInit, status: number): boolean {
  return isStream(init.body) && (status === 307 || status === 308);
}

function isStream(body: EgressInit['body']): body is Readable {
  return body != null && typeof body !== 'string' && !(body instanceof Uint8Array);
}

function release(body: EgressInit['body']): void {
  if (isStream(body)) body.on('error', () => undefined).destroy();
}

function redirected(init: EgressInit, from: URL, to: URL, status: number): EgressInit {
  const headers = Object.entries(init.headers ?? {});
  const secret = /^(authorization|cookie|proxy-authorization|x-api-key)$/i;
  const kept = from.origin === to.origin ? headers : headers.filter(([name]) => !secret.test(name));
  if (
    status === 307 ||
    status === 308 ||
    init.method === undefined ||
    init.method === 'GET' ||
    init.method === 'HEAD'
  ) {
    return { ...init, headers: Object.fromEntries(kept) };
  }
  const withoutBody = kept.filter(([name]) => !/^content-/i.test(name));
  return { ...init, method: 'GET', body: null, headers: Object.fromEntries(withoutBody) };
}

function isArgumentError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_INVALID_ARG';
}
