/**
 * How letters are drawn: at `scale` of the size, with their baseline `rise` thousandths of the size higher. Of one `key`
 * all is the same, and a letter shows the same text.
 */
export type Form = { key: string; scale: number; rise: number };

/** Letters to draw for a character, and what of the text they show. */
export type FormPart = { form: Form; letters: string; shows: string };

const small = 0.6;
/** So high that small digits end where large ones do. */
const raised: Form = { key: 'raised', scale: small, rise: 285 };
const lowered: Form = { key: 'lowered', scale: small, rise: -140 };
const slash: Form = { key: 'slash', scale: 1, rise: 0 };
const under: Form = { key: 'under', scale: small, rise: 0 };

const raisedCharacters = /[\u00b2\u00b3\u00b9\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d61\u1d78\u1d9b-\u1dbf\u2070-\u207f]/;
const loweredCharacters = /[\u1d62-\u1d6a\u2080-\u209c\u2c7c]/;
const fractionSlash = '\u2044';

/**
 * Superscripts, subscripts and fractions as their plain letters, smaller: for those that no font has. Null for any other
 * character.
 */
export function readForm(char: string): FormPart[] | null {
  const letters = char.normalize('NFKC');
  if (letters === char) return null;
  if (raisedCharacters.test(char)) return [{ form: raised, letters, shows: char }];
  if (loweredCharacters.test(char)) return [{ form: lowered, letters, shows: char }];
  const [numerator, denominator] = letters.split(fractionSlash);
  if (!numerator || denominator === undefined) return null;
  const parts = [
    // The numerator speaks for the whole, so that its digits stand for another text in each fraction.
    { form: { ...raised, key: char }, letters: numerator, shows: char },
    { form: slash, letters: fractionSlash, shows: '' },
    { form: under, letters: denominator, shows: '' },
  ];
  return parts.filter((part) => part.letters !== '');
}
