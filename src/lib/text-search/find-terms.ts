import { lex, type Token } from './lex.ts';
import { isStemmable, LexemePrefix, stemLexemeOf } from './lexemes.ts';
import type { Term, TermPart } from './parse-query.ts';

/** UTF-16 offsets: `[start, end)`. */
export type Span = { start: number; end: number };

/** A term as it stands in a text: what each of its parts covers there, in the text's order. */
type Found = Span & { term: Term; parts: () => FoundPart[] };

export type FoundPart = Span & { isUnspaced: boolean };

export type TermFinder = {
  /** The terms found in the part `[from, to)` of a text, by where they end. Time is linear to the part's length. */
  find(text: string, from?: number, to?: number): Generator<Found, void, void>;
};

/** Bounds the work on texts that hold the terms, or nearly, all over; what is found by then is enough to choose from. */
const comparisonsMax = 100_000;

const none: readonly Term[] = [];

/** Finds the terms in texts, by the same rules as the database finds them in documents. */
export function createTermFinder(terms: readonly Term[]): TermFinder {
  const byLastLexeme = new Map<string, Term[]>();
  const byLastCharacter = new Map<string, Term[]>();
  const stemFirstCodeUnits = new Set<number>();
  let longest = 1;
  for (const term of terms) {
    const last = term.parts.at(-1);
    if (!last) continue;
    longest = Math.max(longest, last.offset + 1);
    for (const lexeme of last.lexemes) {
      const [first = ''] = lexeme;
      if (last.isPrefix) addTo(byLastCharacter, first, term);
      else addTo(byLastLexeme, lexeme, term);
      if (lexeme.startsWith(LexemePrefix.STEM)) stemFirstCodeUnits.add(lexeme.charCodeAt(1));
    }
  }

  function* find(text: string, from = 0, to = text.length): Generator<Found, void, void> {
    if (terms.length === 0) return;
    const recent: Token[] = [];
    const stems = new Map<string, string | null>();
    let count = 0;
    let comparisons = 0;
    for (const token of lex(text, from, to)) {
      recent[count % longest] = token;
      count += 1;
      for (const term of endingWith(token, stems)) {
        const lastOffset = term.parts.at(-1)?.offset ?? 0;
        if (lastOffset >= count) continue;
        const tokens: Token[] = [];
        for (let index = term.parts.length - 1; index >= 0; index -= 1) {
          comparisons += 1;
          const part = term.parts[index];
          const at = part && recent[(count - 1 - lastOffset + part.offset) % longest];
          if (!at || !accepts(part, at)) break;
          tokens.push(at);
        }
        if (tokens.length === term.parts.length) yield toFound(term, tokens.reverse());
        if (comparisons > comparisonsMax) return;
      }
    }
  }

  function endingWith(token: Token, stems: Map<string, string | null>): readonly Term[] {
    const exact = byLastLexeme.get(token.lexeme) ?? none;
    const [first = ''] = token.character ?? token.lexeme;
    const prefixed = byLastCharacter.get(first) ?? none;
    if (token.character !== null) return exact.length === 0 ? prefixed : [...exact, ...prefixed];
    const spelled = token.variant === null ? none : (byLastLexeme.get(token.variant) ?? none);
    const stemmed = endingWithStem(token, stems);
    if (prefixed.length === 0 && spelled.length === 0 && stemmed.length === 0) return exact;
    return [...new Set([...exact, ...prefixed, ...spelled, ...stemmed])];
  }

  function endingWithStem(token: Token, stems: Map<string, string | null>): readonly Term[] {
    // A stem begins as its word does, so that few words need to be stemmed.
    if (!stemFirstCodeUnits.has(token.lexeme.charCodeAt(0)) || !isStemmable(token.lexeme)) return none;
    let stem = stems.get(token.lexeme);
    if (stem === undefined) {
      stem = stemLexemeOf(token.lexeme);
      stems.set(token.lexeme, stem);
    }
    return (stem === null ? undefined : byLastLexeme.get(stem)) ?? none;
  }

  return { find };
}

function addTo(terms: Map<string, Term[]>, key: string, term: Term): void {
  const known = terms.get(key);
  if (!known) terms.set(key, [term]);
  else if (!known.includes(term)) known.push(term);
}

function accepts(part: TermPart, token: Token): boolean {
  const spellings = token.variant === null ? [token.lexeme] : [token.lexeme, token.variant];
  if (part.isPrefix) return part.lexemes.some((lexeme) => spellings.some((each) => each.startsWith(lexeme)));
  if (spellings.some((each) => part.lexemes.includes(each))) return true;
  const stem = part.lexemes.length > 1 ? stemLexemeOf(token.lexeme) : null;
  return stem !== null && part.lexemes.includes(stem);
}

function toFound(term: Term, tokens: readonly Token[]): Found {
  const [first] = tokens;
  const last = tokens.at(-1);
  return {
    term,
    start: first?.start ?? 0,
    end: last ? endOf(last, term.parts.at(-1)) : 0,
    parts: () =>
      tokens.map((token, index) => ({
        start: token.start,
        end: endOf(token, term.parts[index]),
        isUnspaced: token.character !== null,
      })),
  };
}

function endOf(token: Token, part: TermPart | undefined): number {
  return part?.isPrefix ? token.end : token.lexemeEnd;
}
