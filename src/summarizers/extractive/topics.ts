import { stemOf, wordsOf } from '../words.ts';
import { type Token, tagEnglish } from './english.ts';
import { findImperative, isInstructionVerb } from './imperatives.ts';
import { isPoliteWord, isStopWord } from './languages.ts';
import { spokenOf } from './plain-speech.ts';
import type { Scored } from './scoring.ts';

const maxTopics = 5;
const maxRead = 40;
/** How much more the sentence counts that says what the conversation is about. */
const matterWeight = 3;
const maxPhraseWords = 3;
const tooGeneral =
  /^(?:thing|things|something|anything|everything|nothing|someone|anyone|everyone|one|ones|lot|lots|bit|way|ways|kind|sort|type|time|times|day|days|today|tomorrow|yesterday|tonight|now|moment|minute|minutes|hour|hours|week|weeks|month|months|year|years|morning|afternoon|evening|night|weekend|guy|guys|man|sir|madam|miss|mr|mrs|ms|honey|dear|person|people|part|place|case|point|idea|problem|question|matter|fact|reason|number|name|course|thanks|please|ok|okay|hello|hi|hey|monday|tuesday|wednesday|thursday|friday|saturday|sunday|stuff|all|other|others|user|assistant|sure|wow|oh|yes|no|nope|yeah|request|requests|inquiry|issue|issues|help|call|fix|change|changes|trouble|none|line|result|half|end|middle|front|rest|window|news|percent|euro|euros|dollar|dollars|pound|pounds|franc|francs|gram|grams|kind words|simple words|noon|midnight|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|side|step|steps|works|fine|free|sign|minute|second|third|first|last|next|thx|pls|asap|none|good|great|nice|mr|word|words|don|didn|doesn)$/;
/** What the tagger takes for a noun after one, and is the verb of the sentence: "app crashes", "plan costs". */
const verbsTakenForNouns =
  /^(?:costs?|works?|crashes|prints?|returns|fails|stops?|starts?|ends?|shows?|says|takes?|needs?|uses?|fixes|goes|gets|leaves|comes|runs|loads|leaks|blinks|hangs|includes?|covers|contains|keeps?|makes?|moves?|opens?|closes?|expires|arrives|left|came|went|got)$/;
/** Too general alone, and fine in "pull request" or "address change". */
const needsAnotherWord = /^(?:requests?|changes?|issues?|fix|calls?|line|number|name|window|result|time|step)$/;
const loneAdjective =
  /^(?:free|new|old|big|small|large|open|closed|busy|available|possible|ready|late|early|blue|red|green|white|black|yellow|hungry|vegetarian|dirty|broken|freezing|cold|hot|daily|weekly|monthly|urgent|wrong|same|different|high|low|cheap|expensive|important|necessary|several|single|double|full|empty|ripe|dry|wet|clean|valid|kind|happy|correct|corrected|sick|ill|tired|able|glad|slow|simple|quick|easy|hard|nice|long|short|working)$/;

type Phrase = { text: string; stems: string[]; score: number };

/** At most five things that the conversation is about, weightiest first, in lower case; noun phrases where it is English. */
export async function findTopics(
  candidates: readonly Scored[],
  language: string | null,
  matterPosition: number | null,
  pace: () => Promise<void> | undefined,
): Promise<string[]> {
  const phrases = new Map<string, Phrase>();
  const frequency = new Map<string, number>();
  for (const scored of candidates.slice(0, maxRead)) {
    for (const stem of scored.stems) frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
    const found = language === 'en' ? nounPhrases(scored) : plainWords(scored, language);
    const score = scored.score * (scored.position === matterPosition ? matterWeight : 1);
    for (const words of found) {
      const text = words.join(' ').toLowerCase();
      const known = phrases.get(text);
      if (known === undefined) phrases.set(text, { text, stems: words.map(stemOf), score });
      else known.score += score;
    }
    await pace();
  }
  return pickTopics([...phrases.values()], frequency);
}

