import { WebSocket } from 'ws';

export type SocketMessage = { type: string; id?: string; payload?: unknown };

/** A WebSocket that speaks graphql-transport-ws only as far as it is told to: for what no proper client sends. */
export type RawSocket = AsyncDisposable & {
  readonly socket: WebSocket;
  /** All that came, oldest first. */
  readonly messages: SocketMessage[];
  send(message: SocketMessage | string): void;
  /** The first message from `index` on that fits, once it comes; `index` is where the next is to be looked for. */
  next(fits?: (message: SocketMessage) => boolean): Promise<SocketMessage>;
  /** How the server closed it, once it does. */
  readonly closed: Promise<{ code: number; reason: string }>;
};

export async function openRawSocket(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
  const messages: SocketMessage[] = [];
  let taken = 0;
  let wake = () => {};
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: async (fits = () => true) => {
      for (;;) {
        while (taken < messages.length) {
          const message = messages[taken++];
          if (message !== undefined && fits(message)) return message;
        }
        if (socket.readyState === WebSocket.CLOSED) throw new Error(`closed; it had sent ${JSON.stringify(messages)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}

/** The same, past the acknowledgement. */
export async function openGraphqlSocket(url: string, apiKey: string): Promise<RawSocket> {
  const socket = await openRawSocket(url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${apiKey}` } });
  const answer = await socket.next();
  if (answer.type !== 'connection_ack') throw new Error(`not acknowledged: ${JSON.stringify(answer)}`);
  return socket;
}
