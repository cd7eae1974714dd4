import { mendSpacing } from '../prose.ts';
import { adviceIn } from './advice.ts';
import { isNotMeant } from './asides.ts';
import {
  hasNoMainVerb,
  hasTwoVerbsInOne,
  isBareVerb,
  isFiniteAt,
  isHalfASentence,
  isNounWithClause,
  isOpeningClause,
  withoutTrailingClause,
} from './clauses.ts';
import { type Token, tagEnglish } from './english.ts';
import { findImperative, isDoubtfulOrder, isInstructionVerb } from './imperatives.ts';
import { dropHedges, expandContractions, stripFillers } from './plain-speech.ts';
import { reportQuestion } from './reported-question.ts';
import { isNation, isSpeltSo, lowered } from './sentence-start.ts';
import type { Act, Reported } from './speech-act.ts';
import { type Exchange, isOnlyAbout, isPersonal, type Naming, possessive, toReported } from './third-person.ts';

const notARequest =
  /^(?:please )?(?:come in|sit|take a seat|have a seat|wait|hold on|hang on|go ahead|go on|tell me about it|take care|take it easy|have a|enjoy|let me see|let's see|see|look|listen|guess|thank|forget it|never mind|don't (?:worry|mention|be)|believe me|trust me|excuse|forgive|imagine|suppose)\b/i;
/** "Chillon, I'm trying to help", "charles, I want to tell you": whoever is called is not who acts. */
const callFirst =
  /^(?!(?:today|tomorrow|yesterday|here|there|sometimes|usually|now|later|first|then|next|however|also)\b)\p{L}{2,14}, (?=(?:i|you|we)(?: am| are)? \p{L})/iu;
/** "you know I am not interested": that it is known is not what is said. */
const knownToYou =
  /^you know (?:that )?(?=(?:i|we|he|she|they) (?:am|are|is|was|were|have|has|do|did|can|will|would)\b)/i;
