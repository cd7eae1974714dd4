import { LexemePrefix, quoteLexeme } from './lexemes.ts';
import { type ParsedQuery, parseWords, type Term, type TermPart, tellingTerms } from './parse-query.ts';

/** Title, content and messages; not the summary. */
const textWeights = 'ACD';

/**
 * The text of a `tsquery` (for `$1::tsquery`) that matches documents of `toTsvector`: all that is wanted, in any field,
 * and nothing that is unwanted. English stopwords are left out where other words are wanted.
 * Only unwanted words: matches every document without them. No word: matches documents that hold all the symbols.
 * Null where there is nothing to search for (white space, emoji): then nothing matches.
 *
 * A phrase is found wherever it is. In a document that lost positions of its words (see `toTsvector`) it may be found
 * also where its words are apart.
 */
export function toTsquery(query: ParsedQuery): string | null {
  const clauses = [
    ...tellingTerms(query.wanted).map((term) => printTerm(term, '')),
    ...query.unwanted.map((term) => `!${printPhrase(term, '')}`),
    ...query.symbols.map((symbol) => quoteLexeme(LexemePrefix.SYMBOL + symbol)),
  ];
  return clauses.length === 0 ? null : clauses.join(' & ');
}

/**
 * The text of a `tsquery` for `ts_rank(document, $1::tsquery)`: any of the words wanted. Ranking by this one takes
 * time linear to the positions of a document; by the matching query, time quadratic to them.
 * Null where nothing is wanted: then all that match rank the same.
 */
export function toRankTsquery(query: ParsedQuery): string | null {
  const parts = tellingTerms(query.wanted).flatMap((term) => term.parts);
  const operands = new Set([
    ...parts.flatMap((part) => printLexemes(part, '')),
    ...query.symbols.map((symbol) => quoteLexeme(LexemePrefix.SYMBOL + symbol)),
  ]);
  return operands.size === 0 ? null : [...operands].join(' | ');
}

/**
 * The text of a `tsquery` for the simple filter: all the words of `text`, in any of their forms, in the title, the
 * content or the messages. Nothing in it is an operator. A text without words matches documents that hold all its
 * symbols, so `%` finds a per cent sign and not everything.
 * Null where there is nothing to search for (white space, emoji): then nothing matches.
 */
export function toWordsTsquery(text: string): string | null {
  const { wanted, symbols } = parseWords(text);
  const clauses = [
    ...wanted.map((term) => printTerm(term, textWeights)),
    ...symbols.map((symbol) => `${quoteLexeme(LexemePrefix.SYMBOL + symbol)}:${textWeights}`),
  ];
  return clauses.length === 0 ? null : clauses.join(' & ');
}

function printTerm(term: Term, weights: string): string {
  const phrase = printPhrase(term, weights);
  if (term.parts.length < 2) return phrase;
  const lexemes = new Set(term.parts.flatMap((part) => part.lexemes));
  const marks = ['', ...lexemes].map((lexeme) => quoteLexeme(LexemePrefix.CLIPPED + lexeme));
  const words = term.parts.map((part) => printPart(part, weights));
  return `(${phrase} | (${words.join(' & ')}) & (${marks.join(' | ')}))`;
}

function printPhrase({ parts }: Term, weights: string): string {
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('A term has one part or more');
  let printed = printPart(first, weights);
  let offset = first.offset;
  for (const part of rest) {
    printed += ` <${part.offset - offset}> ${printPart(part, weights)}`;
    offset = part.offset;
  }
  return rest.length === 0 ? printed : `(${printed})`;
}

function printPart(part: TermPart, weights: string): string {
  const operands = printLexemes(part, weights);
  return operands.length === 1 ? operands.join('') : `(${operands.join(' | ')})`;
}

function printLexemes({ lexemes, isPrefix }: TermPart, weights: string): string[] {
  const flags = `${isPrefix ? '*' : ''}${weights}`;
  return lexemes.map((lexeme) => quoteLexeme(lexeme) + (flags === '' ? '' : `:${flags}`));
}
