import type { Readable } from 'node:stream';
import { type Egress, EgressError, type EgressInit, type EgressResponse } from '../../lib/egress/egress.ts';
import { type Health, healthAfter, isWorthRepeating, readFailure, readJson, type UpstreamAnswer } from './answer.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import type { RateBudget, RatePriority, RefineLimits } from './budget.ts';
import { type Clock, systemClock } from './clock.ts';
import { type FailureContext, failureWithoutAnswer, UpstreamFailure } from './failure.ts';
import { noObservation, readRateHeaders } from './rate-headers.ts';
import type { RateWindow } from './rate-windows.ts';

export { UpstreamFailure, type UpstreamFailureKind, type UpstreamOutcome } from './failure.ts';

export type UpstreamHttpOptions = {
  egress: Egress;
  /** The upstream's name in messages: `AI My Chats`. */
  name: string;
  /** May hold a path, with or without a slash at its end. */
  baseUrl: string;
  apiKey: string;
  budget: Pick<RateBudget, 'acquire' | 'observe'>;
  /** Whose budget it is: the same for everything that uses this account. */
  budgetKey: string;
  /** The account's published limits, as far as known. */
  limits?: readonly RateWindow[];
  /** Learns the limits from answers' headers. */
  refineLimits?: RefineLimits;
  /** Shared by all clients of one upstream. Default: its own. */
  breaker?: Breaker;
  /** For one attempt, from connecting to the last byte. Default 15,000 for reads, 30,000 for writes. */
  readTimeoutMs?: number;
  writeTimeoutMs?: number;
  /** How often a read is tried at most. Default 3. */
  maxAttempts?: number;
  /** How long one wait for the budget, or for another attempt, may be. Default 5,000 interactive, 60,000 background. */
  maxWaitMs?: Partial<Record<RatePriority, number>>;
  clock?: Clock;
  /** 0 up to 1, for the pauses between attempts. */
  random?: () => number;
};

/** What every call may be told. */
export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** Default background. */
  priority?: RatePriority;
  timeoutMs?: number;
  /** Called for each request that is sent, further attempts included. */
  onSend?: (() => void) | undefined;
};

export type UpstreamForm = { contentType: string; sizeBytes: number | null; stream: Readable };

export type UpstreamRequest = CallOptions & {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base, beginning with `/`, its parts already encoded. */
  path: string;
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  form?: UpstreamForm;
  headers?: Record<string, string>;
  /** Changes nothing, so it may be tried again. Default: true for GET. */
  idempotent?: boolean;
  /** Default 16 MiB. */
  maxBytes?: number;
};

