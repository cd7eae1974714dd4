import { mendSpacing } from '../prose.ts';
import { isNotMeant } from './asides.ts';
import { type Token, tagEnglish } from './english.ts';
import { findImperative, isDoubtfulOrder, isInstructionVerb } from './imperatives.ts';
import { dropHedges, expandContractions, stripFillers } from './plain-speech.ts';
import { reportQuestion } from './reported-question.ts';
import type { Act, Reported } from './speech-act.ts';
import {
  type Exchange,
  isOnlyAbout,
  isPersonal,
  lowered,
  type Naming,
  possessive,
  toReported,
} from './third-person.ts';

const NOT_A_REQUEST =
  /^(?:please )?(?:come in|sit|take a seat|have a seat|wait|hold on|hang on|go ahead|go on|tell me about it|take care|take it easy|have a|enjoy|let me see|let's see|see|look|listen|guess|thank|forget it|never mind|don't (?:worry|mention|be)|believe me|trust me|excuse|forgive|imagine|suppose)\b/i;
/** "You should get it by Friday" foretells and advises nothing. */
const EXPECTED = new Set(['see', 'get', 'receive', 'hear', 'find', 'notice']);
const ADVICE: Record<string, string> = {
  should: 'advises',
  ought: 'advises',
  'had better': 'advises',
  must: 'tells',
  'have to': 'tells',
  'need to': 'tells',
};

