import type { Token } from './english.ts';
import { isIrregularPast } from './past-tense.ts';

/** Verbs that people give instructions with. The tagger takes many of them for nouns or names at a sentence's start. */
const verbs = new Set(
  'accept activate add adjust allow apply approve arrange ask assign attach avoid back be boil book bring browse build buy call cancel change charge check choose clean clear click close collect come compare complete configure confirm connect contact continue copy correct create cut deactivate decide delete deliver describe disable disconnect download draft drag drop drive edit email enable enter exchange explain export fill find finish fix follow forward fry get give go hand hurry help hold import include inform insert install invite join keep leave let list load log look lower mail make mark measure meet merge mix mount move note notify open order park paste pass pause pay pick place plan play plug pour prepare press print provide publish pull push put read refer refresh refund register reinstall reload remember remind remove rename renew repair repeat replace reply report request reschedule reset resend respond restart restore resume retry return review rewrite ring rinse roll rotate run save scan schedule scroll search select sell send set share ship show sign skip slow sort speak start stay stir stop store submit subscribe summarize summarise suggest switch synchronise sync take talk tap tell test track transfer translate try turn type unblock uninstall unlock unplug unsubscribe update upgrade upload use verify visit wait walk wash watch wear wipe wrap write zip'.split(
    ' ',
  ),
);
/** Nouns and adjectives as much as verbs. */
const nounsToo = new Set(
  'access approach attach back book boil buy call change charge check claim clean clear close comment contact cook copy cost cut display download draft drag drive drop email end exchange export file fill finish fix follow forward fry hand help hold import issue list load lock log look lower mail mark match measure mix mount move name note notice offer open order pair park paste pass patch pay pick place plan plant play plug post present press print process pull push question rank rate rating record refund release rent repair reply report request reset rest result retry return review ring rise roll run sample save scan schedule score search sell set shape share ship show sign skip sort start state stay step stop store stream study support switch talk tap target taste test time tip touch track trade train transfer travel trial try turn type update upgrade upload use view visit voice vote wait walk wash watch water wear wipe wrap zip'.split(
    ' ',
  ),
);
const openers = new Set(['please', 'kindly', 'also', 'just', 'first', 'then', 'next', 'now', 'simply', 'always']);
const particles = new Set(['to', 'on', 'off', 'up', 'out', 'in', 'back', 'down', 'over', 'for', 'with', 'at', 'if']);

/** Whether an English word in lower case is one that instructions begin with. */
export function isInstructionVerb(word: string): boolean {
  return verbs.has(word);
}

/** Whether an English verb in its plain form is a noun or an adjective as well. */
export function canBeNoun(word: string): boolean {
  return nounsToo.has(word);
}

/**
 * Whether a sentence may be an order and may be none: "Order 2 prints for Monday." Nobody can tell it without the risk
 * of saying what was not said.
 */
export function isDoubtfulOrder(tokens: readonly Token[]): boolean {
  return verbs.has(tokens[0]?.lower ?? '') && readingOf(tokens, 0) === 'doubtful';
}

/** Where an instruction's verb stands ("Please also send me …": 2), and the words before it; null where it is none. */
export function findImperative(
  tokens: readonly Token[],
): { at: number; isPolite: boolean; adverb: string | null } | null {
  let at = 0;
  let isPolite = false;
  let adverb: string | null = null;
  while (at < 3 && openers.has(tokens[at]?.lower ?? '')) {
    const opener = tokens[at]?.lower ?? '';
    if (opener === 'please' || opener === 'kindly') isPolite = true;
    if (opener === 'also' || opener === 'always') adverb = opener;
    at += 1;
    if (tokens[at]?.text === ',') at += 1;
  }
  const verb = tokens[at];
  if (verb === undefined || !/^[a-z]+$/.test(verb.lower) || neverBids.has(verb.lower)) return null;
  const next = tokens[at + 1];
  if (isPolite) return isBaseVerb(verb) || verb.pos === 'NOUN' ? { at, isPolite, adverb } : null;
  if (next === undefined || next.pos === 'PUNCT' || ['i', 'you', 'we', 'he', 'she'].includes(next.lower)) return null;
  const canBid = verbs.has(verb.lower) || (verb.pos === 'VERB' && verb.base === verb.lower && next.pos !== 'VERB');
  return canBid && readingOf(tokens, at) === 'order' ? { at, isPolite, adverb } : null;
}

function isBaseVerb(verb: Token): boolean {
  return verbs.has(verb.lower) || ((verb.pos === 'VERB' || verb.pos === 'AUX') && verb.base === verb.lower);
}

/** Taken for verbs by the tagger. */
const neverBids = new Set([
  'everything',
  'anything',
  'something',
  'nothing',
  'everyone',
  'everybody',
  'anyone',
  'thing',
  'wanted',
  'miss',
  'hope',
]);

type Reading = 'order' | 'statement' | 'doubtful';

/**
 * "Print the label" and "Click Invite" are orders; "Print quality is poor" and "Order 12 arrived" have a finite verb of
 * their own, whose subject the first words are.
 */
