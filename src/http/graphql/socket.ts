import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import {
  CloseCode,
  handleProtocols,
  makeServer,
  type Context as SocketContext,
  type SubscribePayload,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App, Caller } from '../../domain/app.ts';
import { DomainError, UnauthorizedError } from '../../domain/errors.ts';
import { authenticate, bearerToken } from '../../domain/tenants/api-keys.ts';
import { graphqlError } from '../../graphql/errors.ts';
import type { Metrics } from '../metrics.ts';
import { createResultFormatter, type GraphqlEngine, toWireErrors } from './engine.ts';
import { graphqlLimits, isJsonTooDeep } from './limits.ts';
import type { Sessions } from './sessions.ts';
import { guardStream, stallLimitMs } from './slow-consumer.ts';

/** Close codes of graphql-transport-ws that are used here beside those that the protocol's own server sends. */
const closeCodes = {
  goingAway: 1001,
  tryAgainLater: 1013,
  badRequest: CloseCode.BadRequest,
  forbidden: CloseCode.Forbidden,
  internalError: CloseCode.InternalServerError,
} as const;

const initTimeoutMs = 3_000;
const pingIntervalMs = 30_000;
/** A peer from which nothing came for so long is taken for gone; longer than a stalled one needs to be told so. */
const silenceLimitMs = 120_000;
/** After which a peer that does not answer the closing handshake is cut off. */
const closeTimeoutMs = 2_000;

type Extra = {
  baseUrl: string;
  authorization: string | null;
  caller: Caller | null;
  close(code: number, reason: string): void;
  removeSession(): void;
};
type Socket = SocketContext<Record<string, unknown>, Extra>;

type SocketOptions = {
  app: App;
  engine: GraphqlEngine;
  sessions: Sessions;
  metrics: Metrics;
  hasIntrospection: boolean;
};

export type GraphqlSockets = {
  /** Takes over a connection that asked for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, baseUrl: string): void;
  /** Lets running queries and mutations end, for `timeoutMs` at most, then closes all sockets. */
  close(timeoutMs: number): Promise<void>;
};

/** GraphQL over WebSocket, by the graphql-transport-ws protocol. */
export function createGraphqlSockets(options: SocketOptions): GraphqlSockets {
  const { app, sessions, metrics } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: graphqlLimits.frameBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const running = new Set<Promise<unknown>>();
  const prepared = new WeakMap<ExecutionArgs, Prepared>();

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: async (socket) => {
      const { extra } = socket;
      try {
        const caller = await authenticate(app, tokenOf(socket), extra.baseUrl);
        extra.caller = caller;
        extra.removeSession = sessions.add(caller, (reason) => {
          if (reason === 'KEY_INVALID') extra.close(closeCodes.forbidden, 'Forbidden');
        });
        return true;
      } catch (err) {
        if (err instanceof UnauthorizedError) return false;
        app.log.error({ err }, 'a socket could not be authenticated');
        extra.close(closeCodes.tryAgainLater, 'Try again later');
        return false;
      }
    },
    onSubscribe: async (socket, _id, payload) => {
      const requestId = randomUUID();
      const formatResult = createResultFormatter(requestId, { ...options, log: app.log });
      try {
        const args = await prepare(options, socket, payload, requestId);
        if (!('execute' in args)) return args;
        prepared.set(args.args, { ...args, formatResult });
        return args.args;
      } catch (err) {
        return formatResult({ errors: [toError(err)] }).errors;
      }
    },
    execute: (args) => {
      const own = prepared.get(args);
      if (own === undefined) throw new Error('an operation was run unprepared');
      const result = Promise.resolve(own.execute(args)).then((each) => own.formatResult(each as ExecutionResult));
      running.add(result);
      result.finally(() => running.delete(result)).catch(() => {});
      return result;
    },
    subscribe: async (args) => {
      const own = prepared.get(args);
      if (own === undefined) throw new Error('an operation was run unprepared');
      const result = (await own.subscribe(args)) as AsyncIterable<ExecutionResult> | ExecutionResult;
      if (!(Symbol.asyncIterator in result)) return own.formatResult(result);
      const stream = guardStream(result, { stallMs: stallLimitMs, onEnd: metrics.openSubscription('ws') });
      return formatStream(stream, own.formatResult);
    },
    onNext: (_socket, _id, _payload, _args, result) => {
      if (result.errors === undefined) return undefined;
      const { data = null, extensions } = result;
      return { data, ...(extensions && { extensions }), errors: toWireErrors(result.errors) };
    },
    onError: (_socket, _id, _payload, errors) => toWireErrors(errors),
    onClose: ({ extra }) => extra.removeSession(),
  });

  sockets.on('connection', (socket: WebSocket, _request: IncomingMessage, extra: Extra) => {
    metrics.setSockets(sockets.clients.size);
    let lastHeardAt = Date.now();
    const hear = () => {
      lastHeardAt = Date.now();
    };
    const close = (code: number, reason: string) => {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
    };
    extra.close = close;
    const ping = setInterval(() => {
      if (Date.now() - lastHeardAt > silenceLimitMs) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }, pingIntervalMs);
    socket.on('pong', hear);
    // A broken frame or one too long: ws closes the socket with the code that says so.
    socket.on('error', (err) => app.log.debug({ err }, 'a socket broke'));
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // Settles once the bytes have left: the next result is not asked for before.
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) resolve();
            else socket.send(data, (err) => (err ? reject(err) : resolve()));
          }),
        close,
        onMessage: (callback) => {
          socket.on('message', (data) => {
            hear();
            const text = String(data);
            if (isJsonTooDeep(text)) {
              close(closeCodes.badRequest, 'Invalid message received');
              return;
            }
            callback(text).catch((err) => {
              if (socket.readyState !== socket.OPEN) return;
              app.log.error({ err }, 'a message of a socket could not be handled');
              close(closeCodes.internalError, 'Internal server error');
            });
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      clearInterval(ping);
      metrics.setSockets(sockets.clients.size);
      closed(code, String(reason)).catch((err) => app.log.error({ err }, 'a socket could not be cleaned up'));
    });
  });

  return {
    upgrade: (request, socket, head, baseUrl) => {
      const extra: Extra = {
        baseUrl,
        authorization: request.headers.authorization ?? null,
        caller: null,
        close: () => {},
        removeSession: () => {},
      };
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request, extra));
    },
    close: async (timeoutMs) => {
      await Promise.race([
        Promise.allSettled(running),
        new Promise((resolve) => setTimeout(resolve, timeoutMs).unref()),
      ]);
      const open = [...sockets.clients];
      const closed = open.map((client) => new Promise<void>((resolve) => client.once('close', () => resolve())));
      for (const client of open) {
        client.close(closeCodes.goingAway, 'Going away');
        setTimeout(() => client.terminate(), closeTimeoutMs).unref();
      }
      await Promise.all(closed);
      sockets.close();
    },
  };
}

