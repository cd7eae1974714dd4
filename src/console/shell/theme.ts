import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

export const themeNames: Record<Theme, string> = {
  system: 'System theme',
  light: 'Light theme',
  dark: 'Dark theme',
};

const storedAs = 'convograph.theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];
const listeners = new Set<() => void>();
let theme = read();

function read(): Theme {
  try {
    const stored = localStorage.getItem(storedAs);
    return order.find((each) => each === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

function show(): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function setTheme(next: Theme): void {
  theme = next;
  try {
    localStorage.setItem(storedAs, next);
  } catch {
    // For as long as the page is open.
  }
  show();
  for (const listener of listeners) listener();
}

/** From as the system has it to light to dark, and round again. */
export function nextTheme(): void {
  setTheme(order[(order.indexOf(theme) + 1) % order.length] ?? 'system');
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
}

show();
