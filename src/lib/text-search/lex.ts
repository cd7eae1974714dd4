import { CharacterClass, classOf } from './characters.ts';
import { cut, fold, foldUmlauts } from './fold.ts';

/**
 * A word of a text, or one character of a text that does not separate its words.
 * Consecutive tokens are one position apart, whatever stands between them.
 */
export type Token = {
  /** UTF-16 offsets in the text as given: `[start, end)`. */
  start: number;
  end: number;
  /** The folded word; of unspaced text this character and the next, or this one alone where it is the last. */
  lexeme: string;
  /** Another spelling of a word with umlauts (`muenchen` beside `munchen`); null where there is none. */
  variant: string | null;
  /** Where what `lexeme` stands for ends: past the next character, for two of them. */
  lexemeEnd: number;
  /** The folded character, of unspaced text; else null. */
  character: string | null;
  /** Whether the next token is the next character of the same unspaced text. */
  isJoined: boolean;
  /** Whether the word is the article or pronoun of an elision, as `l` is in `l'avion`. */
  isElided: boolean;
};

const { LETTER, UNSPACED, MARK, JOINER, APOSTROPHE } = CharacterClass;

/** French, Italian and Catalan words that lose their vowel before another. */
const elisions = new Set(
  'l d j m t s n c qu jusqu lorsqu puisqu quoiqu dell all dall nell sull un quest quell'.split(' '),
);
const apostrophe = /['\u2018\u2019\uff07\u02bb\u02bc\u05f3\u05f4]/u;

/**
 * The tokens of `text`, or of its part `[from, to)`, in their order and in time linear to its length.
 *
 * Words are runs of letters and digits; everything else separates them, so that the parts of addresses, dates and
 * numbers are words of their own. Apostrophes inside a word are left out (`don't`: `dont`), and so is a possessive
 * (`John's`: `john`). Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese give one token a character, whose
 * lexeme is a pair of characters: any part of such text can be found, with no dictionary to differ between versions.
 * Invisible signs part nothing. Emoji and lone surrogates are no words.
 */
export function* lex(text: string, from = 0, to = text.length): Generator<Token, void, void> {
  const folded = new Map<string, string>();
  const foldOnce = (word: string): string => {
    const known = folded.get(word);
    if (known !== undefined) return known;
    const result = fold(word);
    folded.set(word, result);
    return result;
  };

  for (let at = from; at < to; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const found = classOf(codePoint);
    if (found === LETTER) {
      const word = scanWord(text, at, to);
      if (word.hasApostrophe) {
        for (const token of apostrophizedTokens(text, at, word.end, foldOnce)) yield token;
      } else {
        const written = cut(text.slice(at, word.end));
        const lexeme = word.isAscii ? written.toLowerCase() : foldOnce(written);
        const variant = word.isAscii ? null : foldUmlauts(written);
        if (lexeme !== '') yield wordToken(at, word.end, lexeme, false, variant);
      }
      at = word.end;
    } else if (found === UNSPACED) {
      let current = scanCharacter(text, at, to, foldOnce);
      while (current) {
        const next: Character | null = scanCharacter(text, current.end, to, foldOnce);
        if (current.folded !== '') yield characterToken(current, next);
        at = current.end;
        current = next;
      }
    } else {
      at += codePoint > 0xffff ? 2 : 1;
    }
  }
}

type ScannedWord = { end: number; isAscii: boolean; hasApostrophe: boolean };

function scanWord(text: string, start: number, to: number): ScannedWord {
  let end = start;
  let seen = 0;
  let hasApostrophe = false;
  let at = start;
  while (at < to) {
    const codePoint = text.codePointAt(at) ?? 0;
    const found = classOf(codePoint);
    if (found === LETTER || found === MARK) {
      at += codePoint > 0xffff ? 2 : 1;
      seen |= codePoint;
      end = at;
    } else if (found === JOINER) {
      at += codePoint > 0xffff ? 2 : 1;
      seen |= codePoint;
    } else if (found === APOSTROPHE && end === at && joinsLetters(text, at, to)) {
      at += 1;
      hasApostrophe = true;
      seen |= codePoint;
    } else {
      break;
    }
  }
  return { end, isAscii: seen < 0x80, hasApostrophe };
}

function joinsLetters(text: string, at: number, to: number): boolean {
  if (at + 1 >= to || isDigit(text.charCodeAt(at - 1)) || isDigit(text.charCodeAt(at + 1))) return false;
  return classOf(text.codePointAt(at + 1) ?? 0) === LETTER;
}

function isDigit(codeUnit: number): boolean {
  return codeUnit >= 0x30 && codeUnit <= 0x39;
}

/** One token, or two where the text is an elision. */
function apostrophizedTokens(text: string, start: number, end: number, foldOnce: (word: string) => string): Token[] {
  const parts = text.slice(start, end).split(apostrophe);
  const tokens: Token[] = [];
  let wordStart = start;
  const [first = ''] = parts;
  const elided = foldOnce(first);
  if (elisions.has(elided) && end - start - first.length > 2) {
    tokens.push(wordToken(start, start + first.length, elided, true));
    parts.shift();
    wordStart += first.length + 1;
  }
  if (parts.length > 1 && parts.at(-1)?.toLowerCase() === 's') parts.pop();
  const lexeme = foldOnce(parts.join(''));
  if (lexeme !== '') tokens.push(wordToken(wordStart, end, lexeme, false, foldUmlauts(parts.join(''))));
  return tokens;
}

function wordToken(
  start: number,
  end: number,
  lexeme: string,
  isElided: boolean,
  variant: string | null = null,
): Token {
  return { start, end, lexeme, variant, lexemeEnd: end, character: null, isJoined: false, isElided };
}

type Character = { start: number; end: number; folded: string };

/** The unspaced character that starts at `start` with the marks on it, or null where there is none. */
function scanCharacter(text: string, start: number, to: number, foldOnce: (word: string) => string): Character | null {
  if (start >= to) return null;
  const base = text.codePointAt(start) ?? 0;
  if (classOf(base) !== UNSPACED) return null;
  let end = start + (base > 0xffff ? 2 : 1);
  while (end < to) {
    const codePoint = text.codePointAt(end) ?? 0;
    const found = classOf(codePoint);
    if (found !== MARK && found !== JOINER) break;
    end += codePoint > 0xffff ? 2 : 1;
  }
  return { start, end, folded: foldOnce(text.slice(start, Math.min(end, start + 16))) };
}

function characterToken(current: Character, next: Character | null): Token {
  const isJoined = next !== null && next.folded !== '';
  return {
    start: current.start,
    end: current.end,
    lexeme: isJoined ? current.folded + next.folded : current.folded,
    variant: null,
    lexemeEnd: isJoined ? next.end : current.end,
    character: current.folded,
    isJoined,
    isElided: false,
  };
}
