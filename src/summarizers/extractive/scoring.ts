import type { Sentence } from '../sentences.ts';
import { stemOf, termsOf } from '../words.ts';
import { isStopWord } from './languages.ts';
import { spokenOf } from './plain-speech.ts';

export type Scored = {
  sentence: Sentence;
  position: number;
  stems: readonly string[];
  wordCount: number;
  score: number;
};

/** Greetings, thanks and the like, at the start of what is said. */
export const smallTalk =
  /^(?:(?:good )?(?:morning|afternoon|evening|night|bye|goodbye|hello|hi|hey)|how (?:are|do) you|nice to (?:meet|see)|thank|thanks|you'?re welcome|see you|have a (?:nice|good|great)|take care|excuse me|that'?s (?:right|true|great|good|fine|ok)|i (?:see|know|understand)|no problem|of course|sounds (?:good|great)|congratulations|what can i do for you|(?:can|may) i help you|what'?s up|how'?s it going|here (?:you are|it is|is your)|don'?t worry|i'?m sorry)\b/i;
const intent =
  /\b(?:i(?:'d| would) (?:like|love|prefer)|i(?:'ll| will| want| need| have to| must| plan| hope| decided)|i(?:'m| am) (?:going|planning|looking|calling|thinking|trying|afraid|worried|having)|i think|we (?:should|need|have to|will|can)|you (?:should|must|need|have to|had better)|you'd better|why don't|can you|could you|would you|will you|let'?s|please|because|suggest|recommend|decided|problem|agree)\b/i;

/** Counts words over a whole conversation, sentence by sentence, and then says which sentences hold what it is about. */
export function createScorer(language: string | null): {
  add(sentence: Sentence): void;
  /** How many sentences were added. */
  count(): number;
  /** The score of the sentence that was added as number `position`; call it after the last `add`. */
  score(position: number): Scored;
  /** In how many sentences a stem stands. */
  frequency(stem: string): number;
} {
  const kept: { sentence: Sentence; stems: string[]; wordCount: number }[] = [];
  const frequencies = new Map<string, number>();
  return {
    add(sentence) {
      const words = termsOf(sentence.prose);
      const stems = new Set<string>();
      for (const word of words) if (!isStopWord(word, language)) stems.add(stemOf(word));
      for (const stem of stems) frequencies.set(stem, (frequencies.get(stem) ?? 0) + 1);
      kept.push({ sentence, stems: [...stems], wordCount: words.length });
    },
    count: () => kept.length,
    frequency: (stem) => frequencies.get(stem) ?? 0,
    score(position) {
      const entry = kept[position];
      if (entry === undefined) throw new RangeError(`No sentence was added as number ${position}.`);
      const { sentence, stems, wordCount } = entry;
      let salience = 0;
      for (const stem of stems) salience += Math.log2(1 + (frequencies.get(stem) ?? 0));
      const lead = 1 + 1.2 / (1 + sentence.turnIndex / 2);
      const density = salience / (wordCount + 8) ** 0.6;
      const said = language === 'en' ? spokenOf(sentence) : sentence.prose;
      const act = said === '' || smallTalk.test(said) ? 0.4 : intent.test(said) ? 1.3 : 1;
      const question = sentence.prose.endsWith('?') && !intent.test(said) ? 0.7 : 1;
      return { sentence, position, stems, wordCount, score: density * lead * act * question };
    },
  };
}
