import model from 'wink-eng-lite-web-model';
import winkNLP, { type ItemToken, type ItsFunction, type PartOfSpeech } from 'wink-nlp';

/** A word or a mark of an English sentence. `base` is the dictionary form, in lower case. */
export type Token = { text: string; lower: string; base: string; pos: PartOfSpeech; isSpaced: boolean };

const nlp = winkNLP(model, ['sbd', 'negation', 'sentiment', 'pos']);
const { its } = nlp;
// The package's types give this helper one parameter less than it is called with.
const lemma = its.lemma as unknown as ItsFunction<string>;
// The tagger's time grows with the square of a text's length where it has no spaces.
const MAX_TAGGED_CHARS = 600;
const MAX_WORD_CHARS = 60;

/** The tokens of a sentence with their parts of speech. Reads its first 600 code units. */
export function tagEnglish(sentence: string): Token[] {
  const tokens: Token[] = [];
  nlp
    .readDoc(tame(sentence))
    .tokens()
    .each((token: ItemToken) => {
      const text = token.out();
      tokens.push({
        text,
        lower: text.toLowerCase(),
        base: String(token.out(lemma)).toLowerCase(),
        pos: token.out(its.pos) as PartOfSpeech,
        isSpaced: String(token.out(its.precedingSpaces)) !== '',
      });
    });
  return tokens;
}

/** How kind (towards 1) or unkind (towards -1) a sentence sounds; 0 where it is plain or not English. */
export function sentimentOf(sentence: string): number {
  const score = Number(nlp.readDoc(tame(sentence)).out(its.sentiment));
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
    .slice(0, MAX_TAGGED_CHARS)
    .toWellFormed()
    .replaceAll(/\S{61,}/g, (long) => long.slice(0, MAX_WORD_CHARS));
}
