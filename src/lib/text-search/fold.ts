/**
 * No lexeme is longer, in UTF-16 code units: at most 600 bytes of UTF-8, well under what PostgreSQL
 * takes for a lexeme (2,046) and for a GIN key. Longer words are found by their beginning.
 */
const lexemeMaxLength = 200;

/** Accents of European scripts, Arabic and Hebrew vowel points, and whatever else a word may hold and does not need. */
const dropped = new RegExp(
  `(?<kept>[иіу][\\u0306\\u0308])|[${[
    '\\u0300-\\u036f\\u0483-\\u0487\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f',
    '\\u0591-\\u05c7\\u05f3\\u05f4\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06ed',
    '\\p{Default_Ignorable_Code_Point}',
    "'\\u2018\\u2019\\u02bb\\u02bc\\uff07",
    '\\s\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f',
  ].join('')}]`,
  'gu',
);

const foldedLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ς: 'σ',
  ى: 'ي',
  ة: 'ه',
};
const foldable = new RegExp(`[${Object.keys(foldedLetters).join('')}]`, 'gu');

/**
 * A word as it is indexed and searched: compatibility forms made plain (`ﬁ`, `Ａ`, `ｶﾞ`), lower case, without accents.
 *
 * Accents go because people leave them out when they search (`cafe` for `café`, `uber` for `über`), as a phone or
 * a foreign keyboard makes them do. Kept is what makes another letter or sound to its readers: `й`, `ї`, `ў`,
 * Japanese voicing marks, the vowel signs of Indic and South-East Asian scripts.
 * May be empty. At most `lexemeMaxLength` code units.
 */
export function fold(word: string): string {
  const folded = cut(word)
    .normalize('NFKD')
    .toLowerCase()
    .replace(dropped, (_, kept: string | undefined) => kept ?? '')
    .replace(foldable, (letter) => foldedLetters[letter] ?? letter)
    .normalize('NFC');
  return cut(folded);
}

const umlauts = /[äöü]/g;
const umlautLetters: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** A word with umlauts as German writes it without them, `muenchen`, folded; null where it has none. */
export function foldUmlauts(word: string): string | null {
  const composed = cut(word).normalize('NFC').toLowerCase();
  const spelled = composed.replace(umlauts, (letter) => umlautLetters[letter] ?? letter);
  return spelled === composed ? null : fold(spelled);
}

/** The first `lexemeMaxLength` code units, or one fewer rather than half of a surrogate pair. */
export function cut(word: string): string {
  if (word.length <= lexemeMaxLength) return word;
  const isSplit = (word.charCodeAt(lexemeMaxLength - 1) & 0xfc00) === 0xd800;
  return word.slice(0, isSplit ? lexemeMaxLength - 1 : lexemeMaxLength);
}
