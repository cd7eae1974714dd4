import { graphemeStart } from './text-search/graphemes.ts';

/** What keeps a text from being stored as it is, in words; null where nothing does. PostgreSQL takes no NUL. */
export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL characters';
  if (!text.isWellFormed()) return 'must be well-formed Unicode (it has half of a surrogate pair)';
  return null;
}

/** Whether the database can hold a text, and so be asked for it: what it cannot hold, nothing is called. */
export function isStorable(text: string): boolean {
  return textProblem(text) === null;
}

/** As `textProblem`, of every key and text in a JSON value. */
export function jsonProblem(value: unknown): string | null {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'string') {
      const problem = textProblem(next);
      if (problem !== null) return problem;
    } else if (typeof next === 'object' && next !== null) {
      rest.push(...Object.keys(next), ...Object.values(next));
    } else if (typeof next === 'number') {
      if (!Number.isFinite(next)) return 'must not hold numbers beyond 1.8e308';
      // Their last digits are lost before anybody here sees them.
      if (Number.isInteger(next) && !Number.isSafeInteger(next)) {
        return `must not hold whole numbers beyond ±${Number.MAX_SAFE_INTEGER}, which would not stay as they are: write them as text`;
      }
    }
  }
  return null;
}

/** Signs that leave nothing to see: white space, controls, joiners, fillers of scripts, the blank Braille pattern. */
const invisible = /^[\s\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether there is nothing to see in a text. */
export function isBlank(text: string): boolean {
  return invisible.test(text);
}

/** Length in code points: what people call characters, nearly. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * The first words of a text, white space collapsed, cut between words where that is possible, and never within what
 * people take for one character; with `…` where there is more. At most `maxLength` UTF-16 code units.
 */
export function firstWords(text: string, maxLength: number): string {
  // Enough to see what follows, without reading the whole of a long text.
  const flat = text
    .slice(0, graphemeStart(text, maxLength * 20))
    .replace(/\s+/gu, ' ')
    .trim();
  if (flat.length <= maxLength) return flat.toWellFormed();
  const cut = flat.slice(0, graphemeStart(flat, maxLength - 1));
  const space = cut.lastIndexOf(' ');
  const kept = space > maxLength / 2 ? cut.slice(0, space) : cut;
  return `${kept}…`.toWellFormed();
}

/** UTF-8 bytes of the texts together. */
export function byteLengthOf(...texts: readonly (string | null)[]): bigint {
  return texts.reduce((sum, text) => sum + BigInt(text === null ? 0 : Buffer.byteLength(text)), 0n);
}