type Run = (args: ExecutionArgs) => unknown;
type Ready = { args: ExecutionArgs; execute: Run; subscribe: Run };
type Prepared = Ready & { formatResult: ReturnType<typeof createResultFormatter> };

/**
 * Counts, parses and validates an operation.
 * @returns the errors that its sender gets, or what is to be run
 */
async function prepare(
  { app, engine, hasIntrospection }: SocketOptions,
  socket: Socket,
  payload: SubscribePayload,
  requestId: string,
): Promise<readonly GraphQLError[] | Ready> {
  const { caller } = socket.extra;
  if (caller === null) throw new UnauthorizedError();
  if (Object.keys(socket.subscriptions).length > graphqlLimits.operationsPerSocket) {
    throw graphqlError('BAD_REQUEST', `A socket may run ${graphqlLimits.operationsPerSocket} operations at once`);
  }
  await app.limiter.consume(caller);
  app.usage.record(caller.tenantId, '/graphql');
  // Without a request, which is what tells the engine that this is no HTTP.
  const own = engine.getEnveloped({ caller, requestId } as Parameters<typeof engine.getEnveloped>[0]);
  const document = own.parse(payload.query);
  const formatResult = createResultFormatter(requestId, { hasIntrospection, log: app.log });
  const problems: readonly GraphQLError[] = own.validate(own.schema, document);
  if (problems.length > 0) return formatResult({ errors: problems }).errors ?? problems;
  const { operationName } = payload;
  // The protocol's own server would say so without a code.
  if (getOperationAST(document, operationName) == null) {
    const message =
      operationName == null
        ? 'Must provide operation name if query contains multiple operations.'
        : `Unknown operation named "${operationName}".`;
    throw graphqlError('BAD_REQUEST', message);
  }
  const args: ExecutionArgs = {
    schema: own.schema,
    document,
    operationName,
    variableValues: payload.variables,
    contextValue: await own.contextFactory(),
  };
  return { args, execute: own.execute, subscribe: own.subscribe };
}

/** The stream's results in the contract's words; an error that ends it is thrown, for the protocol's `error`. */
function formatStream(
  stream: ReturnType<typeof guardStream>,
  formatResult: ReturnType<typeof createResultFormatter>,
): AsyncGenerator<ExecutionResult, void> {
  return {
    ...stream,
    next: async () => {
      try {
        const step = await stream.next();
        return step.done ? step : { done: false, value: formatResult(step.value) };
      } catch (err) {
        throw formatResult({ errors: [toError(err)] }).errors?.[0] ?? err;
      }
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Errors of the domain and unknown ones are told or masked by the presenter, from within a GraphQLError. */
function toError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(thrown instanceof DomainError ? thrown.message : 'Internal error', { originalError });
}

function tokenOf({ connectionParams, extra }: Socket): string | null {
  const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  if (typeof given === 'string') return bearerToken(given);
  return bearerToken(extra.authorization);
}
