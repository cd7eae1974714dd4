import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Batch } from '../../../graphql/events/frame.ts';
import type { Listener } from '../../../graphql/events/listener.ts';

/** After which a peer that does not answer the closing handshake is cut off. */
const closeTimeoutMs = 2_000;
const nothing = Buffer.alloc(0);

/** A socket, with the listeners that it carries. */
export type Peer = {
  /** Since when bytes wait for it to take them, in ms of `Date.now`; 0 while none do. */
  readonly blockedSince: number;
  lastHeardAtMs: number;
  readonly listeners: Set<Listener>;
  sendEvents(id: string, batch: Batch): void;
  /** Resolves once the bytes have left. */
  send(text: string): Promise<void>;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
};

/** `connection`: what the socket is upgraded from. */
export function createPeer(socket: WebSocket, connection: Duplex, encode: EventEncoder): Peer {
  const listeners = new Set<Listener>();
  let blockedSince = 0;
  const noteSent = () => {
    if (blockedSince !== 0 && connection.writableLength === 0) {
      blockedSince = 0;
      for (const listener of listeners) listener.freed();
    }
  };
  const noteSending = () => {
    if (blockedSince === 0 && connection.writableLength > 0) blockedSince = Date.now();
  };
  return {
    get blockedSince() {
      return blockedSince;
    },
    lastHeardAtMs: Date.now(),
    listeners,
    sendEvents: (id, batch) => {
      if (socket.readyState !== socket.OPEN) return;
      // Past the socket, which would frame them anew for each. It compresses nothing, and so holds nothing back.
      connection.write(encode(id, batch));
      noteSending();
      // Most are taken at once, and nobody need be told; who waits is told by what comes after.
      if (blockedSince !== 0) connection.write(nothing, noteSent);
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

/** The `next` messages of a batch, each a WebSocket message of its own, as they go over the wire. */
export type EventEncoder = (id: string, batch: Batch) => Buffer;

/**
 * Events go to many sockets one after the other: their payloads are put into bytes once, and the whole once for all
 * those who gave their operation the same id.
 */
export function createEventEncoder(): EventEncoder {
  let last: { batch: Batch; payloads: Buffer[]; id: string; bytes: Buffer } | null = null;
  return (id, batch) => {
    if (last?.batch === batch && last.id === id) return last.bytes;
    const payloads =
      last?.batch === batch
        ? last.payloads
        : batch.map(({ payload }) => Buffer.from(`,"type":"next","payload":${payload}}`));
    const beginning = Buffer.from(`{"id":${JSON.stringify(id)}`);
    const bytes = Buffer.concat(
      payloads.flatMap((payload) => [textFrameHead(beginning.length + payload.length), beginning, payload]),
    );
    last = { batch, payloads, id, bytes };
    return bytes;
  };
}

/** What goes before a whole text message from a server, by RFC 6455, 5.2. */
function textFrameHead(length: number): Buffer {
  const finalText = 0x81;
  if (length < 126) return Buffer.from([finalText, length]);
  if (length < 65_536) {
    const head = Buffer.from([finalText, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[0] = finalText;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
