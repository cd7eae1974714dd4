import { type DocumentNode, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import type { Caller } from '../../domain/app.ts';
import { graphqlError } from '../../graphql/errors.ts';
import type { Batch } from '../../graphql/events/frame.ts';
import type { Opening } from '../../graphql/events/hub.ts';
import type { Listener } from '../../graphql/events/listener.ts';
import { type ByteSink, type StreamSource, streamResponse } from '../stream-body.ts';
import { createResultFormatter, type EngineOptions, type GraphqlEngine } from './engine.ts';
import type { Sessions } from './sessions.ts';
import { type StreamFormat, serverSentEvents, streamFormatFor } from './stream-formats.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Streams are written to in turn, some each second, so that nothing between takes them for idle. */
const heartbeatTickMs = 1_000;
const ticksBetweenHeartbeats = 12;

export type StreamsOptions = Pick<EngineOptions, 'hasIntrospection' | 'log' | 'metrics'> & {
  engine: GraphqlEngine;
  subscriptions: Subscriptions;
  sessions: Sessions;
};

/** Subscriptions over HTTP, each an endless answer. */
export type Streams = {
  /** Null where the request is for no subscription, or does not take an endless answer. */
  answer(
    request: Request,
    scope: { caller: Caller; requestId: string; params: GraphQLParams | GraphQLParams[] },
  ): Promise<Response | null>;
  /** Breaks off all: their clients come back by themselves, to whoever serves then. */
  close(): void;
};

type Open = { beat(): void; breakOff(): void };

export function createStreams(options: StreamsOptions): Streams {
  const { engine, subscriptions, metrics } = options;
  const open = new Map<Open, number>();
  let tick = 0;
  const beating = setInterval(() => {
    tick = (tick + 1) % ticksBetweenHeartbeats;
    for (const [stream, turn] of open) if (turn === tick) stream.beat();
  }, heartbeatTickMs);
  beating.unref();

  const serve = (opening: Opening, caller: Caller, format: StreamFormat): StreamSource => {
    let listener: Listener | null = null;
    const countEnd = metrics.openSubscription('sse');
    const session = {
      endForInvalidKey: () => listener?.end(graphqlError('UNAUTHORIZED', 'The API key is no longer valid')),
    };
    const encode = encoderOf(format);
    let stream: Open | null = null;
    const settle = () => {
      countEnd();
      options.sessions.remove(caller, session);
      if (stream !== null) open.delete(stream);
    };
    const start = (sink: ByteSink) => {
      const write = (text: string) => sink.write(Buffer.from(text));
      const begun = opening.listen({
        get blockedSince() {
          return sink.blockedSince;
        },
        next: (batch) => sink.write(encode(batch)),
        end: (error) => {
          settle();
          write(format.close(error === null ? null : subscriptions.formatError(error)));
          sink.end();
        },
      });
      listener = begun;
      write(format.open(begun.placeCursor));
      stream = {
        beat: () => {
          if (sink.blockedSince === 0) write(format.heartbeat(begun.placeCursor));
        },
        breakOff: () => {
          // The place of now, for whoever comes back.
          write(format.heartbeat(begun.placeCursor));
          begun.leave();
          settle();
          sink.end();
        },
      };
      open.set(stream, open.size % ticksBetweenHeartbeats);
      options.sessions.add(caller, session);
    };
    return {
      start,
      freed: () => listener?.freed(),
      left: () => {
        if (listener === null) opening.leave();
        else listener.leave();
        settle();
      },
    };
  };

  return {
    answer: async (request, { caller, requestId, params }) => {
      const format = streamFormatFor(request.headers.get('accept') ?? '');
      if (format === null || Array.isArray(params) || !params.query?.includes('subscription')) return null;
      const own = engine.getEnveloped({ caller, requestId } as Parameters<typeof engine.getEnveloped>[0]);
      const document: DocumentNode = own.parse(params.query);
      const operation = getOperationAST(document, params.operationName);
      if (operation?.operation !== 'subscription') return null;
      const errors: readonly GraphQLError[] = own.validate(own.schema, document);
      // Empty where nothing was had yet.
      const lastEventId = request.headers.get('last-event-id') || null;
      const opening =
        errors.length > 0
          ? createResultFormatter(requestId, options)({ errors })
          : await subscriptions.open({ caller, requestId, params, document, operation, lastEventId });
      if (!('listen' in opening)) return refusal(opening, format);
      return streamResponse(serve(opening, caller, format), { headers: headersOf(format) });
    },
    close: () => {
      clearInterval(beating);
      for (const stream of [...open.keys()]) stream.breakOff();
    },
  };
}

function headersOf(format: StreamFormat) {
  // Proxies that gather answers, nginx for one, let this one through as it comes.
  return { 'content-type': format.contentType, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' };
}

/** What cannot be subscribed to: the stream's only word, with the status that fits. */
function refusal({ errors = [] }: ExecutionResult, format: StreamFormat): Response {
  const [error] = errors;
  const http = error?.extensions['http'] as { status?: number; headers?: Record<string, string> } | undefined;
  const body = error === undefined ? '' : format.close(error);
  const headers = { ...http?.headers, ...headersOf(format) };
  return new Response(format === serverSentEvents ? body : `${format.open(null)}${body}`, {
    status: http?.status ?? 500,
    headers,
  });
}

const encoders = new WeakMap<StreamFormat, (batch: Batch) => Buffer>();

/** Events' bytes are the same for all streams of a format, and are made once. */
function encoderOf(format: StreamFormat): (batch: Batch) => Buffer {
  let encode = encoders.get(format);
  if (encode === undefined) {
    let last: { batch: Batch; bytes: Buffer } | null = null;
    encode = (batch) => {
      if (last?.batch !== batch) last = { batch, bytes: Buffer.from(batch.map(format.event).join('')) };
      return last.bytes;
    };
    encoders.set(format, encode);
  }
  return encode;
}
