import { type Span, toProse } from './prose.ts';
import type { Turn } from './turns.ts';

/**
 * A sentence of a turn: `turn.source.slice(start, end) === text`, without spaces around it, at most 600 code units; and
 * `prose`, the same without markup and invisible signs, which is what is read and retold.
 */
export type Sentence = {
  turn: Turn;
  turnIndex: number;
  index: number;
  text: string;
  prose: string;
  start: number;
  end: number;
};

const maxSentenceChars = 600;
const abbreviation =
  /(?:^|[\s("“]|(?<!\w)')(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|vol|fig|approx|dept|est|inc|ltd|co|corp|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|e\.g|i\.e|a\.m|p\.m|u\.s|ph\.d|rs|apt|blvd|bldg|capt|sgt|gen|rev|govt|ext|ref|acc|[a-z])\.$/i;
const latinEnd = '.!?…؟۔։።';
const wideEnd = '。！？｡।॥។៕။';
/** Thai and Lao have no full stop: a space ends what is long enough to be a sentence. */
const spaceEnds = /[\p{Script=Thai}\p{Script=Lao}]/u;
const minSpaceEndedChars = 40;
const closing = '"\'”’)]»」』）】';
const listItem = /^\s{0,8}(?:[-*•–]|\d{1,3}[.)])\s/;
const space = /\s/;

/** The sentences of a turn, in order, found in one pass. Pieces without a letter, a digit or any other sign are left out. */
export function* splitSentences(turn: Turn, turnIndex: number): Generator<Sentence> {
  let index = 0;
  for (const part of turn.parts)
    for (const { start, end } of splitSpan(turn.source, part)) {
      const text = turn.source.slice(start, end);
      const prose = toProse(text);
      if (prose !== '') yield { turn, turnIndex, index: index++, text, prose, start, end };
    }
}

/** Where the sentences of a stretch of text stand, without the spaces and list marks around them. */
export function* splitSpan(source: string, span: Span): Generator<Span> {
  let start = span.start;
  let position = span.start;
  while (position < span.end) {
    const end = boundaryAfter(source, start, position, span.end);
    position = end ?? position + 1;
    if (end === null) continue;
    const sentence = trimmed(source, start, end);
    start = end;
    if (sentence !== null) yield sentence;
  }
  const last = trimmed(source, start, span.end);
  if (last !== null) yield last;
}

/** Where the sentence that began at `start` ends if it does so with the character at `position`; null where it goes on. */
function boundaryAfter(source: string, start: number, position: number, limit: number): number | null {
  const char = source.charAt(position);
  if (char === '\n') return isLineTheEnd(source, start, position, limit) ? position + 1 : null;
  if (position - start >= maxSentenceChars - 100) {
    if (space.test(char)) return position + 1;
    if (position - start >= maxSentenceChars - 2) return wholeCharacterEnd(source, position);
  }
  if (char === ' ' && position - start >= minSpaceEndedChars && isBetweenThai(source, position)) return position + 1;
  const isWide = wideEnd.includes(char);
  if (!isWide && !latinEnd.includes(char)) return null;
  const next = source.charAt(position + 1);
  if (position + 1 < limit && next !== '' && (latinEnd + wideEnd).includes(next)) return null;
  let end = position + 1;
  while (end < limit && end - position < 4 && closing.includes(source.charAt(end))) end += 1;
  if (isWide || end >= limit) return end;
  if (char === '.' && (isAbbreviation(source, start, position) || isWithinNumber(source, start, position))) return null;
  if (space.test(source.charAt(end))) return end;
  // Chat has "I see.Let me look": a capital right after a lower-case word and a full stop begins a sentence.
  const isGlued = /^\p{Ll}\p{Ll}[.!?]\p{Lu}$/u.test(source.slice(position - 2, position + 2));
  // "csv.DictReader", "Math.Floor(x)"
  const isCode = /^\p{Lu}\p{Ll}+[\p{Lu}(_]/u.test(source.slice(position + 1, position + 24));
  return isGlued && !isCode ? end : null;
}

function isBetweenThai(source: string, position: number): boolean {
  return spaceEnds.test(source.charAt(position - 1)) && spaceEnds.test(source.charAt(position + 1));
}

/** "$ 36. 78", "8. 5 %", "10. 30 a.m.": a number that is spaced out. */
function isWithinNumber(source: string, start: number, position: number): boolean {
  const before = source.slice(Math.max(start, position - 10), position);
  const after = source.slice(position + 1, position + 12);
  if (/[$€£¥]\s?\d{1,6}$/.test(before)) return /^\s?\d\d(?!\d)/.test(after);
  return /\d$/.test(before) && /^\s?\d{1,2}\s?(?:%|[ap]\.?\s?m\b|percent|euros?\b|dollars?\b|kg\b|km\b)/i.test(after);
}

function isAbbreviation(source: string, start: number, position: number): boolean {
  const before = source.slice(Math.max(start, position - 8), position + 1);
  if (position - start < 8 && /^\s*\d{1,3}\.$/.test(before)) return true;
  return (
    abbreviation.test(before) || (/\bno\.$/i.test(before) && /^\s?\d/.test(source.slice(position + 1, position + 3)))
  );
}

/** A line's end ends the sentence unless the text is wrapped there: a long line, and the next goes on in lower case. */
function isLineTheEnd(source: string, start: number, position: number, limit: number): boolean {
  if (position - start < 40 || position + 1 >= limit) return true;
  const next = source.slice(position + 1, Math.min(limit, position + 12));
  return listItem.test(next) || !/^\s{0,8}[\p{Ll}\p{N}(]/u.test(next);
}

function wholeCharacterEnd(source: string, position: number): number {
  const code = source.charCodeAt(position + 1);
  const isLowSurrogate = code >= 0xdc00 && code <= 0xdfff;
  return isLowSurrogate ? position + 2 : position + 1;
}

function trimmed(source: string, start: number, end: number): { start: number; end: number } | null {
  let from = start;
  let to = end;
  while (from < to && space.test(source.charAt(from))) from += 1;
  while (to > from && space.test(source.charAt(to - 1))) to -= 1;
  const bullet = listItem.exec(source.slice(from, Math.min(to, from + 16)));
  if (bullet !== null && from + bullet[0].length < to) from += bullet[0].length;
  while (from < to && space.test(source.charAt(from))) from += 1;
  return from < to ? { start: from, end: to } : null;
}
