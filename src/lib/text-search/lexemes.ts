import { stem } from 'porter2';

/**
 * Marks that keep lexemes of other kinds apart from words, which hold no ASCII punctuation.
 * They are part of what is stored: to change one, every document must be indexed anew.
 */
export const LexemePrefix = {
  STEM: '~',
  SYMBOL: '=',
  /** Followed by a lexeme some of whose positions were left out; alone, where that holds of any lexeme. */
  CLIPPED: '!',
} as const;

const stopwords = new Set(
  (
    'a about an and any are as at be been but by can could did do does for from had has have he her his how i if in ' +
    'into is it its me my no nor not of on or our she should so than that the their them then there these they this ' +
    'those to too up us was we were what when where which who why will with would you your'
  ).split(' '),
);
const stemmable = /^[a-z]{3,}$/;

/** Whether an English word says so little that a query with other words does not need it. */
export function isStopword(word: string): boolean {
  return stopwords.has(word);
}

/** Whether a folded word has an English stem, if only itself: three or more Latin letters, and no stopword. */
export function isStemmable(word: string): boolean {
  return stemmable.test(word) && !stopwords.has(word);
}

/** The English stem of a folded word; null where it is not stemmable. */
function stemOf(word: string): string | null {
  return isStemmable(word) ? stem(word) : null;
}

/** The lexeme that stands for the word's stem in a document; null where the word is its own stem, or has none. */
export function stemLexemeOf(word: string): string | null {
  const found = stemOf(word);
  return found === null || found === word ? null : LexemePrefix.STEM + found;
}

/**
 * The lexemes that a query for the word or its other forms looks for: the word, its stem, and the stem as a word,
 * since a document does not repeat a stem that is the word itself.
 */
export function lexemesToFind(word: string): string[] {
  const found = stemOf(word);
  if (found === null) return [word];
  if (found === word) return [word, LexemePrefix.STEM + found];
  const isWord = isStemmable(found);
  return isWord ? [word, LexemePrefix.STEM + found, found] : [word, LexemePrefix.STEM + found];
}

/** A lexeme as it stands in the text of a `tsvector` or `tsquery`. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}
