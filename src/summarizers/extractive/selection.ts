import { limitWords } from '../length.ts';
import type { SummaryStyle } from '../summarizer.ts';
import { countWords } from '../words.ts';
import type { Scored } from './scoring.ts';
import { finish, type Told } from './telling.ts';

/** `answers` is the position of the question, just before in the summary, that this one answers. */
export type Chosen = { scored: Scored; told: Told; words: number; answers?: number };

/** What the choice knows of the conversation. */
export type Guidance = {
  /** Told whatever else is: what the conversation is about. */
  matter: Scored | null;
  /** What was answered to a question, told as an answer; null where nothing was, or the sentence asks nothing. */
  answerTo: (scored: Scored) => { scored: Scored; told: Told } | null;
  /** Where the sentence stands without which this one cannot be understood ("It costs ninety."); null where it stands alone. */
  antecedentOf: (scored: Scored) => number | null;
  /** How much more than its words a sentence says by where it stands: what comes of a talk is said at its end. */
  weightOf: (scored: Scored) => number;
};

/** What part of the conversation's words a summary takes before its limit, and the least it aims at. */
const shareOfWords: Record<SummaryStyle, number> = { CONCISE: 0.12, DETAILED: 0.3, BULLETS: 0.22 };
const leastWords: Record<SummaryStyle, number> = { CONCISE: 16, DETAILED: 40, BULLETS: 30 };
/** A conversation of fewer words has room for more of what was said in it. */
const shortWords = 110;
const shortShare = 0.25;
/** Talks with an assistant are read for what was asked and what came of it: room for one sentence more. */
const rolesWords = 10;
const longestSentenceWords: Record<SummaryStyle, number> = { CONCISE: 34, DETAILED: 45, BULLETS: 34 };
/** One that is retold has a name and a verb of saying before it: longer ones are hard to follow. */
const longestToldWords: Record<SummaryStyle, number> = { CONCISE: 31, DETAILED: 45, BULLETS: 34 };
const wideEnd = /[。！？｡]$/u;
const nothingNew = 0.5;
const sameAgain = 0.7;
const joinedWords = 44;

/** How many words a summary should have for a conversation of so many. */
export function targetWords(style: SummaryStyle, conversationWords: number, hasRoles: boolean): number {
  const short = Math.max(0, shortWords - conversationWords) * shortShare;
  const aim = leastWords[style] + conversationWords * shareOfWords[style] + short + (hasRoles ? rolesWords : 0);
  return Math.min(limitWords(style) - 2, Math.round(aim));
}

/**
 * The best sentences that together stay near `target` words, in the conversation's order: what it is about first, a
 * question with its answer where both fit. One that says little beyond those already taken is passed over. Candidates
 * come best first; `tell` gives null for what nobody would retell.
 */
export function chooseSentences(
  candidates: readonly Scored[],
  tell: (scored: Scored) => Told | null,
  style: SummaryStyle,
  target: number,
  guidance: Guidance,
): Chosen[] {
  const chosen = new Map<number, Chosen>();
  const covered = new Set<string>();
  let total = 0;
  const take = (scored: Scored, told: Told | null, slack: number, answers?: number): boolean => {
    const known = chosen.get(scored.position);
    if (known !== undefined) {
      if (answers !== undefined && total < limitWords(style)) {
        chosen.set(scored.position, { ...known, answers });
        total += 1;
      }
      return true;
    }
    if (told === null) return false;
    // An answer may be joined to its question by one more word.
    const words = countWords(finish(told)) + (answers === undefined ? 0 : 1);
    const isTooLong =
      words > (told.subject === '' ? longestSentenceWords : longestToldWords)[style] ||
      total + words > Math.min(target + slack, limitWords(style));
    if (words === 0 || isTooLong) return false;
    chosen.set(scored.position, answers === undefined ? { scored, told, words } : { scored, told, words, answers });
    for (const stem of scored.stems) covered.add(stem);
    total += words;
    return true;
  };
  const antecedents = new Map<number, number | null>();
  const antecedentOf = (scored: Scored): number | null => {
    const known = antecedents.get(scored.position);
    if (known !== undefined) return known;
    const antecedent = guidance.antecedentOf(scored);
    antecedents.set(scored.position, antecedent);
    return antecedent;
  };
  // "It" in a summary is what was told right before: whatever else stands there must speak of the same.
  const isApart = (antecedent: number, position: number): boolean =>
    [...chosen.values()].some(
      ({ scored }) => scored.position > antecedent && scored.position < position && antecedentOf(scored) === null,
    );
  const isLoose = (scored: Scored): boolean => {
    const antecedent = antecedentOf(scored);
    if (antecedent !== null) return !chosen.has(antecedent) || isApart(antecedent, scored.position);
    return [...chosen.values()].some(({ scored: other }) => {
      const before = antecedentOf(other);
      return before !== null && before < scored.position && scored.position < other.position;
    });
  };
  const takeAnswer = (scored: Scored): void => {
    const answer = guidance.answerTo(scored);
    if (answer !== null && !isLoose(answer.scored)) take(answer.scored, answer.told, 12, scored.position);
  };
  if (guidance.matter !== null && take(guidance.matter, tell(guidance.matter), limitWords(style)))
    takeAnswer(guidance.matter);
  const left = candidates.filter((scored) => !chosen.has(scored.position));
  while (left.length > 0 && total < target - 5) {
    const next = takeBest(left, covered, isLoose, guidance.weightOf);
    if (next === null) break;
    if (take(next, tell(next), 8)) takeAnswer(next);
  }
  return [...chosen.values()].sort((a, b) => a.scored.position - b.scored.position);
}

