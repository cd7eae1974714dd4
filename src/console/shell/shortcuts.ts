import { useEffect, useRef, useSyncExternalStore } from 'react';

const storedAs = 'convograph.shortcuts';
/** How long the second key of two may take. */
const sequenceMs = 900;

type Shortcut = { keys: string; run: () => void };

const shortcuts = new Set<{ current: Shortcut }>();
const listeners = new Set<() => void>();
let areOn = read();
let pendingKey: string | null = null;
let pendingUntil = 0;

function read(): boolean {
  try {
    return localStorage.getItem(storedAs) !== 'off';
  } catch {
    return true;
  }
}

/** Single letters are in the way of some who steer by voice or switch: they can be turned off. */
export function turnShortcuts(on: boolean): void {
  areOn = on;
  try {
    localStorage.setItem(storedAs, on ? 'on' : 'off');
  } catch {
    // For as long as the page is open.
  }
  for (const listener of listeners) listener();
}

export function useAreShortcutsOn(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => areOn,
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

const covers = ['dialog', 'alertdialog', 'menu', 'listbox'].map((role) => `[role="${role}"]:not(.toast)`).join(', ');

/** A dialog or a menu has the keys while it is open. What only tells something, a dialog by its role too, has not. */
function isCovered(): boolean {
  return document.querySelector(covers) !== null;
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || isCovered()) return;
  if (!areOn && event.key !== 'Escape') return;
  const key = event.key;
  const sequence = pendingKey !== null && performance.now() < pendingUntil ? `${pendingKey} ${key}` : key;
  pendingKey = null;
  // The one that was named last is the one in front.
  const found = [...shortcuts].reverse().find(({ current }) => current.keys === sequence);
  if (found !== undefined) {
    event.preventDefault();
    found.current.run();
  } else if ([...shortcuts].some(({ current }) => current.keys.startsWith(`${key} `))) {
    pendingKey = key;
    pendingUntil = performance.now() + sequenceMs;
  }
}

/** `keys`: one, as `event.key` names it, or two with a space between: `g i`. */
export function useShortcut(keys: string, run: () => void): void {
  const latest = useRef<Shortcut>({ keys, run });
  useEffect(() => {
    latest.current = { keys, run };
  });
  useEffect(() => {
    if (shortcuts.size === 0) addEventListener('keydown', onKey);
    shortcuts.add(latest);
    return () => {
      shortcuts.delete(latest);
      if (shortcuts.size === 0) removeEventListener('keydown', onKey);
    };
  }, []);
}
