import type { Sentence } from '../sentences.ts';
import type { Sentiment } from '../summarizer.ts';
import { sentimentOf } from './english.ts';
import { stripFillers } from './plain-speech.ts';
import { isGuide } from './telling.ts';

const maxSentences = 200;
const clear = 0.4;
const otherLanguageClear = 2;

const angerPattern =
  /\b(?:angry|furious|fed up|unacceptable|outrageous|ridiculous|disgusting|disgraceful|scandal|terrible|awful|horrible|worst|useless|rip-?off|scam|disappoint(?:ed|ing|ment)|frustrat(?:ed|ing)|annoy(?:ed|ing)|upset|hate|disaster|rude|shame|nightmare|never again|not (?:at all )?(?:happy|satisfied|acceptable|good enough)|nobody (?:helps|answers|cares|replies|responds)|complain(?:t|ing)?|sick of|tired of|lawyer|waste of)\b/i;
const troublePattern =
  /\b(?:charged (?:me )?(?:twice|two times|again|wrongly|too much)|double charge|overcharged|(?:do|does|did|is|was|are|has|have|wo|will)(?:n['’]?t| not| never) (?:\w+ )?(?:work|working|arrive|arrived|come|start|open|load|charge|charging|help|helped|respond|receive|received|get|turn on|function|fit|accept|accepted|connect)|(?:still|always|keeps?) (?:not |no |the same |fail|crash|get|charg|los|lost|broken|waiting)|not working|stopped working|never (?:arrived|came|received|got)|cannot|can['’]?t (?:log|sign|get|access|open|find|connect|use|pay|reach|print|send|see)|can ?not (?:log|access|open|connect|use)|unable to|broken?|broke|damaged|stolen|leak(?:s|ing|ed)?|crash(?:es|ed|ing)?|fail(?:s|ed|ing|ure)?|goes down|went down|(?:is|are|was) down|out of order|error|wrong|missing|lost|loses|freezing|locked out|is locked|blocked|same problem|late again|delayed|mistake|rejected|declined|not accepted|returns nothing|blinks)\b/i;
const harmless =
  /\b(?:no (?:problem|problems|trouble|issue|issues|errors?|worries|longer)|not? (?:broken|wrong|damaged|lost)|nothing (?:is |was )?(?:wrong|broken)|without (?:any )?(?:problem|problems|errors?|trouble)|wrong window|don['’]?t worry|can['’]?t wait|cannot wait|(?:what(?:'s| is)|anything|something|nothing) wrong|if (?:it|that|this)[^.]*)\b/gi;
const joyPattern =
  /\b(?:love(?:d|s|ly)? (?!to\b)|wonderful|fantastic|excellent|amazing|awesome|brilliant|delighted|thrilled|superb|outstanding|impressed|(?:very|so|really|extremely) (?:happy|pleased|kind|satisfied|helpful|good|nice)|great (?:service|job|work|help|experience|support|news)|well done|best .{0,30}\bever|made my day|highly recommend|works (?:great|perfectly|beautifully)|life ?saver)\b/i;
const notJoy = /\b(?:not|n['’]t|never|would (?:be|have been|like|love)|hardly|if|wish)\b/i;
const thanks = /\b(?:thanks|thank you|thx|cheers|appreciate|grateful)\b/i;
const solved =
  /\b(?:(?:it |that |this |now |everything )?(?:works|worked|working)(?! (?:for|on|at|in|with))|solved|fixed|that (?:was it|helps|helped|did it)|problem (?:is )?gone|all good|sorted|resolved|(?:that is|that's|you are|you're) (?:very |so )?kind|perfect|great|wonderful|excellent|relie(?:f|ved))\b/i;
const unsolved = /\b(?:still|not|n['’]t|never|but|again|yet)\b/i;

/**
 * How the ones who are not there to help feel: trouble and anger make it NEGATIVE unless it ends solved and with thanks;
 * politeness alone is NEUTRAL. Reads at most 200 sentences, spread over the whole.
 */
export async function feelingOf(
  sentences: readonly Sentence[],
  language: string | null,
  pace: () => Promise<void> | undefined,
): Promise<Sentiment> {
  const heard = sentences.filter((one) => !isGuide(one.turn.speaker));
  const step = Math.max(1, Math.ceil(heard.length / maxSentences));
  if (language !== 'en') return language === null ? feelingOfWords(heard, step, pace) : 'NEUTRAL';
  let trouble = 0;
  let anger = 0;
  let joy = 0;
  let count = 0;
  for (let at = 0; at < heard.length; at += step) {
    await pace();
    const text = heard[at]?.prose ?? '';
    const plain = text.replaceAll(harmless, ' ');
    const isQuestion = text.endsWith('?');
    const isAngry = angerPattern.test(plain);
    if (isAngry) anger += isQuestion ? 0.5 : 1;
    if (troublePattern.test(plain)) trouble += isQuestion ? 0.25 : 1;
    if (!isAngry && joyPattern.test(plain) && !notJoy.test(plain) && !isQuestion) joy += 1;
    count += 1;
  }
  const end = closingOf(heard);
  if (anger + trouble > 0) {
    const isOver = end.isSolved && end.hasThanks;
    if (isOver && joy > anger) return 'POSITIVE';
    if (isOver && anger < 2) return 'NEUTRAL';
    if (joy >= 2 * (anger + trouble)) return 'POSITIVE';
    const weight = 2 * anger + trouble - joy;
    return weight >= Math.min(1, 0.25 + count / 40) ? 'NEGATIVE' : 'NEUTRAL';
  }
  if (joy > 0 && (joy / count >= 0.12 || joy >= 2)) return 'POSITIVE';
  return (await meanFeeling(heard, step, pace)) <= -clear ? 'NEGATIVE' : 'NEUTRAL';
}

/** How kind or unkind the words are on average: asked for last, where no sentence says more than its words do. */
async function meanFeeling(
  heard: readonly Sentence[],
  step: number,
  pace: () => Promise<void> | undefined,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < heard.length; at += step) {
    sum += sentimentOf(stripFillers(heard[at]?.prose ?? ''));
    count += 1;
    await pace();
  }
  return sum / Math.max(1, count);
}

/** The last words: whether they thank, and say that what was wrong is right. */
function closingOf(heard: readonly Sentence[]): { isSolved: boolean; hasThanks: boolean } {
  const lastTurn = heard.at(-1)?.turnIndex ?? 0;
  const last = heard
    .slice(-6)
    .filter((one) => one.turnIndex >= lastTurn - 2)
    .map((one) => one.prose);
  return {
    hasThanks: last.some((text) => thanks.test(text)),
    isSolved: last.some((text) => solved.test(text) && !unsolved.test(text)),
  };
}

async function feelingOfWords(
  heard: readonly Sentence[],
  step: number,
  pace: () => Promise<void> | undefined,
): Promise<Sentiment> {
  let total = 0;
  for (let at = 0; at < heard.length; at += step) {
    total += sentimentOf(heard[at]?.prose ?? '');
    await pace();
  }
  if (total >= otherLanguageClear) return 'POSITIVE';
  return total <= -otherLanguageClear ? 'NEGATIVE' : 'NEUTRAL';
}
