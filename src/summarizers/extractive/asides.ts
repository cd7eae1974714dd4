/** How people call those they are fond of, and whom they call on in surprise: about nobody in the conversation. */
const calls =
  "honey|hon|dear|darling|sweetie|sweetheart|babe|baby|love|my love|my dear|my friend|buddy|mate|bro|brother|dude|man|pal|guys|folks|boys|girls|sir|madam|ma'am|miss|boss|kid|kiddo|my friends|doctor|doc|professor|officer|mister|waiter|waitress|teacher|coach|captain|nurse|sis|mom|mum|mommy|mummy|dad|daddy|grandma|grandpa|granny|ladies and gentlemen|your hono(?:u)?r|jesus|jesus christ|christ|god|my god|lord|good lord|good heavens|heavens|goodness|my goodness|goodness me|gosh|my gosh";
const oaths =
  "damn|damn it|dammit|goddamn it|bloody hell|hell|shit|holy (?:cow|shit|moly|crap|smoke)|crap|fuck|fuck it|wtf|omg|oh my (?:god|gosh|goodness)|for (?:god|christ|heaven|goodness|pete|crying out loud)'?s?(?: sake)?|(?:i )?swear(?: to god| on my life)?|(?:i )?promise(?: you)?|thank (?:god|goodness|heavens)|believe (?:me|it or not)|trust me|mark my words|no kidding|lol|lmao|ha(?: ?ha)*|hehe+|yay|ugh|phew|whew|oops|ouch|yikes|jeez|geez|argh+|achoo+|ahh+|aww+|gee whiz|man oh man|boy oh boy";
const asSaid =
  'now that you (?:mention|say) it|(?:as|like) (?:you (?:can see|know|may know|might know|see|said|say|mentioned|asked|requested|wish)|i (?:said|say|told you|mentioned|explained|wrote|see it|understand it)|we (?:said|discussed|agreed|mentioned))(?: (?:before|earlier|already|yesterday|above|previously))?';
