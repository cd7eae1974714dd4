import type { Sentence } from '../sentences.ts';
import type { Speaker } from '../turns.ts';
import { neighbours } from './names.ts';

const calledFirst =
  /^(?:(?:hi|hello|hey|ok|okay|yes|yeah|no|sure|well|sorry|and|so|but|great|good|thanks|thank you|thx|cool|done|right)[,.!]? )?@?(\p{Lu}[\p{L}'’-]+)\s?[,.!:?–-]/iu;
const calledLast = /(?:,\s|\s@)(\p{Lu}[\p{L}'’-]+)\s?[.!?…]*$/u;
const toAll =
  /\b(?:all|everyone|everybody|anyone|anybody|guys|folks|team|you (?:two|three|both))\s?[,.!?:–-]|\b(?:any(?:body|one)|who)\b/iu;

/**
 * For each sentence the one who is talked to. Of two it is the other one. Of more, only who is called by name, or whom
 * both the turn before and the one after are of: "you" may else be anybody, and null says so.
 */
export function listenersOf(sentences: readonly Sentence[]): (Speaker | null)[] {
  const near = neighbours(sentences);
  const speakers = new Map<string, Speaker>();
  for (const { turn } of sentences) if (turn.speaker !== null) speakers.set(turn.speaker.name, turn.speaker);
  if (speakers.size < 3) return near;
  const called = (sentence: Sentence): Speaker | null => {
    for (const pattern of [calledFirst, calledLast]) {
      const name = pattern.exec(sentence.prose)?.[1]?.toLowerCase();
      for (const speaker of name === undefined ? [] : speakers.values()) {
        const isOther = speaker.name !== sentence.turn.speaker?.name;
        if (isOther && speaker.name.toLowerCase().split(' ')[0] === name) return speaker;
      }
    }
    return null;
  };
  const turns = turnSpeakers(sentences);
  let open: { turnIndex: number; listener: Speaker | null } | null = null;
  return sentences.map((sentence) => {
    if (open?.turnIndex !== sentence.turnIndex) open = null;
    const now = called(sentence);
    if (now !== null) open = { turnIndex: sentence.turnIndex, listener: now };
    else if (toAll.test(sentence.prose)) open = { turnIndex: sentence.turnIndex, listener: null };
    if (open !== null) return open.listener;
    const at = turns.findLastIndex(({ turnIndex }) => turnIndex <= sentence.turnIndex);
    const [before, after] = [turns[at - 1]?.speaker, turns[at + 1]?.speaker];
    return before != null && before.name === after?.name ? before : null;
  });
}

/** Who speaks, in order, each with the first of the turns that they have without another between. */
function turnSpeakers(sentences: readonly Sentence[]): { turnIndex: number; speaker: Speaker | null }[] {
  const turns: { turnIndex: number; speaker: Speaker | null }[] = [];
  for (const { turn, turnIndex } of sentences) {
    if (turns.length === 0 || turns.at(-1)?.speaker?.name !== turn.speaker?.name) {
      turns.push({ turnIndex, speaker: turn.speaker });
    }
  }
  return turns;
}