export type UpstreamHttp = {
  readonly baseUrl: URL;
  readonly context: Omit<FailureContext, 'isWrite'>;
  /** @throws UpstreamFailure */
  request(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** A read whose answer is streamed, of any address that the upstream gave. @throws UpstreamFailure */
  open(url: string, options: CallOptions & { maxBytes: number; idleTimeoutMs: number }): Promise<EgressResponse>;
};

const noLimits: readonly RateWindow[] = [];

const defaultWaitMs: Record<RatePriority, number> = { interactive: 5_000, background: 60_000 };
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/**
 * Speaks JSON with one upstream account: deadlines, retries of reads with growing random pauses, `Retry-After`, the
 * account's rate budget, and a breaker. Everything that goes wrong is an UpstreamFailure. A write is sent once.
 */
export function createUpstreamHttp(options: UpstreamHttpOptions): UpstreamHttp {
  const { egress, apiKey, budget, budgetKey, clock = systemClock, random = Math.random } = options;
  const breaker = options.breaker ?? createBreaker({ now: clock.now });
  const context = { name: options.name, apiKey };
  const baseUrl = readBaseUrl(options.baseUrl, context);
  const { limits = noLimits, refineLimits } = options;
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UpstreamFailure({ kind: 'UNAUTHORIZED', message: 'The API key has characters that no API key has' });
  }

  /** Sends one request within budget and breaker. `read` takes the answer; what it throws counts as the call's end. */
  async function send<T>(
    url: URL,
    init: EgressInit,
    call: CallOptions & { isWrite: boolean; isOurs: boolean },
    read: (answer: EgressResponse) => Promise<T>,
  ): Promise<T> {
    const { priority = 'background', signal, isWrite, isOurs } = call;
    const said = { ...context, isWrite };
    if (isOurs && breaker.remainingMs() > 0) throw leftAlone(breaker.remainingMs());
    const maxWaitMs = options.maxWaitMs?.[priority] ?? defaultWaitMs[priority];
    // What lies on another host, such as stored files, neither counts against the API's limit nor tells of its health.
    if (isOurs) await budget.acquire(budgetKey, { priority, limits, refineLimits, maxWaitMs, signal });
    const remainingMs = isOurs ? breaker.enter() : 0;
    if (remainingMs > 0) {
      await budget.observe(budgetKey, noObservation);
      throw leftAlone(remainingMs);
    }
    let observation = noObservation;
    let health: Health = 'undecided';
    try {
      call.onSend?.();
      const answer = await egress.fetch(url, { ...init, signal });
      observation = readRateHeaders(answer.headers, answer.status, clock.now());
      if (answer.status < 200 || answer.status > 299) throw await readFailure(answer, observation, said);
      const result = await read(answer);
      health = 'succeeded';
      return result;
    } catch (err) {
      const failure = err instanceof EgressError ? failureWithoutAnswer(err, said, observation.status) : err;
      if (failure instanceof UpstreamFailure) health = healthAfter(failure);
      throw failure;
    } finally {
      if (isOurs) {
        breaker[health]();
        await budget.observe(budgetKey, observation);
      }
    }
  }

  function leftAlone(remainingMs: number): UpstreamFailure {
    return new UpstreamFailure({
      kind: 'UNAVAILABLE',
      message: `${options.name} failed several times in a row and is left alone for a while`,
      retryAfterMs: Math.ceil(remainingMs),
    });
  }

  async function repeating<T>(call: CallOptions, attempt: () => Promise<T>): Promise<T> {
    const { priority = 'background', signal } = call;
    const maxWaitMs = options.maxWaitMs?.[priority] ?? defaultWaitMs[priority];
    for (let number = 1; ; number += 1) {
      try {
        return await attempt();
      } catch (err) {
        if (!(err instanceof UpstreamFailure) || !isWorthRepeating(err)) throw err;
        const jitterMs = random() * Math.min(longestPauseMs, firstPauseMs * 2 ** number);
        const pauseMs = Math.max(err.retryAfterMs ?? 0, jitterMs);
        if (number >= (options.maxAttempts ?? 3) || pauseMs > maxWaitMs) throw err;
        await clock.sleep(pauseMs, signal).catch((cause: unknown) => {
          const message = `The call to ${options.name} was given up`;
          throw new UpstreamFailure({ kind: 'ABORTED', message, httpStatus: err.httpStatus, cause });
        });
      }
    }
  }

  function headersFor(extra: Record<string, string>): Record<string, string> {
    return { authorization: `Bearer ${apiKey}`, 'user-agent': 'convograph', 'accept-encoding': 'identity', ...extra };
  }

  return {
    baseUrl,
    context,
    request(request) {
      const { method, body, form } = request;
      const isWrite = !(request.idempotent ?? method === 'GET');
      const url = new URL(baseUrl);
      url.pathname = baseUrl.pathname.replace(/\/+$/, '') + request.path;
      for (const [name, value] of Object.entries(request.query ?? {})) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const timeoutMs = isWrite ? (options.writeTimeoutMs ?? 30_000) : (options.readTimeoutMs ?? 15_000);
      const init: EgressInit = {
        method,
        headers: headersFor({ accept: 'application/json', ...bodyHeaders(request), ...request.headers }),
        body: form ? form.stream : body === undefined ? null : JSON.stringify(body),
        deadlineMs: request.timeoutMs ?? timeoutMs,
        maxBytes: request.maxBytes ?? 16 * 1_048_576,
      };
      const attempt = () =>
        send(url, init, { ...request, isWrite, isOurs: true }, (answer) =>
          readJson(answer, { ...context, isWrite }, method === 'GET'),
        );
      return isWrite || form ? attempt() : repeating(request, attempt);
    },
    open(url, call) {
      const target = URL.canParse(url, baseUrl) ? new URL(url, baseUrl) : null;
      if (target === null) {
        const message = `${options.name} gave an address that cannot be read`;
        return Promise.reject(new UpstreamFailure({ kind: 'UNREADABLE', message }));
      }
      const isOurs = target.origin === baseUrl.origin;
      const init: EgressInit = {
        // The key belongs to the API's own origin: files are often kept by somebody else.
        headers: isOurs ? headersFor({}) : { 'user-agent': 'convograph', 'accept-encoding': 'identity' },
        deadlineMs: call.timeoutMs ?? 300_000,
        headersTimeoutMs: options.readTimeoutMs ?? 15_000,
        idleTimeoutMs: call.idleTimeoutMs,
        maxBytes: call.maxBytes,
        maxRedirects: 3,
      };
      const attempt = () => send(target, init, { ...call, isWrite: false, isOurs }, async (answer) => answer);
      return repeating(call, attempt);
    },
  };
}

function readBaseUrl(given: string, { name }: { name: string }): URL {
  if (!URL.canParse(given)) {
    throw new UpstreamFailure({ kind: 'NETWORK', message: `The base address of ${name} is not a valid URL` });
  }
  const url = new URL(given);
  url.search = '';
  url.hash = '';
  return url;
}

/** An upstream's id as one part of a path. @throws UpstreamFailure NOT_FOUND for what no path can hold */
export function pathPart(id: string): string {
  if (id === '' || id === '.' || id === '..' || !id.isWellFormed()) {
    throw new UpstreamFailure({ kind: 'NOT_FOUND', message: 'No upstream has such an id' });
  }
  return encodeURIComponent(id);
}

function bodyHeaders({ body, form }: UpstreamRequest): Record<string, string> {
  if (form) {
    const length: Record<string, string> = form.sizeBytes === null ? {} : { 'content-length': String(form.sizeBytes) };
    return { 'content-type': form.contentType, ...length };
  }
  return body === undefined ? {} : { 'content-type': 'application/json' };
}
