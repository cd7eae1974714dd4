import { type Token, tagEnglish } from './english.ts';
import type { Reported } from './speech-act.ts';

/**
 * What shows that a sentence was broken as it was written, or was not read right. It is left out: a quiet summary is
 * better than one that nobody can make sense of.
 */
const garbled: readonly RegExp[] = [
  // "says that 'm not thinking straight"
  /(?:^|\s)'(?:m|s|re|ve|d|ll|t)\b/i,
  // "1 didn't think so"
  /\b1 (?:am|was|have|had|do|did|don't|didn't|can|can't|could|will|would|should|think|know)\b/,
  // "drew a blank on ~ about the test", "[Hmm]", "…, but."
  /(?:^|\s)[~|^*_=<>\\]+(?=\s|$)|\[(?:h+m+|ok|okay|laugh\w*|sigh\w*|inaudible|crosstalk|pause)\b|[{}]/i,
  /\b(?:and|but|or|because|the|an?|if|than|my|your|their|whether)[\s.,!?…-]*$/i,
  // Nobody who does it: "says was wearing shoes", "says already pushed".
  /\bsays (?:am|is|are|was|were|has|have|had|do|does|did|don't|doesn't|didn't|can|could|will|would|should|be|been|already|also|yet|let|seems?|sounds?|looks?|feels?|depends|got|went|came|took|saw|heard|thought|means|makes)\b/,
  /\b(?:says|asks) (?:\p{L}+ )?(?:says|asks)\b/u,
  /\bsays (?:that )?(?:how|what|why|where|when|who) (?:can|could|do|does|did|is|are|was|have|has|had|will|would|should|shall)\b(?! not)/,
  /\b(?:their|his|her|its) (?:will|is|are|was|were|can) \p{L}|\bto do,|\bmay \S+ ask/u,
  /\bsays (?:that )?(?:am|is|are|was|were|has|have|had|wo|ca|could|would|should|did|do|does)n't\b|, be sure\b|\bsays (?:that )?(?:come|same|better|worse|plus|minus|let's|thanks|sorry)\b(?! (?:than|also|of)\b)/,
  /(?<!s)\s' \p{L}/u,
  /\bthere (?:is|are) (?:playing|showing|having|doing|making|getting|going|coming|saying|looking)\b/,
  // "people think so, but after they all have a few beers"
  /(?<!\b(?:where|when|how|why|what)) (?:but|and|so) (?:after|when|if|because|before|until|since|once|while|although) (?:(?!\b(?:it|they|he|she|there|[A-Z]\S+) (?:will|would|can|could|may|should|is|are)\b)[^,])*$/,
  /, (?:will|would|can|could|do|does|did|is|are) (?:the \w+|#\S+|\p{Lu}\p{L}+|they|he|she) \p{L}+s\b/u,
  /\s[,;](?=\s|$)|'s (?:am|is|are|was|were|not)\b/,
  // An order that was not read as one.
  /\bsays (?:that )?(?:(?:for|to|in|on|at) [^,]{2,60}, )?(?:turn|put|go|take|keep|drive|walk|meet|insert|press|click|bring|open|close|choose|select|enter|type|push|pull) (?:left|right|straight|the|your|an?|it|to|on|off|up|down|back|out)\b|\bto let's\b/i,
  /\bsays [Uu]se (?!of\b|is\b|was\b|cases?\b)/,
  // "asks whether Sara are Sara finished", "it's they have been planning"
  /(?<![\p{L}#])(#?\p{Lu}\S+) (?:are|is|do|did|have|can|will|will be) \1(?![\p{L}#])|\( |\bit's (?:they|he|she) (?:have|has|are|is|will)\b/u,
  // "kids'ability": words that ran together.
  /\p{Ll}'(?!clock\b|all\b|roll\b)\p{L}{3,}/u,
];
/** Sit in a sentence as nouns and name nothing that "it" could be. */
const timeNouns =
  /^(?:today|tomorrow|yesterday|tonight|day|days|week|weeks|month|months|year|years|time|times|hour|hours|minute|minutes|morning|afternoon|evening|night|moment|noon|way|lot|bit|kind|sort|one|ones|thing|something|anything|nothing|sir|madam|please|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december)$/;
/** "Two good examples are …", "Both are full": of what was named before. */
const countsOthers =
  /^(?:(?:(?:two|three|some|good|other|an?) ){1,3}examples?|both|neither|either|each|none|most|some|many|several|all|others?|the (?:others?|former|latter|rest))(?:,? too)? (?:is|are|was|were|have|has|can|will|would|do|does|did)\b/i;
const pronouns = new Set(['it', 'them', 'they', 'its', 'their']);
const takesClause = new Set(
  'think know say said tell told hope believe guess hear heard see saw mean meant feel felt find found realise realize suppose notice wish show shown agree remember understand understood learn learnt read promise expect doubt assume imagine bet confirm guarantee note decide suggest recommend explain state mention report write warn admit ensure insist prefer fear claim demand request ask complain reply answer worry wonder forget forgot discover check prove dream swear appear seem happen turn'.split(
    ' ',
  ),
);
const persons = new Set(['he', 'she', 'him', 'her', 'his', 'hers', 'himself', 'herself']);
/** Whom "he" and "she" may stand for. */
const personNouns =
  /^(?:m[ou]m|mommy|mummy|dad|daddy|(?:grand|step)?(?:mother|father|son|daughter|ma|pa)|parent|wife|husband|partner|fianc[eé]e?|(?:girl|boy)?friend|brother|sister|twin|cousin|aunt|uncle|niece|nephew|baby|kid|child|toddler|boy|girl|man|woman|guy|lady|gentleman|person|somebody|someone|everybody|everyone|nobody|anyone|anybody|boss|manager|director|chief|owner|colleague|coworker|employee|assistant|secretary|teacher|professor|student|pupil|classmate|roommate|flatmate|neighbou?r|landlord|landlady|tenant|doctor|dentist|nurse|patient|vet|lawyer|judge|officer|policeman|policewoman|driver|pilot|captain|courier|plumber|electrician|engineer|technician|mechanic|cook|chef|waiter|waitress|singer|actor|actress|artist|author|writer|player|coach|president|minister|mayor|king|queen|prince|princess|customer|client|guest|visitor|agent|advisor|representative|salesman|clerk|thief|robber|stranger|dog|cat|puppy|kitten|horse|pet)s?$/;
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

/** Whether what was told makes no sense as a sentence. */
export function isGarbled({ subject, rest }: Reported): boolean {
  const text = `${subject} ${rest}`;
  const quotes = text.match(/"/g)?.length ?? 0;
  // 'raising the pigs, raising the kids.
  const opened = text.match(/(?:^|\s)'(?!(?:em|cause|til|bout|round|n)\b)\p{L}/gu)?.length ?? 0;
  const closed = text.match(/[\p{L}\p{N}][.,!?]?'(?=[\s.,!?]|$)/gu)?.length ?? 0;
  return quotes % 2 === 1 || opened > closed || garbled.some((pattern) => pattern.test(text));
}

/**
 * Whether an English sentence speaks of something that only another one names: "I'll order it tonight", "Does she need
 * another prescription?", "I can do that".
 */
export function leansOnAnother(text: string): boolean {
  const tokens = tagEnglish(text);
  let hasNamed = false;
  let hasPerson = false;
  if (countsOthers.test(text)) return true;
  for (const [at, token] of tokens.entries()) {
    if (isBareDemonstrative(tokens, at) || (!hasNamed && isThatOne(tokens, at))) return true;
    if (!hasNamed && isUnnamed(tokens, at)) return true;
    if (!hasPerson && persons.has(token.lower)) return true;
    if (!['NOUN', 'PROPN'].includes(token.pos) || timeNouns.test(token.lower)) continue;
    hasNamed = true;
    if (token.pos === 'PROPN' || personNouns.test(token.lower)) hasPerson = true;
  }
  return false;
}

/** Whether an English sentence has a noun that another one could speak of. */
export function namesSomething(text: string): boolean {
  return tagEnglish(text).some(({ pos, lower }) => ['NOUN', 'PROPN'].includes(pos) && !timeNouns.test(lower));
}

/** "I know that …", "the book that …": the tagger takes every "that" for such a one. */
function opensClause(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.lower !== 'that') return false;
  const before = tokens[at - 1];
  if (before === undefined || before.pos === 'ADP' || ['have', 'has', 'had'].includes(before.lower)) return false;
  return before.pos !== 'VERB' || takesClause.has(before.base) || takesClause.has(before.lower);
}

/** "that class", "those pets" */
function isThatOne(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const next = tokens[at + 1];
  if (lower === 'this' && (next?.lower === 'one' || next?.lower === 'way')) return true;
  if ((lower !== 'that' && lower !== 'those') || next === undefined || opensClause(tokens, at)) return false;
  return at > 0 && ['NOUN', 'ADJ'].includes(next.pos) && !timeNouns.test(next.lower);
}

/** "that", "this", "these", "those" without what they point at, and no "that" of a clause. */
function isBareDemonstrative(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  if (!['this', 'that', 'these', 'those'].includes(lower) || opensClause(tokens, at)) return false;
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  const isLast = next === undefined || next.pos === 'PUNCT';
  if (lower !== 'that') {
    return isLast || ['AUX', 'ADP', 'CCONJ', 'SCONJ'].includes(next?.pos ?? '');
  }
  // "the machine that is broken", "everything that is left"
  if (before !== undefined && ['NOUN', 'PROPN', 'NUM', 'PRON', 'ADJ'].includes(before.pos)) return false;
  // "Can I buy that here?"
  if (['here', 'there', 'now', 'again', 'today', 'too', 'yet', 'first'].includes(next?.lower ?? ''))
    return before !== undefined;
  return isLast || (at > 0 && ['AUX', 'CCONJ'].includes(next?.pos ?? '') && before?.pos !== 'AUX');
}

function isUnnamed(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const next = tokens[at + 1];
  // "Is it possible to …"
  const isAsked = tokens[at - 1]?.pos === 'AUX' && ['ADJ', 'ADV'].includes(next?.pos ?? '');
  if (lower === 'it') return at > 0 && !forms.has(next?.lower ?? '') && !isAsked;
  if (pronouns.has(lower)) return true;
  if (lower === 'there') return at > 0 && next?.pos !== 'AUX' && !['AUX', 'PUNCT'].includes(tokens[at - 1]?.pos ?? '');
  if (lower === 'another' || lower === 'instead') return next === undefined || !timeNouns.test(next.lower);
  return (lower === 'one' || lower === 'ones') && ['DET', 'ADJ'].includes(tokens[at - 1]?.pos ?? '');
}