/** "I am, and I'm so excited." */
const agreed = /^(?:i|we) (?:am|are|was|were|do|did|have|can|will|would), (?:and |but |so )?(?=(?:i|we) )/i;
/** "ABC Company, my name is Lucy." */
const company = /^[^,]{3,40}, (?=(?:my name is|this is) )/i;
/** "I love hiking because you can get close to nature": anybody can. */
const anybody =
  /^(?:i|we) (?:(?:don't|do not|\w+) )?(?:love|like|enjoy|prefer|hate)\b.*\b(?:because|when|where|how|as|if) you(?:'re|'ll|'ve)? (?!should|are (?:right|wrong)|said|told)|^(?:i|we) (?:\w+ )?(?:hear|heard|read|know|think) (?:that )?(?:if|when) you\b|^(?:do|did) you know (?:that )?(?!if |whether |when |where |what |how |why |who |which ).*\b(?:you|your)\b|^when you (?:have|are|get|want)\b.*, you can(?:'t|not)?\b|\bmeans (?:that )?you (?:have|need|must|can)\b|^(?:ordinarily|generally)\b.*\byou\b|\bsomething you (?:want|need|would|should)\b|^you would have to\b|^the (?:only|best|easiest|worst|first) (?:way|thing)\b.*\byou\b/i;
/** "The house has machines so you can rest": so can anybody, unless who says so is there to help. */
const forAnybody =
  /^(?!(?:i|we|you|my|our|your)\b).*\bso (?:that )?you can\b|^after \w+ing\b.*, you(?:'ll| will)\b|^you can (?:enjoy|see|feel)\b/i;
/** "You two are so kind": one of more who are spoken to. */
const morePeople = /\byou (?:two|three|four|all|both|guys|folks|people|girls|boys|ladies)\b/i;
/** Apologies, approval and passing words: said in every chat, and worth no place in a summary. */
export const nothingToTell =
  /^(?:(?:subject|re|fwd?) ?: .*|(?:please |kindly )?(?:(?:do )?let (?:me|us) know|feel free to .{1,40}|(?:do not|don't) hesitate to .{1,40}) if .{0,80}|(?:i am|we are) (?:(?:very|so|really|truly|terribly) )?sorry(?: (?:to hear|about|for) (?:that|this|it|the .{1,40}))?|(?:i|we) (?:do )?apologi[sz]e(?: for .{1,40}|, .{1,40})?|(?:that|it|this) (?:is|sounds|would be|works|will be|was) (?:(?:very|so|really|just) )?(?:fine|good|great|kind(?: of you)?|perfect|nice|ok|okay|wonderful|lovely|right|true|all)(?: (?:for|with|by) me)?|let (?:me|us) \w+(?: (?:that|this|it|for you|into it|into that))?|see you .{0,40}|(?:one|just a|a) (?:moment|minute|second)|here (?:it|you) (?:is|are|go)|here (?:is|are) (?:the|some|your) \w+|(?:i am |i will be )?(?:(?:very|so|really|more than) )?(?:glad|happy|pleased) (?:to (?:hear|help|be of)|(?:that )?i (?:could|can) (?:help|be of)).{0,40}|(?:thank you|thanks) .{0,60}|good to (?:know|hear).{0,20}|good luck.{0,20}|(?:i )?understand|understood|done|noted|(?:miss|mr|mrs|ms|dr)\.? \p{Lu}\p{L}+|(?:now )?(?:listen|look)(?: here)?|(?:i|we) (?:almost|nearly|totally|completely) forgot|(?:found|got|did|tried|fixed) it|will do|dear \p{L}.{0,80}|(?:i|we|you|it|they|he|she) (?:am|are|is|was|do|did|does|have|has|will|can|would|could|should|must|might|may)(?:n't| not)?(?: be| do)?|not (?!only\b).{0,80}|here (?:is|are) the ones?\b.*|(?:congratulations|congrats|cheers|bravo|well done|good job|happy birthday|merry christmas)\b.{0,40}|(?:i|we) can (?:assure|promise|tell) you|(?:i|we) (?:do|did)(?:n't| not) (?:know|remember|understand|care|mind|see|hear|think so|want to)|(?:i|we) (?:think|hope|guess|suppose|believe|expect) (?:so|not)\b.{0,40}|\p{Lu}\p{L}+, (?:wait|stop|listen|look|please|hurry up|come on|no|yes)|(?:otherwise|or else|instead|pity|too bad|as usual|so to speak)\b.*|(?:i|we) (?:couldn't|can't|could not) possibly|.{0,40}\bha ha\b.*|(?:i|we|you|it|they|he|she) (?:can't|won't)(?: be| do)?)[.!]?$/iu;
/** "I will remind you", "I'll let the team know": of what stands in no word. */
const tellsOfNothing =
  /\b(?:remind(?:ed)?|tell|told|inform(?:ed)?|notify|notified|warn(?:ed)?|asked) (?:you|me|us|them|him|her|it|everyone|everybody|(?:the|my|our|your) [^\s,]+|\p{Lu}\p{L}+)(?:, (?:(?:Mr|Mrs|Ms|Dr)\.? )?\p{Lu}\p{L}+)?(?: (?:if necessary|soon|later|then|again|today|tomorrow|immediately|right away|as soon as possible|(?:in|at|on|by) [^,]{2,20}|when .{1,30}))?[\s.!]*$|\blet (?:[^\s,]+ ){1,3}know(?: (?:if necessary|soon|later|then|again|today|tomorrow|immediately|right away|as soon as possible))?[\s.!]*$|\bto remember[\s.!]*$/iu;
/** "I just wanted to say that …", "It says that …": what is said comes after. */
const openingVerbOfSaying =
  /^(?:(?:please )?(?:note|be aware|be advised|keep in mind) that |(?:it says|i (?:wanted|want|would like|have) to (?:say|tell you|mention|let you know|report|add)|i (?:must|have to) (?:say|admit)) (?:that )?)(?=\p{L})/iu;
/** Small letters and no question mark, and yet a question: "can i pay by card". */
const unmarkedQuestion =
  /^(?:(?:can|could|may|would|will|do|does|did|is|are|have|has) (?:i|you|we|it|they|there|the|this|my|your)|(?:how|what|where|when|why) (?:is|are|do|does|did|can|could|would|will|much|many|long)) (?!.*[.!]['’"”]?$)|^(?:can|could|would|will) you (?:please )?(?:tell|explain|describe|show|help|give|send)\b/i;
/** A second half that bids: "I have unlocked it; please choose a new password." */
const biddingHalf = /^(.{12,}?)(?:\s?[;,–-]|,? (?:and|so|but))\s+please (\p{L}.{6,})$/iu;
/** "Come late once more, and you'll find it locked": bids nobody to come late. */
const threat = /,? (?:and|or|otherwise)(?: then)? (?:you|i|we|it|they|he|she) will\b/i;
/** "I need to return it, can you help me with that?" */
const askingHalf = /^((?:i|my|we|our) .{8,}?),? (?:so |and |but )?((?:can|could|would|will) you .+\?)$/iu;
/** "To find it, please send us the number": what is asked for comes last. */
const purpose = /^(?:in order )?to \p{L}[^,]{3,80}, (?=(?:please|kindly) \p{L})/iu;
/** "If it fails, please call us." */
const conditionFirst =
  /^((?:if|once|when|after|before|unless|as soon as|in case) [^,]{3,100}), (?:then )?((?:please|kindly) .+|(?:let|contact|check|send|call|reply|email|click|go|open|try|visit|use|give) .+)$/iu;
/** What is written without "I": "Wanted to check on my order", "Trying to decide". */
const doneByMe =
  /^(?=(?:just )?(?:wanted|tried|need|ordered|received|bought|lost|forgot|got) (?:to|a|an|the|my|this|these|it|some|any|help|your|two|three)\b)/i;
const doingByMe =
  /^(?=(?:just |still )?(?:trying|looking|waiting|hoping|wondering|checking|calling|having|planning) (?:to|for|on|if|about|a|an|the|my|some|trouble|problems|issues)\b)/i;
/** "Sorry to have kept you waiting." */
const sorry = /^sorry (?:to|that|for|about) /i;
/** "Don't feel like it", "Don't know": what is left out is who does not. */
const unforbidden = new Set(
  'feel know think have see like want need care remember understand believe mean get suppose recall seem'.split(' '),
);
/** What a guide has to be given, and so asks for. */
const supply = new Set([
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
  const spoken = turnedRound(withSubject(stripFillers(mendSpacing(sentence)).replace(purpose, '')));
  if (spoken === null) return null;
  const asked = askingHalf.exec(spoken);
  if (asked?.[1] !== undefined && asked[2] !== undefined) {
    const first = reportPart(asked[1], exchange);
    const second = reportPart(asked[2], exchange);
    if (first !== null && second?.act === 'request' && second.subject === first.subject)
      return { ...first, rest: `${first.rest} and ${second.rest}` };
  }
  const halves = biddingHalf.exec(spoken);
  if (halves?.[1] !== undefined && halves[2] !== undefined) {
    const first = reportPart(halves[1], exchange);
    const second = reportPart(`please ${halves[2]}`, exchange);
    if (first !== null && second?.act === 'request' && second.subject === first.subject)
      return { ...first, rest: `${first.rest} and ${second.rest}` };
  }
  return reportPart(spoken, exchange);
}

function withSubject(text: string): string {
  const lead = doneByMe.test(text) ? 'I ' : doingByMe.test(text) || sorry.test(text) ? 'I am ' : '';
  return lead === '' ? text : `${lead}${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** "If it fails, please call us" → "please call us if it fails"; null where that cannot be turned round. */
function turnedRound(text: string): string | null {
  const match = conditionFirst.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return text;
  const bidding = match[2].replace(/[\s.!]+$/, '');
  return bidding.includes(',') ? null : `${bidding} ${match[1].charAt(0).toLowerCase()}${match[1].slice(1)}`;
}

function reportPart(spoken: string, exchange: Exchange): Reported | null {
  const text = expandContractions(dropHedges(spoken))
    .replace(openingVerbOfSaying, '')
    .replace(callFirst, '')
    .replace(agreed, '')
    .replace(company, '')
    .replace(knownToYou, '');
  if (
    text === '' ||
    nothingToTell.test(text) ||
    tellsOfNothing.test(text) ||
    notARequest.test(text) ||
    isNotMeant(text) ||
    morePeople.test(text) ||
    (/\byou/i.test(text) && (anybody.test(text) || (exchange.speaker.isGuide !== true && forAnybody.test(text))))
  )
    return null;
  const isQuestion = /\?[^\p{L}\p{N}]*$/u.test(text) || unmarkedQuestion.test(text);
  const tokens = withoutCalled(trimMarks(tagStart(text)));
  if (tokens.length < 2) return null;
  if (isQuestion) return reportQuestion(tokens, exchange);
  if (isDoubtfulOrder(tokens) || (threat.test(text) && findImperative(tokens) !== null)) return null;
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
  if (verb?.lower === 'let' && tokens[start + 1]?.lower === 'me' && tokens[start + 2]?.lower !== 'know') {
    return tokens.length < start + 4 ? null : tell(start + 2, 'will', 'promise');
  }
  if (verb?.lower === 'do' && ["n't", 'not'].includes(tokens[start + 1]?.lower ?? '')) {
    // "Don't brother me": nothing that one can do.
    const forbidden = tokens[start + 2];
    if (
      forbidden === undefined ||
      unforbidden.has(forbidden.lower) ||
      !(forbidden.pos === 'VERB' || forbidden.pos === 'AUX' || isInstructionVerb(forbidden.lower))
    )
      return null;
    return tell(start + 2, `asks ${listener.name} not to`, 'request');
  }
  const imperative = findImperative(tokens);
  if (imperative !== null) {
    const bidden = tokens[imperative.at]?.lower ?? '';
    const isInstruction =
      speaker.isGuide === true && !(supply.has(bidden) && (imperative.isPolite || isForSpeaker(tokens)));
    const adverb = imperative.adverb === null ? '' : ` ${imperative.adverb}`;
    return tell(imperative.at, `${isInstruction ? 'tells' : 'asks'} ${listener.name} to${adverb}`, 'request');
  }
  const you = adviceIn(tokens);
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

function reportStatement(all: Token[], exchange: Exchange): Reported | null {
  const tokens = withoutTrailingClause(all);
  if (isHalfASentence(tokens) || isNounWithClause(tokens) || isBareVerb(tokens)) return null;
  if (hasNoMainVerb(tokens) || hasTwoVerbsInOne(tokens)) return null;
  if (!tokens.some((_, at) => isFiniteAt(tokens, at))) return null;
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

function actOf(tokens: readonly Token[]): Act {
  const second = tokens[1]?.lower ?? '';
  const third = tokens[2]?.lower ?? '';
  if (second === 'will' || (second === 'am' && third === 'going')) return 'promise';
  if ((second === 'have' || second === 'need') && third === 'to') return 'promise';
  if (second === 'want' || second === 'need' || second === 'wish' || (second === 'would' && third === 'like'))
    return 'wish';
  return 'statement';
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
  if (isActing || isNation(first) || isSpeltSo(text)) return tokens;
  const again = tagEnglish(text.charAt(0).toLowerCase() + text.slice(1));
  return again[0]?.pos === 'PROPN' || again[0]?.pos === 'NOUN' ? tokens : again;
}

/** "Doris, the mall has a sale.": who is called is not what is told of. */
function withoutCalled(tokens: Token[]): Token[] {
  const isCall = tokens[0]?.pos === 'PROPN' && tokens[1]?.text === ',' && tokens.length > 5;
  const hasMore = tokens.slice(2).some(({ text }) => text === ',');
  return isCall && !hasMore && ['DET', 'PRON', 'PROPN', 'NOUN'].includes(tokens[2]?.pos ?? '')
    ? tokens.slice(2)
    : tokens;
}

function trimMarks(tokens: readonly Token[]): Token[] {
  let end = tokens.length;
  while (end > 0 && tokens[end - 1]?.pos === 'PUNCT') end -= 1;
  // The folder "Invoices 2023": what a quotation ends with is part of it.
  const isOpen = tokens.slice(0, end).filter(({ text }) => text === '"').length % 2 === 1;
  return tokens.slice(0, isOpen && tokens[end]?.text === '"' ? end + 1 : end);
}
