import type { Token } from './english.ts';
import { toPast } from './past-tense.ts';
import type { Act, Reported } from './speech-act.ts';
import { type Exchange, isOnlyAbout, lowered, type Naming, toReported, toThirdPerson } from './third-person.ts';

const ASKING = new Set(['can', 'could', 'would', 'will']);
const WH = new Set(['what', 'where', 'when', 'why', 'who', 'whom', 'whose', 'which', 'how']);
const AUXILIARY = new Set([
  'am',
  'is',
  'are',
  'was',
  'were',
  'do',
  'does',
  'did',
  'have',
  'has',
  'had',
  'can',
  'ca',
  'could',
  'will',
  'wo',
  'would',
  'shall',
  'should',
  'may',
  'might',
  'must',
]);
/** What one asks to do rather than whether one can. */
const WANTED = new Set(['have', 'get', 'speak', 'talk', 'see', 'order', 'take', 'try', 'ask', 'borrow', 'look']);
/** Verbs that the tagger takes for nouns at the end of a question: "How much does the blue one cost?" */
const QUESTION_VERBS = new Set(
  'accept allow apply arrive begin break change charge close come contain cost count cover cut delay display end export fail fit happen have help hold import include increase invoice land last leave like look mean need offer open order pay play print process provide reach refund require return run sell ship show start stay stop store support take test trade turn update use wait want weigh work'.split(
    ' ',
  ),
);
const NEVER_A_VERB = new Set(['PUNCT', 'ADP', 'DET', 'CCONJ', 'SCONJ', 'PRON', 'NUM', 'PROPN']);
const OFFER_OF_HELP = /^(?:how|what) (?:can|may|could) i (?:help|do for|assist)\b/;
const BE = new Set(['am', 'is', 'are', 'was', 'were']);

/** A question as a third person would tell it; null for fragments such as "At three?". */
export function reportQuestion(all: Token[], exchange: Exchange): Reported | null {
  const tokens = fromTheQuestion(all);
  if (OFFER_OF_HELP.test(tokens.map(({ lower }) => lower).join(' '))) return null;
  const indirect = indirectFrom(tokens);
  if (indirect !== null) {
    const [word, ...rest] = tokens.slice(indirect);
    if (word === undefined || rest.length === 0) return null;
    return told(exchange, `asks ${word.lower === 'if' ? 'whether' : word.lower}`, rest, 'question');
  }
  return reportAsking(tokens, exchange) ?? reportOpen(tokens, exchange) ?? reportYesNo(tokens, exchange);
}

/** "Could you tell me which lights are on?", "May I ask why …?": where the question proper begins, whose words are in order. */
function indirectFrom(tokens: readonly Token[]): number | null {
  const words = tokens.slice(0, 6).map(({ lower }) => lower);
  const lead =
    /^(?:(?:can|could|would|will) you (?:tell|show) me|(?:may|can|could) i (?:ask|know)|do you (?:know|remember))(?: |$)/.exec(
      words.join(' '),
    );
  if (lead === null) return null;
  const at = lead[0].trim().split(' ').length;
  const word = tokens[at]?.lower ?? '';
  // "How to" and inverted orders ("what is your name") are no clauses in order.
  if ((!WH.has(word) && word !== 'if' && word !== 'whether') || AUXILIARY.has(tokens[at + 1]?.lower ?? '')) return null;
  return at;
}

/** "That's sad, but have you been there?" asks what comes after the comma. */
function fromTheQuestion(tokens: Token[]): Token[] {
  const opens = (token: Token | undefined): boolean =>
    token !== undefined && (WH.has(token.lower) || AUXILIARY.has(token.lower));
  if (opens(tokens[0])) return tokens;
  for (let at = tokens.length - 3; at > 0; at -= 1) {
    if (tokens[at]?.text !== ',') continue;
    const from = tokens[at + 1]?.pos === 'CCONJ' ? at + 2 : at + 1;
    if (opens(tokens[from]) && tokens.length - from >= 3) return tokens.slice(from);
  }
  return tokens;
}

function told(exchange: Exchange, lead: string, rest: readonly Token[], act: Act): Reported | null {
  if (rest.length === 0) return null;
  const they = act === 'request' && !isOnlyAbout(rest, 'speaker') ? 'listener' : 'speaker';
  const text = toReported(rest, exchange, { they });
  return { act, subject: exchange.speaker.name, rest: `${lead} ${text}` };
}

