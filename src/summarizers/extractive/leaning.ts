import { type Token, tagEnglish } from './english.ts';
import { isAfterOpening, isBesideOwn, isExplained, isIdentified, isToBe } from './impersonal.ts';
import { isNaming, isPeople, isPersonNoun, isPersonWord, isPlace, isSeveral, isThing, timeNouns } from './named.ts';

/** What a sentence speaks of without a word for it; what is at hand ("this one") no other sentence names. */
export type Leaning = 'thing' | 'several' | 'people' | 'person' | 'place' | 'hand';

/** "Two good examples are …", "Both are full": of what was named before. */
const countsOthers =
  /\b(?:that|this) (?:\p{Ll}+ )?one\b(?! (?:of|at|in|that|which|who)\b)|\bwithout (?:one|them)\b|\b(?:larger|bigger|smaller|cheaper|brighter|darker|lighter) (?:sizes?|ones?|colou?rs?)\b|\bthan (?:all )?the others?\b|^(?:(?:(?:two|three|some|good|other|an?) ){1,3}examples?|both|neither|either|each|none|most|some|many|several|all|others?|the (?:others?|former|latter|rest)|mine|yours|ours|theirs|his|hers)(?:,? too)? (?:is|are|was|were|have|has|can|will|would|do|does|did)\b|\bof the (?:two|three|four)\b(?= (?:is|are|do|does|did|would|will)\b|\?|\.|$)|\bthe others?(?=[\s.,!?]*$| (?:is|are|was|were|has|have)\b)|\b(?:something|anything) (?:\p{L}+er|(?:more|less) \p{L}+)\b(?! than\b)|\b(?:an?|the|of|some|any) (?:\p{L}+ )?\p{L}+ like (?:that|this|those|these)\b|\b(?:that|this) (?:kind|sort|type) of (?:thing|stuff)\b|^(?:\S+ ){0,3}(?:part|half|most|side|top|end|rest|middle|piece|bit|all|some|one|none|any|each|many|both) of (?:it|them)\b|\ba pair\b(?! of\b)|\bthis (?:concession|decision|suggestion|proposal|idea|advice|opinion|situation|reduction|agreement)\b/iu;
/** "this type", "this pair" */
const thisOne = /^(?:one|way|type|kind|sort|style|pair|model|size|colou?r)$/;
/** What one points at with a finger. */
const atHand = /\b(?:this|that) (?:\p{Ll}+ )?one\b(?! (?:of|at|in|that|which|who)\b)|\b(?:these|those) ones?\b/iu;
/** "the guy", "the thing": somebody who was told of before. */
const knownBefore =
  /\b(?:the|that) (?:(?:poor|old|young|new|other|whole|same) )?(?:guys?|man|woman|lady|fellow|person|thing|things|stuff|place|girl|boy)\b(?! (?:who|that|which|in|at|with|from|of|on|next|behind|i|you|we|he|she|they|called|named|to|for|has|have)\b)/iu;
/** "On my body, it looks terrible": what stands before the comma says where or when, not what. */
const placeFirst =
  /^(?:according to|on|in|at|for|with|from|by|during|under|about|without) [^,]{2,40}, (?:it|they|this|that|these|those)\b/i;
/** "Most people do", "I dare say it will be": what they do was said before. */
const cutShort =
  /\b(?:isn't|wasn't|is not|was not) (?:that|it)[\s.!]*$|\b(?:by|since|until|till|before|after) then\b|\binside[\s.!]*$|\bgo (?:together )?with (?:you|me|us)[\s.!]*$|\b(?:want|wanted|love|like|used|need|going|hope|plan|tried) to(?=,|[\s.!]*$)|\bwish (?:i|we) could(?=,|[\s.!]*$)|^(?:i|we|you|they|he|she) (?:will|would|can|could|did|do)(?:n't| not)? (?:tomorrow|later|soon|today|again|too|now|tonight|then)[\s.!]*$|\bif (?:i|we|you|they|he|she|it) (?:can|can't|do|don't|did|didn't|will|won't|is|isn't|are|aren't|could|couldn't),|(?<!\b(?:and|or|what|how|where|who|as|than) (?:\S+ ){0,4})\b(?:do|does|did|will|would|can|could|should|will be|would be|might|have|has|is|are|was|were|didn't|don't|doesn't|won't|can't)[\s.!]*$/i;
/** "On the contrary, there are …": goes on from what another said. */
const goesOnFrom =
  /^[\s.,'"…-]*(?:(?:oh|well|no|yes|but|ok|okay|and|so|yeah|all right)\b[,.! ]+)*(?:on the contrary|on the other hand|in (?:that|this|which) case|if so|if not|otherwise|likewise|at least|similarly|that way|this way(?=,)|you(?:'ll| will) be able to)\b/i;
