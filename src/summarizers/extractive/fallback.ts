import type { Sentence } from '../sentences.ts';
import type { Speaker } from '../turns.ts';
import { isNotMeant } from './asides.ts';
import { tagEnglish } from './english.ts';
import { spokenOf } from './plain-speech.ts';
import { type Scored, smallTalk } from './scoring.ts';
import type { Told } from './telling.ts';

const minQuotedWords = 3;
const maxTopicsTold = 2;
const maxSpeakersTold = 3;

/** The sentence that is quoted where none can be retold: one that says something, and that stands alone if any does. */
export function quotedOf(
  candidates: readonly Scored[],
  isEnglish: boolean,
  isAlone: (scored: Scored) => boolean,
): Scored | undefined {
  const says = candidates.filter((one) => !isEnglish || saysSomething(one));
  return says.find(isAlone) ?? says[0] ?? candidates.find(isAlone) ?? candidates[0];
}

/** "Ann and Bob talk about the roof and rain", where no sentence can be told; null where nothing is known of what. */
export function tellTopics(
  sentences: readonly Sentence[],
  topics: readonly string[],
  nameOf: (speaker: Speaker) => string,
): Told | null {
  const names = new Set<string>();
  for (const { turn } of sentences) if (turn.speaker !== null) names.add(nameOf(turn.speaker));
  // A name has lost its capital: what is always written small is a thing.
  const isThing = (topic: string): boolean =>
    tagEnglish(`the ${topic}`).at(-1)?.pos === 'NOUN' && sentences.some(({ prose }) => prose.includes(` ${topic}`));
  const things = topics.filter(isThing).slice(0, maxTopicsTold);
  if (names.size < 2 || names.size > maxSpeakersTold || things.length === 0) return null;
  const [last, ...others] = [...names].reverse();
  return {
    act: 'statement',
    subject: `${others.reverse().join(', ')} and ${last}`,
    rest: `talk about ${things.map((thing) => (/[^s]s$/.test(thing) ? thing : `the ${thing}`)).join(' and ')}`,
  };
}

/** "Indeed.", "Just a minute.", "You've got to be joking!" say nothing worth quoting. */
function saysSomething({ sentence, wordCount }: Scored): boolean {
  const said = spokenOf(sentence);
  const isQuestion = sentence.prose.endsWith('?');
  return wordCount > minQuotedWords && !isQuestion && said !== '' && !smallTalk.test(said) && !isNotMeant(said);
}