/** "Can you …?", "May I …?", "Shall we …?", "How about …?", "Why don't we …?" */
function reportAsking(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const listener = exchange.listener.name;
  const [first, second, third, fourth] = tokens.map((token) => token.lower);
  if (first === undefined || second === undefined || tokens.length < 3) return null;
  if (ASKING.has(first) && second === 'you') {
    const from = third === 'please' || third === 'kindly' ? 3 : 2;
    const verb = tokens[from];
    if (verb === undefined) return null;
    if (verb.lower === 'like') {
      const to = tokens[from + 1]?.lower === 'to';
      return told(
        exchange,
        to ? `asks whether ${listener} would like to` : `offers ${listener}`,
        tokens.slice(from + (to ? 2 : 1)),
        'question',
      );
    }
    if (verb.lower === 'mind') {
      const gerund = tokens[from + 1];
      if (gerund === undefined || gerund.pos !== 'VERB') return null;
      return told(
        exchange,
        `asks ${listener} to`,
        [{ ...gerund, text: gerund.base }, ...tokens.slice(from + 2)],
        'request',
      );
    }
    if (verb.lower === 'rather')
      return told(exchange, `asks whether ${listener} would rather`, tokens.slice(from + 1), 'question');
    if (verb.lower === 'be' || verb.lower === 'have') return null;
    return told(exchange, `asks ${listener} to`, tokens.slice(from), 'request');
  }
  if (['can', 'could', 'may', 'might'].includes(first) && second === 'i') {
    if (third === 'help') return told(exchange, 'offers to', tokens.slice(2), 'question');
    if (!WANTED.has(third ?? ''))
      return told(exchange, `asks whether they ${first === 'may' ? 'may' : 'can'}`, tokens.slice(2), 'question');
    return told(exchange, 'asks to', tokens.slice(2), 'question');
  }
  if (first === 'shall' && (second === 'we' || second === 'i')) {
    return told(exchange, second === 'we' ? 'suggests that they' : 'offers to', tokens.slice(2), 'suggestion');
  }
  if ((first === 'how' || first === 'what') && second === 'about') {
    return told(exchange, third?.endsWith('ing') === true ? 'suggests' : 'asks about', tokens.slice(2), 'suggestion');
  }
  if (first === 'why' && second === 'do' && (third === "n't" || third === 'not')) {
    if (fourth === 'we') return told(exchange, 'suggests that they', tokens.slice(4), 'suggestion');
    if (fourth === 'you') return told(exchange, `advises ${listener} to`, tokens.slice(4), 'suggestion');
  }
  return null;
}

/** "Where do you live?" → "asks where Bob lives". */
function reportOpen(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const first = tokens[0];
  if (first === undefined || !WH.has(first.lower)) return null;
  const at = tokens.findIndex((token, position) => position > 0 && position <= 5 && AUXILIARY.has(token.lower));
  const head = tokens.slice(0, at < 0 ? tokens.length : at);
  const lead = `asks ${lower(head)}`;
  if (at < 0) return tokens.length < 3 ? null : told(exchange, `asks ${first.lower}`, tokens.slice(1), 'question');
  const [auxiliary, asker] = tokens.slice(at);
  if (at === 1 && first.lower === 'how' && ['do', 'can', 'could', 'should'].includes(auxiliary?.lower ?? '')) {
    // "How do I return it?" asks how to.
    if (asker?.lower === 'i' || asker?.lower === 'we')
      return told(exchange, 'asks how to', tokens.slice(at + 2), 'question');
  }
  const inverted = invert(tokens.slice(at), exchange);
  if (inverted === null) return told(exchange, lead, tokens.slice(at), 'question');
  // "What kind of music" may hold a "you" of its own, and so may what follows.
  return {
    act: 'question',
    subject: exchange.speaker.name,
    rest: `asks ${toReported(lowered(head), exchange, { they: 'speaker' })} ${inverted}`,
  };
}

