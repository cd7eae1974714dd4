import { type Token, tagEnglish } from './english.ts';
import { isInstructionVerb } from './imperatives.ts';

/** Sit in a sentence as nouns and name nothing that "it" could be. */
export const timeNouns =
  /^(?:today|tomorrow|yesterday|tonight|day|days|week|weeks|month|months|year|years|time|times|hour|hours|minute|minutes|things|stuff|morning|afternoon|evening|night|moment|noon|way|lot|bit|kind|sort|one|ones|problem|problems|matter|question|idea|reason|fact|thing|something|anything|nothing|sir|madam|please|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december)$/;
/** The same of measures, and of what is no thing: "a thousand dollars to learn it", "what the difference between them is". */
const noThings =
  /^(?:dollars?|euros?|pounds?|yuan|rmb|cents?|bucks?|francs?|rupees?|yen|percent|miles?|kilometers?|kilometres?|meters?|metres?|centimeters?|kilos?|grams?|degrees?|o'clock|[ap]m|difference|differences|chance|trouble|pity|fun|luck|care|attention|mind|heart|turn|sense|guess|fault|need|use|help|favou?r|hurry|weekend|holiday|deal|look|try|plan|hope)$/;
/** Whom "he" and "she" may stand for. */
const personNouns =
  /^(?:m[ou]m|mommy|mummy|dad|daddy|(?:grand|step)?(?:mother|father|son|daughter|ma|pa)|parent|wife|husband|partner|fianc[eé]e?|(?:girl|boy)?friend|brother|sister|twin|cousin|aunt|uncle|niece|nephew|baby|kid|child|toddler|boy|girl|man|woman|guy|lady|gentleman|person|somebody|someone|everybody|everyone|nobody|anyone|anybody|boss|manager|director|chief|owner|colleague|coworker|employee|assistant|secretary|teacher|professor|student|pupil|classmate|roommate|flatmate|neighbou?r|landlord|landlady|tenant|doctor|dentist|nurse|patient|vet|lawyer|judge|officer|policeman|policewoman|driver|pilot|captain|courier|plumber|electrician|engineer|technician|mechanic|cook|chef|waiter|waitress|singer|actor|actress|artist|author|writer|player|coach|president|minister|mayor|king|queen|prince|princess|customer|client|guest|visitor|agent|advisor|representative|salesman|clerk|thief|robber|stranger|dog|cat|puppy|kitten|horse|pet)s?$/;
const animals = /^(?:dog|cat|puppy|kitten|horse|pet|baby)s?$/;
const collective =
  /^(?:people|children|men|women|police|staff|team|company|firm|bank|shop|store|hotel|office|school|airline|family|parents|everyone|everybody|someone|somebody|anyone|anybody|nobody|couple|pair|support|department|government|band|crew|group)$/;
const severalWords =
  /\b(?:people|children|men|women|police|staff|team|company|firm|bank|shop|store|hotel|office|school|airline|family|parents|everyone|everybody|couple|pair|few|many|all|some)\b|\p{L} and \p{L}/iu;
const placePreposition = new Set(
  'in at to near from into around through outside inside behind opposite past'.split(' '),
);
const notInAPlace = new Set(
  'in at outside inside near behind during after before under over around through from by'.split(' '),
);
const places =
  /^(?:airport|bank|bar|beach|building|cafe|church|cinema|city|clinic|club|college|country|court|gym|home|hospital|hotel|house|island|lake|library|mall|market|museum|office|park|place|restaurant|room|school|shop|station|store|supermarket|theater|theatre|town|university|village|website|site|apartment|garage|garden|pool|farm|factory|camp)s?$/;
const titledName = /\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? \p{Lu}\p{L}+/gu;

/** "I'm" is no name, whatever the tagger takes it for. */
export function isNaming({ pos, lower }: Token): boolean {
  return ['NOUN', 'PROPN'].includes(pos) && !timeNouns.test(lower) && !/^(?:i|you|we|they|he|she|it)'/.test(lower);
}

/** One person: "girls" are nobody that "she" could be, nor is "I'm", which the tagger takes for a name. */
export function isPersonNoun({ pos, lower, text }: Token): boolean {
  if (pos === 'PROPN' && !personNouns.test(lower)) return !text.includes("'") && !isInstructionVerb(lower);
  return ['NOUN', 'PROPN'].includes(pos) && personNouns.test(lower) && !/[^s]s$/.test(lower);
}

/** Whether a common noun for people stands here: "this guy". */
export function isPersonWord(lower: string): boolean {
  return personNouns.test(lower);
}

/** What "it" in the same sentence may be: no person, no measure, nothing that only says where ("outside a store"), and no name alone. */
export function isThing(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined || !isNaming(token) || noThings.test(token.lower) || isDone(tokens, at)) return false;
  if (personNouns.test(token.lower)) return animals.test(token.lower);
  if (token.pos === 'PROPN' && at > 0 && !isBesideNoun(tokens, at)) return false;
  return !notInAPlace.has(prepositionOf(tokens, at));
}

