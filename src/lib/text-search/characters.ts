/** What a code point is to the lexer. */
export const CharacterClass = {
  /** White space, control characters, skin tones of emoji: ends a word and is not indexed. */
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
  /** Punctuation, currency and mathematical signs, emoji: found only by a query that has no word. */
  SYMBOL: 7,
} as const;

export type CharacterClass = (typeof CharacterClass)[keyof typeof CharacterClass];

/** Joiners, soft hyphens, zero-width spaces, direction marks, fillers, tags: nobody sees them, so they part nothing. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;
/** ASCII, typographic and full-width ones, the two modifier letters, and the Hebrew geresh and gershayim. */
const apostrophes = new Set([0x27, 0x2018, 0x2019, 0xff07, 0x2bb, 0x2bc, 0x5f3, 0x5f4]);

/** Hangul vowels and finals that follow a leading consonant, and the half-width voicing marks of Katakana. */
const continuesSyllable = /[\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]/u;
const mark = /\p{M}/u;
const letter = /[\p{L}\p{N}]/u;
const unspaced =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Yiii}]/u;
const unspacedScriptDigit = /\p{Nd}/u;
const symbol = /[\p{P}\p{Sc}\p{Sm}\p{Sk}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
const skinTone = /\p{Emoji_Modifier}/u;
const flagLetter = /\p{Regional_Indicator}/u;

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
  if (apostrophes.has(codePoint)) return CharacterClass.APOSTROPHE;
  const character = String.fromCodePoint(codePoint);
  if (invisible.test(character)) return CharacterClass.JOINER;
  if (skinTone.test(character)) return CharacterClass.OTHER;
  if (mark.test(character) || continuesSyllable.test(character)) return CharacterClass.MARK;
  if (letter.test(character)) {
    const isUnspaced = unspaced.test(character) && !unspacedScriptDigit.test(character);
    return isUnspaced ? CharacterClass.UNSPACED : CharacterClass.LETTER;
  }
  return symbol.test(character) ? CharacterClass.SYMBOL : CharacterClass.OTHER;
}

/** The distinct symbols of a text, in the order they are met. Emoji are without their skin tones, flags are whole. */
export function symbolsIn(text: string): Set<string> {
  const symbols = new Set<string>();
  let previous = -1;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const width = codePoint > 0xffff ? 2 : 1;
    if (codePoint !== previous) {
      const found = classOf(codePoint);
      if (found === CharacterClass.SYMBOL || found === CharacterClass.APOSTROPHE) {
        const flag = flagAt(text, at, codePoint);
        symbols.add(flag ?? String.fromCodePoint(codePoint));
        if (flag !== null) {
          at += flag.length;
          previous = -1;
          continue;
        }
      }
      previous = codePoint;
    }
    at += width;
  }
  return symbols;
}

/** The two letters of a flag that starts there; null where none does. */
function flagAt(text: string, at: number, codePoint: number): string | null {
  if (codePoint < 0x1f1e6 || codePoint > 0x1f1ff) return null;
  const second = text.codePointAt(at + 2);
  const isFlag = second !== undefined && flagLetter.test(String.fromCodePoint(second));
  return isFlag ? text.slice(at, at + 4) : null;
}
