import type { Sentence } from '../sentences.ts';
import { countWords, wordsOf } from '../words.ts';
import { tagEnglish } from './english.ts';
import { pointsBack } from './matter.ts';
import { spokenOf } from './plain-speech.ts';
import { nothingToTell } from './reported.ts';
import type { Reported } from './speech-act.ts';
import type { Teller } from './telling.ts';
import {
  leansOnAnother,
  leansOnAPerson,
  leansOnSeveral,
  namesSeveral,
  namesSomebody,
  namesSomething,
} from './understood.ts';

const maxAnswerSentences = 3;
const maxFragmentWords = 14;
const countedBefore = 4;
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

/**
 * The sentence that one leans on: the nearest before it that names something ("Not yet." does not), -1 where there is
 * none; null where it stands alone.
 */
export function antecedentPosition(sentences: readonly Sentence[], position: number): number | null {
  const sentence = sentences[position];
  if (sentence === undefined) return null;
  const said = spokenOf(sentence);
  // "This is the third time that …", said first, points at what follows.
  if (position === 0 && /^(?:this|it|that|these)\b/i.test(said)) return null;
  if (!pointsBack(said) && !leansOnAnother(said.replace(ordinalOne, 'the $1 item'))) return null;
  const names = leansOnAPerson(said) ? namesSomebody : leansOnSeveral(said) ? namesSeveral : namesSomething;
  let at = position - 1;
  while (at >= 0 && position - at < 4 && !names(spokenOf(sentences[at] ?? sentence))) at -= 1;
  return position - at < 4 ? at : -1;
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
  const first = /^\p{L}+/u.exec(text)?.[0] ?? '';
  if (opening.test(text) && countWords(text) < 2) return null;
  const isSmall = opening.test(text) || wordsOf(question).includes(first.toLowerCase());
  if (!isSmall && !/\d/.test(text) && !/^\p{Lu}/u.test(text)) return null;
  const isCommon = ['NUM', 'ADV', 'ADJ', 'DET', 'ADP', 'VERB', 'PRON'].includes(tagEnglish(text)[0]?.pos ?? '');
  // "French and Spanish"
  const isPeople = /^\p{Lu}\p{L}*(?:ish|ese|an|ench|reek|utch|wiss|elsh)\b/u.test(text);
  const rest = isSmall || (isCommon && !isPeople) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
  return { act: 'statement', subject, rest: `says ${rest}` };
}
