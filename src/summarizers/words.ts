const wordPattern = /[\p{L}\p{N}\p{M}]+(?:['’]\p{L}+)*/gu;
const withoutSpaces =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const spacedWord = /[\p{L}\p{N}\p{M}]+/gu;
const japaneseWord = 228 / 193;
const chineseWord = 228 / 158;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** The words of a text as they stand in it. Scripts that are written without spaces are cut by the Unicode rules and dictionaries. */
export function wordsOf(text: string): string[] {
  if (!withoutSpaces.test(text)) return text.match(wordPattern) ?? [];
  const words: string[] = [];
  for (const piece of segmenter.segment(text)) if (piece.isWordLike === true) words.push(piece.segment);
  return words;
}

/**
 * The terms to compare texts by: words, and for scripts written without spaces the pairs of neighbouring characters,
 * which need no dictionary and no break iterator per sentence.
 */
export function termsOf(text: string): string[] {
  if (!withoutSpaces.test(text)) return text.match(wordPattern) ?? [];
  const terms: string[] = [];
  for (const run of text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) {
    const characters = [...run];
    if (characters.length === 1) terms.push(run);
    for (let at = 1; at < characters.length; at += 1) terms.push(`${characters[at - 1]}${characters[at]}`);
  }
  return terms;
}

/**
 * How many English words take as long to read as a text does. Counted the strict way: `isn't` and `10:30` are two each.
 * People read 228 words of English, 193 of Japanese and 158 of Chinese in a minute (Trauzettel-Klosinski et al. 2012).
 */
export function countWords(text: string): number {
  if (!withoutSpaces.test(text)) return text.match(spacedWord)?.length ?? 0;
  return Math.ceil(wordsOf(text).length * wordWeight(text));
}

/** Where the last word ends with which a text still takes no longer to read than `maxWords` English words do. */
export function endOfWords(text: string, maxWords: number): number {
  let end = 0;
  let count = 0;
  const weight = wordWeight(text);
  const words = withoutSpaces.test(text) ? segmenter.segment(text) : text.matchAll(spacedWord);
  for (const word of words) {
    const [piece] = 'segment' in word ? [word.segment] : word;
    count += 'isWordLike' in word && word.isWordLike !== true ? 0 : weight;
    if (Math.ceil(count) > maxWords) break;
    end = (word.index ?? 0) + piece.length;
  }
  return end;
}

function wordWeight(text: string): number {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return japaneseWord;
  return /\p{Script=Han}/u.test(text) ? chineseWord : 1;
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
