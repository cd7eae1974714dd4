import { createTermFinder, type FoundPart, type Span, type TermFinder } from './find-terms.ts';
import { graphemeEnd, graphemeStart } from './graphemes.ts';
import { type ParsedQuery, type Term, tellingTerms } from './parse-query.ts';

type HighlightOptions = {
  /** Of the text shown, in UTF-16 code units, without markup and ellipses. 200 where not given. */
  maxLength?: number;
};

/** How far a cut is moved to stand between words, in UTF-16 code units. */
const cutMovesUpTo = 24;
/** Text looked at on both sides of the snippet, so that its edges make no words that the text has not. */
const margin = 300;

/**
 * The surroundings of the query's best match in the text, as HTML: escaped, what was found in `<mark>`, `...` where
 * text was left out, white space collapsed. The best match is the closest to the beginning that has the most of the
 * query's terms within `maxLength`. The beginning of the text where nothing is found. No grapheme is cut in two.
 */
export function highlight(text: string, query: ParsedQuery, options: HighlightOptions = {}): string {
  return highlightBest([text], query, options);
}

/**
 * As `highlight`, of whichever text has the best match, the first of equals; of the first that is not blank where none
 * has one. Empty where all are blank. Stops reading at a text that has all the terms.
 */
export function highlightBest(
  texts: Iterable<string>,
  query: ParsedQuery,
  { maxLength = 200 }: HighlightOptions = {},
): string {
  const terms = tellingTerms(query.wanted);
  const finder = createTermFinder(terms);
  let best: { text: string; window: Window } | null = null;
  for (const text of texts) {
    if (text.trim() === '') continue;
    const window = findWindow(text, terms, finder, query.symbols, maxLength);
    if (!best || window.score > best.window.score) best = { text, window };
    if (window.isComplete) break;
  }
  if (!best) return '';
  const { text, window } = best;
  const shown = surroundings(text, window, maxLength);
  const marks = window.score === 0 ? [] : marksWithin(text, shown, finder, query.symbols);
  return print(text, shown, marks);
}

type Window = Span & { score: number; isComplete: boolean };

/** The first stretch of at most `maxLength` that holds the most terms; longer where one term alone is. */
function findWindow(
  text: string,
  terms: readonly Term[],
  finder: TermFinder,
  symbols: readonly string[],
  maxLength: number,
): Window {
  const best: Window = { start: 0, end: 0, score: 0, isComplete: false };
  const inWindow: (Span & { term: Term })[] = [];
  const counts = new Map<Term, number>();
  let head = 0;
  let score = 0;
  const complete = terms.reduce((sum, term) => sum + term.parts.length, 0);
  for (const { term, start, end } of finder.find(text)) {
    inWindow.push({ term, start, end });
    const count = counts.get(term) ?? 0;
    counts.set(term, count + 1);
    if (count === 0) score += term.parts.length;
    for (let first = inWindow[head]; first && head < inWindow.length - 1 && end - first.start > maxLength; ) {
      const left = (counts.get(first.term) ?? 1) - 1;
      counts.set(first.term, left);
      if (left === 0) score -= first.term.parts.length;
      head += 1;
      first = inWindow[head];
    }
    if (score > best.score) {
      Object.assign(best, { start: inWindow[head]?.start ?? start, end, score });
      if (score === complete) return { ...best, isComplete: true };
    }
  }
  if (best.score > 0 || terms.length > 0) return best;
  const [symbol] = symbolSpans(text, { start: 0, end: text.length }, symbols);
  return symbol ? { ...symbol, score: 1, isComplete: true } : best;
}

function* symbolSpans(text: string, within: Span, symbols: readonly string[]): Generator<Span, void, void> {
  if (symbols.length === 0) return;
  const wanted = new Set(symbols.map((symbol) => symbol.codePointAt(0)));
  for (let start = within.start; start < within.end; ) {
    const codePoint = text.codePointAt(start) ?? 0;
    const end = start + (codePoint > 0xffff ? 2 : 1);
    if (wanted.has(codePoint)) yield { start, end };
    start = end;
  }
}

/** The text to show: the window in the middle, cut between words where that is near, and never within a grapheme. */
function surroundings(text: string, window: Span, maxLength: number): Span {
  const spare = Math.max(0, maxLength - (window.end - window.start));
  let start = Math.max(0, Math.min(window.start - Math.floor(spare / 2), text.length - maxLength));
  if (start > 0) {
    start = graphemeEnd(text, start);
    const space = text.slice(start - 1, Math.min(start + cutMovesUpTo, window.start)).search(/\s\S/u);
    if (space >= 0) start += space;
  }
  let end = Math.min(text.length, start + maxLength);
  if (end < text.length) {
    end = graphemeStart(text, end);
    const near = Math.max(end - cutMovesUpTo, window.end, start);
    const space = text.slice(near, end + 1).search(/\s\S*$/u);
    if (space >= 0) end = near + space;
  }
  // A single grapheme longer than all that may be shown is shown as none.
  return { start: Math.min(start, end), end };
}

function marksWithin(text: string, shown: Span, finder: TermFinder, symbols: readonly string[]): FoundPart[] {
  const from = Math.max(0, shown.start - margin);
  const to = Math.min(text.length, shown.end + margin);
  const spans: FoundPart[] = [];
  for (const span of symbolSpans(text, shown, symbols)) spans.push({ ...span, isUnspaced: false });
  for (const found of finder.find(text, from, to)) {
    const isPartial = (found.start === from && from > 0) || (found.end === to && to < text.length);
    if (!isPartial) spans.push(...found.parts());
  }
  const marks: FoundPart[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start || a.end - b.end)) {
    const start = Math.max(span.start, shown.start);
    const end = Math.min(span.end, shown.end);
    const last = marks.at(-1);
    if (start >= end) continue;
    if (last && (start < last.end || (start === last.end && last.isUnspaced && span.isUnspaced)))
      last.end = Math.max(last.end, end);
    else marks.push({ start, end, isUnspaced: span.isUnspaced });
  }
  return marks;
}

function print(text: string, shown: Span, marks: readonly Span[]): string {
  let html = '';
  let at = shown.start;
  for (const { start, end } of marks) {
    html += `${escapeHtml(text.slice(at, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    at = end;
  }
  html = collapse(html + escapeHtml(text.slice(at, shown.end)));
  const isCutBefore = /\S/u.test(text.slice(0, shown.start));
  const isCutAfter = /\S/u.test(text.slice(shown.end));
  return `${isCutBefore ? '...' : ''}${html}${isCutAfter ? '...' : ''}`;
}

function collapse(html: string): string {
  return html.replace(/\s+/gu, ' ').trim();
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
