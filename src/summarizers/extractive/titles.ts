import { shorten } from '../length.ts';
import { stemOf, wordsOf } from '../words.ts';
import { tagEnglish } from './english.ts';
import { detectLanguage, isStopWord, withoutGreeting } from './languages.ts';
import type { MatterKind } from './matter.ts';
import { dropHedges, expandContractions, stripFillers } from './plain-speech.ts';
import { isSpeltSo } from './sentence-start.ts';
import {
  asksByItself,
  asksOfIt,
  endsInPronoun,
  fragment,
  fragmentOfQuestion,
  isOnlyACode,
  pointsElsewhere,
} from './title-fragments.ts';

const maxChars = 80;
const goodChars = 64;

const determiner = '(?:the|a|an|my|our|your|some|any|another|this|that|these)';
const me = '(?:i|we)';
const nothingSaid =
  /^(?:(?:new|untitled|unnamed|my|empty|test|demo|sample|a|the|live|support|customer|web|whatsapp|chat|general)\b[\s-]*)*(?:chat|conversation|talk|thread|session|message|messages|ticket|request|question|dialogue|dialog|discussion|inquiry|enquiry|untitled|test|note|document|support)?[\s#-]*(?:\d+|(?:with|of|from|on) .{0,40})?$/i;
const get = '(?:see|get|have|receive|obtain|book|ask for|order)';
const give = /^(?:send|give|show|tell|email|mail|forward|get|bring|issue) (?:me|us|them) (?:about )?/i;
const tailPattern =
  / (?:(?:this|last|next) (?:month|week|morning|afternoon|evening|time|year)|last night|today|yesterday|tonight|now|again|anymore|any more|yet|right now|please|too|for (?:me|us)|to (?:me|us)|at the moment|as soon as possible|asap)$/i;
const danglingPreposition = / (?:since(?: early| late)?|to|for|on|at|in|from|until|till|by|of|with|about)$/i;
const clause =
  /(?:\s?[,;:–]\s|\s(?:because|but|so that|since|although|which|while|when|if|and|before|after|until|than)\s)/i;

/** Somebody called before a question: "Izek, is there a church nearby?" */
const called =
  /^\p{Lu}\p{Ll}+, (?=(?:is|are|do|does|did|can|could|will|would|what|where|when|why|how|who|which|please|i|we|many|the|there|it|my|your|our|this|that|nice)\b)/u;

/** "Doris, Helen Mall is having a sale", "John, invite the clients" */
const calledBefore =
  /^\p{Lu}\p{Ll}+, (?=(?:Is|Are|Do|Does|Did|Can|Could|Will|Would|What|Where|When|Why|How|Who|Which|There|It|My|Our|Please|nowadays|today|tomorrow|let's|let us)\b|(?:\p{Lu}\p{Ll}+ )+(?:is|are|was|has|will)\b|\p{Ll}+ (?:all|the|my|our|me|us|your|an?)\b)/u;
const calledAfter = /, (?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?\p{Lu}\p{Ll}+(?=\s?[.!?]*$)/u;

type Rule = [pattern: RegExp, make: (...groups: string[]) => string];

// Each takes the words of a sentence, without its end mark, and gives those of the title. The first that fits counts.
const rules: readonly Rule[] = [
  [
    /^(?:what|how much) (?:does|do|would|will|is|are|did) (.+?) (?:cost|costs|be)(?: (?:each|per|a|every) \w+)?$/i,
    (thing) => price(thing),
  ],
  [/^how much (?:is|are|was|were) (.+)$/i, (thing) => price(thing)],
  [/^what (?:is|are) the (?:price|cost) (?:of|for) (.+)$/i, (thing) => price(thing)],
  [new RegExp(`^what (?:is|are|was) (${determiner} .+)$`, 'i'), (thing) => thing],
  [
    new RegExp(`^how (?:do|can|could|should|must|would|to) (?:(?:${me}|you|one) )?(.+)$`, 'i'),
    (act) => `How to ${act}`,
  ],
  [/^where (is|are) (.+)$/i, (be, thing) => `Where ${be.toLowerCase()} ${bare(replacePersons(thing, false))}`],
  [
    /^why (is|are|was|were) (?:my|our|the|your) (.+?) (so|too|not) (.+)$/i,
    (be, thing, much, how) => `Why the ${thing} ${be} ${much} ${how}`,
  ],
  [
    new RegExp(
      `^(?:which|what) (?!time|is|are)(.+?) (?:do|does|should|can|must|would|did) (?:${me}|you|one) \\w+ ((?:for|on|in|to|with|at|from) .+)$`,
      'i',
    ),
    (thing, rest) => `${thing} ${rest}`,
  ],
  [/^(?:is it possible|is there a way|is there any way) to (.+)$/i, (act) => act],
  [/^(?:is|are) there (.+)$/i, (thing) => thing],
  [new RegExp(`^(?:can|could|may|might) ${me} (?:please )?${get} (${determiner} .+)$`, 'i'), (thing) => thing],
  [new RegExp(`^(?:can|could|may|might|shall|should) ${me} (?:please )?(.+)$`, 'i'), (act) => act],
  [new RegExp(`^would you like (${determiner} .+)$`, 'i'), (thing) => thing],
  [/^(?:can|could|would|will) you (?:please |kindly )?(?:help (?:me|us) (?:to |with )?)?(.+)$/i, (act) => act],
  [/^(?:do|does|did|have) you (?:have|offer|sell|provide|stock|got|still have) (.+)$/i, (thing) => thing],
  [new RegExp(`^(?:do|will|must|should) ${me} (?:have|need) to (.+)$`, 'i'), (act) => act],
  [/^are you (open|closed|available) (.+)$/i, (how, when) => `${how} ${when}`],
  [/^(?:what|how) about (.+)$/i, (thing) => thing],
  [/^(?:please )?(?:also )?remind (?:me|us) (?:to|about|of) (.+)$/i, (act) => act],
  [/^let(?:'s| us) (?:also )?(.+)$/i, (act) => act],
  [
    new RegExp(
      `^.{0,60}?\\b(?:${me} )?(?:would like|want|need|would love|wish|hope|plan|am trying|are trying|am calling|am planning|are planning) to ${get} (${determiner} .+)$`,
      'i',
    ),
    (thing) => thing,
  ],
  [
    new RegExp(
      `^.{0,60}?\\b${me}(?: just)? (?:wanted|want|would like|have) to (?:say|tell you|mention|report|add) (?:that )?(.+)$`,
      'i',
    ),
    (rest) => rest,
  ],
  [
    new RegExp(
      `^.{0,60}?\\b${me} (?:would like|want|need|would love|wish|hope|plan|am trying|are trying|am calling|am planning|are planning) (?:you )?to (.+)$`,
      'i',
    ),
    (act) => act,
  ],
  [
    new RegExp(
      `^.{0,60}?\\b${me} (?:would like|want|need|would love|am looking for|are looking for|am interested in|am calling about) (.+)$`,
      'i',
    ),
    (thing) => thing,
  ],
  [
    new RegExp(
      `^${me} (?:think|guess|believe|noticed|see|hear|heard|found|know|am afraid|am sure)(?: that)? (.{12,})$`,
      'i',
    ),
    (rest) => rest,
  ],
  [
    new RegExp(
      `^${me} have (?:(?:a|an|some|another|the same|big|small) )*((?:problem|issue|question|trouble|difficulty|complaint|request)s? .+)$`,
      'i',
    ),
    (thing) => thing,
  ],
  [new RegExp(`^${me} (?:was|were|have been|had been|got|am being) (?=\\w+)(.+)$`, 'i'), (rest) => rest],
  [
    new RegExp(`^${me} (?:cannot|can't|can not|could not|couldn't|am unable to|are unable to) (.+)$`, 'i'),
    (rest) => `Cannot ${rest}`,
  ],
  [
    new RegExp(
      `^(?:when(?:ever)?|if|after|each time|every time) ${me} (?:\\w+ ){1,2}?${determiner} \\w+ (${determiner} .+)$`,
      'i',
    ),
    (rest) => rest,
  ],
  [new RegExp(`^(?:when(?:ever)?|if|after|each time|every time) ${me} [^,]+, (.+)$`, 'i'), (rest) => rest],
  [
    /^(?!(?:which|what|who|how|when|where|why|do|does|did|is|are|can|could|will|would|if|when|after|before|as|about|in|on|at|for|with) )(.{4,30}?) (?:that |which )?(?:i|you|we) (?:have )?\w+ ((?:is|was|has|does|do|are|\w+s)\b.+)$/i,
    (thing, rest) => `${thing} ${rest}`,
  ],
  [
    new RegExp(
      `^(?:${me}|you) (?:should|must|need to|have to|could|can|will|are going to|am going to|would rather) (.+)$`,
      'i',
    ),
    (act) => act,
  ],
  [
    /^(?:have|grab) ((?:a |an |the |some )?(?:lunch|dinner|breakfast|coffee|tea|drink|call|meeting|chat|talk|look)\b.*)$/i,
    (thing) => thing,
  ],
  [new RegExp(`^${me} (?:am|are) (?:considering|thinking of|thinking about) (.+)$`, 'i'), (act) => act],
  [/^(?:this|it) is the \w+ time (?:that )?(.+)$/i, (rest) => rest],
  [/^there (?:is|are|was|were) (.+)$/i, (thing) => thing],
  [new RegExp(`^${me} have (?!to |been |had )(.+)$`, 'i'), (thing) => thing],
  [new RegExp(`^${me} (?!am |was |are |were )(.+)$`, 'i'), (rest) => rest],
];

/**
 * A short title for an English conversation, out of the sentence that says what it is about: `I was charged twice for my
 * subscription this month.` gives `Charged twice for subscription`. Null where the sentence alone would not be understood.
 */
export function titleFrom(sentence: string): string | null {
  let text = expandContractions(dropHedges(stripFillers(sentence)))
    .replace(called, '')
    .replace(calledBefore, '')
    .replace(calledAfter, '')
    .replace(/^(?:subject|re|fwd?) ?: /i, '');
  text = text.replace(/^please (?:also )?/i, '').replace(/[\s.!?…;:,]+$/, '');
  if (/^(?:it|they|he|she|this|that|these|those|him|her|them|so)\b(?! is the \w+ time)/i.test(text)) return null;
  const isQuestion = /\?\s*$/.test(sentence);
  let phrase = text;
  let isReworded = false;
  // A title made by one rule may hold another's form: "I wanted to say that I need …".
  for (let round = 0; round < 3; round += 1) {
    const next = applyRule(phrase);
    if (next === null) break;
    phrase = next;
    isReworded = true;
  }
  phrase = phrase.replace(/^also /i, '').replace(give, '');
  const keepsThe = /^(?:How to|where|when|why|what|how) /i.test(phrase) || (isQuestion && !isReworded);
  phrase = replacePersons(phrase.replace(/\?$/, ''), keepsThe);
  phrase = fit(phrase.replace(/(?<=.{12}),? and (?:i |we )?(?:need|want) .*$/i, ''));
  for (let round = 0; round < 3; round += 1) {
    const shorter = phrase.replace(tailPattern, '');
    if (shorter !== phrase) phrase = shorter.replace(danglingPreposition, '');
  }
  if (endsInPronoun.test(phrase)) phrase = lastClause(phrase) ?? phrase;
  phrase = bare(phrase).replace(/[\s,;:–-]+$/, '');
  const isWholeQuestion = isQuestion && !/^(?:about|in|on|at|for|with|from|of|by|as|to|around|exactly)\b/i.test(phrase);
  if (
    (fragment.test(phrase) && (!isWholeQuestion || /^(?:have|has|had|be|been)\b/i.test(phrase))) ||
    (isReworded && isQuestion && fragmentOfQuestion.test(phrase)) ||
    pointsElsewhere.test(phrase) ||
    asksOfIt.test(phrase) ||
    isPersonal(phrase) ||
    wordsOf(phrase).length < 2 ||
    isOnlyACode(phrase) ||
    !namesAnything(phrase) ||
    endsInPronoun.test(phrase)
  )
    return null;
  // "The rain is heavy?" is asked by its mark alone, which a title does without.
  const isAsking = isQuestion && !isReworded && asksByItself.test(phrase);
  return shorten(capitalised(/^Where (?:is|are) /.test(phrase) || isAsking ? `${phrase}?` : phrase), maxChars);
}

/** "Moved in", "Hurry up": no word for what. */
function namesAnything(phrase: string): boolean {
  return (
    /^Cannot /i.test(phrase) ||
    wordsOf(phrase).length > 3 ||
    tagEnglish(phrase).some(({ pos }) => ['NOUN', 'PROPN', 'NUM', 'X'].includes(pos))
  );
}

function applyRule(text: string): string | null {
  for (const [pattern, make] of rules) {
    const match = pattern.exec(text);
    if (match !== null) return make(...match.slice(1).map((group) => group ?? ''));
  }
  return null;
}

function price(thing: string): string {
  return `${bare(thing)} price`;
}

function bare(thing: string): string {
  return thing.replace(new RegExp(`^${determiner} (?=\\S)`, 'i'), '');
}

function replacePersons(text: string, keepsThe: boolean): string {
  const possessive = keepsThe ? 'the ' : '';
  return text
    .replaceAll(/\b(?:my|our|your|their) (?:own )?/gi, possessive)
    .replaceAll(/ (?:for|to|with) (?:me|us)\b| (?:me|us)(?= (?:out|off|back|in|again|twice)\b)/gi, '');
}

function isPersonal(text: string): boolean {
  return /\b(?:i|me|my|mine|myself|we|us|our|ours|you|your|yours|yourself)\b/i.test(text);
}

/** The part before the last clause that still fits, and before one that names a person. */
function fit(text: string): string {
  let fitting = text;
  const person = /\b(?:i|me|we|us|you)\b/i.exec(fitting);
  if (person !== null) {
    const cut = lastClause(fitting.slice(0, person.index));
    if (cut !== null) fitting = cut;
  }
  while (fitting.length > goodChars) {
    const shorter = lastClause(fitting);
    if (shorter === null) break;
    fitting = shorter;
  }
  return fitting.replace(/[,;:–]\s.{0,200}$/, (tail) => (fitting.length - tail.length >= 12 ? '' : tail));
}

function lastClause(text: string): string | null {
  let end = -1;
  for (const match of `${text} `.matchAll(new RegExp(clause, 'gi'))) if (match.index >= 10) end = match.index;
  return end < 0 ? null : text.slice(0, end);
}

/** With a capital, but for names such as iCloud. */
export function capitalised(text: string): string {
  return isSpeltSo(text) ? text : text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** Whether the conversation's own title says something of its text, and more than its first words do. */
export function isInformative(title: string, stems: (stem: string) => number): boolean {
  const flat = title.trim();
  if (flat.length < 4 || nothingSaid.test(flat)) return false;
  const content = wordsOf(flat).filter((word) => !isStopWord(word, detectLanguage(flat) ?? 'en'));
  const known = content.filter((word) => stems(stemOf(word)) > 0).length;
  return content.length >= 2 && known * 2 >= content.length;
}

/** Whether the kind of sentence says by itself what a conversation is for. */
export function isTelling(kind: MatterKind): boolean {
  return kind !== 'statement';
}

/** A title in any other language: the sentence itself, without its greeting. */
export function plainTitle(sentence: string): string {
  return shorten(capitalised(withoutGreeting(sentence).replace(/[\s.!。！]+$/, '')), maxChars);
}
