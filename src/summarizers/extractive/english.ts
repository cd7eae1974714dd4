import type { ItemToken, ItsFunction, PartOfSpeech, WinkMethods } from 'wink-nlp';
import { createWink } from './wink.ts';

/** A word or a mark of an English sentence. `base` is the dictionary form, in lower case. */
export type Token = { text: string; lower: string; base: string; pos: PartOfSpeech; isSpaced: boolean };

// The tagger's time grows with the square of a text's length where it has no spaces.
const maxTaggedChars = 600;
const maxWordChars = 60;
/** How many tagged sentences are kept: one is asked for by whoever tells it, by the title and by the topics. */
const maxKept = 400;
/** wink keeps every word that it did not know, for good: after so much text one begins anew with none. */
const maxReadChars = 1_000_000;

const kept = new Map<string, readonly Token[]>();
const tagger = createReader(['pos']);
const feeler = createReader(['sbd', 'negation', 'sentiment']);

/** Gives wink to read a text of so many code units with: made when first asked for, and anew after every million. */
function createReader(pipe: string[]): (chars: number) => WinkMethods {
  let nlp: WinkMethods | null = null;
  let readChars = 0;
  return (chars) => {
    readChars += chars;
    if (nlp === null || readChars > maxReadChars) {
      nlp = createWink(pipe);
      readChars = chars;
    }
    return nlp;
  };
}

/** The tokens of a sentence with their parts of speech. Reads its first 600 code units. */
export function tagEnglish(sentence: string): readonly Token[] {
  const known = kept.get(sentence);
  if (known !== undefined) return known;
  const tokens: Token[] = [];
  const text = tame(sentence);
  const { its, readDoc } = tagger(text.length);
  // The package's types give this helper one parameter less than it is called with.
  const lemma = its.lemma as unknown as ItsFunction<string>;
  readDoc(text)
    .tokens()
    .each((token: ItemToken) => {
      const word = token.out();
      tokens.push({
        text: word,
        lower: word.toLowerCase(),
        base: String(token.out(lemma)).toLowerCase(),
        pos: token.out(its.pos) as PartOfSpeech,
        isSpaced: String(token.out(its.precedingSpaces)) !== '',
      });
    });
  if (kept.size === maxKept) kept.clear();
  kept.set(sentence, tokens);
  return tokens;
}

/** How kind (towards 1) or unkind (towards -1) a sentence sounds; 0 where it is plain or not English. */
export function sentimentOf(sentence: string): number {
  const text = tame(sentence);
  const { its, readDoc } = feeler(text.length);
  const score = Number(readDoc(text).out(its.sentiment));
  return Number.isFinite(score) ? score : 0;
}

/** Whether a capitalised word can be somebody's name: a noun both with its capital and without it. */
export function canBeName(word: string): boolean {
  const partOf = (spelling: string): string | undefined => tagEnglish(`We met ${spelling} there.`)[2]?.pos;
  return (
    /[aeiouy\P{ASCII}]/iu.test(word) &&
    partOf(word) === 'PROPN' &&
    ['NOUN', 'PROPN'].includes(partOf(word.toLowerCase()) ?? '')
  );
}

function tame(sentence: string): string {
  return sentence
    .slice(0, maxTaggedChars)
    .toWellFormed()
    .replaceAll(/\S{61,}/g, (long) => long.slice(0, maxWordChars));
}
