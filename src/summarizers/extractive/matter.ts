import type { Sentence } from '../sentences.ts';
import { wordsOf } from '../words.ts';
import { tagEnglish } from './english.ts';
import { findImperative } from './imperatives.ts';
import { goesOnFromAnother, leansOnAnother } from './leaning.ts';
import { spokenOf } from './plain-speech.ts';
import { smallTalk } from './scoring.ts';
import { isGuide } from './telling.ts';

/** What a sentence does for the conversation, by how well it says what it is about. */
export type MatterKind = 'problem' | 'wish' | 'question' | 'statement';
export type Matter = { position: number; kind: MatterKind };

const openingSentences = 24;
const openingTurns = 8;
const problem =
  /\b(?:(?:do|does|did|is|are|was|were|has|have|wo|would|could|ca|should)(?:n['’]?t| not)\b(?! (?:mind|worry|know whether|it\b))|cannot|can ?not|unable|never (?:arrived|came|got|received)|not (?:working|yet|accepted|available)|no longer|nobody|stuck|lost|loses|stolen|broken?|broke|damaged|leak(?:s|ing|ed)?|crash(?:es|ed|ing)?|fail(?:s|ed|ing|ure)?|error|bug|wrong|mistake|missing|late|delayed|overcharged|charged twice|twice|locked|blocked|down|slow|too (?:small|big|large|late|loud|expensive|tight|cold|hot|short|long)|hurt(?:s|ing)?|pain|ill|sick|smaller than|problem|issue|trouble|complain|complaint|cancelled|canceled|refused|rejected|expired|unacceptable|fed up|returns nothing|noise|blinks?)\b/i;
const wish =
  /\b(?:(?:i|we)(?: would|['’]d) (?:like|love|prefer|rather)|(?:i|we) (?:want|need|wish|hope to|plan to)\b|(?:i['’]m|i am|we are|we['’]re) (?:looking for|trying to|planning to|calling (?:about|to)|interested in|considering|thinking (?:of|about)|here to)|let['’]?s\b|let us\b)/i;
const pointsBackPattern =
  /^(?:(?:it|this|that|they|them|these|those|he|she|him|her|so|which|the (?:second|first|other|last|same|new|next|red|green|blue|small|large|big) ones?)\b|(?:can|could|would|will|do|does|did|is|are|was|has|have|should|may|shall|how|why|when|where|what)(?: (?:much|long|many|soon))?(?: (?:i|we|you|do|does|did|can|is|are|was))*(?: (?:be|do|get|have|make|pay|use|return|extend|refund|send|run|change|fix|take|see|know))? (?:it|this|that|they|them|these|those|the (?:second|first|other|last|same) ones?)\b)/i;
/** "Mary, how's it going?" */
const calledFirst = /^\p{Lu}\p{Ll}+, (?=(?:how|what|are|do|is|can)\b)/u;
const weakQuestion =
  /^(?:are you (?:hungry|busy|free|there|ok|okay|ready|all right)|(?:do )?you know what|guess what|what seems to be the (?:problem|trouble|matter)|how(?: is|'s|s) (?:it|everything|life) going|how (?:is|was|'s) your (?:day|week|weekend)\b|what do you think\b(?! (?:of|about))|what(?: is|'s) (?:wrong|the matter|going on|up)(?: with you)?(?=\?)|got a (?:minute|second))\b/i;

/** Whether a sentence leans on the one before it: "It costs ninety", "Can you refund the second one?" */
export function pointsBack(text: string): boolean {
  const match = pointsBackPattern.exec(text);
  if (match === null) return false;
  // "Does this bus go to the zoo?" says which bus.
  return !/\b(?:this|these)$/i.test(match[0]) || !isBeforeNoun(text);
}

function isBeforeNoun(text: string): boolean {
  const tokens = tagEnglish(text);
  const at = tokens.findIndex(({ lower }) => lower === 'this' || lower === 'these');
  return ['NOUN', 'PROPN'].includes(tokens[at + 1]?.pos ?? '');
}

/**
 * The sentences that may say what the conversation is about, likeliest first: what the first who is not there to help
 * complains of, wants or asks. Looks at the first 24 sentences and 8 turns.
 */
export function findMatters(sentences: readonly Sentence[], language: string | null): Matter[] {
  const opening = sentences.slice(0, openingSentences).filter((one) => one.turnIndex < openingTurns);
  const isMixed = opening.some((one) => !isGuide(one.turn.speaker)) && opening.some((one) => isGuide(one.turn.speaker));
  const matters: Matter[] = [];
  for (const [position, sentence] of opening.entries()) {
    if (isMixed && isGuide(sentence.turn.speaker)) continue;
    const kind = kindOf(sentence, language);
    if (kind !== null) matters.push({ position, kind });
  }
  const [first] = matters;
  if (first === undefined) return [];
  // "I bought a lamp last week. It does not work.": the second one is what it is about, and is found in the same breath.
  if (first.kind !== 'statement') return matters;
  const turn = opening[first.position]?.turnIndex;
  const better = matters.find(
    (one) =>
      one.kind !== 'statement' &&
      opening[one.position]?.turnIndex === turn &&
      !pointsBack(said(opening[one.position], language)),
  );
  return better === undefined ? matters : [better, ...matters.filter((one) => one !== better)];
}

function said(sentence: Sentence | undefined, language: string | null): string {
  if (sentence === undefined) return '';
  return language === 'en' ? spokenOf(sentence) : sentence.prose;
}

function kindOf(sentence: Sentence, language: string | null): MatterKind | null {
  const text = said(sentence, language).replace(calledFirst, '');
  const words = wordsOf(text).length;
  if (language !== 'en') return words >= 4 ? 'statement' : null;
  if (text === '' || words < 3 || smallTalk.test(text) || weakQuestion.test(text)) return null;
  const isPointing = pointsBack(text);
  const isUnclear = leansOnAnother(text) || goesOnFromAnother(sentence.prose);
  if (sentence.prose.endsWith('?')) {
    return isUnclear || (isPointing && words < 8) ? null : wish.test(text) ? 'wish' : 'question';
  }
  if (isUnclear) return null;
  if (problem.test(text) && !isPointing) return 'problem';
  if (wish.test(text)) return 'wish';
  if (/^(?:can|could|may|would|will|do|does|is|are|how|what|where|when|why|which) (?!.*[.!]$)/i.test(text))
    return 'question';
  if (/^(?:please|give|send|show|tell|remind|cancel|change|book|help|write|explain|make)\b/i.test(text)) {
    const imperative = findImperative(tagEnglish(text));
    if (imperative !== null) return 'wish';
  }
  return words >= 4 && !isPointing ? 'statement' : null;
}
