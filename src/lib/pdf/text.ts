import createBidi from 'bidi-js/dist/bidi.mjs';
import LineBreaker from 'linebreak';
import { shapeBoxes } from './boxes.ts';
import { type Face, faceOf, prepareFaces, type Weight, wholeFaceOf } from './faces.ts';
import { type Form, readForm } from './forms.ts';
import { type Glyphs, shapeLetters, shapeText } from './shaping.ts';

/** `size` and `leading` (from one line to the next) in points; `color` as `r g b`, each from 0 to 1. */
export type TextStyle = { size: number; leading: number; weight: Weight; color: string };

/** Text of one font, form and direction; without a font, of characters that none has. */
type Run = { face: Face | null; form?: Form; text: string; glyphs: Glyphs; isRtl: boolean };

/** Runs from left to right; `width` in thousandths of the size, without blanks at the end. */
export type Line = { runs: Run[]; width: number; isRtl: boolean };

type LeveledRun = Run & { level: number };
type Piece = { runs: LeveledRun[]; width: number };

const rtl = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Scripts that write words without blanks between them. */
const unspaced = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]/;
const unseenCharacters =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\uffa0\ufeff\ufff9-\ufffb]/gu;
const newLine = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
/** A longer paragraph is laid out in pieces, so that none takes long. */
const maxParagraphLength = 4000;

const bidi = createBidi();
const wordSegmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * The paragraphs of a text, without what cannot be seen, their fonts loaded. Lone surrogates become U+FFFD, and letters
 * are put together with their marks (NFC), since fonts have a letter such as ệ or 한 in one piece only.
 */
export async function* readParagraphs(text: string): AsyncGenerator<string> {
  for (const part of text.toWellFormed().split(newLine)) {
    const clean = part.replaceAll('\t', '    ').replace(unseenCharacters, '').normalize('NFC').trimEnd();
    for (let start = 0; start === 0 || start < clean.length; ) {
      const end = cutBefore(clean, start);
      const paragraph = clean.slice(start, end);
      await prepareFaces(`${paragraph} …`);
      yield paragraph;
      start = Math.max(end, 1);
    }
  }
}

/** Lays a paragraph out in lines of at most `width` points. An empty one has one empty line. */
export function layoutParagraph(text: string, style: TextStyle, width: number): Line[] {
  const room = (width / style.size) * 1000;
  const { levels, base } = readLevels(text);
  const lines: Line[] = [];
  let runs: LeveledRun[] = [];
  let filled = 0;
  let blanks: Piece = { runs: [], width: 0 };
  const finish = (): void => {
    lines.push({ runs: inVisualOrder(runs), width: filled, isRtl: base % 2 === 1 });
    runs = [];
    filled = 0;
  };
  const place = (word: Piece): void => {
    if (runs.length > 0 && filled + blanks.width + word.width > room) {
      finish();
      blanks = { runs: [], width: 0 };
    }
    runs.push(...blanks.runs, ...word.runs);
    filled += blanks.width + word.width;
    blanks = { runs: [], width: 0 };
  };
  for (const [start, wordEnd, end] of readWords(text)) {
    const word = shapePiece(text, start, wordEnd, levels, style.weight);
    if (word.width <= room) place(word);
    else for (const [from, to] of cutWord(word, start, room)) place(shapePiece(text, from, to, levels, style.weight));
    const after = shapePiece(text, wordEnd, end, levels, style.weight);
    blanks = { runs: [...blanks.runs, ...after.runs], width: blanks.width + after.width };
  }
  if (runs.length > 0 || lines.length === 0) finish();
  return lines;
}

/** One line of at most `width` points of a text, with `…` where it is longer. Loads its fonts. */
export async function fitLine(text: string, style: TextStyle, width: number): Promise<Line> {
  const single = text.slice(0, 600).replace(/\s+/g, ' ').trim();
  for await (const paragraph of readParagraphs(single.replace(newLine, ' '))) {
    const [line, more] = layoutParagraph(paragraph, style, width);
    if (line !== undefined && more === undefined) return line;
    const [ellipsis] = layoutParagraph('…', style, width);
    if (ellipsis === undefined) break;
    const [short] = layoutParagraph(paragraph, style, width - (ellipsis.width / 1000) * style.size);
    if (short === undefined) break;
    const runs = short.isRtl ? [...ellipsis.runs, ...short.runs] : [...short.runs, ...ellipsis.runs];
    return { runs, width: short.width + ellipsis.width, isRtl: short.isRtl };
  }
  return { runs: [], width: 0, isRtl: false };
}

function cutBefore(text: string, start: number): number {
  if (text.length - start <= maxParagraphLength) return text.length;
  const most = start + maxParagraphLength;
  const blank = text.lastIndexOf(' ', most);
  if (blank > start + maxParagraphLength / 2) return blank + 1;
  return /[\udc00-\udfff]/.test(text.charAt(most)) ? most - 1 : most;
}

