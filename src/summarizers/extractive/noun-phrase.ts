import type { Token } from './english.ts';

const lone = new Set(
  'it he she they them there everything anything something nothing everyone everybody anyone anybody someone somebody nobody i you we'.split(
    ' ',
  ),
);
const pointing = new Set(['this', 'that', 'these', 'those']);
const possessive = new Set(['my', 'your', 'his', 'her', 'its', 'our', 'their', 'whose']);
const quantity = new Set(
  'all one two three some none both each any most many several few half either neither'.split(' '),
);
const clause = new Set([
  'that',
  'which',
  'who',
  'whom',
  'whose',
  'where',
  'when',
  'if',
  'because',
  'i',
  'you',
  'we',
  'he',
  'she',
  'they',
]);

/**
 * Where the noun phrase that begins at `from` ends ("the price of the Pro plan", "Ann and Bob", "Anna's email address",
 * "account number 12345"); null where none begins there. After a form of "be" no plain verb can follow: what the tagger
 * takes for one is a noun.
 */
export function nounPhraseEnd(tokens: readonly Token[], from: number, isAfterBe: boolean): number | null {
  const first = tokens[from];
  if (first === undefined) return null;
  if (isLone(tokens, from)) return from + 1;
  let end: number | null = null;
  let further = simplePhraseEnd(tokens, from, isAfterBe);
  while (further !== null) {
    end = further;
    further = isLinked(tokens, end) ? oneMoreEnd(tokens, end + 1, isAfterBe) : null;
  }
  return end;
}

function isLinked(tokens: readonly Token[], at: number): boolean {
  const link = tokens[at];
  // "the Berlin to Rome train"
  const isRoute = link?.lower === 'to' && tokens[at + 1]?.pos === 'PROPN' && tokens[at + 2]?.pos === 'NOUN';
  return link?.lower === 'of' || isRoute || (isJoint(link) && !isMidClause(tokens, at));
}

function oneMoreEnd(tokens: readonly Token[], from: number, isAfterBe: boolean): number | null {
  return isLone(tokens, from) ? from + 1 : simplePhraseEnd(tokens, from, isAfterBe);
}

/** Where the last of the phrases with a preposition ends that begin at `from` ("for the concert on Friday"); `from` where there is none. */
export function prepositionsEnd(tokens: readonly Token[], from: number, isAfterBe: boolean): number {
  let end = from;
  while (tokens[end]?.pos === 'ADP' || (tokens[end]?.lower === 'to' && tokens[end + 1]?.pos !== 'VERB')) {
    const further = nounPhraseEnd(tokens, end + 1, isAfterBe);
    if (further === null) break;
    end = further;
  }
  return end;
}

/** Whether a clause begins here, so that what comes before it may go on after it: "the parcel that I ordered". */
export function isClauseStart(token: Token | undefined): boolean {
  return token !== undefined && clause.has(token.lower);
}

function isLone(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined) return false;
  if (lone.has(token.lower)) return true;
  if (!pointing.has(token.lower)) return false;
  const next = tokens[at + 1];
  const isHeaded =
    next !== undefined && (isNoun(next) || (['ADJ', 'NUM'].includes(next.pos) && isHeadAhead(tokens, at + 2)));
  return !isHeaded || next?.lower === 'okay';
}

function isHeadAhead(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  return token !== undefined && (isNoun(token) || token.lower === 'one' || token.lower === 'ones');
}

function simplePhraseEnd(tokens: readonly Token[], from: number, isAfterBe: boolean): number | null {
  let at = from;
  let head = -1;
  for (; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const before = tokens[at - 1];
    const next = tokens[at + 1];
    if (token.lower === "'s" || token.text === "'") {
      if (head < 0) return null;
      head = -1;
    } else if (token.text === '-' && !token.isSpaced && next?.isSpaced === false) {
      if (at === from) return null;
      // "Wi-Fi": one word.
      at += 1;
      head = at;
    } else if (token.text === '"' || token.text === '+' || token.text === '&') {
      if (head < 0 && at > from + 1 && token.text === '+') return null;
    } else if (
      at === from &&
      (token.pos === 'DET' || pointing.has(token.lower) || possessive.has(token.lower) || quantity.has(token.lower))
    ) {
      if (quantity.has(token.lower)) head = at;
    } else if (isName(token, at) || isNoun(token)) head = at;
    else if (token.pos === 'NUM')
      head = head >= 0 && !quantity.has(token.lower) ? at : token.lower === 'one' ? at : head;
    else if (token.pos === 'DET' && before?.pos === 'DET' && quantity.has(before.lower)) head = -1;
    else if (token.pos === 'ADJ' && (head < 0 || isName(next, at + 1)) && token.lower !== 'available') continue;
    else if (token.pos === 'ADV' && head < 0 && next?.pos === 'ADJ') continue;
    else if (token.pos === 'VERB' && isHeadless(head, token, next)) continue;
    else if (isAfterBe && token.pos === 'VERB' && head >= 0 && isPlain(token)) head = at;
    else break;
  }
  const last = Math.max(head + 1, from);
  const closesQuote =
    tokens[last]?.text === '"' && tokens.slice(from, last).filter(({ text }) => text === '"').length % 2 === 1;
  return head < from ? null : closesQuote ? last + 1 : last;
}

/** "the opening hours", "a used car": a participle before its noun. */
function isHeadless(head: number, token: Token, next: Token | undefined): boolean {
  return head < 0 && /(?:ing|ed)$/.test(token.lower) && next !== undefined && isNoun(next);
}

function isPlain(token: Token): boolean {
  return token.base === token.lower && !/(?:ing|ed)$/.test(token.lower);
}

function isNoun(token: Token): boolean {
  return token.pos === 'NOUN' || token.pos === 'PROPN' || token.pos === 'X';
}

/** A capital within a sentence is part of a name, whatever the tagger takes the word for. */
function isName(token: Token | undefined, at: number): boolean {
  return token !== undefined && at > 0 && /^\p{Lu}/u.test(token.text) && token.lower !== 'i';
}

function isJoint(token: Token | undefined): boolean {
  return token !== undefined && (token.lower === 'and' || token.lower === 'or' || token.lower === '&');
}

/** "the lamp is new and I like it": a new clause, not one more thing. */
function isMidClause(tokens: readonly Token[], at: number): boolean {
  const end = simplePhraseEnd(tokens, at + 1, false);
  return isClauseStart(tokens[at + 1]) || (end !== null && tokens[end]?.pos === 'AUX');
}