const takesClause = new Set(
  'think know say said tell told hope believe guess hear heard see saw mean meant feel felt find found realise realize suppose notice wish show shown agree remember understand understood learn learnt read promise expect doubt assume imagine bet confirm guarantee note decide suggest recommend explain state mention report write warn admit ensure insist prefer fear claim demand request ask complain reply answer worry wonder forget forgot discover check prove dream swear appear seem happen turn'.split(
    ' ',
  ),
);
const plural = new Set(['they', 'them', 'their', 'theirs']);
const persons = new Set(['he', 'she', 'him', 'her', 'his', 'hers', 'himself', 'herself']);
const forms = new Set([
  'is',
  "'s",
  'was',
  'will',
  'would',
  "'d",
  "'ll",
  'has',
  'had',
  'may',
  'might',
  'could',
  'should',
]);
/** Whether an English sentence speaks of something that only another one names: "I'll order it tonight". */
export function leansOnAnother(text: string): boolean {
  return leaningsOf(text).size > 0;
}

/** Whether an English sentence speaks of a person whom it does not name before. */
export function leansOnAPerson(text: string): boolean {
  return leaningsOf(text).has('person');
}

/** Whether an English sentence speaks of several things or people whom it does not name before. */
export function leansOnSeveral(text: string): boolean {
  return leaningsOf(text).has('several');
}

/** Whether a sentence goes on from another with the words it opens with ("On the contrary, …"); give it with its fillers. */
export function goesOnFromAnother(prose: string): boolean {
  return goesOnFrom.test(prose);
}

/** Whether an English sentence that begins with "it" speaks of no thing: "It is hard to park here", "It is raining". */
export function isAboutNothing(text: string): boolean {
  const tokens = tagEnglish(text);
  return tokens[0]?.lower === 'it' && isExplained(tokens, 0);
}

const ofOthers = new Set('any none one some both neither either others'.split(' '));
const counted = new Set('add buy need take order want have get book suggest try use'.split(' '));
const ofOwners = new Set('mine yours ours theirs'.split(' '));

/** Words without which nothing in a sentence can speak of another, or a number at its end. */
const pointing =
  /\b(?:its?|they|them|theirs?|there|he|she|him|hers?|his|himself|herself|ones?|another|instead|any|none|some|both|neither|either|others|mine|yours|ours|this|that|these|those)\b|(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve))[\s.?!]*$/i;

/** How many sentences' leanings are kept: one is asked for by the choice, by whatever leans on it, and by what is to be done. */
const maxKept = 400;
const kept = new Map<string, ReadonlySet<Leaning>>();

/** What an English sentence speaks of that it does not name before. */
export function leaningsOf(text: string): ReadonlySet<Leaning> {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const found = findLeanings(text);
  if (kept.size === maxKept) kept.clear();
  kept.set(text, found);
  return found;
}

