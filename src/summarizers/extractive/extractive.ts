import { limitWords, shorten, shortenToWords, titleMaxChars } from '../length.ts';
import { type Sentence, splitSentences } from '../sentences.ts';
import {
  type CitationDraft,
  type Summarizer,
  type SummaryDraft,
  type SummaryInput,
  throwIfCancelled,
} from '../summarizer.ts';
import { isSystemAlone, summarizeSystemAlone, withoutSystem } from '../system-messages.ts';
import { readTurns, type Speaker } from '../turns.ts';
import { countWords } from '../words.ts';
import { findActionItems } from './action-items.ts';
import { citationOf } from './citation.ts';
import {
  answerPositions,
  antecedentPosition,
  isPlainlyFor,
  nameOnes,
  otherQuestions,
  tellFragment,
} from './context.ts';
import { quotedOf, tellTopics } from './fallback.ts';
import { detectLanguage } from './languages.ts';
import { listenersOf } from './listeners.ts';
import { findMatters, type Matter } from './matter.ts';
import { findNames } from './names.ts';
import { createPace } from './pace.ts';
import { createScorer, type Scored } from './scoring.ts';
import { type Chosen, chooseSentences, compose, type Guidance, targetWords } from './selection.ts';
import { feelingOf } from './sentiment.ts';
import { createEnglishTeller, createPlainTeller, isGuide, type Teller, type Told, tellPlainly } from './telling.ts';
import { capitalised, isInformative, isTelling, plainTitle, titleFrom } from './titles.ts';
import { findTopics } from './topics.ts';
import { isGarbled } from './understood.ts';

