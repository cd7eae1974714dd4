import { useCallback, useState } from 'react';

/**
 * Where what a trigger opens is put: into the landmark that it stands in, so that whoever goes by landmarks finds it. In
 * a dialog, which is outside of them, into the page as usual.
 */
export function useLandmark(): { ref: (trigger: HTMLElement | null) => void; container: HTMLElement | undefined } {
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  // That it is taken off the page for a moment says nothing: what opens stays where it was.
  const ref = useCallback((next: HTMLElement | null) => next !== null && setTrigger(next), []);
  return { ref, container: trigger?.closest<HTMLElement>('main, nav') ?? undefined };
}
