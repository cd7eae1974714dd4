import type { Token } from './english.ts';
import { canBeNoun, isInstructionVerb } from './imperatives.ts';
import { isClauseStart, nounPhraseEnd, prepositionsEnd } from './noun-phrase.ts';
import { toPast } from './past-tense.ts';
import { type Exchange, type Naming, toReported, toThirdPerson } from './third-person.ts';

export const beWords = new Set(['am', 'is', 'are', 'was', 'were']);
const haveWords = new Set(['have', 'has', 'had']);
/** Verbs that the tagger takes for nouns at the end of a question: "How much does the blue one cost?" */
const questionVerbs = new Set(
  'accept allow apply arrive begin break change charge close come contain cost count cover cut delay display end export fail fit happen have help hold import include increase invoice land last leave like look mean need offer open order pay play print process provide reach refund require return run sell ship show start stay stop store support take test trade turn update use wait want weigh work'.split(
    ' ',
  ),
);
/** "How is your mother feeling?": what ends in "ing" after the subject is what it does, but for these. */
const nounsInIng =
  /^(?:.*thing|building|meeting|parking|training|evening|morning|wedding|ceiling|painting|heating|opening|shipping|housing|booking|billing|pricing|setting|spring|king|ring|string|wing|clothing|engineering|marketing|spelling|warning|lighting|recording|hearing|beginning|ending|cleaning|cooking|drawing|earring|greeting|living|offering|packaging|planning|reading|saving|swimming|testing|tracking|viewing|writing|banking|dining|boarding|landing|listing|mailing|onboarding|pudding|rating|roaming|routing|screening|sibling|streaming|hosting|dressing|filling)$/;
const neverAVerb = new Set(['PUNCT', 'ADP', 'DET', 'CCONJ', 'SCONJ', 'PRON', 'NUM', 'PROPN']);

/** "do you like it" → "Bob likes it": the subject goes before its auxiliary. Null where the subject's end cannot be told. */
export function invert(tokens: readonly Token[], exchange: Exchange, isOpen: boolean): string | null {
  const auxiliary = tokens[0];
  if (auxiliary === undefined) return null;
  let from = 1;
  const negation = ["n't", 'not'].includes(tokens[1]?.lower ?? '') ? tokens[1] : undefined;
  if (negation !== undefined) from += 1;
  const end = subjectEnd(tokens, from, auxiliary.lower, isOpen);
  if (end === null) return null;
  const subject = tokens.slice(from, end);
  const rest = tokens.slice(end);
  const isYou = subject.length === 1 && subject[0]?.lower === 'you';
  const naming: Naming = { they: 'speaker' };
  const subjectText = toReported(
    subject.length === 1 ? [{ ...(subject[0] as Token), isSpaced: false }] : subject,
    exchange,
    naming,
  );
  const isThey = subjectText === 'they' || subject[0]?.lower === 'we';
  const single = (verb: Token): string =>
    isYou || (subject[0]?.lower === 'i' && !isThey)
      ? toThirdPerson(verb.lower, verb.base)
      : isThey && verb.lower === 'am'
        ? 'are'
        : verb.lower;
  const restText = (part: readonly Token[]): string =>
    part.length === 0 ? '' : ` ${toReported(part, exchange, naming)}`;
  const isDo = ['do', 'does'].includes(auxiliary.lower);
  const verb = rest[0];
  if (isDo && negation === undefined && verb !== undefined && !neverAVerb.has(verb.pos)) {
    const needsS = auxiliary.lower === 'does' || (isYou && !isThey) || (subject[0]?.lower === 'i' && !isThey);
    return `${subjectText} ${needsS ? toThirdPerson(verb.lower, verb.lower) : verb.lower}${restText(rest.slice(1))}`;
  }
  if (auxiliary.lower === 'did' && negation === undefined && verb !== undefined && isPlainVerb(verb))
    return `${subjectText} ${toPast(verb.lower)}${restText(rest.slice(1))}`;
  const negated = negation === undefined ? '' : negation.lower === "n't" ? "n't" : ' not';
  return `${subjectText} ${single(auxiliary)}${negated}${restText(rest)}`;
}