/** Apologies, approval and passing words: said in every chat, and worth no place in a summary. */
export const NOTHING_TO_TELL =
  /^(?:(?:i am|we are) (?:(?:very|so|really|truly|terribly) )?sorry(?: (?:to hear|about|for) (?:that|this|it|the .{1,40}))?|(?:i|we) (?:do )?apologi[sz]e(?: for .{1,40})?|(?:that|it|this) (?:is|sounds|would be|works|will be|was) (?:(?:very|so|really|just) )?(?:fine|good|great|kind(?: of you)?|perfect|nice|ok|okay|wonderful|lovely|right|true|all)(?: (?:for|with|by) me)?|let (?:me|us) \w+(?: (?:that|this|it|for you|into it|into that))?|see you .{0,40}|(?:one|just a|a) (?:moment|minute|second)|here (?:it|you) (?:is|are|go)|here (?:is|are) (?:the|some|your) \w+|(?:i am |i will be )?(?:(?:very|so|really|more than) )?(?:glad|happy|pleased) (?:to (?:hear|help|be of)|(?:that )?i (?:could|can) (?:help|be of)).{0,40}|(?:thank you|thanks) .{0,60}|good to (?:know|hear).{0,20}|good luck.{0,20}|(?:i )?understand|understood|done|noted|(?:found|got|did|tried|fixed) it|will do|dear \p{L}.{0,80}|(?:i|we|you|it|they|he|she) (?:am|are|is|was|do|did|does|have|has|will|can|would|could)(?:n't| not)?(?: be| do)?|(?:i|we|you|it|they|he|she) (?:can't|won't)(?: be| do)?)[.!]?$/iu;
/** "I just wanted to say that …", "It says that …": what is said comes after. */
const OPENING_VERB_OF_SAYING =
  /^(?:(?:please )?(?:note|be aware|be advised|keep in mind) that |(?:it says|i (?:wanted|want|would like|have) to (?:say|tell you|mention|let you know|report|add)|i (?:must|have to) (?:say|admit)) (?:that )?)(?=\p{L})/iu;
const CLAUSE_OPENERS = new Set([
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
const DEPENDENT = new Set([
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
/** Small letters and no question mark, and yet a question: "can i pay by card". */
const UNMARKED_QUESTION =
  /^(?:(?:can|could|may|would|will|do|does|did|is|are|have|has) (?:i|you|we|it|they|there|the|this|my|your)|(?:how|what|where|when|why) (?:is|are|do|does|did|can|could|would|will|much|many|long)) (?!.*[.!]$)/i;
/** A second half that bids: "I have unlocked it; please choose a new password." */
const BIDDING_HALF = /^(.{12,}?)(?:\s?[;,–-]|,? (?:and|so|but))\s+please (\p{L}.{6,})$/iu;
/** "Come late once more, and you'll find it locked": bids nobody to come late. */
const THREAT = /,? (?:and|or|otherwise) (?:you|i|we|it|they|he|she) will\b/i;
/** What a guide has to be given, and so asks for. */
const SUPPLY = new Set([
  'send',
  'share',
  'provide',
  'give',
  'tell',
  'confirm',
  'reply',
  'attach',
  'upload',
  'let',
  'bring',
  'describe',
  'email',
]);

/**
 * An English sentence as a third person would tell it: `Can you send me the file?` said by Ann to Bob gives
 * `Ann` + `asks Bob to send them the file`. Null where nothing but small talk or a fragment was said.
 */
export function reportSentence(sentence: string, exchange: Exchange): Reported | null {
  const spoken = stripFillers(mendSpacing(sentence));
  const halves = BIDDING_HALF.exec(spoken);
  if (halves?.[1] !== undefined && halves[2] !== undefined) {
    const first = reportPart(halves[1], exchange);
    const second = reportPart(`please ${halves[2]}`, exchange);
    if (first !== null && second?.act === 'request' && second.subject === first.subject)
      return { ...first, rest: `${first.rest} and ${second.rest}` };
  }
  return reportPart(spoken, exchange);
}

function reportPart(spoken: string, exchange: Exchange): Reported | null {
  const text = expandContractions(dropHedges(spoken)).replace(OPENING_VERB_OF_SAYING, '');
  if (text === '' || NOTHING_TO_TELL.test(text) || NOT_A_REQUEST.test(text) || isNotMeant(text)) return null;
  const isQuestion = /\?[^\p{L}\p{N}]*$/u.test(text) || UNMARKED_QUESTION.test(text);
  const tokens = trimMarks(tagStart(text));
  if (tokens.length < 2) return null;
  if (isQuestion) return reportQuestion(tokens, exchange);
  if (isDoubtfulOrder(tokens) || (THREAT.test(text) && findImperative(tokens) !== null)) return null;
  return reportDirective(tokens, exchange) ?? reportStatement(withoutPlease(tokens), exchange);
}

function reportDirective(tokens: Token[], exchange: Exchange): Reported | null {
  const [first, second] = tokens;
  if (first === undefined || second === undefined) return null;
  const { speaker, listener } = exchange;
  const tell = (from: number, lead: string, act: Act): Reported => {
    const part = tokens.slice(from);
    const naming: Naming = {
      they: lead.includes(listener.name) && !isOnlyAbout(part, 'speaker') ? 'listener' : 'speaker',
    };
    return { act, subject: speaker.name, rest: `${lead} ${toReported(lowered(part), exchange, naming)}` };
  };
  const start = first.lower === 'please' ? 1 : 0;
  const verb = tokens[start];
  if (verb?.lower === 'let' && (tokens[start + 1]?.lower === "'s" || tokens[start + 1]?.lower === 'us')) {
    return tokens.length < start + 3 ? null : tell(start + 2, 'suggests that they', 'suggestion');
  }
  if (verb?.lower === 'let' && tokens[start + 1]?.lower === 'me') {
    return tokens.length < start + 4 ? null : tell(start + 2, 'will', 'promise');
  }
  if (verb?.lower === 'do' && ["n't", 'not'].includes(tokens[start + 1]?.lower ?? '')) {
    return tell(start + 2, `asks ${listener.name} not to`, 'request');
  }
  const imperative = findImperative(tokens);
  if (imperative !== null) {
    const bidden = tokens[imperative.at]?.lower ?? '';
    const isInstruction =
      speaker.isGuide === true && !(SUPPLY.has(bidden) && (imperative.isPolite || isForSpeaker(tokens)));
    const adverb = imperative.adverb === null ? '' : ` ${imperative.adverb}`;
    return tell(imperative.at, `${isInstruction ? 'tells' : 'asks'} ${listener.name} to${adverb}`, 'request');
  }
  const you = first.lower === 'you' ? adviceAt(tokens, 1) : first.lower === 'i' ? adviceAfterThink(tokens) : null;
  if (you === null) return null;
  return tell(
    you.from,
    `${you.lead} ${listener.name} ${you.isNegated ? 'not to' : 'to'}`,
    you.lead === 'advises' ? 'suggestion' : 'request',
  );
}

function isForSpeaker(tokens: readonly Token[]): boolean {
  return tokens.some(({ lower }) => ['me', 'us', 'my', 'our', 'we', 'i'].includes(lower));
}

/** "You should (not) …": what is told, and where it begins. */
function adviceAt(tokens: readonly Token[], at: number): { lead: string; from: number; isNegated: boolean } | null {
  const one = tokens[at]?.lower ?? '';
  const two = `${one} ${tokens[at + 1]?.lower ?? ''}`;
  const key = two in ADVICE ? two : one;
  const lead = Object.hasOwn(ADVICE, key) ? ADVICE[key] : undefined;
  if (lead === undefined) return null;
  let from = at + (key === two ? 2 : 1);
  const isNegated = ["n't", 'not'].includes(tokens[from]?.lower ?? '');
  if (isNegated) from += 1;
  if (tokens[from]?.lower === 'to') from += 1;
  const verb = tokens[from];
  if (verb === undefined || !['VERB', 'AUX', 'ADV'].includes(verb.pos) || isExpected(verb, tokens[from + 1]))
    return null;
  return { lead, from, isNegated };
}

function isExpected(verb: Token, object: Token | undefined): boolean {
  if (verb.lower === 'have' || verb.lower === 'be') return true;
  return (
    EXPECTED.has(verb.lower) && ['it', 'this', 'that', 'them', 'your', 'the', 'one', 'an'].includes(object?.lower ?? '')
  );
}

function adviceAfterThink(tokens: readonly Token[]): ReturnType<typeof adviceAt> {
  if (!['think', 'guess', 'suppose', 'believe'].includes(tokens[1]?.lower ?? '')) return null;
  const at = tokens[2]?.lower === 'that' ? 3 : 2;
  return tokens[at]?.lower === 'you' ? adviceAt(tokens, at + 1) : null;
}

function reportStatement(all: Token[], exchange: Exchange): Reported | null {
  const tokens = withoutTrailingClause(all);
  if (isHalfASentence(tokens)) return null;
  if (!tokens.some((token, at) => token.pos === 'VERB' || token.pos === 'AUX' || isHiddenVerb(tokens, at))) return null;
  const [first, second] = tokens;
  if (first === undefined || second === undefined) return null;
  const { speaker } = exchange;
  if (first.lower === 'i') {
    const rest = toReported(tokens, exchange, { they: null });
    if (!rest.startsWith(`${speaker.name} `)) return null;
    return { act: actOf(tokens), subject: speaker.name, rest: rest.slice(speaker.name.length + 1) };
  }
  if (first.lower === 'my' && !tokens.slice(1).some(isPersonal)) {
    const rest = toReported(tokens.slice(1), exchange, { they: 'speaker' });
    return { act: 'statement', subject: possessive(speaker.name), rest };
  }
  if (first.lower === 'thank') {
    const rest = toReported(tokens.slice(1), exchange, { they: 'speaker' });
    return { act: 'statement', subject: speaker.name, rest: `thanks ${rest}` };
  }
  const they = isOnlyAbout(tokens, 'listener') ? null : 'speaker';
  const rest = toReported(lowered(tokens), exchange, { they });
  const that = isOpeningClause(first) || first.lower === 'to' ? 'that ' : '';
  return { act: 'statement', subject: speaker.name, rest: `says ${that}${rest}` };
}

/** "My script prints a line": the tagger takes the verb for one more noun. */
function isHiddenVerb(tokens: readonly Token[], at: number): boolean {
  const lower = tokens[at]?.lower ?? '';
  const before = tokens[at - 1]?.pos;
  if ((before !== 'NOUN' && before !== 'PROPN') || tokens[at + 1] === undefined || !lower.endsWith('s')) return false;
  return isInstructionVerb(lower.slice(0, -1)) || isInstructionVerb(lower.slice(0, -2));
}

function actOf(tokens: readonly Token[]): Act {
  const second = tokens[1]?.lower ?? '';
  const third = tokens[2]?.lower ?? '';
  if (second === 'will' || (second === 'am' && third === 'going')) return 'promise';
  if ((second === 'have' || second === 'need') && third === 'to') return 'promise';
  if (second === 'want' || second === 'need' || second === 'wish' || (second === 'would' && third === 'like'))
    return 'wish';
  return 'statement';
}

function isOpeningClause(token: Token | undefined): boolean {
  return token !== undefined && (token.pos === 'SCONJ' || token.pos === 'ADP' || CLAUSE_OPENERS.has(token.lower));
}

/** "Because I always exercise.", "Relatively, once we are out of it.": what it is the reason or the time of stands elsewhere. */
function isHalfASentence(tokens: readonly Token[]): boolean {
  const from = tokens[0]?.pos === 'ADV' && tokens[1]?.text === ',' ? 2 : 0;
  if (!DEPENDENT.has(tokens[from]?.lower ?? '')) return false;
  return countClauses(tokens.slice(from)) < 2;
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

/** A long sentence ends before the clause that a comma and a linking word open. */
function withoutTrailingClause(tokens: Token[]): Token[] {
  // "When the …, the …": what was said comes after the comma.
  if (tokens.length <= 22 || isOpeningClause(tokens[0])) return tokens;
  for (let at = tokens.length - 4; at >= 9; at -= 1) {
    // "I remember, when I came, …": what was remembered comes last.
    if (tokens.slice(1, at).some((token, before) => tokens[before]?.text === ',' && isOpeningClause(token))) break;
    const isComma = [',', ';', '-', '–', '…', '...'].includes(tokens[at]?.text ?? '');
    const next = tokens[at + 1];
    if (at <= 22 && isComma && next !== undefined && ['CCONJ', 'SCONJ', 'PRON', 'ADV'].includes(next.pos))
      return tokens.slice(0, at);
  }
  return tokens;
}

function withoutPlease(tokens: Token[]): Token[] {
  return tokens[0]?.lower === 'please' ? tokens.slice(1) : tokens;
}

/** The tagger takes a capital at the start for a name ("Show me …"): where that is in doubt, the small letter decides. */
function tagStart(text: string): readonly Token[] {
  const tokens = tagEnglish(text);
  const [first, second] = tokens;
  if (first?.pos !== 'PROPN' || second?.pos === 'PROPN' || second?.pos === 'AUX' || second?.pos === 'PUNCT')
    return tokens;
  // "Rob left the company": what acts is a name.
  const isActing = second?.pos === 'VERB' && second.base !== second.lower && !second.lower.endsWith('ing');
  if (isActing || /^\p{Lu}{2}/u.test(text)) return tokens;
  const again = tagEnglish(text.charAt(0).toLowerCase() + text.slice(1));
  return again[0]?.pos === 'PROPN' || again[0]?.pos === 'NOUN' ? tokens : again;
}

function trimMarks(tokens: readonly Token[]): Token[] {
  let end = tokens.length;
  while (end > 0 && tokens[end - 1]?.pos === 'PUNCT') end -= 1;
  return tokens.slice(0, end);
}
