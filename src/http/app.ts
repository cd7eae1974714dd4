import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { isUnavailable } from '../database/unavailable.ts';
import { logFault } from '../lib/log-fault.ts';
import type { Tracing } from '../lib/tracing/tracing.ts';
import { guardBody, type Refusal } from './body-guard.ts';
import { createCors } from './cors.ts';
import type { RequestScope } from './graphql/handler.ts';
import type { Metrics } from './metrics.ts';
import { originOf } from './origin.ts';
import { type Answer, type HeaderFields, PlainResponse, toResponse } from './plain-response.ts';

/** What every part gets as Hono's `c.env`. `incoming` is null for a request that came by no socket. */
export type RequestEnv = RequestScope & { incoming: IncomingMessage | null };

/** A part of the service: given whole requests, with their full path. */
type Mount = {
  fetch(request: Request, env: RequestEnv): Response | Promise<Response>;
  /** What a request that is not even read is told, in the words of this part; not given: in the gateway's own. */
  refuse?(refusal: Refusal): Response;
};

/** Parts by the paths that they serve; a path that ends with `/*` also serves itself without that. */
export type Mounts = Readonly<Record<string, Mount>>;

type HttpAppOptions = {
  /** Null in a process that only works: it tells of its health and figures, and serves nothing else. */
  graphql: ((request: Request, scope: RequestScope) => Promise<Answer>) | null;
  /** The page that a browser gets at `/graphql`; null where it gets none. */
  graphiql: ((request: Request) => Promise<Response>) | null;
  mounts: Mounts;
  /** Throws what keeps the service from being ready. @returns what it goes on without, in words for an operator */
  checkReady(): Promise<string[]>;
  metrics: Metrics;
  tracing: Tracing;
  corsOrigins: readonly string[];
  log: Logger;
};

export type HttpApp = {
  /** As over the network. */
  fetch(request: Request): Promise<Response>;
  /** The same for who writes the answer to the connection that `incoming` came by. */
  answer(request: Request, incoming: IncomingMessage | null): Promise<Answer>;
};

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};
/** What an answer of 401 must bear (RFC 9110). */
const challenge = 'Bearer realm="convograph"';
/** From a client, a request id is taken where it is of these. */
const saneRequestId = /^[A-Za-z0-9._:-]{8,128}$/;

