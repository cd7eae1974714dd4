import type { WebSocket } from 'ws';
import type { Frame } from '../../../graphql/events/frame.ts';
import type { Listener } from '../../../graphql/events/listener.ts';

/** After which a peer that does not answer the closing handshake is cut off. */
const closeTimeoutMs = 2_000;
const asText = { binary: false } as const;

/** A socket, with the listeners that it carries. */
export type Peer = {
  /** Since when bytes wait for it to take them, in ms of `Date.now`; 0 while none do. */
  readonly blockedSince: number;
  lastHeardAtMs: number;
  readonly listeners: Set<Listener>;
  sendEvent(id: string, frame: Frame): void;
  /** Resolves once the bytes have left. */
  send(text: string): Promise<void>;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
};

export function createPeer(socket: WebSocket, encode: EventEncoder): Peer {
  const listeners = new Set<Listener>();
  let blockedSince = 0;
  const noteSent = () => {
    if (blockedSince !== 0 && socket.bufferedAmount === 0) {
      blockedSince = 0;
      for (const listener of listeners) listener.freed();
    }
  };
  const noteSending = () => {
    if (blockedSince === 0 && socket.bufferedAmount > 0) blockedSince = Date.now();
  };
  return {
    get blockedSince() {
      return blockedSince;
    },
    lastHeardAtMs: Date.now(),
    listeners,
    sendEvent: (id, frame) => {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(encode(id, frame), asText, noteSent);
      noteSending();
    },
    send: (text) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) {
          resolve();
          return;
        }
        socket.send(text, (err) => {
          if (err) reject(err);
          else resolve();
          noteSent();
        });
        noteSending();
      }),
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    close: (code, reason) => {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
    },
    terminate: () => socket.terminate(),
  };
}

/** The `next` message of an event, in UTF-8. */
export type EventEncoder = (id: string, frame: Frame) => Buffer;

/**
 * An event goes to many sockets one after the other: its payload is put into bytes once, and the whole message once
 * for all those who gave their operation the same id.
 */
export function createEventEncoder(): EventEncoder {
  let last: { frame: Frame; payload: Buffer; id: string; message: Buffer } | null = null;
  return (id, frame) => {
    if (last?.frame === frame && last.id === id) return last.message;
    const payload = last?.frame === frame ? last.payload : Buffer.from(`,"type":"next","payload":${frame.payload}}`);
    const message = Buffer.concat([Buffer.from(`{"id":${JSON.stringify(id)}`), payload]);
    last = { frame, payload, id, message };
    return message;
  };
}
