import { type Token, tagEnglish } from './english.ts';
import { isInstructionVerb } from './imperatives.ts';
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
  /(?<!s)\s' \p{L}|\bsays (?:that )?' /u,
  // "they don't haven any", "shouldn't to be", "when get tired", "seems like rain", "had better not."
  /n't (?:haven|having|has|had|was|is|are|did|got|to)\b|\b(?:when|if|because) (?:am|get|got|went|came|have|had)\b|, (?:seems?|looks?|sounds?) like\b|\bhad better not(?=,|\.?$)/,
  // "a job's a job Gotta earn money", "…, shall they?"
  /\p{Ll}{2} (?:Gotta|But|And|So|Then|Because|They|We|He|She|You|There|This|That|How|Why|If|Is|Are|Do|Don't|Let)\s|, shall \S+[.?]*$/u,
  // "it's sounds like fun", "4 years, but uh, I grew up here", "not dying are you, it looks like"
  /\bthe \p{Ll}+ is \p{Ll}+ is\b|\bit's (?:sounds?|looks?|seems?|feels?|has|have)\b|\b(?:uh|um|erm?|ha ha)\b,|ing (?:are|is) (?:#\S+|they|he|she|\p{Lu}\S+), /u,
  // "wants Bob know", "…, get it?", "that's too bad, anyway, things will turn round"
  /\bwants (?:#\S+|them|\p{Lu}\p{Ll}+) (?:know|be|have|get|do|go|come)\b|, get it\b|, anyway,/u,
  // "it's and excellent", "on the bottle here that I can have two", "you got it"
  /\bit's(?: (?:and|but|or)\b|[,.]?$)|\bsays that (?:on|in|at) [^,]* here that\b|\bsays (?:they|#\S+|the \w+|\p{Lu}\p{Ll}+) got (?:it|them|me|#\S+)[.!]?$/u,
  // Orders that were not read as such: "says insert the card", "says Position yourself, …"
  /\bsays (?:that )?(?:[Ii]nsert|[Pp]osition|[Rr]emember|[Ii]magine)\s|\band that (?:Position|Insert|Put|Press|Push) /u,
  // "an article I hope I can sell", "my class, the students who go to work", "it seems not or"
  /\bsays (?:that )?an? \p{Ll}+ (?:#\S+|they) (?:hopes?|wants?|thinks?) (?:#\S+|they) \p{Ll}+ \p{Ll}+(?:,|\.|$)|'s (?:\p{Ll}+ ){0,3}\p{Ll}+, (?:the|an?) \p{Ll}+ (?:who|that|which) [^,]*$|\bseems not or\b/u,
  // "offers Bob anything else", "suggests that they say simple", "asks about Bob", "before left home"
  /\boffers \S+ anything else\b|\bsuggests that they say\b|\basks about (?:#\S+|them|the user|the assistant)[.?]*$|\b(?:before|after) (?:left|went|came|got|leave|go)\b/u,
  // "asks Bob to walk two blocks and it's on the corner", "says Dad, but I can manage"
  /\b(?:asks|tells|advises) .* to .* and it(?:'s| is) |\bsays (?:\p{Lu}\p{Ll}+), (?:but|so)\b/u,
  // "says a little bit expensive", "says that besides exercise will help"
  /\bsays (?:that )?(?:a (?:little )?bit|a little|very|too|so|quite|rather|pretty) \p{Ll}+(?:,|\.?$)|\bsays that besides\b(?!.*, (?:they|it|there|the|#|\p{Lu}))|\ball of them\b.*\ball of them\b/u,
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
  /^(?:today|tomorrow|yesterday|tonight|day|days|week|weeks|month|months|year|years|time|times|hour|hours|minute|minutes|morning|afternoon|evening|night|moment|noon|way|lot|bit|kind|sort|one|ones|problem|problems|matter|question|idea|reason|fact|thing|something|anything|nothing|sir|madam|please|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december)$/;
/** "Two good examples are …", "Both are full": of what was named before. */
const countsOthers =
  /\b(?:that|this) (?:\p{Ll}+ )?one\b(?! (?:of|at|in|that|which|who)\b)|\bwithout (?:one|them)\b|\b(?:larger|bigger|smaller|cheaper|brighter|darker|lighter) (?:sizes?|ones?|colou?rs?)\b|\bthan (?:all )?the others?\b|^(?:(?:(?:two|three|some|good|other|an?) ){1,3}examples?|both|neither|either|each|none|most|some|many|several|all|others?|the (?:others?|former|latter|rest))(?:,? too)? (?:is|are|was|were|have|has|can|will|would|do|does|did)\b|\bof the (?:two|three|four)\b(?= (?:is|are|do|does|did|would|will)\b|\?|\.|$)/iu;
/** "this type", "this pair" */
const thisOne = /^(?:one|way|type|kind|sort|style|pair|model|size|colou?r)$/;
/** "On my body, it looks terrible": what stands before the comma says where or when, not what. */
const placeFirst =
  /^(?:on|in|at|for|with|from|by|during|under|about|without) [^,]{2,40}, (?:it|they|this|that|these|those)\b/i;
const titledName = /\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? \p{Lu}\p{L}+/gu;
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
  const opened = text.match(/(?:^|\s)'(?!(?:em|cause|til|bout|round|n)\b)[\p{L}#]/gu)?.length ?? 0;
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
  if (countsOthers.test(text) || placeFirst.test(text)) return true;
  for (const [at, token] of tokens.entries()) {
    if (isBareDemonstrative(tokens, at) || isThatOne(tokens, at)) return true;
    if (!hasNamed && isUnnamed(tokens, at)) return true;
    if (!hasPerson && persons.has(token.lower)) return true;
    if (!isNaming(token)) continue;
    hasNamed = true;
    if (isPersonNoun(token)) hasPerson = true;
  }
  return false;
}

/** Whether an English sentence speaks of a person whom it does not name before. */
export function leansOnAPerson(text: string): boolean {
  for (const token of tagEnglish(text)) {
    if (persons.has(token.lower)) return true;
    if (isPersonNoun(token)) return false;
  }
  return false;
}

/** Whether an English sentence names somebody whom "he" or "she" in another could be. */
export function namesSomebody(text: string): boolean {
  return tagEnglish(text).some(isPersonNoun);
}

/** One person: "girls" are nobody that "she" could be, nor is "I'm", which the tagger takes for a name. */
function isPersonNoun({ pos, lower, text }: Token): boolean {
  if (pos === 'PROPN' && !personNouns.test(lower)) return !text.includes("'") && !isInstructionVerb(lower);
  return ['NOUN', 'PROPN'].includes(pos) && personNouns.test(lower) && !/[^s]s$/.test(lower);
}

/** Whether an English sentence has a noun that another one could speak of; "Ms. Murphy" is none that "it" could be. */
export function namesSomething(text: string): boolean {
  return tagEnglish(text.replaceAll(titledName, '')).some(isNaming);
}

/** "I'm" is no name, whatever the tagger takes it for. */
function isNaming({ pos, lower }: Token): boolean {
  return ['NOUN', 'PROPN'].includes(pos) && !timeNouns.test(lower) && !/^(?:i|you|we|they|he|she|it)'/.test(lower);
}

/** Whether an English sentence speaks of several things or people whom it does not name before. */
export function leansOnSeveral(text: string): boolean {
  for (const token of tagEnglish(text)) {
    if (token.lower === 'they' || token.lower === 'them') return true;
    if (isNaming(token)) return false;
  }
  return false;
}

/** Whether an English sentence names what "they" in another could be: several, or a firm that acts as one. */
export function namesSeveral(text: string): boolean {
  return (
    /\b(?:people|children|men|women|police|staff|team|company|firm|bank|shop|store|hotel|office|school|airline|family|parents|everyone|everybody|couple|pair|lot|few|many|all|some)\b|\p{L} and \p{L}/iu.test(
      text,
    ) || tagEnglish(text).some(({ pos, lower }) => pos === 'NOUN' && /[^s]s$/.test(lower) && !timeNouns.test(lower))
  );
}

/** "I know that …", "the book that …": the tagger takes every "that" for such a one. */
function opensClause(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.lower !== 'that') return false;
  const before = tokens[at - 1];
  if (before === undefined || before.pos === 'ADP' || ['have', 'has', 'had'].includes(before.lower)) return false;
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
  if (lower === 'this' && next?.pos === 'NOUN' && personNouns.test(next.lower)) return at > 0;
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
    return isLast || ['AUX', 'ADP', 'CCONJ', 'SCONJ'].includes(next?.pos ?? '');
  }
  // "the machine that is broken", "everything that is left"
  if (before !== undefined && before.lower !== 'least' && ['NOUN', 'PROPN', 'NUM', 'PRON', 'ADJ'].includes(before.pos))
    return false;
  // "Can I buy that here?"
  if (['here', 'there', 'back', 'now', 'again', 'today', 'too', 'yet', 'first'].includes(next?.lower ?? ''))
    return before !== undefined;
  return isLast || (at > 0 && ['AUX', 'CCONJ'].includes(next?.pos ?? '') && before?.pos !== 'AUX');
}

/** "I think it is the most important part": what is, stands elsewhere; "I think it is a pity that …" says it after. */
function isIdentified(tokens: readonly Token[], at: number): boolean {
  const rest = tokens.slice(at + 2);
  const verb = tokens[at + 1]?.lower;
  if ((verb !== 'is' && verb !== "'s" && verb !== 'was') || !['DET', 'ADJ'].includes(rest[0]?.pos ?? '')) return false;
  return !rest.some(
    ({ lower }) =>
      ['to', 'that', 'who', 'when', 'if', 'for', 'here', 'there', 'outside', 'inside'].includes(lower) ||
      timeNouns.test(lower),
  );
}

function isUnnamed(tokens: readonly Token[], at: number): boolean {
  const { lower = '' } = tokens[at] ?? {};
  const next = tokens[at + 1];
  // "Is it possible to …"
  const isAsked = tokens[at - 1]?.pos === 'AUX' && ['ADJ', 'ADV'].includes(next?.pos ?? '');
  // "It has been raining" speaks of no thing; "it has a radio" does.
  const isOwning = (next?.lower === 'has' || next?.lower === 'had') && tokens[at + 2]?.lower !== 'been';
  if (lower === 'it')
    return at > 0 && !isAsked && (!forms.has(next?.lower ?? '') || isOwning || isIdentified(tokens, at));
  if (pronouns.has(lower)) return true;
  if (lower === 'there') return at > 0 && next?.pos !== 'AUX' && !['AUX', 'PUNCT'].includes(tokens[at - 1]?.pos ?? '');
  if (lower === 'another' || lower === 'instead') return next === undefined || !timeNouns.test(next.lower);
  const isLast = next === undefined || next.pos === 'PUNCT';
  // "We don't have any.", "I will buy one."
  if ((lower === 'any' || lower === 'none' || lower === 'one') && isLast) return true;
  if (lower === 'one' && tokens[at - 1]?.pos === 'VERB' && next?.pos === 'ADP' && next.lower !== 'of') return true;
  return (lower === 'one' || lower === 'ones') && ['DET', 'ADJ'].includes(tokens[at - 1]?.pos ?? '');
}