const maxCandidates = 80;
const maxNameSentences = 400;
const noProse = 'The conversation holds no prose: code, logs, quotations or signs alone.';
const closingTurns = 2;
const outcomeWeight = 1.8;
/** What a helper has done or will do. */
const outcome = /\b(?:(?:i|we)(?: will|['’]ll| have|['’]ve)(?! (?:see|be happy|think))|(?:has|have) been|you will)\b/i;
const isYesOrNo = /^says (?:yes|no)$/;
/** "Aren't you coming?": "no" may deny it or agree to it. */
const isDenying = /n['’]t\b|\b(?:not|never|no|nobody|nothing|none|cannot)\b/i;
const isAskedForMore = /^asks (?:how|what|why|where|when|who|whom|whose|which)\b/;

type Reading = {
  sentences: Sentence[];
  listeners: (Speaker | null)[];
  candidates: Scored[];
  scoreAt: (position: number) => Scored;
  frequency: (stem: string) => number;
  language: string | null;
  tell: Teller;
  /** What a speaker is called in the summary. */
  nameOf: (speaker: Speaker) => string;
  words: number;
};

/**
 * Makes summaries out of the conversation's own sentences, told in the third person where they are English. Needs no
 * network, gives the same answer for the same input, takes time in proportion to the input's length, and gives way to
 * the event loop every few milliseconds. It does not translate: `language` says what language the summary is in.
 */
export function createExtractiveSummarizer(): Summarizer {
  return { generator: 'extractive', summarize };
}

async function summarize(given: SummaryInput, signal: AbortSignal): Promise<SummaryDraft> {
  throwIfCancelled(signal);
  if (isSystemAlone(given)) return summarizeSystemAlone(given);
  const input = withoutSystem(given);
  const pace = createPace(signal);
  const reading = await read(input, pace);
  const { chosen: best, matter, isLeaning } = await choose(reading, input, pace);
  const topics = await findTopics(reading.candidates, reading.language, matter?.position ?? null, pace);
  const about = isLeaning === true ? tellTopics(reading.sentences, topics, reading.nameOf) : null;
  const chosen = about === null ? best : best.map((one) => ({ ...one, told: about }));
  const sentiment = await feelingOf(reading.sentences, reading.language, pace);
  const actionItems =
    reading.language === 'en' ? await findActionItems(reading.sentences, reading.listeners, reading.tell, pace) : [];
  return {
    title: titleOf(chosen, matter, topics, input, reading),
    content: contentOf(chosen, input, reading),
    sentiment,
    topics,
    actionItems,
    citations: citationsOf(chosen, reading),
    language: languageOf(reading.language, input.language),
  };
}

async function read(input: SummaryInput, pace: () => Promise<void> | undefined): Promise<Reading> {
  const sentences: Sentence[] = [];
  let turnIndex = 0;
  for (const turn of readTurns(input)) {
    await pace();
    if (turn === null) continue;
    for (const sentence of splitSentences(turn, turnIndex)) {
      sentences.push(sentence);
      await pace();
    }
    turnIndex += 1;
  }
  const language = detectLanguage(sampleOf(sentences));
  const scorer = createScorer(language);
  for (const sentence of sentences) {
    scorer.add(sentence);
    await pace();
  }
  const scored: Scored[] = [];
  let words = 0;
  for (let position = 0; position < scorer.count(); position += 1) {
    const one = scorer.score(position);
    words += one.wordCount;
    keepBest(scored, one);
    await pace();
  }
  const names = language === 'en' ? findNames(sentences.slice(0, maxNameSentences)) : new Map<string, string>();
  return {
    sentences,
    listeners: listenersOf(sentences),
    candidates: scored,
    scoreAt: scorer.score,
    frequency: scorer.frequency,
    language,
    tell: language === 'en' ? nameOnes(sentences, createEnglishTeller(names)) : createPlainTeller(language),
    nameOf: (speaker) => names.get(speaker.name) ?? speaker.name,
    words,
  };
}

/** Puts one in its place among the best, which come best first, and the earlier first among equals. */
function keepBest(best: Scored[], one: Scored): void {
  if (one.wordCount === 0) return;
  const worst = best.at(-1);
  if (best.length === maxCandidates && worst !== undefined && one.score <= worst.score) return;
  const at = best.findIndex((other) => other.score < one.score);
  best.splice(at < 0 ? best.length : at, 0, one);
  if (best.length > maxCandidates) best.pop();
}

function sampleOf(sentences: readonly Sentence[]): string {
  let sample = '';
  for (const sentence of sentences) {
    sample += `${sentence.prose} `;
    if (sample.length > 4000) break;
  }
  return sample;
}

/** `isLeaning`: what was chosen cannot be understood alone, and is only to be told where nothing better can. */
type Choice = { chosen: Chosen[]; matter: Matter | null; isLeaning?: boolean };

async function choose(reading: Reading, input: SummaryInput, pace: () => Promise<void> | undefined): Promise<Choice> {
  const told = new Map<number, Told | null>();
  const tell = (scored: Scored): Told | null => {
    const known = told.get(scored.position);
    if (known !== undefined) return known;
    const now = reading.tell(scored.sentence, reading.listeners[scored.position] ?? null);
    told.set(scored.position, now);
    return now;
  };
  for (const scored of reading.candidates) {
    tell(scored);
    await pace();
  }
  const isDialogue = reading.listeners.some((listener) => listener !== null);
  const matter =
    findMatters(reading.sentences, reading.language).find((one) => tell(reading.scoreAt(one.position)) !== null) ??
    null;
  const hasRoles = isDialogue && reading.sentences.some((one) => isGuide(one.turn.speaker));
  const target = targetWords(input.style, reading.words, hasRoles);
  const guidance = guidanceOf(reading, isDialogue || input.messages.length > 0 ? matter : null, tell);
  const chosen = chooseSentences(reading.candidates, tell, input.style, target, guidance);
  if (chosen.length > 0) return { chosen, matter };
  // Nothing fits or can be retold: the best sentence as it stands, cut to the limit; one that stands alone if there is any.
  const isAlone = ({ position }: Scored): boolean =>
    reading.language !== 'en' || antecedentPosition(reading.sentences, position) === null;
  const best = quotedOf(reading.candidates, reading.language === 'en', isAlone);
  const plain = best === undefined ? null : tellPlainly(best.sentence);
  if (best === undefined || plain === null) return { chosen: [], matter };
  const rest = shortenToWords(plain.rest, limitWords(input.style) - countWords(plain.subject));
  const quoted: Chosen = { scored: best, told: { ...plain, rest }, words: countWords(rest) };
  return { chosen: [quoted], matter, isLeaning: !isAlone(best) };
}

function guidanceOf(reading: Reading, matter: Matter | null, tell: (scored: Scored) => Told | null): Guidance {
  const { sentences, scoreAt, language } = reading;
  const lastTurn = sentences.at(-1)?.turnIndex ?? 0;
  const fragment = (scored: Scored, question: Scored): Told | null => {
    const asker = tell(question);
    const speaker = scored.sentence.turn.speaker;
    if (language !== 'en' || asker === null || speaker === null) return null;
    const name = reading.nameOf(speaker);
    const told = tellFragment(scored.sentence, question.sentence.prose, name);
    // "Sure, John." calls who asked, and answers nothing.
    if (told === null || isGarbled(told) || told.rest === `says ${asker.subject}`) return null;
    // "Do you know how it works?" is told as "asks how it works", and "no" answers no such question.
    const isUnclear = isAskedForMore.test(asker.rest) || isDenying.test(asker.rest);
    return isYesOrNo.test(told.rest) && isUnclear ? null : told;
  };
  return {
    matter: matter === null ? null : scoreAt(matter.position),
    answerTo: (question) => {
      const positions = answerPositions(sentences, question.position).map(scoreAt);
      const others = otherQuestions(sentences, question.position).map(scoreAt);
      for (const scored of positions) {
        if (others.length > 0 && !isPlainlyFor(scored, question, others)) continue;
        const told = scored.sentence.prose.endsWith('?') ? null : (tell(scored) ?? fragment(scored, question));
        if (told !== null && told.subject !== '') return { scored, told };
      }
      return null;
    },
    weightOf: (scored) => {
      const { turnIndex, turn, text } = scored.sentence;
      return isGuide(turn.speaker) && turnIndex >= lastTurn - closingTurns && outcome.test(text) ? outcomeWeight : 1;
    },
    antecedentOf: (scored) => {
      return language === 'en' ? antecedentPosition(sentences, scored.position) : null;
    },
  };
}

function contentOf(chosen: readonly Chosen[], input: SummaryInput, reading: Reading): string {
  const composed = compose(chosen, input.style);
  if (composed !== '') return composed.toWellFormed();
  // No words at all: what little there is, or the title.
  const [first] = reading.sentences;
  const fallback = shorten(first?.prose ?? (hasText(input) ? noProse : input.title), 200);
  return input.style === 'BULLETS' && fallback !== '' ? `- ${fallback}` : fallback;
}

function hasText({ messages, content }: SummaryInput): boolean {
  return [content ?? '', ...messages.map((message) => message.content)].some((text) => text.trim() !== '');
}

function titleOf(
  chosen: readonly Chosen[],
  matter: Matter | null,
  topics: readonly string[],
  input: SummaryInput,
  reading: Reading,
): string {
  const given = shorten(input.title, titleMaxChars);
  const about = matter === null ? undefined : reading.sentences[matter.position]?.prose;
  const best = chosen.toSorted((a, b) => b.scored.score - a.scored.score)[0]?.scored.sentence.prose;
  const isGivenGood = isInformative(given, reading.frequency);
  if (reading.language !== 'en') {
    const sentence = about ?? best;
    if (isGivenGood || sentence === undefined) return given === '' ? firstWords(reading) : given;
    return plainTitle(sentence);
  }
  const fromMatter = about === undefined ? null : titleFrom(about);
  if (fromMatter !== null && matter !== null && isTelling(matter.kind)) return fromMatter;
  if (isGivenGood) return given;
  if (fromMatter !== null) return fromMatter;
  for (const { scored } of chosen) {
    const title = isGuide(scored.sentence.turn.speaker) ? null : titleFrom(scored.sentence.prose);
    if (title !== null) return title;
  }
  if (topics.length > 0) return topicTitle(topics, reading);
  return given === '' ? firstWords(reading) : given;
}

/** Topics are in lower case: names have their capitals back. */
function topicTitle(topics: readonly string[], reading: Reading): string {
  const spelled = topics.slice(0, 2).map((topic) => {
    const names = reading.sentences.flatMap(({ prose }) => {
      const at = ` ${prose}`.toLowerCase().indexOf(` ${topic}`);
      return at < 0 ? [] : [prose.slice(at, at + topic.length)];
    });
    return names.length > 0 && names.every((name) => name !== topic) ? (names[0] ?? topic) : topic;
  });
  const title = spelled.join(' and ');
  return shorten(capitalised(title), titleMaxChars);
}

function firstWords(reading: Reading): string {
  return shorten(reading.sentences[0]?.prose ?? 'Empty conversation', titleMaxChars);
}

function citationsOf(chosen: readonly Chosen[], reading: Reading): CitationDraft[] {
  if (chosen.length > 0) return chosen.map(({ scored }) => citationOf(scored.sentence));
  const [first] = reading.sentences;
  return first === undefined ? [] : [citationOf(first)];
}

/** The detected language, in the spelling asked for where both mean the same (`en-GB` for `en`). */
function languageOf(detected: string | null, asked: string): string {
  return detected === null || asked.toLowerCase().split('-')[0] === detected ? asked : detected;
}
