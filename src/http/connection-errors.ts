import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/**
 * `headersMs`: what the server allows for a request's head. `keepAliveMs`: how long a connection may go without its first
 * request, which is what answers promise for the next one: clients take that promise for all their connections.
 */
export type ConnectionLimits = { headersMs: number; keepAliveMs: number };

const refusals: Readonly<Record<string, { status: number; message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request came too slowly' },
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The header fields are too large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, message: "The body's chunk extensions are too large" },
};
const malformed = { status: 400, message: 'This is not an HTTP request' };

/**
 * Answers what is no request in words, where nothing else is being answered. A connection over which nothing has come
 * is not told of a timeout: who sent a request at that moment would take it for the answer. It is left open, and ended
 * without a word in the end.
 * @returns what ends those over which nothing has come yet
 */
export function answerBrokenRequests(server: Server, limits: ConnectionLimits): () => void {
  const unused = new Set<Socket>();
  const newest = new WeakMap<Socket, ServerResponse>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.prependListener('upgrade', ({ socket }) => unused.delete(socket));
  server.prependListener('request', ({ socket }, outgoing) => {
    unused.delete(socket);
    newest.set(socket, outgoing);
  });
  server.on('clientError', (err: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    if (err.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) {
      const end = setTimeout(() => {
        if (unused.has(socket)) socket.destroy();
      }, limits.keepAliveMs - limits.headersMs).unref();
      socket.once('close', () => clearTimeout(end));
      return;
    }
    if (socket.writable && isFree(socket, newest.get(socket))) socket.write(refusalOf(err));
    socket.destroySoon();
  });
  return () => {
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
  };
}

/** Whether nothing of an answer is on its way over `socket`, as far as its newest request tells. */
function isFree(socket: Socket, newest: ServerResponse | undefined): boolean {
  return newest === undefined || newest.writableFinished || (newest.socket === socket && !newest.headersSent);
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): string {
  const { status, message } = refusals[code] ?? malformed;
  const body = JSON.stringify({ error: { code: 'bad_request', message } });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