/** "I will re-work it": taken for a noun. */
function isDone(tokens: readonly Token[], at: number): boolean {
  return /^(?:will|'ll|can|could|would|'d|should|must|may|might)$/.test(tokens[at - 1]?.lower ?? '');
}

/** What "they" in the same sentence may be: several, or who acts as several. */
export function isSeveral(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined || !isNaming(token) || noThings.test(token.lower)) return false;
  const isJoined =
    tokens[at + 1]?.lower === 'and' && ['NOUN', 'PROPN', 'DET', 'PRON'].includes(tokens[at + 2]?.pos ?? '');
  return (
    isJoined ||
    collective.test(token.lower) ||
    isPlural(token) ||
    (token.pos === 'NOUN' && personNouns.test(token.lower))
  );
}

function isPlural({ pos, lower, base }: Token): boolean {
  return pos === 'NOUN' && /[^s]s$/.test(lower) && base !== lower;
}

/** Who acts as people do: people, a firm. */
export function isPeople({ pos, lower }: Token): boolean {
  return (
    pos === 'PROPN' || personNouns.test(lower) || collective.test(lower) || /(?:ers|ors|ists|ians|ants)$/.test(lower)
  );
}

/** Whether an English sentence names people. */
export function namesPeople(text: string): boolean {
  return tagEnglish(text).some(isPeople);
}

/** Where "there" in the same sentence may be. */
export function isPlace(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  // "a museum tour" is no museum.
  if (token === undefined || !isNaming(token) || tokens[at + 1]?.pos === 'NOUN') return false;
  return places.test(token.lower) || placePreposition.has(prepositionOf(tokens, at));
}

function isBesideNoun(tokens: readonly Token[], at: number): boolean {
  return [tokens[at - 1]?.pos, tokens[at + 1]?.pos].some((pos) => pos === 'DET' || pos === 'NOUN' || pos === 'PROPN');
}

/** The preposition of the noun phrase that ends at `at`; '' where there is none. */
function prepositionOf(tokens: readonly Token[], at: number): string {
  let from = at - 1;
  while (['DET', 'ADJ', 'NOUN', 'PROPN', 'NUM', 'PRON'].includes(tokens[from]?.pos ?? '')) from -= 1;
  const before = tokens[from];
  return before?.pos === 'ADP' || before?.lower === 'to' ? before.lower : '';
}

/** Whether an English sentence names somebody whom "he" or "she" in another could be. */
export function namesSomebody(text: string): boolean {
  return tagEnglish(text).some(isPersonNoun);
}

/** Whether an English sentence has a noun that another one could speak of; "Ms. Murphy" is none that "it" could be. */
export function namesSomething(text: string): boolean {
  return tagEnglish(text.replaceAll(titledName, '')).some(
    (token) =>
      isNaming(token) && !noThings.test(token.lower) && (!personNouns.test(token.lower) || animals.test(token.lower)),
  );
}

/** Whether an English sentence names what "they" in another could be: several, or a firm that acts as one. */
export function namesSeveral(text: string): boolean {
  return (
    severalWords.test(text) ||
    tagEnglish(text).some(({ pos, lower }) => pos === 'NOUN' && /[^s]s$/.test(lower) && !timeNouns.test(lower))
  );
}

/** Whether an English sentence names where "there" in another could be. */
export function namesAPlace(text: string): boolean {
  const tokens = tagEnglish(text);
  return tokens.some((_, at) => isPlace(tokens, at));
}
