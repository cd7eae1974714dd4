import type { Sentence } from '../sentences.ts';
import type { Speaker } from '../turns.ts';
import { wordsOf } from '../words.ts';
import { isPoliteWord, isStopWord, withoutGreeting } from './languages.ts';
import { spokenOf } from './plain-speech.ts';
import { reportSentence } from './reported.ts';
import { isSpeltSo } from './sentence-start.ts';
import type { Act } from './speech-act.ts';
import { type Exchange, type Mention, possessive } from './third-person.ts';
import { isGarbled } from './understood.ts';

/** How one sentence stands in a summary. `subject` and `rest` make the sentence, without its full stop. */
export type Told = { act: Act; subject: string; rest: string };

/** Tells sentences in the third person. `listener` is whom the sentence was said to, where that is known. */
export type Teller = (sentence: Sentence, listener: Speaker | null) => Told | null;

const wideLetter = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u;

/** Stands for whoever was spoken to where nobody knows who that was; no text can hold it. */
const nobodyAtAll = '\u0000';
const oppositeOf: Record<string, string> = { 'the user': 'the assistant', 'the assistant': 'the user' };
const guide = /^the (?:assistant|agent|bot|ai|support|operator|system)$/i;

/** "He lives in Rome. And go to work by bus.": what looks like an order goes on with what somebody else does. */
const goesOn =
  /^you know, |^(?:(?:yes|yeah|yep|ok|okay|right|well|sure)[,.!]? )?and (?!please\b|(?:can|could|would|will|do|does|may|shall|you|if|when|don't|also|then)\b)/i;

/** Whether a speaker is there to help the others: what they say is seldom what the conversation is for. */
export function isGuide(speaker: Speaker | null): boolean {
  return speaker !== null && speaker.kind === 'role' && guide.test(speaker.name);
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
  const nobody: Mention = { name: nobodyAtAll, mayBecomeThey: false };
  const opposite = (speaker: Speaker): Mention => {
    const name = speaker.kind === 'role' ? oppositeOf[speaker.name] : undefined;
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
    // "I'm your new neighbor, Jack.", said by Jack.
    const said = withoutCall(withoutCall(spokenOf(sentence), exchange.listener.name), exchange.speaker.name);
    const told = reportSentence(said, exchange);
    if (told?.act === 'request' && goesOn.test(sentence.prose)) return null;
    return told === null || isAboutNobody(told) || isOnlyAName(told, exchange) || isGarbled(told) ? null : told;
  };
}

/** What was said to somebody unknown cannot be told. */
function isAboutNobody(told: Told): boolean {
  return told.rest.includes(nobodyAtAll) || told.subject.includes(nobodyAtAll);
}

/** "I am Bob", "My name is Bob", "Are you Ann?": said of one who is called so already. */
function isOnlyAName({ subject, rest }: Told, { speaker, listener }: Exchange): boolean {
  // Who helps says so in every chat, and as more than one of them may answer, it says nothing of the others.
  if (speaker.isGuide === true && subject === possessive(speaker.name) && /^(?:full |first )?name is\b/i.test(rest))
    return true;
  if (
    subject === speaker.name &&
    /^is .{0,50}\b(?:(?:virtual|digital|automat\p{L}+|ai) (?:assistant|agent|helper)|chat ?bot)$/iu.test(rest)
  )
    return true;
  const names = [speaker.name, listener.name].filter((name) => /^\p{Lu}/u.test(name));
  return names.some((name) => {
    const first = name.split(' ').find((part) => !/^(?:Mr|Mrs|Ms|Miss|Dr|Prof)\b/.test(part)) ?? name;
    if (subject === name && rest.startsWith(`is ${first}`)) return true;
    if (subject === possessive(name) && /^(?:full |first |last )?name is\b/i.test(rest)) return true;
    if (
      new RegExp(
        `^says (?:this is|it's|it is|they are|their name is) (?:\\p{Lu}\\p{Ll}*\\.? )?${escaped(first)}`,
        'u',
      ).test(rest)
    )
      return true;
    if (new RegExp(`^says ${escaped(first)} (?:here|speaking)`, 'u').test(rest)) return true;
    return (
      /^(?:says|asks whether) /.test(rest) && rest.split(' is ').length === 2 && rest.endsWith(`${name} is ${name}`)
    );
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\s]/gu, String.raw`\$&`);
}

/** A letter that a helper drafted: it speaks for somebody else. */
function isLetter({ turn }: Sentence): boolean {
  return /^\s*(?:subject:|dear )/i.test(turn.source.slice(turn.parts[0]?.start ?? 0).slice(0, 40));
}

/** "Will it be ready, Sabrina?", said to Sabrina, without the name. */
function withoutCall(text: string, name: string): string {
  const end = text.replace(/[\s.!?]+$/, '');
  const isCalled = /\byour?\b/i.test(text) && /\p{Ll}{2}, \p{Lu}\p{Ll}+$/u.test(end);
  if (isCalled) return text.slice(0, end.lastIndexOf(',')) + text.slice(end.length);
  for (const part of [name, name.split(' ')[0] ?? name]) {
    if (end.endsWith(`, ${part}`)) return end.slice(0, -part.length - 2) + text.slice(end.length);
    // "If you are ready, Mr. Bell, I will call."
    if (text.includes(`, ${part}, `)) return text.replace(`, ${part}, `, ', ');
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
  const ended = /[.!?…。！？।॥։۔။៕។][)"'”’»」]*$/u.test(text)
    ? text
    : `${text.replace(/[\s,;:–-]+$/, '')}${wideLetter.test(text) ? '。' : '.'}`;
  return isSpeltSo(ended) ? ended : ended.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}