function pickTopics(phrases: Phrase[], frequency: ReadonlyMap<string, number>): string[] {
  const weight = (phrase: Phrase): number => {
    const weights = phrase.stems.map((stem) => frequency.get(stem) ?? 1);
    const mean = weights.reduce((sum, one) => sum + one, 0) / weights.length;
    return mean * Math.log2(1 + phrase.score) * (phrase.stems.length > 1 ? 1.3 : 1);
  };
  const ranked = phrases
    .map((phrase) => ({ phrase, weight: weight(phrase) }))
    .sort((a, b) => b.weight - a.weight || (a.phrase.text < b.phrase.text ? -1 : 1));
  const topics: string[] = [];
  const taken = new Set<string>();
  for (const { phrase } of ranked) {
    if (topics.length === maxTopics) break;
    if (phrase.stems.some((stem) => taken.has(stem))) continue;
    for (const stem of phrase.stems) taken.add(stem);
    topics.push(phrase.text);
  }
  return topics;
}

function nounPhrases(scored: Scored): string[][] {
  const all = tagEnglish(spokenOf(scored.sentence));
  const imperative = findImperative(all);
  const tokens = imperative === null ? all : all.slice(imperative.at + 1);
  const found: string[][] = [];
  let run: Token[] = [];
  const close = (next: Token | undefined): void => {
    const words = wordsOfPhrase(run, next);
    run = [];
    if (words.length > 0) found.push(words);
  };
  for (const [at, token] of tokens.entries()) {
    const isWord = /^\p{L}[\p{L}\p{M}-]{1,24}$/u.test(token.text);
    // "…, choose Security and click Reset": after a comma or "and", an instruction goes on.
    const isBidding = imperative !== null && isInstructionVerb(token.lower) && isAfterJoint(tokens[at - 1]);
    if (isBidding) close(token);
    else if (isWord && (token.pos === 'NOUN' || token.pos === 'PROPN' || isProductWord(tokens, at))) run.push(token);
    else if (isWord && token.pos === 'ADJ' && run.every((one) => one.pos === 'ADJ')) run.push(token);
    else close(token);
  }
  close(undefined);
  return found;
}

function isAfterJoint(token: Token | undefined): boolean {
  return token === undefined || token.pos === 'CCONJ' || token.text === ',';
}

/** "the Pro plan": a word with a capital that the tagger does not know, right before a noun. */
function isProductWord(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  return at > 0 && token?.pos === 'X' && /^\p{Lu}/u.test(token.text) && tokens[at + 1]?.pos === 'NOUN';
}

function wordsOfPhrase(run: readonly Token[], next: Token | undefined): string[] {
  const kept = [...run];
  // "The app crashes with …": the last noun is the verb where no other follows.
  const isVerbless = next === undefined || !['AUX', 'VERB'].includes(next.pos);
  if (kept.length > 1 && isVerbless && verbsTakenForNouns.test(kept.at(-1)?.lower ?? '')) kept.pop();
  const verb = kept.findIndex((token, at) => at > 0 && verbsTakenForNouns.test(token.lower));
  if (verb > 0 && verb < kept.length - 1) kept.splice(verb);
  while (kept.length > 0 && kept.at(-1)?.pos === 'ADJ') kept.pop();
  const words = kept.slice(-maxPhraseWords).map((token) => token.text);
  while (words.length > 0 && isGeneral(words[0] ?? '')) words.shift();
  const last = words.at(-1)?.toLowerCase();
  if (last === undefined || last.length < 3) return [];
  if (isGeneral(last) && !(words.length > 1 && needsAnotherWord.test(last))) return [];
  return words.length === 1 && (loneAdjective.test(last) || verbsTakenForNouns.test(last)) ? [] : words;
}

function isGeneral(word: string): boolean {
  const lower = word.toLowerCase();
  return tooGeneral.test(lower) || isStopWord(lower, 'en') || isPoliteWord(lower, 'en');
}

function plainWords(scored: Scored, language: string | null): string[][] {
  return wordsOf(scored.sentence.prose)
    .filter(
      (word) =>
        [...word].length > 1 &&
        word.length <= 40 &&
        /\p{L}/u.test(word) &&
        !/^\p{Script=Hiragana}+$/u.test(word) &&
        !/^(?:\p{N}+|euros?|d[oó]lare?s|dollars?)$/iu.test(word) &&
        !isStopWord(word, language) &&
        !isPoliteWord(word, language),
    )
    .map((word) => [word.toWellFormed()]);
}
