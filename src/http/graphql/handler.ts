import type { ExecutionResult } from 'graphql';
import type { App } from '../../domain/app.ts';
import type { Origin } from '../../domain/audit/sender.ts';
import { identify, tokenFrom } from '../../domain/tenants/api-keys.ts';
import { toGraphqlError } from '../../graphql/errors.ts';
import { rateLimitFields } from '../../lib/rate-limit-fields.ts';
import type { Metrics } from '../metrics.ts';
import { type Answer, PlainResponse } from '../plain-response.ts';
import { isGraphqlType, mediaType, type ParamsReader } from './body.ts';
import { createResultFormatter, type GraphqlEngine, toWireErrors } from './engine.ts';
import { createFormCheck } from './forms.ts';
import type { KeptAnswers } from './kept/kept-answers.ts';
import { removeUploads } from './multipart.ts';
import { requestError } from './params.ts';
import { notAcceptable, streamFormatFor } from './stream-formats.ts';
import type { Streams } from './streams.ts';

export type GraphqlHttpOptions = {
  app: App;
  engine: GraphqlEngine;
  streams: Streams;
  readParams: ParamsReader;
  kept: KeptAnswers;
  metrics: Metrics;
  hasIntrospection: boolean;
  corsOrigins: readonly string[];
};
export type RequestScope = { requestId: string; baseUrl: string; origin: Origin };

/** For the figures alone: nobody is there to be answered. */
const clientLeftStatus = 499;

/** Queries, mutations and subscriptions (as server-sent events) over HTTP. */
export function createGraphqlHandler(options: GraphqlHttpOptions) {
  const { app, engine, streams, readParams, kept } = options;
  const checkForm = createFormCheck(options.corsOrigins);
  return async (request: Request, { requestId, baseUrl, origin }: RequestScope): Promise<Answer> => {
    try {
      checkType(request);
      checkForm(request, baseUrl);
      const { caller, standing } = await identify(app, tokenFrom(request.headers), baseUrl, {
        way: 'GRAPHQL',
        ...origin,
      });
      const { standings } = await app.limiter.consume(caller);
      const telling = (answer: Answer) => withFields(answer, rateLimitFields(standings));
      app.usage.record(caller.tenantId, '/graphql');
      const problem = notAcceptable(request.headers.get('accept') ?? '');
      if (problem !== null) throw requestError(406, problem);
      if (streamFormatFor(request.headers.get('accept') ?? '') !== null) {
        const stream = await streams.answer(request, { caller, requestId, params: await readParams(request) });
        if (stream !== null) return telling(stream);
      }
      const answer = await kept.answer(request, { caller, standing }, (keepNote) =>
        engine.answer(request, { caller, requestId, standing, keepNote }),
      );
      return telling(wholeOrStream(answer));
    } catch (err) {
      if (request.signal.aborted) return new PlainResponse(null, { status: clientLeftStatus });
      const error = toGraphqlError(err, requestId, app.log);
      return refusal(request, createResultFormatter(requestId, { ...options, log: app.log })({ errors: [error] }));
    } finally {
      await removeUploads(request);
    }
  };
}

function withFields(answer: Answer, fields: Record<string, string>): Answer {
  for (const [name, value] of Object.entries(fields)) answer.headers.set(name, value);
  return answer;
}

/** What is asked for as events or parts is a stream, also where one answer is all of it. */
function wholeOrStream(answer: PlainResponse): Answer {
  return answer.body instanceof ReadableStream ? answer.toResponse() : answer;
}

/** Refuses what is no GraphQL request, before anything is asked of the database. */
function checkType(request: Request): void {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw requestError(405, 'Only GET and POST are served here', { headers: { allow: 'GET, POST' } });
  }
  if (request.method === 'GET') return;
  const type = mediaType(request.headers);
  if (!isGraphqlType(type)) {
    throw requestError(415, 'Content-Type must be application/json, or multipart/form-data for files');
  }
}

/** An answer to a request that was not run: its real status, whatever type is accepted. */
function refusal(request: Request, result: ExecutionResult): PlainResponse {
  const [error] = result.errors ?? [];
  const http = error?.extensions['http'] as { status?: number; headers?: Record<string, string> } | undefined;
  const accept = request.headers.get('accept') ?? '';
  const type = accept.includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json';
  return new PlainResponse(JSON.stringify({ errors: toWireErrors(result.errors ?? []) }), {
    status: http?.status ?? 500,
    headers: { ...http?.headers, 'content-type': `${type}; charset=utf-8` },
  });
}
