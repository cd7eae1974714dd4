import { createClient, type Client as SocketClient, type SubscribePayload } from 'graphql-ws';
import type { ConnectionStore } from './connection.ts';

const firstRetryMs = 500;
const longestRetryMs = 15_000;
/** A gateway that restarts is back in less: nobody is told of it. */
const quietMs = 1_200;
const pingMs = 15_000;
const pongWithinMs = 5_000;
const refusedKey = 4403;
const invalidKey = 4401;

export type Live = {
  readonly socket: SocketClient;
  /** Tries at once, rather than when the pause is over. */
  retryNow(): void;
  close(): void;
};

export type LiveOptions = {
  url: string;
  apiKey: string;
  connection: ConnectionStore;
  /** The key opens nothing any more. */
  onRefused(): void;
};

/** The pause before a try, in milliseconds: twice as long each time, with some chance in it. */
export function retryPauseMs(tries: number, random = Math.random()): number {
  const most = Math.min(longestRetryMs, firstRetryMs * 2 ** tries);
  return Math.round(most * (0.7 + 0.3 * random));
}

/** One socket for all that is live. It comes back by itself, for as long as the page is open. */
export function createLive({ url, apiKey, connection, onRefused }: LiveOptions): Live {
  let skip: (() => void) | null = null;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let lastPong: ReturnType<typeof setTimeout> | undefined;
  let isAwayKnown = false;
  let retryAt: number | null = null;

  const lost = () => {
    if (isAwayKnown) connection.set({ state: 'away', retryAt });
    else {
      quiet ??= setTimeout(() => {
        isAwayKnown = true;
        connection.set({ state: 'away', retryAt });
      }, quietMs);
    }
  };
  const socket = createClient({
    url,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    lazy: false,
    keepAlive: pingMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (closed) => !isRefusal(closed),
    retryWait: (tries) =>
      new Promise((resolve) => {
        const pauseMs = retryPauseMs(tries);
        const timer = setTimeout(() => skip?.(), pauseMs);
        retryAt = Date.now() + pauseMs;
        skip = () => {
          clearTimeout(timer);
          skip = null;
          retryAt = null;
          resolve();
        };
        lost();
      }),
    onNonLazyError: () => {},
    on: {
      connected: () => {
        clearTimeout(quiet);
        quiet = undefined;
        isAwayKnown = false;
        retryAt = null;
        connection.set({ state: 'live', retryAt: null });
      },
      closed: (event) => {
        if (isRefusal(event)) onRefused();
        else if (connection.get().state === 'live') connection.set({ state: 'connecting', retryAt: null });
      },
      ping: (isReceived) => {
        // A network that is gone closes nothing: whoever does not answer in time is taken for away.
        if (!isReceived) lastPong = setTimeout(() => socket.terminate(), pongWithinMs);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(lastPong);
      },
    },
  });
  const retryNow = () => skip?.();
  addEventListener('online', retryNow);
  return {
    socket,
    retryNow,
    close: () => {
      removeEventListener('online', retryNow);
      clearTimeout(quiet);
      clearTimeout(lastPong);
      void socket.dispose();
    },
  };
}

function isRefusal(event: unknown): boolean {
  const code = typeof event === 'object' && event !== null && 'code' in event ? event.code : null;
  return code === refusedKey || code === invalidKey;
}

type Observer = { next(value: unknown): void; error(err: unknown): void; complete(): void };

/**
 * Subscribes so that nothing is missed: when the socket is back, graphql-ws sends the same payload again, which by then
 * asks for what came after the last event seen.
 */
export function subscribeResuming(live: Live, payload: SubscribePayload, observer: Observer): () => void {
  const variables: Record<string, unknown> = { ...payload.variables };
  return live.socket.subscribe(
    { ...payload, variables },
    {
      next: (result) => {
        const cursor = cursorOf(result.data);
        if (cursor !== null) variables['after'] = cursor;
        observer.next(result);
      },
      error: (err) => observer.error(err),
      complete: () => observer.complete(),
    },
  );
}

function cursorOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const [event] = Object.values(data);
  return typeof event === 'object' && event !== null && 'cursor' in event ? String(event.cursor) : null;
}
