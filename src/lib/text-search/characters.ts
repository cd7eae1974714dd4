/** What a code point is to the lexer. */
export const CharacterClass = {
  /** White space, emoji, control characters: ends a word and is not indexed. */
  OTHER: 1,
  /** A letter or digit of a script that separates its words. */
  LETTER: 2,
  /** A letter or digit of a script that does not separate words, or glues endings to them. */
  UNSPACED: 3,
  /** Belongs to the character before it. */
  MARK: 4,
  /** Invisible; part of a word when inside one. */
  JOINER: 5,
  APOSTROPHE: 6,
  /** Punctuation, currency and mathematical signs: found only by a query that has no word. */
  SYMBOL: 7,
  /** A zero-width space: ends a word, but Thai and Khmer text is the same with or without it. */
  ZERO_WIDTH_SPACE: 8,
} as const;

export type CharacterClass = (typeof CharacterClass)[keyof typeof CharacterClass];

const joiners = new Set([0xad, 0x200c, 0x200d, 0x2060, 0xfeff]);
/** ASCII, typographic and full-width ones, the two modifier letters, and the Hebrew geresh and gershayim. */
const apostrophes = new Set([0x27, 0x2018, 0x2019, 0xff07, 0x2bb, 0x2bc, 0x5f3, 0x5f4]);

/** Hangul vowels and finals that follow a leading consonant, and the half-width voicing marks of Katakana. */
const continuesSyllable = /[\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]/u;
const mark = /\p{M}/u;
const letter = /[\p{L}\p{N}]/u;
const unspaced =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Yiii}]/u;
const unspacedScriptDigit = /\p{Nd}/u;
const symbol = /[\p{P}\p{Sc}\p{Sm}\p{Sk}]/u;

/** Filled as code points are met; a page of it costs memory only once it is touched. */
const classes = new Uint8Array(0x110000);

/** The class of a code point. Lone surrogates are `OTHER`. */
export function classOf(codePoint: number): CharacterClass {
  const known = classes[codePoint] as CharacterClass | 0 | undefined;
  if (known) return known;
  const found = classify(codePoint);
  classes[codePoint] = found;
  return found;
}

function classify(codePoint: number): CharacterClass {
  if (joiners.has(codePoint)) return CharacterClass.JOINER;
  if (apostrophes.has(codePoint)) return CharacterClass.APOSTROPHE;
  if (codePoint === 0x200b) return CharacterClass.ZERO_WIDTH_SPACE;
  const character = String.fromCodePoint(codePoint);
  if (mark.test(character) || continuesSyllable.test(character)) return CharacterClass.MARK;
  if (letter.test(character)) {
    const isUnspaced = unspaced.test(character) && !unspacedScriptDigit.test(character);
    return isUnspaced ? CharacterClass.UNSPACED : CharacterClass.LETTER;
  }
  return symbol.test(character) ? CharacterClass.SYMBOL : CharacterClass.OTHER;
}

/** The distinct symbols of a text, in the order they are met. */
export function symbolsIn(text: string): Set<string> {
  const symbols = new Set<string>();
  let previous = -1;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const width = codePoint > 0xffff ? 2 : 1;
    if (codePoint !== previous) {
      const found = classOf(codePoint);
      if (found === CharacterClass.SYMBOL || found === CharacterClass.APOSTROPHE) {
        symbols.add(String.fromCodePoint(codePoint));
      }
      previous = codePoint;
    }
    at += width;
  }
  return symbols;
}
