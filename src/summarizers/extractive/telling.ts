import type { Sentence } from '../sentences.ts';
import type { Speaker } from '../turns.ts';
import { wordsOf } from '../words.ts';
import { isPoliteWord, isStopWord, withoutGreeting } from './languages.ts';
import { spokenOf } from './plain-speech.ts';
import { reportSentence } from './reported.ts';
import type { Act } from './speech-act.ts';
import type { Exchange, Mention } from './third-person.ts';

/** How one sentence stands in a summary. `subject` and `rest` make the sentence, without its full stop. */
export type Told = { act: Act; subject: string; rest: string };

/** Tells sentences in the third person. `listener` is whom the sentence was said to, where that is known. */
export type Teller = (sentence: Sentence, listener: Speaker | null) => Told | null;

const WIDE_LETTER = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u;

const OPPOSITE: Record<string, string> = { 'the user': 'the assistant', 'the assistant': 'the user' };
const GUIDE = /^the (?:assistant|agent|bot|ai|support|operator|system)$/i;

/** Whether a speaker is there to help the others: what they say is seldom what the conversation is for. */
export function isGuide(speaker: Speaker | null): boolean {
  return speaker !== null && speaker.kind === 'role' && GUIDE.test(speaker.name);
}

/** For English: reported speech, with the names found for speakers who have none. */
export function createEnglishTeller(names: ReadonlyMap<string, string>): Teller {
  const mentionOf = (speaker: Speaker): Mention => {
    const name = names.get(speaker.name);
    // A tag such as #Person1# stands for anyone: "they" could not be told apart from it, so it is repeated.
    return {
      name: name ?? speaker.name,
      mayBecomeThey: name !== undefined || speaker.kind !== 'placeholder',
      isGuide: isGuide(speaker),
    };
  };
  const nobody: Mention = { name: 'the other', mayBecomeThey: false };
  const opposite = (speaker: Speaker): Mention => {
    const name = speaker.kind === 'role' ? OPPOSITE[speaker.name] : undefined;
    return name === undefined ? nobody : { name, mayBecomeThey: true };
  };
  return (sentence, listener) => {
    const { speaker } = sentence.turn;
    if (speaker === null) return asIs(sentence);
    if (isGuide(speaker) && isLetter(sentence)) return null;
    const exchange: Exchange = {
      speaker: mentionOf(speaker),
      listener: listener === null ? opposite(speaker) : mentionOf(listener),
    };
    return reportSentence(withoutCall(spokenOf(sentence), exchange.listener.name), exchange);
  };
}

/** A letter that a helper drafted: it speaks for somebody else. */
function isLetter({ turn }: Sentence): boolean {
  return /^\s*(?:subject:|dear )/i.test(turn.source.slice(turn.parts[0]?.start ?? 0).slice(0, 40));
}

/** "Will it be ready, Sabrina?", said to Sabrina, without the name. */
function withoutCall(text: string, name: string): string {
  const end = text.replace(/[\s.!?]+$/, '');
  for (const part of [name, name.split(' ')[0] ?? name]) {
    if (end.endsWith(`, ${part}`)) return end.slice(0, -part.length - 2) + text.slice(end.length);
    if (text.startsWith(`${part}, `)) return text.slice(part.length + 2);
  }
  return text;
}

/** For any other language, without the sentences that only greet or thank. */
export function createPlainTeller(language: string | null): Teller {
  return (sentence) => {
    const words = sentence.prose.length > 200 ? [] : wordsOf(sentence.prose);
    const isPolite =
      words.length > 0 && words.every((word) => isPoliteWord(word, language) || isStopWord(word, language));
    return isPolite ? null : tellPlainly(sentence);
  };
}

/** For any other language: the sentence as it is, after its speaker's name where it has one. */
export function tellPlainly(sentence: Sentence): Told | null {
  const { speaker } = sentence.turn;
  if (speaker === null || speaker.kind === 'role') return asIs(sentence);
  return { act: 'statement', subject: `${speaker.name}:`, rest: withoutGreeting(sentence.prose) };
}

function asIs(sentence: Sentence): Told {
  return { act: 'statement', subject: '', rest: withoutGreeting(sentence.prose) };
}

/** One sentence with a capital and an end. */
export function finish(told: Pick<Told, 'subject' | 'rest'>): string {
  const text = `${told.subject} ${told.rest}`.trim();
  const ended = /[.!?…。！？][)"'”’»」]*$/u.test(text)
    ? text
    : `${text.replace(/[\s,;:–-]+$/, '')}${WIDE_LETTER.test(text) ? '。' : '.'}`;
  return ended.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}
