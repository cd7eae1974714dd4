import type { ServerResponse } from 'node:http';
import { watchPeer } from './vanished-peers.ts';

/** Where the bytes of an endless answer go. */
export type ByteSink = {
  /** Since when bytes wait for the peer to take them, in ms of `Date.now`; 0 while none do. */
  readonly blockedSince: number;
  write(bytes: Uint8Array): void;
  /** Ends the answer. */
  end(): void;
};

/** Who fills an endless answer. */
export type StreamSource = {
  /** Called once, when the answer's head is out; not at all where the peer has left before. */
  start(sink: ByteSink): void;
  /** What was written has been taken. */
  freed(): void;
  /** The peer has left, maybe before the start; called once, and not after the sink's end. */
  left(): void;
};

/** The sources of answers that a server fills itself, past the body's own stream. */
const sources = new WeakMap<Response, StreamSource>();

/**
 * An answer that is filled for as long as both sides want. Over the network it is written to the connection itself:
 * bytes that go to many are not copied through a stream of each, and a peer that leaves at whatever moment is noticed.
 */
export function streamResponse(source: StreamSource, init: ResponseInit): Response {
  const response = new Response(toReadable(source), init);
  sources.set(response, source);
  return response;
}

/** The source of an answer that is to be written by `writeStream`; null where it is any other. */
export function streamSourceOf(response: Response): StreamSource | null {
  return sources.get(response) ?? null;
}

/** How soon a peer is probed to which nothing is on its way, and how often before it is given up: gone within 30 s. */
const probe = { enable: true, initialDelay: 15_000, interval: 5_000, count: 3 } as const;

/** After its end, for so long a peer may still take what waits for it: one that reads no more would hold it for ever. */
const defaultLingerMs = 60_000;

/** Answers with the head of `response`, and lets `source` write the rest. */
export function writeStream(
  source: StreamSource,
  response: Response,
  outgoing: ServerResponse,
  lingerMs = defaultLingerMs,
): void {
  if (outgoing.destroyed || outgoing.socket === null) {
    source.left();
    return;
  }
  let blockedSince = 0;
  let isOver = false;
  const noteSent = () => {
    if (blockedSince === 0 || outgoing.writableLength > 0) return;
    blockedSince = 0;
    source.freed();
  };
  const stopWatching = watchPeer(outgoing.socket);
  outgoing.on('close', () => {
    stopWatching();
    if (!isOver) source.left();
    isOver = true;
  });
  outgoing.on('error', () => {});
  const keepAlive = outgoing.socket.setKeepAlive as (options: typeof probe) => void;
  keepAlive.call(outgoing.socket, probe);
  outgoing.socket.setNoDelay(true);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  source.start({
    get blockedSince() {
      return blockedSince;
    },
    write: (bytes) => {
      if (isOver) return;
      outgoing.write(bytes, noteSent);
      if (blockedSince === 0 && outgoing.writableLength > 0) blockedSince = Date.now();
    },
    end: () => {
      isOver = true;
      const cut = setTimeout(() => outgoing.destroy(), lingerMs).unref();
      outgoing.once('close', () => clearTimeout(cut));
      outgoing.end();
    },
  });
}

/** The same for who reads the body itself, as without a network: nothing begins before it is read. */
function toReadable(source: StreamSource): ReadableStream<Uint8Array> {
  let isStarted = false;
  let blockedSince = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (blockedSince !== 0) {
          blockedSince = 0;
          source.freed();
        }
        if (isStarted) return;
        isStarted = true;
        source.start({
          get blockedSince() {
            return blockedSince;
          },
          write: (bytes) => {
            controller.enqueue(bytes);
            if (blockedSince === 0 && (controller.desiredSize ?? 0) <= 0) blockedSince = Date.now();
          },
          end: () => controller.close(),
        });
      },
      cancel: () => source.left(),
    },
    { highWaterMark: 0 },
  );
}
