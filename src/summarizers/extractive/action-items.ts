import type { Sentence } from '../sentences.ts';
import type { ActionItemDraft } from '../summarizer.ts';
import type { Speaker } from '../turns.ts';
import { wordsOf } from '../words.ts';
import { citationOf } from './citation.ts';
import { leaningsOf } from './leaning.ts';
import { spokenOf } from './plain-speech.ts';
import { finish, type Teller } from './telling.ts';

const maxItems = 10;
const maxLookedAt = 200;
const minWords = 4;
const maxWords = 40;

// A thing to be done after the conversation: promised, asked for, or agreed on.
const action =
  /^(?:i(?:'ll| will| shall|'m going to| am going to| need to| have to|'ve got to| must| promise)\b|we(?:'ll| will| need to| should| have to| must)\b|let's\b|(?:can|could|would|will) you (?:please |kindly )?(?!like|mind|be|have|want|prefer|hear|see|believe)\p{L}|please (?!come in|sit|wait|hold|take a seat|have a seat|go ahead|enjoy)\p{L}|(?:don't forget|remember|make sure|be sure)(?: to|\s)|you (?:need to|have to|must|should)\b|(?:send|call|email|book|order|check|bring|write|tell|ask|prepare|update|review|schedule|fix|contact|confirm|share|forward|submit|sign|pay|buy|add|remove|cancel|return) )/iu;
/** Begin an order, and a statement as well: "Order 1234 is cancelled." */
const orders =
  /^(?:send|call|email|book|order|check|bring|write|tell|ask|prepare|update|review|schedule|fix|contact|confirm|share|forward|submit|sign|pay|buy|add|remove|cancel|return)\b/iu;
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
  // What is agreed on stands at the end: the newest are kept where there are more than fit.
  for (let position = sentences.length - 1; position >= 0; position -= 1) {
    if (items.length === maxItems || lookedAt === maxLookedAt) break;
    await pace();
    const sentence = sentences[position];
    if (sentence === undefined || !isAction(sentence)) continue;
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
