import type { Token } from './english.ts';
import { isInstructionVerb } from './imperatives.ts';
import { isIrregularPast } from './past-tense.ts';

const clauseOpeners = new Set([
  'when',
  'whenever',
  'if',
  'after',
  'before',
  'since',
  'until',
  'once',
  'while',
  'as',
  'although',
  'because',
]);
/** Open what cannot stand alone. */
const dependent = new Set([
  'when',
  'whenever',
  'if',
  'once',
  'while',
  'although',
  'though',
  'because',
  'unless',
  'that',
  'whether',
]);

const alsoParticiples = new Set(
  'set put cut shut hurt become come run let read hit split cost quit open clear clean complete correct present own welcome worth like live'.split(
    ' ',
  ),
);

/** Whether a verb stands here that makes a sentence: none of "Complaint regarding my order". */
export function isFiniteAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  if (before?.lower === 'to' || (before?.text === '-' && token?.isSpaced === false)) return false;
  const next = tokens[at + 1];
  if (next?.text === '-' && !next.isSpaced) return false;
  // "with buttered toast"
  const isQuality = next?.pos === 'NOUN' && ['ADP', 'DET', 'ADJ', 'CCONJ'].includes(before?.pos ?? '');
  if (isQuality && token?.pos === 'VERB' && token.lower.endsWith('ed')) return false;
  if (token?.pos === 'AUX') return true;
  return (token?.pos === 'VERB' && !token.lower.endsWith('ing')) || isHiddenVerb(tokens, at);
}

/** "My script prints a line": the tagger takes the verb for one more noun. */
function isHiddenVerb(tokens: readonly Token[], at: number): boolean {
  const lower = tokens[at]?.lower ?? '';
  const before = tokens[at - 1]?.pos;
  // "Order 12 left our shop."
  if (before === 'NUM' && tokens[at]?.pos === 'NOUN' && isIrregularPast(lower)) return tokens[at + 1] !== undefined;
  const isAfterNoun = before === 'NOUN' || before === 'PROPN' || tokens[at - 1]?.lower.endsWith('ing') === true;
  if (!isAfterNoun || tokens[at + 1] === undefined || !lower.endsWith('s')) return false;
  return lower === 'costs' || isInstructionVerb(lower.slice(0, -1)) || isInstructionVerb(lower.slice(0, -2));
}

export function isOpeningClause(token: Token | undefined): boolean {
  return token !== undefined && (token.pos === 'SCONJ' || token.pos === 'ADP' || clauseOpeners.has(token.lower));
}

/** "Because I always exercise.", "Relatively, once we are out of it.": what it is the reason or the time of stands elsewhere. */
export function isHalfASentence(tokens: readonly Token[]): boolean {
  const isAdverb = tokens[0]?.pos === 'ADV' && !dependent.has(tokens[0].lower);
  const from = !isAdverb ? 0 : tokens[1]?.text === ',' ? 2 : 1;
  // "I promise that if they are sold out."
  const within = tokens.findIndex((token, at) => token.lower === 'that' && dependent.has(tokens[at + 1]?.lower ?? ''));
  if (within > 0 && countClauses(tokens.slice(within + 1)) < 2) return true;
  if (!dependent.has(tokens[from]?.lower ?? '')) return false;
  return countClauses(tokens.slice(from)) < 2;
}

/** "The copper Buddha you wanted": a noun phrase, whose only verb says which one is meant. */
export function isNounWithClause(tokens: readonly Token[]): boolean {
  if (!['DET', 'NOUN', 'PROPN', 'ADJ'].includes(tokens[0]?.pos ?? '')) return false;
  const first = tokens.findIndex((_, at) => isFiniteAt(tokens, at));
  const who = tokens[first - 1];
  // "People who are honest and have integrity."
  const isRelative = ['who', 'which', 'that'].includes(who?.lower ?? '') && first > 1;
  const isListed = (at: number): boolean => tokens[at - 1]?.lower === 'and' || tokens[at - 1]?.text === ',';
  if (isRelative && countClauses(tokens.filter((_, at) => !isListed(at))) < 2) return true;
  // "A fly-away tie!"
  const last = tokens.at(-1);
  if (first === tokens.length - 1 && /^an?$/.test(tokens[0]?.lower ?? '') && last?.base === last?.lower) return true;
  return first === tokens.length - 1 && who?.pos === 'PRON' && ['NOUN', 'PROPN'].includes(tokens[first - 2]?.pos ?? '');
}

