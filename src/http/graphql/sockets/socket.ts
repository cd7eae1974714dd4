import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context as SocketContext } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App, Caller } from '../../../domain/app.ts';
import type { Origin, Sender } from '../../../domain/audit/sender.ts';
import { UnauthorizedError } from '../../../domain/errors.ts';
import { authenticate, bearerToken } from '../../../domain/tenants/api-keys.ts';
import { createSharedRun } from '../../../lib/shared-run.ts';
import type { Metrics } from '../../metrics.ts';
import { originOf } from '../../origin.ts';
import type { Documents } from '../documents/documents.ts';
import { createResultFormatter, type FormatResult, type GraphqlEngine, toWireErrors } from '../engine.ts';
import { graphqlLimits, isJsonTooDeep } from '../limits.ts';
import type { Session, Sessions } from '../sessions.ts';
import { type Subscriptions, toError } from '../subscriptions.ts';
import { createIdOrder } from './id-order.ts';
import { listenOverSocket } from './listener.ts';
import { prepareOperation, type Ready } from './operation.ts';
import { createEventEncoder, createPeer, type Peer } from './peer.ts';

/** Close codes of graphql-transport-ws that are used here beside those that the protocol's own server sends. */
const closeCodes = {
  goingAway: 1001,
  tryAgainLater: 1013,
  badRequest: CloseCode.BadRequest,
  forbidden: CloseCode.Forbidden,
  internalError: CloseCode.InternalServerError,
} as const;

const initTimeoutMs = 3_000;
/** Sockets are asked in turn whether they still live, some at each tick. */
const ticksBetweenPings = 25;

/** `limitMs`: a peer from which nothing came for so long is taken for gone. As it is, it has not answered three pings. */
export type SocketSilence = { pingTickMs: number; limitMs: number };
const usualSilence: SocketSilence = { pingTickMs: 1_000, limitMs: 80_000 };

type Extra = {
  baseUrl: string;
  origin: Origin;
  /** The key that the upgrade bore, where it bore one. */
  token: string | null;
  caller: Caller | null;
  peer: Peer;
  session: Session;
};
type Socket = SocketContext<Record<string, unknown>, Extra>;

export type SocketOptions = {
  app: App;
  engine: GraphqlEngine;
  documents: Documents;
  subscriptions: Subscriptions;
  sessions: Sessions;
  metrics: Metrics;
  hasIntrospection: boolean;
  silence?: SocketSilence | undefined;
};

export type GraphqlSockets = {
  /** Takes over a connection that asked for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, baseUrl: string): void;
  /** Lets running queries and mutations end, for `timeoutMs` at most, then closes all sockets. */
  close(timeoutMs: number): Promise<void>;
};