function findLeanings(text: string): ReadonlySet<Leaning> {
  const leanings = new Set<Leaning>();
  const named = { thing: false, several: false, people: false, place: false, person: -1 };
  if (atHand.test(text)) leanings.add('hand');
  if (countsOthers.test(text) || placeFirst.test(text) || knownBefore.test(text) || cutShort.test(text))
    leanings.add('thing');
  if (!pointing.test(text)) return leanings;
  const tokens = tagEnglish(text);
  for (const [at, token] of tokens.entries()) {
    const { lower } = token;
    if (isBareDemonstrative(tokens, at) || isThatOne(tokens, at)) leanings.add('thing');
    if (
      (!named.thing && isUnnamed(tokens, at)) ||
      isAfterOpening(tokens, at) ||
      isBesideOwn(tokens, at, (other) => isThing(tokens, other))
    )
      leanings.add('thing');
    if (lower !== 'that' && isPointed(tokens, at)) leanings.add('hand');
    if (lower === 'there' && !named.place && isWhere(tokens, at)) leanings.add('place');
    if (lower === 'they' && !named.people && isDoneByPeople(tokens, at)) leanings.add('people');
    if (lower === 'their' && !named.several && named.person < 0) leanings.add('people');
    if (plural.has(lower) && ((!named.people && isWhoseOwn(tokens, at)) || (!named.several && named.person < 0)))
      leanings.add('several');
    if (persons.has(lower) && (named.person < 0 || isAnother(tokens, named.person, at))) leanings.add('person');
    if (!isNaming(token)) continue;
    named.thing ||= isThing(tokens, at);
    named.place ||= isPlace(tokens, at);
    named.people ||= isPeople(token);
    named.several ||= isSeveral(tokens, at);
    if (isPersonNoun(token)) named.person = at;
  }
  return leanings;
}

/** "They offered me a job": no things did. */
function isDoneByPeople(tokens: readonly Token[], at: number): boolean {
  const verb = tokens.slice(at + 1, at + 5).find(({ pos }) => !['AUX', 'ADV', 'PART'].includes(pos));
  return verb !== undefined && doneByPeople.has(verb.base);
}

const doneByPeople = new Set(
  'say tell ask offer give want charge change send promise call write buy sell think know refuse agree invite let help hire fire pay teach live rent speak sing serve'.split(
    ' ',
  ),
);

/** "the instruments that they use": who uses them is not the instruments. */
function isWhoseOwn(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.lower !== 'they') return false;
  const isLinked = ['that', 'which'].includes(tokens[at - 1]?.lower ?? '');
  return isSeveral(tokens, isLinked ? at - 2 : at - 1);
}

/** "The teacher accused her": somebody else than the teacher. */
function isAnother(tokens: readonly Token[], person: number, at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const isObject = lower === 'him' || (lower === 'her' && !['NOUN', 'ADJ'].includes(tokens[at + 1]?.pos ?? ''));
  if (!isObject) return false;
  const between = tokens.slice(person + 1, at);
  // "where Rick works wants him": not Rick wants.
  if (between.filter(({ pos }) => pos === 'VERB').length > 1 && !between.some(({ lower: word }) => word === 'to'))
    return false;
  return !between.some(
    (token) => ['CCONJ', 'SCONJ', 'PUNCT', 'PRON'].includes(token.pos) || ['that', 'who'].includes(token.lower),
  );
}

/** "I know that …", "the book that …": the tagger takes every "that" for such a one. */
function opensClause(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.lower !== 'that') return false;
  const before = tokens[at - 1];
  if (
    before === undefined ||
    before.pos === 'ADP' ||
    before.lower === 'least' ||
    ['have', 'has', 'had'].includes(before.lower)
  )
    return false;
  // "if that's the case"
  if (['CCONJ', 'SCONJ'].includes(before.pos) && tokens[at + 1]?.pos === 'AUX') return false;
  // "I guess that's because …"
  const next = tokens[at + 1];
  if (before.pos === 'VERB' && (next === undefined || ['AUX', 'PUNCT'].includes(next.pos))) return false;
  return before.pos !== 'VERB' || takesClause.has(before.base) || takesClause.has(before.lower);
}

/** "that class", "those pets" */
function isThatOne(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const next = tokens[at + 1];
  if (lower === 'this' && thisOne.test(next?.lower ?? '') && tokens[at + 2]?.lower !== 'of') return true;
  if (lower === 'this' && next?.pos === 'NOUN' && isPersonWord(next.lower)) return at > 0;
  if ((lower !== 'that' && lower !== 'those') || next === undefined || opensClause(tokens, at)) return false;
  // "that digital camera" says which.
  if (tokens[at + 2]?.pos === 'NOUN' || tokens[at + 2]?.pos === 'PROPN') return false;
  if (at === 0 || !['NOUN', 'ADJ'].includes(next.pos) || timeNouns.test(next.lower)) return false;
  // "The dogs are sold: I like those dogs."
  return !tokens.slice(0, at).some((token) => token.pos === 'NOUN' && token.base === next.base);
}