/** "Yogurt, because it has protein": what is so stands in no verb. */
export function hasNoMainVerb(tokens: readonly Token[]): boolean {
  const opener = tokens.findIndex(
    ({ lower }, at) => at > 0 && (lower === 'because' || lower === 'although' || lower === 'unless'),
  );
  return opener > 0 && !isOpeningClause(tokens[0]) && !tokens.slice(0, opener).some((_, at) => isFiniteAt(tokens, at));
}

/** "Creating programs is stimulate thoughts": two verbs where there can be one. */
export function hasTwoVerbsInOne(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => {
    const be = tokens[at - 1]?.lower ?? '';
    if (!['is', 'are', 'was', 'were', 'am'].includes(be) || token.pos !== 'VERB' || token.base !== token.lower)
      return false;
    if (/(?:ed|en|ing)$/.test(token.lower) || alsoParticiples.has(token.lower)) return false;
    return ['NOUN', 'DET'].includes(tokens[at + 1]?.pos ?? '');
  });
}

/** How many finite verbs there are, each with what goes with it ("will have been made") counted once. */
function countClauses(tokens: readonly Token[]): number {
  let count = 0;
  let isOpen = false;
  for (const [at, token] of tokens.entries()) {
    const isTakenForNoun = token.pos === 'NOUN' && /[^s]s$/.test(token.lower) && tokens[at - 1]?.pos === 'NOUN';
    const isVerb =
      isTakenForNoun ||
      token.pos === 'AUX' ||
      (token.pos === 'VERB' && !token.lower.endsWith('ing')) ||
      isHiddenVerb(tokens, at);
    if (isVerb && !isOpen && tokens[at - 1]?.lower !== 'to') count += 1;
    isOpen = isVerb || (isOpen && ['ADV', 'PART'].includes(token.pos));
  }
  return count;
}

/** "not only …, …", "either …, or …": one half says less than nothing. */
function hasTwoHalves(tokens: readonly Token[]): boolean {
  return tokens.some(
    ({ lower }, at) => ['either', 'neither'].includes(lower) || (lower === 'only' && tokens[at - 1]?.lower === 'not'),
  );
}

/** "Insert your cards here and sign": the verb that it begins with is its only one, and nobody does it. */
export function isBareVerb(tokens: readonly Token[]): boolean {
  const first = tokens[0];
  if (first === undefined || !isInstructionVerb(first.lower) || !['DET', 'PRON'].includes(tokens[1]?.pos ?? ''))
    return false;
  return countClauses(tokens.slice(1)) === 0;
}

/** "the sky is wide, and the air from one side": what comes after the last "and" has lost its verb. */
function withoutHalf(tokens: Token[]): Token[] {
  const joint = tokens.findLastIndex(({ text }, at) => text === ',' && tokens[at + 1]?.pos === 'CCONJ');
  return joint >= 6 && !tokens.slice(joint).some((_, at, part) => isFiniteAt(part, at))
    ? tokens.slice(0, joint)
    : tokens;
}

/** A long sentence ends before the clause that a comma and a linking word open. */
export function withoutTrailingClause(tokens: Token[]): Token[] {
  // "When the …, the …": what was said comes after the comma.
  if (tokens.length <= 22 || isOpeningClause(tokens[0]) || hasTwoHalves(tokens)) return tokens;
  for (let at = tokens.length - 4; at >= 9; at -= 1) {
    // "I remember, when I came, …": what was remembered comes last.
    if (tokens.slice(1, at).some((token, before) => tokens[before]?.text === ',' && isOpeningClause(token))) break;
    const isComma = [',', ';', '-', '–', '…', '...'].includes(tokens[at]?.text ?? '');
    const next = tokens[at + 1];
    // "they tell you if you do not buy it, …": what comes of it is after the comma.
    const lastComma = tokens.findLastIndex((token, before) => before < at && token.text === ',');
    if (tokens.slice(lastComma + 1, at).some(({ lower }) => lower === 'if' || lower === 'when')) continue;
    if (at <= 22 && isComma && next !== undefined && ['CCONJ', 'SCONJ', 'PRON', 'ADV'].includes(next.pos))
      return withoutHalf(tokens.slice(0, at));
  }
  return tokens;
}
