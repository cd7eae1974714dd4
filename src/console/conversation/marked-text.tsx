import { useEffect, useRef } from 'react';

/** A stretch of a text, in UTF-16 code units. */
export type Stretch = { startOffset: number; endOffset: number };

function isStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** A text with one stretch of it marked, scrolled to, and told to whoever reads by ear. */
export function MarkedText({ text, shown }: { text: string; shown: Stretch | null }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    if (shown === null) return;
    mark.current?.scrollIntoView({ block: 'center', behavior: isStill() ? 'instant' : 'smooth' });
    mark.current?.focus({ preventScroll: true });
  }, [shown]);
  if (shown === null) return text;
  return (
    <>
      {text.slice(0, shown.startOffset)}
      <mark ref={mark} tabIndex={-1} className="shown">
        {text.slice(shown.startOffset, shown.endOffset)}
      </mark>
      {text.slice(shown.endOffset)}
    </>
  );
}
