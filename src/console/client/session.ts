import { useSyncExternalStore } from 'react';

const storedAs = 'convograph.key';

/** Who is signed in on this tab. `reason` says why nobody is, where it was not by their own wish. */
export type Session = { apiKey: string | null; reason: string | null };

const listeners = new Set<() => void>();
let session: Session = { apiKey: readKey(), reason: null };

/** Storage can be closed to a page: the key is then kept while the page is open. */
function readKey(): string | null {
  try {
    return sessionStorage.getItem(storedAs) ?? localStorage.getItem(storedAs);
  } catch {
    return null;
  }
}

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

/** @param isRemembered also when the tab is closed */
export function signIn(apiKey: string, isRemembered: boolean): void {
  try {
    (isRemembered ? localStorage : sessionStorage).setItem(storedAs, apiKey);
  } catch {
    // Kept while the page is open.
  }
  set({ apiKey, reason: null });
}

/** Forgets the key. `reason` is shown at the sign-in. */
export function signOut(reason: string | null = null): void {
  try {
    sessionStorage.removeItem(storedAs);
    localStorage.removeItem(storedAs);
  } catch {
    // There is nothing to forget.
  }
  set({ apiKey: null, reason });
}

export function useSession(): Session {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => session,
  );
}

/** The demo's key, which the gateway tells a page that is opened on its own machine. */
export function findDemoKey(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="demo-key"]')?.content ?? null;
}
