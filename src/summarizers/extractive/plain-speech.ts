import type { Sentence } from '../sentences.ts';
import { withApostrophes } from './apostrophes.ts';
import { withoutAsides, withoutShouting } from './asides.ts';

// What people say around what they mean. Each is taken off the front as long as one is there.
const filler =
  /^(?:dear (?!me\b)(?:\p{L}[\p{L}.'’-]*\s?){1,5}[,!:]+\s*|(?:oh|ah|um+|uh+|er+|hmm+|mm+|wow|gee|gosh|god|my god|oh my god|my goodness|goodness|well|so|now|then|but|and|anyway|actually|basically|honestly|frankly|okay|ok|all right|alright|right|yes|yeah|yea|yah|yep|yup|uh-huh|no|nah|nope|sure|certainly|of course|absolutely|exactly|indeed|great|good|fine|cool|nice|wonderful|perfect|(?:hello|hi|hey)(?: (?:there|all|everyone|everybody|team|guys|folks|again))?|good (?:morning|afternoon|evening|day|night)|thanks|thank you(?: (?:so|very) much)?|sorry|i'm sorry|i am sorry|excuse me|pardon(?: me)?|please|look|listen|see|you see|you know|i mean|i see|i know|let me see|let's see|come on|c'mon|in fact|as a matter of fact|to be honest|to tell (?:you )?the truth|by the way|in that case|in this case|on the contrary|on the other hand|for (?:example|instance)|you're welcome|no problem|that's right|that's true|honey|dear|darling|sweetie|sir|madam|ma'am|miss|really|too bad|guess what|first of all|after all|here(?=,)|however|anyhow|besides|still|jokes aside|long story short|my bad|no worries|come to think of it|no offen[cs]e|first|(?:i have )?(?:just )?(?:a |one )?(?:quick |more |last |short )?question(?: for you)?)(?:\s?[,.!?;:…-]+\s*|$)|(?:oh|well|i mean|i don't know about you,? but|so|and|but|or|yes|yeah|okay|ok|hey|because(?! of\b)|then|hi|hello|you know(?: that)?(?= (?:(?:i|we) \p{L}|(?:he|she|it|they|there)(?:'|\s(?:am|is|are|was|were|will|would|have|has|had|can|could|do|did)\b)))|i(?:'m| am) afraid(?: that)?(?= (?:i|you|we|he|she|it|that|this|there|the)\b))\s+(?=\p{L}))/iu;
const tail =
  /\s?[,–-]\s?(?:please|sir|madam|ma'am|miss|honey|dear|darling|man|dude|you know|you see|right|okay|ok|huh|eh|though|too|then|of course|thanks|thank you|remember|may i ask|if i may ask|if i may|if you don't mind|let me tell you|congratulations|congrats|as you know|i(?:'m| am) afraid|i think|i guess|i hope|(?:isn't|aren't|wasn't|weren't|hadn't|don't|doesn't|didn't|won't|can't|haven't|hasn't|shouldn't|wouldn't|couldn't) (?:it|you|he|she|they|we|i|that|there)|(?:is|are|am|was|were|do|does|did|will|would|can|could|should|have|has|had) (?:it|you|he|she|they|we|i|there|that))(?=\s?[.!?…]*$)|\s(?:please|though)(?=\s?[.!?…]*$)/iu;
const hedge =
  /\b(?:really|actually|just(?! now\b)|basically|of course|(?<=\S\s)please|(?:(?<!\bas )you know|i mean|kind of|sort of)(?=,)),?\s(?=\p{L})/giu;
const contractions: readonly [RegExp, string][] = [
  [/\bi'm\b/gi, 'I am'],
  [/\b(you|we|they)'re\b/gi, '$1 are'],
  [/\b(i|you|we|they)'ve got to\b/gi, '$1 have to'],
  [/\b(i|you|we|they)'ve got\b/gi, '$1 have'],
  [/\b(i|you|we|they) have got to\b/gi, '$1 have to'],
  [/\b(i|you|we|they) (?:have )?gotta\b/gi, '$1 have to'],
  [/\b(i|you|we|they) have got\b/gi, '$1 have'],
  [/\b(i|you|we|they)'ve\b/gi, '$1 have'],
  [/\b(i|you|we|they|he|she|it|that|there)'ll\b/gi, '$1 will'],
  [/\b(i|you|we|they|he|she)'d better\b/gi, '$1 had better'],
  [
    /\b(i|you|we|they|he|she)'d (?=been\b|never\b|already\b|(?!(?:need|feed|speed|proceed|succeed)\b)\p{L}+ed\b)/giu,
    '$1 had ',
  ],
  [/\b(i|you|we|they|he|she|it|that)'d\b/gi, '$1 would'],
  [/\b(what|where|who|how|when|why)'s\b/gi, '$1 is'],
  [/\b(what|where|who|how|when|why)'re\b/gi, '$1 are'],
  [/\b(do|does|did|is|are|was|were|have|has|had|could|would|should)nt\b/gi, "$1n't"],
  [/\b(ca|wo)nt\b/gi, "$1n't"],
  [/ of (?:yours|mine|ours)\b/gi, ''],
  [/\b(?:pls|plz)\b\.?/gi, 'please'],
  [/\b(c|w|sh)ouId\b/gi, '$1ould'],
  [/\bgonna\b/gi, 'going to'],
  [/\bwanna\b/gi, 'want to'],
  [/\blemme\b/gi, 'let me'],
  [/\bgimme\b/gi, 'give me'],
];

/** "This is Ann from Acme, our invoice is missing": who says so is told before it. */
const selfNamed =
  /^(?:(?:[Hh]i|[Hh]ello|[Hh]ey|[Gg]ood (?:morning|afternoon|evening))(?: there)?[,.!]? )?(?:[Tt]his is|[Mm]y name is|[Mm]y name's|I am|I'm) (?!I\b)\p{Lu}[\p{L}.'-]{1,20}(?: \p{Lu}[\p{L}.'-]{0,20}){0,2}(?: (?:from|of|at|with) (?:the )?\p{Lu}[\p{L}\p{N}.&'-]{0,20}(?: \p{Lu}[\p{L}\p{N}.&'-]{0,20}){0,3})?(?:, and|,| and)\s(?=(?:[Ii]|my|our|we|the|there|can|could|do|is)\b)/u;
/** "We have an exam tomorrow, remember?" asks nothing. */
const reminding = /,\s?remember\s?\?$/i;
/** A question that only its last words are. */
const tagged =
  /^(.{6,}?)\s?[,–-]\s?(?:am|is|are|was|were|do|does|did|will|would|can|could|should|have|has|had) (?:it|you|he|she|they|we|i|there|that|this)\s?\?+$/iu;
const denied = /n['’]t\b|\b(?:not|never|no|nobody|nothing|none|cannot)\b/i;
const spoken = new WeakMap<Sentence, string>();

/** What an English sentence says without its fillers, found once for all who ask. */
export function spokenOf(sentence: Sentence): string {
  const known = spoken.get(sentence);
  if (known !== undefined) return known;
  const said = stripFillers(sentence.prose);
  spoken.set(sentence, said);
  return said;
}

/** An English sentence without greetings, fillers, asides and politeness at its ends; '' where nothing else was there. */
export function stripFillers(sentence: string): string {
  const asked = tagged.exec(sentence);
  // "You are not a robot, are you?" says so, and asks for no more than a nod.
  const isDenied = asked?.[1] !== undefined && denied.test(asked[1]);
  const whole = withApostrophes(isDenied ? `${asked[1]}.` : sentence.replace(reminding, '.'));
  let text = withoutAsides(withoutShouting(whole)).replace(selfNamed, '');
  for (let round = 0; round < 6; round += 1) {
    const shorter = withoutAsides(text.replace(filler, '')).replace(/^[\s,.!?;:…-]+/, '');
    if (shorter === text) break;
    text = shorter;
  }
  for (let round = 0; round < 3; round += 1) {
    const shorter = text.replace(tail, '');
    if (shorter === text) break;
    text = shorter;
  }
  return text.trim();
}

/** Leaves out words that only soften or stress. */
export function dropHedges(sentence: string): string {
  return sentence.replaceAll(/\ba (?:really|actually|just) (?=[aeiou])/gi, 'an ').replaceAll(hedge, '');
}

/** `I'm` → `I am`, `gonna` → `going to`; negations stay short. */
export function expandContractions(sentence: string): string {
  let text = sentence;
  for (const [pattern, replacement] of contractions) text = text.replaceAll(pattern, replacement);
  return text;
}
