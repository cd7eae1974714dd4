import type { Sentence } from '../sentences.ts';
import type { Speaker } from '../turns.ts';
import { canBeName, tagEnglish } from './english.ts';
import { isPersonWord } from './named.ts';

const nameSource = String.raw`(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Doctor)\.?\s)?\p{Lu}\p{Ll}{1,15}(?:\s\p{Lu}\p{Ll}{1,15})?`;
const greeting =
  '(?:[Hh]i|[Hh]ello|[Hh]ey|[Gg]ood (?:morning|afternoon|evening)|[Ee]xcuse me|[Tt]hanks|[Tt]hank you|[Oo]h|[Ww]ell|[Oo][Kk]|[Oo]kay|[Yy]es|[Nn]o|[Ss]orry|[Ll]ook|[Ll]isten|[Ss]ure|[Bb]ye|[Gg]oodbye|[Ww]elcome)';
const greeted = new RegExp(String.raw`^${greeting}[,.!]?\s`, 'u');
const calledFirst = new RegExp(String.raw`^(?:${greeting},?\s)(${nameSource})\s?[,.!?]`, 'u');
// A small letter before the comma: "I live in Portland, Oregon." calls nobody.
const calledLast = new RegExp(String.raw`(?:^|\s)\p{Ll}[\p{L}'’]*,\s?(${nameSource})\s?[.!?]$`, 'u');
const toldOf = /\b(\p{Ll}+),\s(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?\p{Lu}\S+\s?[.!?]$/u;
/** "There is a girl I know, Sara Ralston.": who has two names there is told of, and not called. */
const isCalledSo = /^(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Doctor)\b|^\S+$/;
const askedForName = /\b(?:your (?:full |last |first |family )?name|who(?:'s| is) (?:calling|speaking|this)|spell)\b/i;
const calledAlone = new RegExp(
  String.raw`^(${nameSource}),\s(?:you|I|we|it|that|this|there|can|could|will|would|shall|should|do|does|did|don|is|are|what|where|when|why|how|who|let|have|look|listen|come)\b`,
  'u',
);
const selfPattern = new RegExp(
  String.raw`(?:[Mm]y name is|[Mm]y name's|^[Tt]his is|, this is|[Ii]t's)\s(${nameSource})(?=\s?[.,!]|\sspeaking|\sfrom|$)`,
  'u',
);
/** "I'm your new neighbor, Jack.": who says so is Jack. */
const selfLast = /^(?:I'm|I am|This is) (?:your|the|a|an) [^,]+,/;
/** "I'll connect you to a colleague", "I'm the virtual assistant": who speaks there afterwards may be another. */
const handsOver =
  /\b(?:transfer|connect|pass|hand|put|forward|redirect|switch|refer)(?:ring|ing|ting)? you (?:(?:over|on|back|straight|now|directly) )?(?:to|with|through)\b|\b(?:human|live) (?:agent|colleague|operator)\b|\b(?:virtual|digital|automated|automatic|ai) (?:assistant|agent|helper)\b|\bchat ?bot\b/i;
/** "Hello, this is Ines", said after other turns on the same side: as much somebody who came in. */
const comesIn = new RegExp(String.raw`^${greeting}[,.!]?\s.*(?:this is|my name|I'm|I am)\s`, 'u');
const selfMust = /name|speaking|from|this is/i;
// Capitals at a sentence's start, and words of address, that are nobody's name.
const notAName =
  /^(?:sir|madam|miss|mom|mum|dad|mother|father|grandma|grandpa|honey|dear|darling|baby|sweetie|buddy|everyone|everybody|guys|ladies|gentlemen|folks|doctor|professor|officer|waiter|god|jesus|goodness|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|english|chinese|american|french|german|spanish|japanese|america|china|london|yes|no|ok|okay|well|oh|so|and|but|if|then|now|when|what|where|who|how|why|in|on|at|for|first|actually|anyway|sure|right|really|maybe|perhaps|please|thanks|thank|hello|hi|hey|sorry|excuse|good|great|fine|nice|wow|the|this|that|these|those|here|there|it|he|she|they|we|you|however|finally|also|by|to|of|usually|sometimes|personally|unfortunately|today|tomorrow|tonight|yesterday|christmas|internet|weekdays?|weekends?|evenings|mornings|nights|holidays|nowadays|years|months|weeks|days|er|ur|erm|ugh|huh|um|uh|ah|aha|ha|haha|hmm|gosh|golly|gee|geez|jeez|yuck|yikes|yay|ouch|oops|whoa|phew|eww?|damn|heavens|hurray|hooray|bingo|cheers|congratulations|absolutely|exactly|certainly|definitely|honestly|frankly|seriously|basically|apparently|obviously|luckily|fortunately|hopefully|alright|wait|let|look|come|see|just|not|my|your|his|her|our|i)$/i;
const maxNamedSentence = 300;

/**
 * The names that speakers without one are called by in the conversation, or give themselves: by the speaker's own tag.
 * A name that two of them would share is given to neither.
 */
export function findNames(sentences: readonly Sentence[]): Map<string, string> {
  const votes = new Map<string, Map<string, number>>();
  const vote = (speaker: Speaker | null | undefined, name: string | undefined, weight: number): void => {
    if (speaker === null || speaker === undefined || speaker.kind === 'name' || name === undefined) return;
    const isTitled = /^(?:Mr|Mrs|Ms|Miss|Dr|Doctor|Prof)/.test(name);
    if (notAName.test(name) || name.endsWith('ing')) return;
    if (!isTitled && name.split(' ').some((part) => notAName.test(part) || !canBeName(part))) return;
    const named = votes.get(speaker.name) ?? new Map<string, number>();
    named.set(name, (named.get(name) ?? 0) + weight);
    votes.set(speaker.name, named);
  };
  const others = neighbours(sentences);
  const changing = changingSpeakers(sentences);
  for (const [position, sentence] of sentences.entries()) {
    const text = sentence.prose.slice(0, maxNamedSentence);
    const self = selfPattern.exec(text);
    if (self !== null && selfMust.test(self[0])) vote(sentence.turn.speaker, self[1], 3);
    // What answers "Your name, please?" is the speaker's own.
    const isOwn =
      askedForName.test(sentences[position - 1]?.prose ?? '') ||
      askedForName.test(sentences[position - 2]?.prose ?? '');
    const last = calledLast.exec(text);
    if (last !== null && selfLast.test(text.replace(greeted, ''))) {
      vote(sentence.turn.speaker, last[1], 3);
      continue;
    }
    // "It was that friend of yours, Melissa."
    const of = toldOf.exec(text)?.[1] ?? '';
    if (last !== null && (isPersonWord(of) || /^(?:yours|mine|ours)$/.test(of))) continue;
    const lastCalled = last !== null && isCalledSo.test(last[1] ?? '') && !isApposition(text) ? last : null;
    const called = calledFirst.exec(text) ?? lastCalled ?? calledAlone.exec(text);
    if (called !== null && !isOwn) vote(others[position], called[1], 1);
  }
  for (const tag of changing) votes.delete(tag);
  return withoutShared(votes);
}

/** The tags under which more than one may speak, one after the other: no name is that of all they say. */
function changingSpeakers(sentences: readonly Sentence[]): Set<string> {
  const changing = new Set<string>();
  const handedOver = new Map<string, number>();
  const firstTurns = new Map<string, number>();
  for (const { turn, turnIndex, prose } of sentences) {
    if (turn.speaker === null) continue;
    const tag = turn.speaker.name;
    const text = prose.slice(0, maxNamedSentence);
    const first = firstTurns.get(tag);
    const handed = handedOver.get(tag);
    const isNamedLate = first !== undefined && first < turnIndex && comesIn.test(text) && selfPattern.test(text);
    if (isNamedLate || (handed !== undefined && handed < turnIndex)) changing.add(tag);
    if (first === undefined) firstTurns.set(tag, turnIndex);
    if (handed === undefined && handsOver.test(text)) handedOver.set(tag, turnIndex);
  }
  return changing;
}

/** "my supervisor, Mr. Brandt": who stands after a noun phrase with its article is told of, and not called. */
function isApposition(text: string): boolean {
  const tokens = tagEnglish(text.slice(0, text.lastIndexOf(',')));
  let from = tokens.length;
  while (
    ['NOUN', 'PROPN', 'ADJ', 'NUM'].includes(tokens[from - 1]?.pos ?? '') &&
    !owners.has(tokens[from - 1]?.lower ?? '')
  )
    from -= 1;
  return from < tokens.length && owners.has(tokens[from - 1]?.lower ?? '');
}

const owners = new Set('my our the a an your his her their'.split(' '));

/** For each sentence the one who is talked to: who spoke last before, else who speaks next. */
export function neighbours(sentences: readonly Sentence[]): (Speaker | null)[] {
  const result: (Speaker | null)[] = new Array<Speaker | null>(sentences.length).fill(null);
  let last: Speaker | null = null;
  let other: Speaker | null = null;
  for (const [position, sentence] of sentences.entries()) {
    const { speaker } = sentence.turn;
    if (speaker !== null && last !== null && speaker.name !== last.name) other = last;
    if (speaker !== null) last = speaker;
    result[position] = other !== null && other.name !== speaker?.name ? other : null;
  }
  let next: Speaker | null = null;
  let current: Speaker | null = null;
  for (let position = sentences.length - 1; position >= 0; position -= 1) {
    const speaker = sentences[position]?.turn.speaker ?? null;
    if (speaker !== null && current !== null && speaker.name !== current.name) next = current;
    if (speaker !== null) current = speaker;
    if (result[position] === null && next !== null && next.name !== speaker?.name) result[position] = next;
  }
  return result;
}

function withoutShared(votes: ReadonlyMap<string, ReadonlyMap<string, number>>): Map<string, string> {
  const best = new Map<string, string>();
  for (const [tag, named] of votes) {
    const [first] = [...named].sort((a, b) => b[1] - a[1]);
    if (first !== undefined) best.set(tag, first[0]);
  }
  const count = new Map<string, number>();
  for (const name of best.values()) count.set(name, (count.get(name) ?? 0) + 1);
  for (const [tag, name] of best) if ((count.get(name) ?? 0) > 1) best.delete(tag);
  return best;
}
