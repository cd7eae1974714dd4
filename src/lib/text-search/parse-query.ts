import { symbolsIn } from './characters.ts';
import { lex } from './lex.ts';
import { isStopword, lexemesToFind } from './lexemes.ts';

/** One place of a term: any of `lexemes` there. */
export type TermPart = {
  /** Positions after the term's first part. */
  offset: number;
  lexemes: readonly string[];
  /** A single unspaced character, found also as the beginning of a pair; or a word's beginning, `hel*`. */
  isPrefix: boolean;
};

/** A word, or a phrase of parts that stand at their offsets from each other. */
export type Term = { parts: readonly TermPart[]; isStopword: boolean };

export type ParsedQuery = {
  /** What a document must hold, each once. */
  wanted: readonly Term[];
  /** What it must not hold. */
  unwanted: readonly Term[];
  /** The query's symbols where it has neither `wanted` nor `unwanted`: all of them must be in the document. */
  symbols: readonly string[];
  /**
   * Of what is wanted, the words that have `%`, `_` or `\\` in them, which the words alone do not tell: as `literalOf`
   * has them, each stands in some text of the document.
   */
  literals: readonly string[];
};

/** Of a query, in UTF-16 code units. Callers refuse longer ones; what is past it is not looked at. */
export const queryMaxLength = 500;

/** White space, and the punctuation that ends a phrase where there is no white space. */
const chunks = /[^\s、。，．！？：；・]+/gu;
const quotation = /["“”„‟＂]/u;
const literalWord = /[\p{L}\p{M}\p{N}%_\\]+/gu;
const startsNegation = /^-[\p{L}\p{N}]/u;

/**
 * Reads what a person typed into a search box: words, `"phrases"`, `-without` and `-"without this phrase"`.
 * With `hasBeginnings`, `hel*` is any word that begins so. Everything else is literal and never an error. What has several words without white space between them
 * (`jane@example.com`, `2024-05-01`) is a phrase of them, and so is a run of Chinese, Japanese, Korean or Thai text.
 *
 * Words of a quoted phrase are found exactly (but for case and accents), other English words in all their forms.
 * A query without words gives its symbols, so that `%_` finds what holds `%` and `_`, and nothing else.
 */
export function parseQuery(query: string, { hasBeginnings = false } = {}): ParsedQuery {
  const wanted: Term[] = [];
  const unwanted: Term[] = [];
  const symbols: string[] = [];
  const literals: string[] = [];
  for (const { text: written, isQuoted, isNegated } of split(readable(query))) {
    // An emoji is whole as it is.
    const text = hasBeginnings && !isQuoted ? written.replace(afterEmoji, '') : written;
    const isBeginning = hasBeginnings && !isQuoted && beginning.test(text);
    const term = toTerm(text, isQuoted, isBeginning);
    if (term) (isNegated ? unwanted : wanted).push(term);
    if (isNegated) continue;
    symbols.push(...symbolsIn(text));
    literals.push(...literalsIn(text));
  }
  return finish(wanted, unwanted, symbols, literals);
}

/** Reads the text as words alone: quotation marks and `-` are literal as well. */
export function parseWords(text: string): ParsedQuery {
  const read = readable(text);
  const wanted = (read.match(chunks) ?? []).flatMap((chunk) => toTerm(chunk, false) ?? []);
  return finish(wanted, [], [...symbolsIn(read)], literalsIn(read));
}

/** The `*` of "🎉*". */
const afterEmoji = /(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\*$/u;
/** A word's beginning has two letters or digits at least: fewer would stand for too many words. */
const beginning = /[\p{L}\p{M}\p{N}]{2}\*$/u;

/** What is looked at of a query. The byte-order mark is white space to JavaScript, and nothing to who types. */
function readable(query: string): string {
  return query.slice(0, queryMaxLength).replaceAll('\ufeff', '');
}

/** Without case and accents. */
function literalOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/gu, '')
    .toLowerCase();
}

function literalsIn(text: string): string[] {
  const words = text.match(literalWord) ?? [];
  return words.filter((word) => /[%_\\]/.test(word) && /[\p{L}\p{N}]/u.test(word)).map(literalOf);
}

/** What is looked for and shown: without stopwords, where that leaves anything. */
export function tellingTerms(wanted: readonly Term[]): readonly Term[] {
  const telling = wanted.filter((term) => !term.isStopword);
  return telling.length > 0 ? telling : wanted;
}

function finish(wanted: Term[], unwanted: Term[], symbols: string[], literals: string[]): ParsedQuery {
  const hasWords = wanted.length > 0 || unwanted.length > 0;
  return {
    wanted: distinct(wanted),
    unwanted: distinct(unwanted),
    symbols: hasWords ? [] : [...new Set(symbols)],
    literals: [...new Set(literals)],
  };
}

function distinct(terms: readonly Term[]): Term[] {
  return [...new Map(terms.map((term) => [JSON.stringify(term.parts), term])).values()];
}

type Chunk = { text: string; isQuoted: boolean; isNegated: boolean };

function* split(query: string): Generator<Chunk, void, void> {
  let rest = query;
  while (rest !== '') {
    const skipped = rest.search(/[^\s、。，．！？：；・]/u);
    if (skipped < 0) return;
    rest = rest.slice(skipped);
    const isNegated = rest.startsWith('-') && (quotation.test(rest.charAt(1)) || startsNegation.test(rest));
    const opening = isNegated ? 1 : 0;
    const length = quotation.test(rest.charAt(opening)) ? rest.slice(opening + 1).search(quotation) : -1;
    if (length >= 0) {
      yield { text: rest.slice(opening + 1, opening + 1 + length), isQuoted: true, isNegated };
      rest = rest.slice(opening + length + 2);
    } else {
      const chunk = rest.match(chunks)?.[0] ?? rest;
      yield { text: chunk.slice(opening), isQuoted: false, isNegated };
      rest = rest.slice(chunk.length);
    }
  }
}

/** The term of a chunk; null where it has no word. */
function toTerm(text: string, isQuoted: boolean, isBeginning = false): Term | null {
  const tokens = [...lex(text)];
  const hasOnlyElided = tokens.every((token) => token.isElided);
  const parts = tokens.flatMap((token, offset) => {
    const isPaired = tokens[offset - 1]?.isJoined === true;
    const isLastCharacter = token.character !== null && !token.isJoined;
    if (isPaired && isLastCharacter) return [];
    if (token.isElided && !isQuoted && !hasOnlyElided) return [];
    const isExact = isQuoted || token.character !== null;
    const spellings = token.variant === null ? [token.lexeme] : [token.lexeme, token.variant];
    if (isBeginning && offset === tokens.length - 1) return [{ offset, lexemes: spellings, isPrefix: true }];
    const lexemes = isExact ? spellings : [...new Set(spellings.flatMap(lexemesToFind))];
    return [{ offset, lexemes, isPrefix: isLastCharacter }];
  });
  const [first, second] = parts;
  if (!first) return null;
  return {
    parts: parts.map((part) => ({ ...part, offset: part.offset - first.offset })),
    isStopword: !isQuoted && !isBeginning && !second && first.lexemes.every(isStopword),
  };
}