/** "that", "this", "these", "those" without what they point at, and no "that" of a clause. */
function isBareDemonstrative(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  if (!['this', 'that', 'these', 'those'].includes(lower) || opensClause(tokens, at)) return false;
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  const isLast = next === undefined || next.pos === 'PUNCT';
  if (lower !== 'that') {
    // "I think this demonstrates …"
    const isActing =
      next?.pos === 'VERB' && !/(?:ed|ing)$/.test(next.lower) && (next.base !== next.lower || lower !== 'this');
    const isCounted = lower === 'those' && ['DET', 'NUM'].includes(next?.pos ?? '');
    return isLast || isActing || isCounted || ['AUX', 'ADP', 'CCONJ', 'SCONJ'].includes(next?.pos ?? '');
  }
  // "the machine that is broken", "everything that is left"
  if (before !== undefined && before.lower !== 'least' && ['NOUN', 'PROPN', 'NUM', 'PRON', 'ADJ'].includes(before.pos))
    return false;
  // "Can I buy that here?"
  if (
    ['here', 'there', 'back', 'now', 'again', 'today', 'too', 'yet', 'first', 'out', 'off', 'up'].includes(
      next?.lower ?? '',
    )
  )
    return before !== undefined;
  return isLast || (at > 0 && ['AUX', 'CCONJ'].includes(next?.pos ?? '') && before?.pos !== 'AUX');
}

/** "Watch this", "sign these" */
function isPointed(tokens: readonly Token[], at: number): boolean {
  if (!['this', 'these', 'those'].includes(tokens[at]?.lower ?? '')) return false;
  const next = tokens[at + 1];
  return (next === undefined || next.pos === 'PUNCT') && tokens[at - 1]?.pos === 'VERB';
}

function isWhere(tokens: readonly Token[], at: number): boolean {
  const { pos = '', lower = '' } = tokens[at - 1] ?? {};
  if (at === 0 || tokens[at + 1]?.pos === 'AUX' || pos === 'PUNCT') return false;
  return pos !== 'AUX' || lower === 'be' || lower === 'been';
}

function isUnnamed(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const next = tokens[at + 1];
  // "Is it possible to …"
  const isAsked = at === 1 && tokens[0]?.pos === 'AUX' && ['ADJ', 'ADV'].includes(next?.pos ?? '');
  // "It has been raining" speaks of no thing; "it has a radio" does.
  const isOwning = (next?.lower === 'has' || next?.lower === 'had') && tokens[at + 2]?.lower !== 'been';
  if (lower === 'it')
    return (
      at > 0 &&
      !isAsked &&
      !isExplained(tokens, at) &&
      (!forms.has(next?.lower ?? '') || isOwning || isToBe(tokens, at) || isIdentified(tokens, at))
    );
  if (lower === 'its' || ofOwners.has(lower)) return true;
  if (lower === 'another' || lower === 'instead') return next === undefined || !timeNouns.test(next.lower);
  const isLast = next === undefined || next.pos === 'PUNCT';
  // "Can we add five?"
  const isCounted = next === undefined || next.pos === 'PUNCT';
  if (tokens[at]?.pos === 'NUM' && isCounted && counted.has(tokens[at - 1]?.base ?? '')) return true;
  // "We don't have any.", "I will buy one."
  if (ofOthers.has(lower) && isLast) return true;
  const isPlaced = ['ADP', 'ADV'].includes(next?.pos ?? '') && next?.lower !== 'of';
  if (['one', 'some', 'any'].includes(lower) && ['VERB', 'AUX'].includes(tokens[at - 1]?.pos ?? '') && isPlaced)
    return true;
  return (lower === 'one' || lower === 'ones') && ['DET', 'ADJ'].includes(tokens[at - 1]?.pos ?? '');
}