/** GraphQL over WebSocket, by the graphql-transport-ws protocol. */
export function createGraphqlSockets(options: SocketOptions): GraphqlSockets {
  const { app, sessions, metrics, subscriptions, silence = usualSilence } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: graphqlLimits.frameBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const running = new Set<Promise<unknown>>();
  const prepared = new WeakMap<ExecutionArgs, Prepared>();
  // Many that open at once are few looks: the embedded database answers each within a turn, which leaves none to share.
  const authenticateTogether = createSharedRun<Caller>();
  const encode = createEventEncoder();

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: async (socket) => {
      const { extra } = socket;
      try {
        const token = tokenOf(socket);
        const { baseUrl, origin } = extra;
        const sender: Sender = { way: 'GRAPHQL', ...origin };
        const known = await authenticateTogether(`${token} ${baseUrl}`, () =>
          authenticate(app, token, baseUrl, sender),
        );
        const caller = { ...known, sender };
        extra.caller = caller;
        sessions.add(caller, extra.session);
        return true;
      } catch (err) {
        if (err instanceof UnauthorizedError) return false;
        app.log.error({ err }, 'a socket could not be authenticated');
        extra.peer.close(closeCodes.tryAgainLater, 'Try again later');
        return false;
      }
    },
    onSubscribe: async (socket, id, payload) => {
      const requestId = randomUUID();
      const formatResult = createResultFormatter(requestId, { ...options, log: app.log });
      try {
        const running = Object.keys(socket.subscriptions).length;
        const operation = { caller: socket.extra.caller, running };
        const ready = await prepareOperation(options, operation, payload, requestId);
        if (!('args' in ready)) return formatResult(ready).errors;
        prepared.set(ready.args, { ...ready, formatResult, peer: socket.extra.peer, id });
        return ready.args;
      } catch (err) {
        return formatResult({ errors: [toError(err)] }).errors;
      }
    },
    execute: (args) => {
      const { execute, formatResult } = preparedOf(args);
      const result = Promise.resolve(execute(args)).then((each) => formatResult(each as ExecutionResult));
      running.add(result);
      result.finally(() => running.delete(result)).catch(() => {});
      return result;
    },
    subscribe: (args) => {
      const { opening, peer, id } = preparedOf(args);
      if (opening === null) throw new Error('no subscription was opened');
      const onEnd = metrics.openSubscription('ws');
      return listenOverSocket(peer, id, opening, { formatError: subscriptions.formatError, onEnd });
    },
    onNext: (_socket, _id, _payload, _args, result) => {
      if (result.errors === undefined) return undefined;
      const { data = null, extensions } = result;
      return { data, ...(extensions && { extensions }), errors: toWireErrors(result.errors) };
    },
    onError: (_socket, _id, _payload, errors) => toWireErrors(errors),
    onClose: ({ extra }) => {
      if (extra.caller !== null) sessions.remove(extra.caller, extra.session);
    },
  });
  const preparedOf = (args: ExecutionArgs): Prepared => {
    const own = prepared.get(args);
    if (own === undefined) throw new Error('an operation was run unprepared');
    return own;
  };

  const peers = new Map<Peer, number>();
  let tick = 0;
  const pinging = setInterval(() => {
    tick = (tick + 1) % ticksBetweenPings;
    const heardBefore = Date.now() - silence.limitMs;
    for (const [peer, turn] of peers) {
      if (peer.lastHeardAtMs < heardBefore) peer.terminate();
      else if (turn === tick) peer.ping();
    }
  }, silence.pingTickMs);
  pinging.unref();

  const serve = (socket: WebSocket, connection: Duplex, opened: Pick<Extra, 'baseUrl' | 'origin' | 'token'>) => {
    const peer = createPeer(socket, connection, encode);
    peers.set(peer, peers.size % ticksBetweenPings);
    metrics.setSockets(sockets.clients.size);
    const hear = () => {
      peer.lastHeardAtMs = Date.now();
    };
    socket.on('pong', hear);
    // A broken frame or one too long: ws closes the socket with the code that says so.
    socket.on('error', (err) => app.log.debug({ err }, 'a socket broke'));
    const session = { endForInvalidKey: () => peer.close(closeCodes.forbidden, 'Forbidden') };
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // Settles once the bytes have left.
        send: peer.send,
        close: peer.close,
        onMessage: (callback) => {
          const handle = createIdOrder(callback);
          socket.on('message', (data) => {
            hear();
            const text = String(data);
            if (isJsonTooDeep(text)) {
              peer.close(closeCodes.badRequest, 'Invalid message received');
              return;
            }
            handle(text).catch((err) => {
              if (socket.readyState !== socket.OPEN) return;
              app.log.error({ err }, 'a message of a socket could not be handled');
              peer.close(closeCodes.internalError, 'Internal server error');
            });
          });
        },
      },
      { ...opened, caller: null, peer, session },
    );
    socket.once('close', (code, reason) => {
      peers.delete(peer);
      metrics.setSockets(sockets.clients.size);
      closed(code, String(reason)).catch((err) => app.log.error({ err }, 'a socket could not be cleaned up'));
    });
  };

  return {
    upgrade: (request, socket, head, baseUrl) => {
      const opened = { baseUrl, origin: originOf(request), token: upgradeTokenOf(request) };
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, socket, opened));
    },
    close: async (timeoutMs) => {
      clearInterval(pinging);
      await Promise.race([Promise.allSettled(running), pause(timeoutMs, undefined, { ref: false })]);
      const open = [...sockets.clients];
      const closed = open.map((client) => new Promise<void>((resolve) => client.once('close', () => resolve())));
      for (const peer of [...peers.keys()]) peer.close(closeCodes.goingAway, 'Going away');
      await Promise.all(closed);
      sockets.close();
    },
  };
}

type Prepared = Ready & { formatResult: FormatResult; peer: Peer; id: string };

/** The key in `connection_init` goes before the upgrade's. */
function tokenOf({ connectionParams, extra }: Socket): string | null {
  const params = new Map(Object.entries(connectionParams ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const authorization = params.get('authorization');
  const apiKey = params.get('x-api-key');
  // What is given and is no text is a wrong key, not a missing one.
  if (authorization !== undefined) return typeof authorization === 'string' ? bearerToken(authorization) : null;
  if (apiKey !== undefined) return typeof apiKey === 'string' ? apiKey.trim() : null;
  return extra.token;
}

function upgradeTokenOf({ headers }: IncomingMessage): string | null {
  const apiKey = headers['x-api-key'];
  return bearerToken(headers.authorization ?? null) ?? (typeof apiKey === 'string' ? apiKey.trim() : null);
}