function readingOf(tokens: readonly Token[], at: number): Reading {
  const verb = tokens[at];
  const next = tokens[at + 1];
  if (verb === undefined || next === undefined) return 'doubtful';
  if (next.pos === 'AUX' && next.lower !== 'be') return 'statement';
  // An article, a pronoun or "that …" begins an object; no noun stands before one.
  if (['DET', 'PRON', 'SCONJ'].includes(next.pos) || objects.has(next.lower) || sure.has(next.lower)) return 'order';
  const finite = finiteVerb(tokens, at + 1);
  const isNoun = nounsToo.has(verb.lower) || !verbs.has(verb.lower);
  if (finite === 'sure') return 'statement';
  if (finite === 'likely') return isNoun ? 'statement' : 'doubtful';
  if (finite === 'possible' || isLabel(tokens, at + 1)) return 'doubtful';
  if (next.text === ':' || next.text === '-' || next.pos === 'PUNCT') return 'doubtful';
  if (next.pos !== 'ADP' || !isNoun) return 'order';
  if (news.has(verb.lower)) return 'doubtful';
  if (particles.has(next.lower)) return 'order';
  return verb.pos === 'VERB' ? 'order' : 'doubtful';
}

/** "Order #12-A", "Order ID: 12", "Order 12": a label with what it labels, and no more. */
function isLabel(tokens: readonly Token[], from: number): boolean {
  const first = tokens[from];
  if (first === undefined) return false;
  if (/^(?:#.*|id|no\.?|nr\.?|number|ref)$/i.test(first.text)) return true;
  return /\d/.test(first.text) && (tokens[from + 1] === undefined || tokens[from + 1]?.pos === 'PUNCT');
}

/** "Make sure that …" */
const sure = new Set(['sure', 'certain']);
/** "Update on my order", "Request for a refund": with a preposition they are headings. */
const news = new Set(
  'access approach claim comment display issue note question reply report request update visit'.split(' '),
);
/** What ends the clause that a finite verb is looked for in. */
const clauseEnds = new Set([
  ...['if', 'when', 'because', 'that', 'which', 'who', 'where', 'what', 'how', 'while', 'before', 'after', 'until'],
  ...['so', 'but', 'i', 'you', 'we', 'he', 'she', 'they', 'it', 'there', 'whether', 'unless', 'since', 'as', 'than'],
]);
const objects = new Set([
  'me',
  'us',
  'him',
  'her',
  'them',
  'it',
  'my',
  'your',
  'our',
  'his',
  'their',
  'its',
  'all',
  'both',
]);
const finiteAuxiliary =
  /^(?:is|are|was|were|has|had|does|did|will|would|can|could|may|might|must|should|won|isn|aren|wasn|weren|ca|wo)$/;
const looksLike = new Set('look sound seem feel smell taste matter differ help hurt fit'.split(' '));
const finiteNow = new Set([
  'are',
  'have',
  'do',
  'apply',
  'cost',
  'take',
  'vary',
  'last',
  'contain',
  'need',
  'include',
  'leak',
  'start',
  'end',
  'work',
  'expire',
]);

/** Whether a finite verb follows on the noun phrase that begins at `from`: surely, likely, possibly, or none at all. */
function finiteVerb(tokens: readonly Token[], from: number): 'sure' | 'likely' | 'possible' | null {
  let isPossible = false;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    const before = tokens[at - 1];
    const next = tokens[at + 1];
    if (token === undefined || before === undefined) break;
    if ((token.pos === 'PUNCT' && token.text !== '-' && token.text !== '"') || clauseEnds.has(token.lower)) break;
    if (token.pos === 'PART' && token.lower === 'to') break;
    if (token.pos === 'AUX' && finiteAuxiliary.test(token.lower)) return 'sure';
    const canFollow = ['NOUN', 'PROPN', 'NUM', 'X', 'ADV'].includes(before.pos) || at === from + 1 || at === from;
    if (!canFollow || token.text !== token.lower || (at === from && token.pos === 'NOUN')) continue;
    const isBeforeNoun = next !== undefined && ['NOUN', 'PROPN', 'ADJ'].includes(next.pos);
    const isThird = token.lower.endsWith('s') && token.base !== token.lower;
    if (token.pos === 'VERB' && isThird && !isBeforeNoun) return 'sure';
    if (token.pos === 'VERB' && isThird) return 'likely';
    if (
      /[^s]s$/.test(before.lower) &&
      (finiteNow.has(token.lower) || (token.pos === 'VERB' && token.base === token.lower))
    )
      return 'sure';
    if (isIrregularPast(token.lower) && at > from && !isBeforeNoun) return 'sure';
    if (isIrregularPast(token.lower) && /\d/.test(before.text)) return 'sure';
    const isPast = token.pos === 'VERB' && token.base !== token.lower && !/(?:ing|s)$/.test(token.lower);
    if (isPast && (!isBeforeNoun || before.pos === 'NOUN')) return 'likely';
    // "Contact forms return an error.", "Ring tones sound odd."
    const isActing = verbs.has(token.lower) || looksLike.has(token.lower);
    const isEnd = next === undefined || ['DET', 'ADJ', 'ADV', 'PUNCT', 'PRON'].includes(next.pos);
    if (/[^s]s$/.test(before.lower) && before.pos === 'NOUN' && isActing && isEnd) isPossible = true;
    const isVerbLike =
      isThird && verbs.has(token.base) && (next === undefined || !['NOUN', 'PROPN'].includes(next.pos));
    if (isVerbLike && at > from) isPossible = true;
    if (
      isThird &&
      at > from &&
      verbsInS.test(token.lower) &&
      next !== undefined &&
      ['ADP', 'DET', 'ADV', 'NUM', 'ADJ', 'PRON'].includes(next.pos) &&
      before.pos !== 'NUM'
    )
      return 'likely';
  }
  return isPossible ? 'possible' : null;
}

/** Verbs that the tagger often takes for plurals. */
const verbsInS =
  /^(?:opens|closes|costs|works|fails|stops|starts|ends|shows|returns|blinks|crashes|leaks|runs|hangs|loads|prints|expires|arrives|needs|takes|fixes|skips)$/;