function readLevels(text: string): { levels: Uint8Array | null; base: number } {
  if (!rtl.test(text)) return { levels: null, base: 0 };
  const { levels, paragraphs } = bidi.getEmbeddingLevels(text);
  return { levels, base: paragraphs[0]?.level ?? 0 };
}

/** Where each word begins, where its letters end, and where the next begins. */
function* readWords(text: string): Generator<[start: number, wordEnd: number, end: number]> {
  const breaker = new LineBreaker(text);
  let start = 0;
  for (let next = breaker.nextBreak(); next !== null; next = breaker.nextBreak()) {
    const word = text.slice(start, next.position);
    const letters = start + word.trimEnd().length;
    if (unspaced.test(word)) {
      for (const { index, segment } of wordSegmenter.segment(text.slice(start, letters))) {
        const end = start + index + segment.length;
        yield [start + index, end, end === letters ? next.position : end];
      }
    } else yield [start, letters, next.position];
    start = next.position;
  }
}

function shapePiece(text: string, start: number, end: number, levels: Uint8Array | null, weight: Weight): Piece {
  const piece: Piece = { runs: [], width: 0 };
  let from = start;
  let face: Face | null = null;
  const cut = (to: number): void => {
    if (to === from) return;
    const level = levels?.[from] ?? 0;
    const part = text.slice(from, to);
    const isRtl = level % 2 === 1;
    const glyphs = face === null ? shapeBoxes(part, isRtl) : shapeText(face, weight, part, isRtl);
    piece.runs.push({ face, text: part, glyphs, isRtl, level });
    piece.width += glyphs.width;
  };
  for (let index = start; index < end; ) {
    const char = String.fromCodePoint(text.codePointAt(index) ?? 0xfffd);
    const found = faceOf(char, text[index + char.length], face);
    const made = found === null ? shapeForm(char, levels?.[index] ?? 0, weight) : [];
    if (made.length > 0) {
      cut(index);
      piece.runs.push(...made);
      piece.width += made.reduce((width, run) => width + widthOf(run), 0);
      index += char.length;
      from = index;
      face = null;
      continue;
    }
    if (found !== face || (levels !== null && levels[index] !== levels[from])) {
      cut(index);
      from = index;
    }
    face = found;
    index += char.length;
  }
  cut(end);
  return piece;
}

/** A character that no font has, made of smaller letters; none where it cannot be. */
function shapeForm(char: string, level: number, weight: Weight): LeveledRun[] {
  const runs = (readForm(char) ?? []).map(({ form, letters, shows }) => {
    const face = wholeFaceOf(letters);
    if (face === null) return null;
    return { face, form, text: shows, glyphs: shapeLetters(face, weight, letters, shows), isRtl: false, level };
  });
  const whole = runs.flatMap((run) => run ?? []);
  if (whole.length < runs.length) return [];
  // They stand from left to right in any direction.
  return level % 2 === 1 ? whole.reverse() : whole;
}

/** In thousandths of the text's size. */
export function widthOf({ glyphs, form }: Pick<Run, 'glyphs' | 'form'>): number {
  return glyphs.width * (form?.scale ?? 1);
}

/** Cuts a word that is longer than a line, between characters as they are drawn. */
function* cutWord({ runs }: Piece, start: number, room: number): Generator<[from: number, to: number]> {
  let from = start;
  let at = start;
  let filled = 0;
  for (const { text, glyphs, form } of runs) {
    const advances = new Map<number, number>();
    for (const [index, cluster] of glyphs.clusters.entries()) {
      advances.set(cluster, (advances.get(cluster) ?? 0) + (glyphs.advances[index] ?? 0) * (form?.scale ?? 1));
    }
    for (const [cluster, advance] of [...advances].sort(([one], [other]) => one - other)) {
      if (filled + advance > room && at + cluster > from) {
        yield [from, at + cluster];
        from = at + cluster;
        filled = 0;
      }
      filled += advance;
    }
    at += text.length;
  }
  yield [from, at];
}

/** Rule L2 of the bidirectional algorithm, on runs. */
function inVisualOrder(runs: LeveledRun[]): Run[] {
  const highest = runs.reduce((most, { level }) => Math.max(most, level), 0);
  const ordered = [...runs];
  for (let level = highest; level > 0; level -= 1) {
    for (let start = 0; start < ordered.length; start += 1) {
      let end = start;
      while ((ordered[end]?.level ?? -1) >= level) end += 1;
      if (end > start + 1) ordered.splice(start, end - start, ...ordered.slice(start, end).reverse());
      start = Math.max(start, end - 1);
    }
  }
  return ordered;
}