const leading = new RegExp(
  String.raw`^(?:please (?=(?:sir|ma'am|madam|miss),))?(?:(?:${oaths}|${calls}|${asSaid})\s?[,.!:;…-]+\s*|(?:lol|omg|wtf|ha(?: ?ha)+|i swear(?: to god)?(?: that)?|thank (?:god|goodness))\s+(?=\p{L}))`,
  'iu',
);
const trailing = new RegExp(
  String.raw`\s?,\s?(?:${calls}|${oaths}|lol)(?=\s?[.!?…]*$)|\s(?:lol|omg|haha|sir|ma'am|madam)(?=\s?[.!?…]*$)`,
  'iu',
);
const within: readonly [RegExp, string][] = [
  [/\b(who|what|where|why|how|when) (?:the|in the|on) (?:hell|heck|fuck|world|earth)\b/gi, '$1'],
  [/\b(?:fucking|freaking|frigging|goddamn|damned|bloody|damn) (?=\p{L})/giu, ''],
  [/\b(i|we) (?:myself|ourselves)\b/gi, '$1'],
  [/\b(?:all )?by (?:myself|yourself|ourselves)\b/gi, 'alone'],
  // "I have started eating better myself."
  [
    /(?<=\b(?:better|well|too|more|less|it|one|there|much|lot|this|that|them)) (?:myself|yourself|ourselves)(?=\s?[.!?…]*$)/gi,
    '',
  ],
  [/, (?:ma'am|sir|madam|miss),(?= \p{L})/giu, ','],
  [/(?<!\bbetween )\byou and (?:i|me)\b/gi, 'we'],
];

/**
 * What is said of nobody, or said so that nobody takes it at its word: endearments, curses, who one is, proverbs. None of
 * it is told as a fact.
 */
const notMeant =
  /^(?:i (?:(?:really|so|do|just) )?(?:love|miss|adore|hate|like|need|want|envy|worship) you\b.{0,20}|(?:i|we)(?:'ll| will| am going to|'m going to) miss you\b.*|(?:i |we )?wish you\b.*|(?:it is |it's )?(?:so |very )?(?:nice|good|great|lovely|pleasant|wonderful) (?:to (?:see|meet|talk to|hear from)|seeing|meeting|talking to) you\b.*|you(?:'re| are)(?: all)? (?:(?:so|such|very|really|too|just|the|an?|my|quite|absolutely|pretty|always|simply|truly) ){0,3}(?:thoughtful|witty|clever|baby|dreamer|chicken|coward|snob|jerk|sweet|sweetest|kind|kindest|nice|nicest|funny|cute|adorable|lovely|amazing|wonderful|great|awesome|brilliant|fantastic|angel|lifesaver|life saver|best|star|legend|darling|gem|doll|hero|genius|welcome|right|wrong|kidding|joking|crazy|mad|silly|stupid|an? idiot|idiot|fool|liar|impossible|unbelievable|incredible|dear|love|sunshine|generous|flattering|so good to me|so kind to me|spoiling me)\b.{0,24}|(?:god|lord) (?:bless|knows|forbid|help)\b.*|bless (?:you|me)\b.*|(?:go )?to hell\b.*|go to hell\b.*|shut (?:up|it)\b.*|get lost\b.*|screw (?:you|it|that)\b.*|i(?:'ll| will) be damned\b.*|you(?: can)? (?:bet|never know|name it|kill me|crack me up|made my day|know (?:what i mean|it|that|me))\b.*|i(?:'m| am) (?:all ears|dead|dying|starving|toast|done for|out of here|only human|so dead|all yours|speechless|flattered|touched|just kidding|kidding|joking|serious|sure|telling you|here)|i could (?:kill|die|eat a horse)\b.*|it is what it is|(?:it|this|that|he|she|they)(?:'s|'re| is| are| has been) driving (?:me|us) (?:crazy|mad|nuts|insane|up the wall)\b.*|(?:it|this|that)(?:'s| is| was) (?:just )?me\b.*|(?:i|we) (?:tell|told) you\b(?! (?:that|to|about|what|when|how|where|why|the|my|our|i|we)\b).*|time (?:flies|will tell)|that(?:'s| is) life|such is life|so be it|no wonder|cross my fingers|(?:i )?(?:can't|cannot) believe (?:it|this|that)|you don't say|same here|me (?:too|neither)|long time no see|here we (?:go|are)|there (?:you|we) (?:go|are)|are you (?:kidding|joking|serious|crazy|mad|out of your mind|insane|stupid|dumb|blind|deaf|nuts|an idiot)\b.*|(?:i|we)(?:'m| am|'re| are) (?:afraid|sorry) (?:so|not)|(?:i|we)(?:'m| am|'re| are) (?:fine|good|great|ok|okay|very well|well|splendid|all right|alright)(?: \p{L}+)?(?:, .{0,20})?|i(?:'m| am) (?:doing|feeling) (?:great|fine|well|good|okay|ok|all right)(?: .{0,12})?|i(?:'m| am) absolutely \p{L}+|i haven't been better|i (?:don't|do not) (?:know|understand|see|get) what you (?:mean|are talking about|'re talking about)|(?:i|we)(?:'ll| will)? takes? (?:that|it|this|my words?) back|you(?:'ve got to| have to| have got to| must| gotta) be (?:kidding|joking)\b.*|you (?:may|might|could|must) be right\b.*|(?:it(?:'s| is|'s such| is such) |what )a (?:pity|shame)|(?:i|we)(?: \p{L}+)? (?:dis)?agree(?: \p{L}+)?(?: with (?:you|that|this|it|him|her|them))?(?: (?:completely|totally|there|on that|\p{L}+ly))?|(?:i|we|it|he|she|they|you) (?:can't|cannot|couldn't) have \p{L}+(?:ed|en|t|ne)\b.*|who (?:knows|cares)\b.*|they say|when in rome\b.*|as the (?:old )?saying goes\b.*|no news is good news|you have reached\b.*|how (?!to |do |can |much |many |long |about )\p{L}+ [^?]{0,60}!|what a (?:\p{L}+ ?){1,4}|how (?:\p{L}+ ){0,2}\p{L}+!?)[.!]*$/iu;

const proverb = /, they say[.!]*$/i;

/** What one wishes, waves or quips at the end of a talk: bidden in form alone. */
const wishes =
  /^(?:please )?(?:you rock|get well(?: soon)?|keep in touch|talk to you (?:later|soon|tomorrow|then)|take (?:your time|it slow)|drop (?:me|us) a line\b.*|give (?:my|our) (?:love|regards|best)\b.*|say (?:hi|hello|goodbye)(?: to)?\b.*|speak of the devil|break a leg|fingers crossed|(?:keep|cross) your fingers(?: crossed)?\b.*|you can say that again|have (?:fun|a (?:good|nice|great|safe|wonderful|lovely|pleasant))\b.*|keep (?:up the good work|it up)|hang in there|sleep (?:well|tight)|stay (?:safe|tuned|well)|mind your own business|my bad|go for it|good for you|help yourself\b.*|make yourself (?:at home|comfortable)\b.*|be my guest|suit yourself|knock it off|cut it out|go (?:right|straight) ahead|grow up|cheer up|calm down|come to think of it)[.!]*$/iu;

/** A sentence without endearments and oaths at its ends, and without the ones within it. */
export function withoutAsides(sentence: string): string {
  let text = sentence;
  for (let round = 0; round < 3; round += 1) {
    const shorter = text.replace(leading, '').replace(trailing, '');
    if (shorter === text) break;
    text = shorter;
  }
  for (const [pattern, replacement] of within) text = text.replaceAll(pattern, replacement);
  return text;
}

/** Whether a sentence says nothing that could be told as a fact. */
export function isNotMeant(text: string): boolean {
  return notMeant.test(text) || wishes.test(text) || proverb.test(text);
}

const codes = /\S*\d\S*/gu;

/** A sentence that is shouted, in small letters but for "I": "I HATE IT" says no more of IT than "I hate it" does. */
export function withoutShouting(sentence: string): string {
  // "XQ7T-99LM": what has digits, and what is all that was said, is spelt so.
  if (!/\s/.test(sentence.trim())) return sentence;
  const words = sentence.replaceAll(codes, '').match(/\p{L}+/gu) ?? [];
  const isShouted =
    words.length >= 3 && words.filter((word) => word.length > 1).length >= 2 && !/\p{Ll}/u.test(sentence);
  if (!isShouted) return sentence;
  const small = sentence
    .replaceAll(/\S+/gu, (word) => (/\d/.test(word) ? word : word.toLowerCase()))
    .replaceAll(/\bi\b/g, 'I');
  return small.charAt(0).toUpperCase() + small.slice(1);
}