/** Where the subject that begins at `from` ends; null where that cannot be told. */
function subjectEnd(tokens: readonly Token[], from: number, auxiliary: string, isOpen: boolean): number | null {
  const first = tokens[from];
  if (first === undefined) return null;
  const isBe = beWords.has(auxiliary);
  const phrase = nounPhraseEnd(tokens, from, isBe);
  if (phrase === null) return null;
  if (!isBe) return phrase === from + 1 && isLonePronoun(first) ? phrase : mainVerbAt(tokens, from, auxiliary);
  if (isClauseStart(tokens[phrase]) && !isLonePronoun(first)) return null;
  // "Is the store in Lyon open?": what stands between belongs to the store, as something is said of it after that.
  const further = isOpen ? phrase : prepositionsEnd(tokens, phrase, true);
  const said = tokens[further]?.pos === 'ADV' ? tokens[further + 1] : tokens[further];
  if (further > phrase && ['ADJ', 'VERB', 'INTJ'].includes(said?.pos ?? '')) return further;
  const last = tokens[phrase - 1];
  // "Why is the face tilted to the right?"
  const isPassive = last?.lower.endsWith('ed') === true && tokens[phrase - 2]?.pos === 'NOUN';
  if (phrase > from + 1 && isPassive) return phrase - 1;
  // "Is the town planning another bridge?"
  const hasObject =
    ['NOUN', 'PROPN'].includes(tokens[phrase - 2]?.pos ?? '') && ['DET', 'PRON'].includes(tokens[phrase]?.pos ?? '');
  if (phrase > from + 1 && last?.lower.endsWith('ing') === true && (hasObject || !nounsInIng.test(last.lower)))
    return phrase - 1;
  if (phrase < tokens.length || isOpen) return phrase;
  return beforeLastName(tokens, from);
}

/** "Is your name Bob?": nothing is left to say of the phrase, unless a name at its end is what is said. */
function beforeLastName(tokens: readonly Token[], from: number): number | null {
  let at = tokens.length;
  while (at > from + 1 && /^\p{Lu}/u.test(tokens[at - 1]?.text ?? '')) at -= 1;
  return at < tokens.length && tokens[at - 1]?.pos === 'NOUN' && tokens[from]?.text !== tokens[at - 1]?.text
    ? at
    : null;
}

function isPlainVerb(token: Token): boolean {
  return token.base === token.lower && ['VERB', 'AUX', 'NOUN'].includes(token.pos);
}

function isLonePronoun(token: Token): boolean {
  return token.pos === 'PRON' && !['my', 'your', 'his', 'her', 'its', 'our', 'their', 'whose'].includes(token.lower);
}

/**
 * After "do" or a modal the plain verb, after "have" its participle, past a noun phrase that may have others in it ("the
 * flight to Oslo leave"); where two stand side by side the first is part of the phrase ("the upgrade work").
 */
function mainVerbAt(tokens: readonly Token[], from: number, auxiliary: string): number | null {
  const isVerb = (at: number): boolean => {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token === undefined || before === undefined || token.text !== token.lower) return false;
    if (
      !['NOUN', 'PROPN', 'NUM', 'PRON', 'ADV', 'X', 'ADJ', 'PART'].includes(before.pos) &&
      !isInstructionVerb(before.lower)
    )
      return false;
    if (before.lower === "'s") return false;
    if (haveWords.has(auxiliary))
      return token.lower === 'been' || (token.pos === 'VERB' && !/ing$/.test(token.lower) && isParticiple(token));
    if (token.base !== token.lower) return false;
    return questionVerbs.has(token.lower) || token.pos === 'VERB' || token.lower === 'be' || isActing(tokens, at);
  };
  for (let at = from + 1; at < Math.min(tokens.length, from + 9); at += 1) {
    const token = tokens[at];
    if (token === undefined || (['PUNCT', 'SCONJ'].includes(token.pos) && token.text !== '-' && token.text !== '"'))
      return null;
    if (isClauseStart(token)) return null;
    if (isVerb(at)) return isVerb(at + 1) && canBeNoun(token.lower) ? at + 1 : at;
  }
  return null;
}

function isParticiple(token: Token): boolean {
  return token.base !== token.lower || !['order', 'plan', 'book', 'call'].includes(token.lower);
}

/** "Should the team call me?": taken for a noun, and has an object of its own. */
function isActing(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return (
    isInstructionVerb(tokens[at]?.lower ?? '') &&
    tokens[at]?.pos === 'NOUN' &&
    (next === undefined || ['DET', 'PRON', 'ADP', 'ADV'].includes(next.pos))
  );
}
