import type { Sentence } from '../sentences.ts';
import { countWords, wordsOf } from '../words.ts';
import { tagEnglish } from './english.ts';
import { goesOnFromAnother, type Leaning, leaningsOf } from './leaning.ts';
import { pointsBack } from './matter.ts';
import { namesAPlace, namesPeople, namesSeveral, namesSomebody, namesSomething } from './named.ts';
import { spokenOf } from './plain-speech.ts';
import { nothingToTell } from './reported.ts';
import { smallTalk } from './scoring.ts';
import { isSpeltSo } from './sentence-start.ts';
import type { Reported } from './speech-act.ts';
import type { Teller } from './telling.ts';

const asksTwice =
  /,? (?:and|or|but)(?: also)? (?:what|where|when|why|who|which|how|(?:do|does|did|is|are|was|were|have|has|can|could|will|would|should|may) (?:i|you|we|they|he|she|it|there|the|my|your|this|that))\b.*\?/i;
const maxAnswerSentences = 3;
const maxFragmentWords = 14;
const countedBefore = 4;
const sharedStems = 2;

type WithStems = { stems: readonly string[] };

const ofAPerson = /\b(?:he|she|him|his|her)\b/i;
/** How many sentences after "he" or "she" the speaker's "we" may be of the two of them. */
const weReaches = 6;
/** "It will take ten minutes": what does is something that is done, or was asked about. */
const takesTime =
  /^it (?:(?:will|would|may|might|can|could|should|usually|normally|only|just) )*takes? (?:(?:about|another|around|up|to|only|at|least|most|some|roughly|maybe) )*(?:\d|long\b|(?:\p{L}+ ){1,3}(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b)/iu;
const isActed = /\?|['’]ll\b|\b(?:will|please|can|could|must|need|should|have|has|going)\b/i;
const maxEarlier = 5;
const maxPassedOver = 2;
const passedOverWords = 3;
const ordinalOne = /\bthe (first|second|third|last|other|earlier|later) one\b/i;
const countedPattern =
  /\b(?:two|three|four|five|both|several|[2-9]) (?:(?:different|separate|single|double|new|old|duplicate|identical) )?(?!days|weeks|hours|minutes|months|years|times|euros|dollars|pounds)(\p{Ll}{3,20}s)\b/u;
const yesNoPattern =
  /^(yes|yeah|yep|yup|no|nope)\b[\s,.!]*(?:(?:i|we|it|they|you|he|she) \w+(?:n['’]t| not)?)?[\s.!]*$/i;
const opening =
  /^(?:about|just|only|maybe|perhaps|quite|very|almost|nearly|none|never|always|usually|sometimes|from|at|on|in|by|for|not|the|a|an|after|before|around|until|since|every|each|all|both|with|to|next|last|this)\b/i;

/**
 * Where the answer to a question may stand: the first sentences of the next turn that somebody else has. Empty where the
 * sentence is no question.
 */
export function answerPositions(sentences: readonly Sentence[], position: number): number[] {
  const question = sentences[position];
  if (question === undefined || !/\?["'”’)\]]*$/.test(question.prose)) return [];
  let at = position + 1;
  while (sentences[at]?.turn === question.turn) at += 1;
  const turn = sentences[at]?.turn;
  if (turn === undefined || turn.speaker === null || turn.speaker.name === question.turn.speaker?.name) return [];
  const positions: number[] = [];
  while (sentences[at]?.turn === turn && positions.length < maxAnswerSentences) positions.push(at++);
  return positions;
}

/** What else the message of a question asks; itself where it asks twice: "Which one is it, and have you tried it?" */
export function otherQuestions(sentences: readonly Sentence[], position: number): number[] {
  const question = sentences[position];
  if (question === undefined) return [];
  const found: number[] = asksTwice.test(question.prose) ? [position] : [];
  for (const step of [-1, 1]) {
    for (let at = position + step; sentences[at]?.turn === question.turn; at += step) {
      const { prose = '' } = sentences[at] ?? {};
      if (/\?["'”’)\]]*$/.test(prose) && wordsOf(prose).length > 1 && !smallTalk.test(prose)) found.push(at);
    }
  }
  return found;
}

/** Of several questions in one message an answer is to the one whose words it takes up, and takes up no other's. */
export function isPlainlyFor(answer: WithStems, question: WithStems, others: readonly WithStems[]): boolean {
  const own = question.stems.filter((stem) => answer.stems.includes(stem));
  return (
    own.length >= sharedStems &&
    others.every(
      ({ stems }) =>
        !stems.some((stem) => answer.stems.includes(stem) && !own.includes(stem)) &&
        stems.filter((stem) => own.includes(stem)).length < own.length,
    )
  );
}

const names: Record<Leaning, (text: string) => boolean> = {
  thing: namesSomething,
  several: namesSeveral,
  people: namesPeople,
  person: namesSomebody,
  place: namesAPlace,
  hand: () => false,
};

/**
 * The sentence that one leans on: the one right before it, where that names what it speaks of. -1 where it leans on another than that; null where it stands alone.
 */
export function antecedentPosition(sentences: readonly Sentence[], position: number): number | null {
  const sentence = sentences[position];
  if (sentence === undefined) return null;
  const said = spokenOf(sentence);
  // "This is the third time that …", said first, points at what follows.
  if (position === 0 && /^(?:this|it|that|these)\b/i.test(said)) return null;
  const leanings = new Set(leaningsOf(said.replace(ordinalOne, 'the $1 item')));
  // "He is tall.", "My husband says his eyes are blue.": his own, or his of whom was spoken.
  if (ofAPerson.test(said) && ofAPerson.test(sentences[position - 1]?.prose ?? '')) leanings.add('person');
  // "He was there. We talked.": with him.
  const isOfAnother = ({ turn, prose }: Sentence): boolean =>
    turn.speaker?.name === sentence.turn.speaker?.name && /\b(?:he|she)\b/i.test(prose);
  if (/\bwe\b/i.test(said) && sentences.slice(Math.max(0, position - weReaches), position).some(isOfAnother))
    leanings.add('person');
  const isPointing = pointsBack(said);
  if (!isPointing && leanings.size === 0 && !goesOnFromAnother(sentence.prose)) return null;
  if (takesTime.test(said) && !isActed.test(sentences[position - 1]?.prose ?? '')) return -1;
  const at = beforePosition(sentences, position);
  const before = spokenOf(sentences[at] ?? sentence);
  if (at < 0) return -1;
  // "There is a bell.", "I only want it for the door.": what another speaks of after a statement may be anything.
  const isAskingOn = sentences[at]?.prose.endsWith('?') || sentence.prose.endsWith('?');
  if (sentences[at]?.turn !== sentence.turn && (isAskingOn !== true || !isAllThatWasSaid(sentences, at))) return -1;
  const needed: Iterable<Leaning> = leanings.size > 0 ? leanings : ['thing'];
  // "Has he got a laptop?", "Could you order one for him?": whoever he is was told of before the first.
  const isNamed = (leaning: Leaning): boolean => names[leaning](before) || leaningsOf(before).has(leaning);
  return [...needed].every(isNamed) ? at : -1;
}

/** Whether what was asked of, or told, names its things in one sentence: "it" may be of any of several. */
function isAllThatWasSaid(sentences: readonly Sentence[], at: number): boolean {
  const last = sentences[at];
  if (last === undefined || last.prose.endsWith('?')) return true;
  const earlier = sentences.slice(Math.max(0, at - maxEarlier), at).filter(({ turn }) => turn === last.turn);
  return !earlier.some((one) => namesSomething(spokenOf(one)));
}

/** The sentence before one, past those that are no more than "Not yet."; -1 where there is none. */
function beforePosition(sentences: readonly Sentence[], position: number): number {
  let at = position - 1;
  const saysNothing = (one: Sentence | undefined): boolean =>
    one === undefined || (wordsOf(one.prose).length <= passedOverWords && !namesSomething(spokenOf(one)));
  while (position - at <= maxPassedOver && saysNothing(sentences[at])) at -= 1;
  return at;
}

/**
 * Tells "the second one" as "the second payment" where one of the sentences just before counts them ("two payments").
 */
export function nameOnes(sentences: readonly Sentence[], tell: Teller): Teller {
  const nouns = new Map<Sentence, string>();
  for (const [position, sentence] of sentences.entries()) {
    if (!ordinalOne.test(sentence.prose)) continue;
    for (let at = position - 1; at >= Math.max(0, position - countedBefore) && !nouns.has(sentence); at -= 1) {
      const counted = countedPattern.exec(sentences[at]?.prose ?? '')?.[1];
      if (counted !== undefined) nouns.set(sentence, counted.replace(/ies$/, 'y').replace(/(?<=[xs]|ch|sh)es$|s$/, ''));
    }
  }
  return (sentence, listener) => {
    const told = tell(sentence, listener);
    const noun = nouns.get(sentence);
    return told === null || noun === undefined
      ? told
      : { ...told, rest: told.rest.replace(ordinalOne, (_, which: string) => `the ${which} ${noun}`) };
  };
}

/** An answer that is no sentence ("About 150 euros."), told with the word that makes it one; null where it says nothing. */
export function tellFragment(sentence: Sentence, question: string, subject: string): Reported | null {
  const yesNo = yesNoPattern.exec(sentence.prose);
  if (yesNo?.[1] !== undefined)
    return { act: 'statement', subject, rest: `says ${/^y/i.test(yesNo[1]) ? 'yes' : 'no'}` };
  if (/^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b/i.test(sentence.prose)) return null;
  const text = spokenOf(sentence).replace(/[\s.!…]+$/, '');
  if (text === '' || nothingToTell.test(text) || text.includes('?') || countWords(text) > maxFragmentWords) return null;
  if (!/\d|\p{L}{4}/u.test(text) || /\b(?:i|me|my|you|your|we|us|our)\b/i.test(text)) return null;
  if (/\bnumber\b/i.test(question) && !/\d/.test(text)) return null;
  const first = /^\p{L}+/u.exec(text)?.[0] ?? '';
  // "Tomorrow in the meeting room, meet managers", "Bradley, John Bradley": an order, and one's own name.
  if (/, (?:meet|have|take|go|call|visit|see|bring)\b/i.test(text) || (first.length > 2 && subject.includes(first)))
    return null;
  if (opening.test(text) && countWords(text) < 2) return null;
  const isCode = isSpeltSo(text);
  const isSmall = opening.test(text) || wordsOf(question).includes(first.toLowerCase());
  if (!isSmall && !/\d/.test(text) && !/^\p{Lu}/u.test(text)) return null;
  const isCommon = ['NUM', 'ADV', 'ADJ', 'DET', 'ADP', 'VERB', 'PRON', 'INTJ'].includes(tagEnglish(text)[0]?.pos ?? '');
  // "French and Spanish"
  const isPeople = /^\p{Lu}\p{L}*(?:ish|ese|an|ench|reek|utch|wiss|elsh)\b/u.test(text);
  const rest = !isCode && (isSmall || (isCommon && !isPeople)) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
  return { act: 'statement', subject, rest: `says ${rest}` };
}