/** "Are you ready?" → "asks whether Bob is ready". */
function reportYesNo(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const first = tokens[0];
  if (first === undefined || tokens.length < 3) return null;
  if (AUXILIARY.has(first.lower)) {
    const inverted = invert(tokens, exchange);
    return inverted === null
      ? null
      : { act: 'question', subject: exchange.speaker.name, rest: `asks whether ${inverted}` };
  }
  if (tokens.length < 4 || !tokens.some((token) => token.pos === 'VERB' || token.pos === 'AUX')) return null;
  if (first.pos !== 'PRON' && first.pos !== 'DET' && first.pos !== 'PROPN') return null;
  return told(exchange, 'asks whether', lowered(tokens), 'question');
}

/** "do you like it" → "Bob likes it": the subject goes before its auxiliary. Null where the subject's end cannot be told. */
function invert(tokens: readonly Token[], exchange: Exchange): string | null {
  const auxiliary = tokens[0];
  if (auxiliary === undefined) return null;
  let from = 1;
  const negation = ["n't", 'not'].includes(tokens[1]?.lower ?? '') ? tokens[1] : undefined;
  if (negation !== undefined) from += 1;
  const end = subjectEnd(tokens, from, BE.has(auxiliary.lower));
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
  if (isDo && negation === undefined && verb !== undefined && !NEVER_A_VERB.has(verb.pos)) {
    const needsS = auxiliary.lower === 'does' || (isYou && !isThey) || (subject[0]?.lower === 'i' && !isThey);
    return `${subjectText} ${needsS ? toThirdPerson(verb.lower, verb.lower) : verb.lower}${restText(rest.slice(1))}`;
  }
  if (auxiliary.lower === 'did' && negation === undefined && verb !== undefined && isPlainVerb(verb))
    return `${subjectText} ${toPast(verb.lower)}${restText(rest.slice(1))}`;
  const negated = negation === undefined ? '' : negation.lower === "n't" ? "n't" : ' not';
  return `${subjectText} ${single(auxiliary)}${negated}${restText(rest)}`;
}

/** Where the noun phrase that begins at `from` ends. */
function subjectEnd(tokens: readonly Token[], from: number, isBe: boolean): number | null {
  const first = tokens[from];
  if (first === undefined) return null;
  const verb = isBe || isLonePronoun(first) ? null : mainVerbAt(tokens, from);
  if (verb !== null) return verb;
  if (isLonePronoun(first)) return from + 1;
  let at = from;
  while (at < tokens.length && ['DET', 'PRON', 'ADJ', 'NUM', 'NOUN', 'PROPN'].includes(tokens[at]?.pos ?? '')) {
    const isNoun = ['NOUN', 'PROPN'].includes(tokens[at]?.pos ?? '');
    at += 1;
    const next = tokens[at];
    if (isNoun && (next === undefined || !['NOUN', 'PROPN'].includes(next.pos))) {
      // "Where is my order 4521?"
      if (next?.pos === 'NUM' && isBe && tokens[at + 1] === undefined) return at + 1;
      if (next?.lower !== 'of') break;
      at += 1;
    }
  }
  if (at === from) return null;
  if (at < tokens.length || isBe) return at;
  // All of it looked like a noun phrase ("the blue one cost"): its last word is the verb.
  return at - from >= 2 ? at - 1 : null;
}

function isPlainVerb(token: Token): boolean {
  return token.base === token.lower && ['VERB', 'AUX', 'NOUN'].includes(token.pos);
}

function isLonePronoun(token: Token): boolean {
  return token.pos === 'PRON' && !['my', 'your', 'his', 'her', 'its', 'our', 'their', 'whose'].includes(token.lower);
}

/** After "do" or a modal: the plain verb, past a noun phrase that may have others in it ("the flight to Oslo leave"). */
function mainVerbAt(tokens: readonly Token[], from: number): number | null {
  for (let at = from + 1; at < Math.min(tokens.length, from + 8); at += 1) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token === undefined || before === undefined || token.text !== token.lower) continue;
    if (['PUNCT', 'SCONJ'].includes(token.pos)) return null;
    const canEndSubject = ['NOUN', 'PROPN', 'NUM', 'PRON', 'ADV', 'X', 'ADJ'].includes(before.pos);
    if (!canEndSubject || token.base !== token.lower) continue;
    if (QUESTION_VERBS.has(token.lower) || token.pos === 'VERB' || token.lower === 'be') return at;
  }
  return null;
}

function lower(tokens: readonly Token[]): string {
  return lowered(tokens)
    .map((token) => token.text)
    .join(' ');
}