/** Takes out of `left` the one with the highest score, counted down by what is covered already; none that leans on a sentence that is not told. */
function takeBest(
  left: Scored[],
  covered: ReadonlySet<string>,
  isLoose: (scored: Scored) => boolean,
  weightOf: (scored: Scored) => number,
): Scored | null {
  let best = -1;
  let bestScore = 0;
  for (const [at, scored] of left.entries()) {
    let known = 0;
    for (const stem of scored.stems) if (covered.has(stem)) known += 1;
    const share = scored.stems.length === 0 ? 1 : known / scored.stems.length;
    // "It costs ninety": without what came before, nobody knows what does.
    if (isLoose(scored)) continue;
    if (covered.size > 0 && share >= sameAgain && (share === 1 || scored.stems.length > 3)) continue;
    const score = scored.score * weightOf(scored) * (1 - nothingNew * share);
    if (score > bestScore) {
      best = at;
      bestScore = score;
    }
  }
  return best < 0 ? null : (left.splice(best, 1)[0] ?? null);
}

/**
 * The sentences as one text. Neighbours that begin with the same name become one: "Ann is late and asks Bob to wait."; and
 * so do a question and its answer: "Ann asks when the train leaves, and Bob says it leaves at nine."
 */
export function compose(chosen: readonly Chosen[], style: SummaryStyle): string {
  if (style === 'BULLETS') return chosen.map(({ told }) => `- ${finish(told)}`).join('\n');
  const sentences: Told[] = [];
  let room = 0;
  for (const [at, { told, words, answers }] of chosen.entries()) {
    const last = sentences.at(-1);
    if (
      last !== undefined &&
      isAnswerTo(chosen[at - 1], answers) &&
      canJoin(last, told) &&
      room + words <= joinedWords
    ) {
      sentences[sentences.length - 1] = { ...last, rest: `${bare(last.rest)}, and ${told.subject} ${told.rest}` };
      room = joinedWords;
      continue;
    }
    const joined = last === undefined || room + words > joinedWords ? null : joinLeads(last, told);
    if (last !== undefined && joined !== null) {
      sentences[sentences.length - 1] = { ...last, rest: joined };
      room += words;
      continue;
    }
    if (
      last !== undefined &&
      told.subject !== '' &&
      last.subject === told.subject &&
      isPlainVerb(told) &&
      isPlainVerb(last) &&
      isUnmistakable(last, told) &&
      room + words <= 36
    ) {
      sentences[sentences.length - 1] = { ...last, rest: `${bare(last.rest)} and ${told.rest}` };
      room = 36;
      continue;
    }
    sentences.push(told);
    room = words;
  }
  return sentences
    .map(finish)
    .reduce((text, next) => (text === '' || wideEnd.test(text) ? text + next : `${text} ${next}`), '');
}

/** "tells Bob to go home" and "tells Bob to sleep", one after the other: "tells Bob to go home, and to sleep". */
function joinLeads(last: Told, told: Told): string | null {
  if (last.subject !== told.subject || /[.!?;:]|, and /.test(bare(last.rest))) return null;
  const lead = /^(?:(?:tells|asks|advises) (?:the )?\S+ to|says)(?= )/.exec(told.rest)?.[0];
  if (lead === undefined || !last.rest.startsWith(`${lead} `)) return null;
  const rest = told.rest.slice(lead.length + 1).replace(/^that /, '');
  return `${bare(last.rest)}, and ${lead === 'says' ? 'that' : 'to'} ${rest}`;
}

function bare(rest: string): string {
  return rest.replace(/[\s,.;:!?–-]+$/, '');
}

function isAnswerTo(question: Chosen | undefined, answers: number | undefined): boolean {
  return question !== undefined && question.scored.position === answers;
}

function canJoin(question: Told, answer: Told): boolean {
  return (
    question.subject !== '' &&
    answer.subject !== '' &&
    question.subject !== answer.subject &&
    !/[.!?;:]/.test(bare(question.rest)) &&
    !question.subject.endsWith(':') &&
    /^(?:says|tells|asks|suggests|advises|offers|will|would|can|recommends|has) /.test(answer.rest) &&
    !/, and .* (?:says|will) /.test(question.rest)
  );
}

/** "Ann says the pump is old and can mend it" would have the pump mend it, and "asks how long the ride is and is late" the ride. */
function isUnmistakable(last: Told, told: Told): boolean {
  return (
    !/^(?:says|asks) /.test(last.rest) ||
    /^(?:says|asks|tells|suggests|advises|offers|thanks|wants|hopes|thinks|recommends) /.test(told.rest)
  );
}

function isPlainVerb(told: Told): boolean {
  return (
    !told.subject.endsWith(':') &&
    !told.subject.endsWith("'s") &&
    !/[.!?]| (?:and|but|so|because) /.test(told.rest.slice(0, -1))
  );
}
