const WORD = /[\p{L}\p{N}\p{M}]+(?:['’]\p{L}+)*/gu;
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** The words of a text as they stand in it. Scripts that are written without spaces are cut by the Unicode rules and dictionaries. */
export function wordsOf(text: string): string[] {
  if (!WITHOUT_SPACES.test(text)) return text.match(WORD) ?? [];
  const words: string[] = [];
  for (const piece of segmenter.segment(text)) if (piece.isWordLike === true) words.push(piece.segment);
  return words;
}

/**
 * The terms to compare texts by: words, and for scripts written without spaces the pairs of neighbouring characters,
 * which need no dictionary and no break iterator per sentence.
 */
export function termsOf(text: string): string[] {
  if (!WITHOUT_SPACES.test(text)) return text.match(WORD) ?? [];
  const terms: string[] = [];
  for (const run of text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) {
    const characters = [...run];
    if (characters.length === 1) terms.push(run);
    for (let at = 1; at < characters.length; at += 1) terms.push(`${characters[at - 1]}${characters[at]}`);
  }
  return terms;
}

/** How many words a text has, counted the strict way: `isn't` and `10:30` are two each. */
export function countWords(text: string): number {
  if (!WITHOUT_SPACES.test(text)) return text.match(/[\p{L}\p{N}\p{M}]+/gu)?.length ?? 0;
  return wordsOf(text).length;
}

/** Two spellings of an English word that should count as one get the same stem; it is not itself a word. */
export function stemOf(word: string): string {
  const lower = word.toLowerCase().replace(/['’]s?$/, '');
  if (lower.length < 4) return lower;
  if (lower.endsWith('ies') && lower.length > 4) return `${lower.slice(0, -3)}y`;
  const bare = lower.replace(/(?:ing|ed|es|s|ly)$/, '');
  const base = bare.length < 3 ? lower : bare;
  return base.replace(/([^aeiouls])\1$/, '$1').replace(/e$/, '');
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
  if (countWords(text) <= maxWords) return text;
  let end = 0;
  let count = 0;
  const pattern = WITHOUT_SPACES.test(text) ? null : /[\p{L}\p{N}\p{M}]+/gu;
  if (pattern === null) {
    for (const piece of segmenter.segment(text)) {
      if (piece.isWordLike === true && ++count > maxWords) break;
      end = piece.index + piece.segment.length;
    }
  } else {
    for (const match of text.matchAll(pattern)) {
      if (++count > maxWords) break;
      end = match.index + match[0].length;
    }
  }
  return `${text.slice(0, end)}…`;
}
