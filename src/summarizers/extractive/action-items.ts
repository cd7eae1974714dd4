import type { Sentence } from '../sentences.ts';
import type { ActionItemDraft } from '../summarizer.ts';
import type { Speaker } from '../turns.ts';
import { wordsOf } from '../words.ts';
import { citationOf } from './citation.ts';
import { antecedentPosition } from './context.ts';
import { leaningsOf } from './leaning.ts';
import { spokenOf } from './plain-speech.ts';
import { finish, type Teller } from './telling.ts';

const maxItems = 10;
const maxLookedAt = 200;
const minWords = 4;
const maxWords = 40;
/** How many things to do may speak of the same one as the one right before them. */
const maxChain = 3;

// A thing to be done after the conversation: promised, asked for, or agreed on.
const action =
  /^(?:i(?:'ll| will| shall|'m going to| am going to| need to| have to|'ve got to| must| promise)\b|we(?:'ll| will| need to| should| have to| must)\b|let's\b|(?:can|could|would|will) you (?:please |kindly )?(?!like|mind|be|have|want|prefer|hear|see|believe)\p{L}|please (?!come in|sit|wait|hold|take a seat|have a seat|go ahead|enjoy)\p{L}|(?:don't forget|remember|make sure|be sure)(?: to|\s)|you (?:need to|have to|must|should)\b|(?:send|call|email|book|order|check|bring|write|tell|ask|prepare|update|review|schedule|fix|contact|confirm|share|forward|submit|sign|pay|buy|add|remove|cancel|return) )/iu;
/** Begin an order, and a statement as well: "Order 1234 is cancelled." */
const orders =
  /^(?:send|call|email|book|order|check|bring|write|tell|ask|prepare|update|review|schedule|fix|contact|confirm|share|forward|submit|sign|pay|buy|add|remove|cancel|return)\b/iu;
