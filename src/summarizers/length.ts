import type { SummaryStyle } from './summarizer.ts';
import { countWords, endOfWords } from './words.ts';

const wordsAllowed: Record<SummaryStyle, number> = { CONCISE: 60, DETAILED: 150, BULLETS: 120 };

/** How long a title is at most, in UTF-16 code units. */
export const titleMaxChars = 80;

/** How many words a summary of the style has at most, as `countWords` counts them. */
export function limitWords(style: SummaryStyle): number {
  return wordsAllowed[style];
}

/** The first part of a text, at most `maxChars` code units, ended at a word where it can be, with `…` where something was left out. */
export function shorten(text: string, maxChars: number): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim().toWellFormed();
  if (flat.length <= maxChars) return flat;
  const head = flat.slice(0, maxChars - 1);
  const space = head.lastIndexOf(' ');
  const cut = space > maxChars / 2 ? head.slice(0, space) : head.replace(/[\uD800-\uDBFF]$/, '');
  return `${cut.replace(/[\s,;:.–-]+$/, '')}…`;
}

/** The first `maxWords` words of a text as `countWords` has them, with `…` where something was left out. */
export function shortenToWords(text: string, maxWords: number): string {
  return countWords(text) <= maxWords ? text : `${text.slice(0, endOfWords(text, maxWords))}…`;
}
