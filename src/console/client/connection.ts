import { useSyncExternalStore } from 'react';

/** `away`: nobody answers; `retryAt` is when it is tried again, in epoch milliseconds. */
export type Connection = { state: 'connecting' | 'live'; retryAt: null } | { state: 'away'; retryAt: number | null };

/** Whether the gateway answers, as the page is told. */
export type ConnectionStore = {
  get(): Connection;
  set(next: Connection): void;
  subscribe(listener: () => void): () => void;
  /** Called each time that the gateway is back. */
  onBack(listener: () => void): () => void;
};

export function createConnectionStore(): ConnectionStore {
  const listeners = new Set<() => void>();
  const backListeners = new Set<() => void>();
  let current: Connection = { state: 'connecting', retryAt: null };
  let wasLive = false;
  return {
    get: () => current,
    set: (next) => {
      const isBack = next.state === 'live' && current.state !== 'live' && wasLive;
      wasLive ||= next.state === 'live';
      if (next.state === current.state && next.retryAt === current.retryAt) return;
      current = next;
      for (const listener of [...listeners]) listener();
      if (isBack) for (const listener of [...backListeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBack: (listener) => {
      backListeners.add(listener);
      return () => backListeners.delete(listener);
    },
  };
}

export function useConnection(store: ConnectionStore): Connection {
  return useSyncExternalStore(store.subscribe, store.get);
}