/** "I'll email it", "Let's get that fixed": what, nobody knows who reads no more than the item. */
const takesIt = /\b\p{L}+ it\b|\bget (?:this|that) \p{L}+/iu;
const small =
  /^(?:(?:i|we)(?:'ll| will) be (?!sending|calling|\w+ing\b)|(?:i|we|you) (?:must|should|need to|have to) have \w+|i(?:'ll| will) (?:see|take it|take that|have|be (?:there|right|back)|think|try|look forward|bet|say|miss|never|always|get it|do (?:it|that|my best)|let you|show you|give you a)|i(?:'ll| will) (?:take|want) (?:it|this|that|one)\b|i have to (?:say|admit|go)|i(?:'ve got| have got) to go\b|(?:i|we) must be |(?:i|you|we) (?:need|have) to (?:know|hope)\b|(?:please )?(?:hold|hang) (?:the line|on|up)\b|(?:can|could) you hold\b|i(?:'ll| will) take your word|i must (?:say|admit)|let's (?:see|go|say|hope)|tell me|ask me|(?:can|could|would|will) you (?:please )?(?:tell me|help me|repeat|explain|give me an example|speak)|we(?:'ll| will) see|you (?:must|should) (?:be|see|get|receive|hear|find|notice|have)\b)/iu;

/** What somebody said they would do, or was asked to, in the conversation's order; each with the sentence that says so. At most 10. */
export async function findActionItems(
  sentences: readonly Sentence[],
  listeners: readonly (Speaker | null)[],
  tell: Teller,
  pace: () => Promise<void> | undefined,
): Promise<ActionItemDraft[]> {
  const items: ActionItemDraft[] = [];
  const seen = new Set<string>();
  let lookedAt = 0;
  const isListed = (position: number): boolean => {
    const sentence = sentences[position];
    return sentence !== undefined && tell(sentence, listeners[position] ?? null) !== null;
  };
  // What is agreed on stands at the end: the newest are kept where there are more than fit.
  for (let position = sentences.length - 1; position >= 0; position -= 1) {
    if (items.length === maxItems || lookedAt === maxLookedAt) break;
    await pace();
    const sentence = sentences[position];
    if (sentence === undefined || !isAction(sentence)) continue;
    if (isRefused(sentences, position) || !isKnown(sentences, position, isListed, maxChain)) continue;
    lookedAt += 1;
    const told = tell(sentence, listeners[position] ?? null);
    if (told === null || /^asks (?:whether|what|when|where|who|why|how|which)\b/.test(told.rest)) continue;
    if (told.act === 'statement' && orders.test(spokenOf(sentence))) continue;
    const text = finish(told).toWellFormed();
    // The same said of one step after the other is one thing to do: the last of them.
    const key = text.toLowerCase().replaceAll(/\d+/g, '0');
    if (seen.has(key)) continue;
    seen.add(key);
    items.push({ text, citation: citationOf(sentence) });
  }
  return items.reverse();
}

/** "Could I have a receipt?" "No, …": what was said no to is not done. */
const refusal =
  /^(?:no(?! (?:problem|worries|need to worry|doubt|hurry|rush|trouble)\b)|nope|never\b(?! mind)|i(?:['’]m| am) afraid (?:not|i can['’]?t|i cannot|we can['’]?t|we cannot)|(?:sorry|unfortunately)[,.]? (?:but )?(?:i|we) (?:can['’]?t|cannot|won['’]?t)|(?:i|we) (?:can['’]?t|cannot|won['’]?t)(?: do that)?[\s.,!]*$|please don['’]?t[\s.,!]|don['’]t[\s.,!]*(?:bother|do (?:it|that)\b|$)|not now|no way|that (?:won['’]t|will not) be (?:necessary|possible))(?=[\s.,!…-]|$)/i;

/** Whether the next who speaks refuses what a sentence asks for or offers. */
function isRefused(sentences: readonly Sentence[], position: number): boolean {
  const { turn, prose = '' } = sentences[position] ?? {};
  if (/\b(?:not|never)\b|n['’]t\b/i.test(prose)) return false;
  let at = position + 1;
  while (sentences[at]?.turn === turn) {
    // What is said no to is the question asked last.
    if (sentences[at]?.prose.endsWith('?')) return false;
    at += 1;
  }
  const answer = sentences[at];
  return answer !== undefined && answer.turn.speaker?.name !== turn?.speaker?.name && refusal.test(answer.prose);
}

/** Whether "it" is what another has just spoken of, or what was to be done right before. */
function isKnown(
  sentences: readonly Sentence[],
  position: number,
  isListed: (position: number) => boolean,
  left: number,
): boolean {
  const sentence = sentences[position];
  if (sentence === undefined || left === 0) return false;
  const text = spokenOf(sentence);
  if (!takesIt.test(text) || !leaningsOf(text).has('thing')) return true;
  const before = sentences[position - 1];
  if (before === undefined) return false;
  if (isAction(before)) return isListed(position - 1) && isKnown(sentences, position - 1, isListed, left - 1);
  if (!sentence.prose.endsWith('?')) return false;
  const named = antecedentPosition(sentences, position) ?? -1;
  return named >= 0 && sentences[named]?.turn !== sentence.turn;
}

/** "I'll call her", "Check out that one": a list of what is to be done stands alone. */
function isOfNobody(text: string): boolean {
  const leanings = leaningsOf(text);
  return leanings.has('person') || leanings.has('hand');
}

function isAction(sentence: Sentence): boolean {
  const text = spokenOf(sentence);
  const isPlea = /^(?:.{0,20}[,.!] )?please /i.test(sentence.prose) && !/^please/i.test(text);
  const probe = isPlea ? `please ${text}` : text;
  if (!action.test(probe) || small.test(text) || isOfNobody(text)) return false;
  const words = wordsOf(text).length;
  return words >= minWords && words <= maxWords;
}