/** Everything that is served, as one function from a request to its answer. */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const { log, metrics, tracing } = options;
  const cors = createCors(options.corsOrigins, log);
  const routes = createRoutes(options);
  const graphql = createGraphqlRoute(options);

  const app: HttpApp = {
    fetch: async (request) => toResponse(await app.answer(request, null)),
    answer: (request, incoming) => {
      const route = routeOf(pathOf(request.url), options.mounts);
      const attributes = { 'http.request.method': request.method, 'http.route': route };
      const parent = request.headers.get('traceparent');
      return tracing.inSpan(`${request.method} ${route}`, { kind: 'SERVER', attributes, parent }, async (span) => {
        const response = await answer(request, incoming, route);
        const { status, headers } = response;
        span.set({ 'http.response.status_code': status, 'convograph.request_id': headers.get('x-request-id') ?? '' });
        if (status >= 500) span.fail(String(status));
        return response;
      });
    },
  };
  return app;

  async function answer(request: Request, incoming: IncomingMessage | null, route: string): Promise<Answer> {
    const startedAt = performance.now();
    const path = pathOf(request.url);
    const given = request.headers.get('x-request-id');
    const requestId = given !== null && saneRequestId.test(given) ? given : randomUUID();
    const serve = (path === '/graphql' ? graphql : null) ?? routes.fetch;
    const env: RequestEnv = { requestId, baseUrl: baseOf(request), origin: originOf(incoming), incoming };
    let response: Answer;
    try {
      response =
        cors.preflight(request) ??
        refuseDots(incoming, options.mounts) ??
        (await guarded(request, env, serve, (refusal) => refuse(path, refusal, options.mounts)));
    } catch (err) {
      logFault(log, { err, requestId }, 'internal error');
      response = faultOf(err, requestId);
    }
    response = withHeaders(response, (headers) => {
      headers.set('x-request-id', requestId);
      for (const [name, value] of Object.entries(securityHeaders)) if (!headers.has(name)) headers.set(name, value);
      if (response.status === 401 && !headers.has('www-authenticate')) headers.set('www-authenticate', challenge);
      cors.apply(request, headers);
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    metrics.countRequest(route, request.method, response.status, seconds);
    const line = { requestId, method: request.method, path, status: response.status, ms: Math.round(seconds * 1e3) };
    if (response.status >= 500) log.warn(line, 'answered');
    else log.debug(line, 'answered');
    return response;
  }
}

/** What is left to say where no part had words of its own for what it threw. */
function faultOf(err: unknown, requestId: string): Response {
  if (isUnavailable(err)) {
    const message = 'The service is not available now: try again in a moment';
    const error = { code: 'service_unavailable', message, request_id: requestId };
    return Response.json({ error }, { status: 503, headers: { 'retry-after': '1' } });
  }
  const error = { code: 'server_error', message: 'Internal error', request_id: requestId };
  return Response.json({ error }, { status: 500 });
}

/** In the words of the part that was asked. What is left of the body is not waited for. */
function refuse(path: string, refusal: Refusal, mounts: Mounts): Response {
  const { status, message } = refusal;
  const response =
    path === '/graphql'
      ? Response.json({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }, { status })
      : (mountOf(path, mounts)?.refuse?.(refusal) ??
        Response.json({ error: { code: status === 404 ? 'not_found' : 'bad_request', message } }, { status }));
  if (status !== 404) response.headers.set('connection', 'close');
  return response;
}

/** `.` and `..`, also encoded: what stands before the gateway may take the path for another than the gateway does. */
const dotSegment = /^(?:\.|%2e){1,2}$/i;

function refuseDots(incoming: IncomingMessage | null, mounts: Mounts): Response | null {
  const path = incoming?.url?.replace(/[?#].*$/s, '') ?? '';
  if (!path.split(/[/\\]|%2f|%5c/i).some((segment) => dotSegment.test(segment))) return null;
  return refuse(path, { status: 404, message: 'There is nothing at this path' }, mounts);
}

async function guarded(
  request: Request,
  env: RequestEnv,
  serve: (request: Request, env: RequestEnv) => Answer | Promise<Answer>,
  refuse: (refusal: Refusal) => Response,
): Promise<Answer> {
  const guard = guardBody(request, env.incoming);
  if ('status' in guard) return refuse(guard);
  try {
    return await Promise.race([guard.refused.then(refuse), serve(guard.request, env)]);
  } finally {
    guard.stop();
  }
}

function createRoutes(options: HttpAppOptions): Hono<{ Bindings: RequestEnv }> {
  const routes = new Hono<{ Bindings: RequestEnv }>();
  routes.onError((err) => {
    throw err;
  });
  const { graphql } = options;
  const message =
    graphql === null
      ? 'This process runs jobs alone (ROLE=worker): ask one that serves'
      : 'There is nothing at this path';
  routes.notFound((c) => c.json({ error: { code: 'not_found', message } }, 404));
  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  routes.get('/readyz', async (c) => {
    try {
      const troubles = await options.checkReady();
      return c.json({ status: 'ready', ...(troubles.length > 0 && { troubles }) });
    } catch (err) {
      options.log.debug({ err }, 'not ready');
      return c.json({ status: 'not ready', reason: 'The database or the job queue does not answer' }, 503);
    }
  });
  routes.get('/metrics', async (c) => {
    const { contentType, body } = await options.metrics.render();
    return c.body(body, 200, { 'content-type': contentType });
  });
  if (graphql === null) return routes;
  for (const [path, mount] of Object.entries(options.mounts)) {
    routes.all(path, (c) => mount.fetch(c.req.raw, c.env));
  }
  return routes;
}

/** What is at `/graphql`; it stands beside the routes, whose every answer is a `Response`. Null where nothing is. */
function createGraphqlRoute({ graphql, graphiql }: HttpAppOptions) {
  if (graphql === null) return null;
  const serve = async (request: Request, env: RequestEnv): Promise<Answer> =>
    graphiql !== null && isBrowsing(request) ? graphiql(request) : graphql(request, env);
  return async (request: Request, env: RequestEnv): Promise<Answer> => {
    if (request.method !== 'HEAD') return serve(request, env);
    // What GET answers, without its body: which is ended, since it may be a stream that would go on.
    const { url, headers, signal } = request;
    const response = toResponse(await serve(new Request(url, { headers, signal }), env));
    await response.body?.cancel();
    return new Response(null, response);
  };
}

/** Whether somebody opened the address in a browser: also one that holds a query, which the page then shows. */
function isBrowsing(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '';
  return request.method === 'GET' && accept.includes('text/html');
}

function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

function baseOf(request: Request): string {
  return request.url.slice(0, request.url.indexOf('/', request.url.indexOf('//') + 2));
}

/** A bounded set of names for the figures. */
function routeOf(path: string, mounts: Mounts): string {
  if (['/graphql', '/healthz', '/readyz', '/metrics'].includes(path)) return path;
  return patternOf(path, mounts) ?? 'other';
}

function patternOf(path: string, mounts: Mounts): string | undefined {
  return Object.keys(mounts).find((pattern) =>
    pattern.endsWith('/*') ? `${path}/`.startsWith(pattern.slice(0, -1)) : pattern === path,
  );
}

function mountOf(path: string, mounts: Mounts): Mount | undefined {
  const pattern = patternOf(path, mounts);
  return pattern === undefined ? undefined : mounts[pattern];
}

/** Headers of some answers cannot be changed: those are made anew around the same body. */
function withHeaders(response: Answer, change: (headers: HeaderFields) => void): Answer {
  if (response instanceof PlainResponse) {
    change(response.headers);
    return response;
  }
  try {
    change(response.headers);
    return response;
  } catch {
    const headers = new Headers(response.headers);
    change(headers);
    return new Response(response.body, { status: response.status, headers });
  }
}
