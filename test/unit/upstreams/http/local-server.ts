import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

export type LocalServer = { origin: string; [Symbol.asyncDispose](): Promise<void> };

async function listen(server: Server): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const httpServer = (listener: RequestListener) => listen(createHttpServer(listener));
/** Every connection's first bytes are answered by `respond`. */
export const rawServer = (respond: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => socket.once('data', () => respond(socket))));
