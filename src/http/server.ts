import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Logger } from 'pino';
import { minuteMs } from '../lib/time/durations.ts';
import type { HttpApp } from './app.ts';
import { answerBrokenRequests } from './connection-errors.ts';
import type { GraphqlSockets } from './graphql/sockets/socket.ts';
import { PlainResponse, writePlain } from './plain-response.ts';
import { streamSourceOf, writeStream } from './stream-body.ts';

const headersTimeoutMs = 10_000;
/** A whole request with its files; a slow body is cut off long before. */
const requestTimeoutMs = 30 * minuteMs;
const timeoutCheckMs = 2_000;
const keepAliveMs = 65_000;
const maxHeaderBytes = 16_384;
/** How long after it is asked to close a server goes on taking what comes. */
const lingerMs = 100;
/** Then, until nothing new came for some turns of the loop; for so many at most, as there may always be more. */
const quietLingerTurns = 3;
const maxLingerTurns = 2_000;

type HttpServer = {
  /** @throws where the address is taken or not this machine's */
  listen(port: number, host: string): Promise<{ url: string; port: number }>;
  /** Reads what has been sent, stops accepting, lets requests end, for `timeoutMs` at most, then breaks what is left. */
  close(timeoutMs: number): Promise<void>;
};

/** `sockets`: null where this process serves none. */
export function createHttpServer(app: HttpApp, sockets: GraphqlSockets | null, log: Logger): HttpServer {
  let isClosing = false;
  const listener = getRequestListener(
    async (request, bindings) => {
      const { incoming, outgoing } = bindings as HttpBindings;
      const response = await app.answer(request, incoming);
      if (isClosing) response.headers.set('connection', 'close');
      if (response instanceof PlainResponse) {
        writePlain(response, outgoing);
        return RESPONSE_ALREADY_SENT;
      }
      const source = streamSourceOf(response);
      if (source === null) return response;
      writeStream(source, response, outgoing);
      return RESPONSE_ALREADY_SENT;
    },
    // The process's own Request and Response stay what they are. Checks by HTTP/1.0 may name no host.
    { overrideGlobalObjects: false, hostname: 'localhost' },
  );
  const server: Server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckMs,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
    },
    (incoming, outgoing) => {
      listener(incoming, outgoing).catch((err) => log.error({ err }, 'an answer could not be sent'));
    },
  );
  const endUnused = answerBrokenRequests(server, { headersMs: headersTimeoutMs, keepAliveMs });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (err) => log.debug({ err }, 'a socket broke'));
    const isOurs =
      sockets !== null &&
      request.url?.split('?', 1)[0] === '/graphql' &&
      request.headers.upgrade?.toLowerCase() === 'websocket';
    if (isOurs && !isClosing) sockets.upgrade(request, socket, head, `http://${request.headers.host ?? 'localhost'}`);
    else socket.end(`HTTP/1.1 ${isOurs ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`);
  });

  return {
    listen: async (port, host) => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      const address = server.address() as AddressInfo;
      const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return { url: `http://${shown}:${address.port}`, port: address.port };
    },
    close: async (timeoutMs) => {
      isClosing = true;
      if (!server.listening) return;
      await untilRead(server);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      timer.unref();
      // A connection that answered its last request after the close began is idle only now.
      const idle = setInterval(() => {
        server.closeIdleConnections();
        endUnused();
      }, 100);
      try {
        await closed;
      } finally {
        clearTimeout(timer);
        clearInterval(idle);
      }
    },
  };
}

/**
 * Until requests that had been sent are read: a connection that waits to be accepted is refused by a server that closes, and one
 * whose bytes nobody has read yet is idle to it.
 */
async function untilRead(server: Server): Promise<void> {
  let isQuiet = true;
  const hear = () => {
    isQuiet = false;
  };
  server.on('connection', hear).on('request', hear);
  await pause(lingerMs);
  // Past whatever kept the process busy. A turn of its loop accepts one connection and reads what is there.
  for (let turn = 0, quietTurns = 0; turn < maxLingerTurns && quietTurns < quietLingerTurns; turn++) {
    isQuiet = true;
    await nextTurn();
    quietTurns = isQuiet ? quietTurns + 1 : 0;
  }
  server.off('connection', hear).off('request', hear);
}
