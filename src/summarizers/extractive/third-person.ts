import type { Token } from './english.ts';

/**
 * How one person is called in a summary: `name`, and whether `they` may stand for it where it comes again. A guide is
 * there to help: what they bid others do is told as an instruction.
 */
export type Mention = { name: string; mayBecomeThey: boolean; isGuide?: boolean };
/** Who speaks to whom in a sentence. */
export type Exchange = { speaker: Mention; listener: Mention };
/** Whom "they" stands for in the sentence being written: the first who was named. Null: nobody yet. */
export type Naming = { they: 'speaker' | 'listener' | null; isGroupNamed?: boolean };

const formsOfBe: Record<string, string> = { am: 'is', are: 'is', were: 'was' };
const irregularForms: Record<string, string> = { have: 'has', do: 'does', go: 'goes', be: 'is' };
const modals = new Set([
  'can',
  'ca',
  'could',
  'will',
  'wo',
  'would',
  'shall',
  'sha',
  'should',
  'may',
  'might',
  'must',
  'ought',
  'cannot',
  'used',
  'had',
  'did',
  'was',
]);
const forms = new Set([
  'i',
  'me',
  'my',
  'mine',
  'myself',
  'you',
  'your',
  'yours',
  'yourself',
  'yourselves',
  'we',
  'us',
  'our',
  'ours',
  'ourselves',
]);
const takesAClause = new Set([
  'think',
  'know',
  'say',
  'believe',
  'hope',
  'wish',
  'guess',
  'suppose',
  'mean',
  'hear',
  'see',
  'bet',
  'feel',
  'sound',
]);
/** "until you reach the station", "provided you get it done": who follows does something. */
const opensWithYou = new Set(
  'until when whenever if once while because unless provided that whether whatever where whether how what although though as'.split(
    ' ',
  ),
);
/** Pasts of compounds, which the tagger knows no plain form of: "overheard". */
const compoundPast =
  /.(?:heard|told|sold|held|thought|bought|brought|caught|taught|went|came|took|made|slept|stood|drew|grew|wrote|sent|paid|kept|saw|ran|gave|spoke|chose|drove|flew|knew)$/;
const weForms: Record<string, string> = {
  we: 'they',
  us: 'them',
  our: 'their',
  ours: 'theirs',
  ourselves: 'themselves',
};

/** Whether the token names who speaks or who listens. */
export function isPersonal(token: Token | undefined): boolean {
  // "in the US"
  return token !== undefined && forms.has(token.lower) && token.text !== 'US';
}

/** Whether the words name one of the two who talk, and that one alone: then "they" can mean nobody else. */
export function isOnlyAbout(tokens: readonly Token[], who: 'speaker' | 'listener'): boolean {
  const named = tokens.filter(isPersonal).map(({ lower }) => (lower.startsWith('you') ? 'listener' : 'speaker'));
  return named.length > 0 && named.every((one) => one === who);
}

/** `go` → `goes`, from the form used with "I" or "you"; forms of the past and modals stay. */
export function toThirdPerson(verb: string, base: string): string {
  const lower = verb.toLowerCase();
  if (modals.has(lower)) return lower;
  const be = formsOfBe[lower];
  if (be !== undefined) return be;
  if (lower !== base && lower !== 'do') return verb;
  const irregular = irregularForms[lower];
  if (irregular !== undefined) return irregular;
  // A misspelt past ("ordred") stays as it was written.
  if (/[^aeiou]ed$/.test(lower) || compoundPast.test(lower)) return lower;
  if (/(?:s|x|z|ch|sh|o)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}

export function possessive(name: string): string {
  return `${name}'s`;
}

/** Words ready to be joined: `I can't find my keys`, said by Alice → `Alice can't find their keys`. */
export function toReported(tokens: readonly Token[], exchange: Exchange, naming: Naming): string {
  let out = '';
  let agreement: 'single' | 'they' | null = null;
  let isInflecting = false;
  let isSingle = false;
  let isOne = false;
  for (const [position, token] of tokens.entries()) {
    let text = token.text;
    if (isPersonal(token)) {
      const isSubject = isSubjectAt(tokens, position);
      const word = personWord(token, isSubject, exchange, naming);
      // "Billy and they" would be others.
      text = isAmongOthers(tokens, position) ? exchange.speaker.name : word.text;
      if (isSubject) {
        agreement = isJoined(tokens, position) ? null : word.agreement;
        isOne = agreement === 'single';
      }
      isInflecting = false;
    } else if (agreement !== null && isFiniteVerb(token, isPersonal(tokens[position - 1]) ? agreement : 'they')) {
      text = agreement === 'single' && !isPastAlike(token, tokens) ? toThirdPerson(text, token.base) : toPlural(token);
      isInflecting = agreement === 'single' && token.pos === 'VERB' && text !== token.text;
      isSingle = agreement === 'single' && !modals.has(token.lower);
      agreement = null;
    } else if (token.pos === 'AUX' && modals.has(token.lower)) {
      // "I hope we can meet and sign": what may be is not told as what is.
      isInflecting = false;
      isSingle = false;
      isOne = false;
    } else if (isSingle && ['are', 'am', 'have'].includes(token.lower) && tokens[position - 1]?.pos === 'CCONJ') {
      // "if I am late or have no ticket"
      text = toThirdPerson(text, token.base);
    } else if (
      (isSingle || (isOne && isWishBesides(tokens, position))) &&
      !hasDo(tokens, position) &&
      isSecondVerb(tokens, position)
    ) {
      // "I am moving and need a van"
      text = toThirdPerson(text, token.base);
    } else if (isInflecting && token.pos === 'VERB' && tokens[position - 1]?.pos === 'CCONJ') {
      // "I go home and cook": the second verb has the same subject.
      text = toThirdPerson(text, token.base);
    } else if (token.lower === 'to' || token.pos === 'SCONJ' || token.pos === 'PRON') {
      isInflecting = false;
      agreement = null;
      const isToDo = token.lower === 'to' && tokens[position + 1]?.pos === 'VERB';
      isSingle &&= token.pos !== 'PRON' && !isToDo;
      isOne &&= token.lower === 'to';
    } else if (agreement !== null && !['ADV', 'PUNCT', 'PART', 'ADJ'].includes(token.pos)) {
      agreement = null;
    }
    out += (token.isSpaced && out !== '' ? ' ' : '') + text;
  }
  return out;
}

function personWord(
  token: Token,
  isSubject: boolean,
  { speaker, listener }: Exchange,
  naming: Naming,
): { text: string; agreement: 'single' | 'they' | null } {
  const { lower } = token;
  // After the other was named, "their" would be the other's.
  if (lower === 'our' && naming.they === 'listener') return { text: possessive(speaker.name), agreement: null };
  const plural = weForms[lower];
  if (plural !== undefined) {
    naming.isGroupNamed = true;
    return { text: plural, agreement: null };
  }
  const isSpeaker = ['i', 'me', 'my', 'mine', 'myself'].includes(lower);
  const who = isSpeaker ? speaker : listener;
  const role = isSpeaker ? 'speaker' : 'listener';
  // After "us" was told as "them", "they" would be the same.
  const isTaken = role === 'listener' && naming.isGroupNamed === true;
  const isThey = naming.they === role && who.mayBecomeThey && !isTaken;
  naming.they ??= role;
  if (lower === 'myself' || lower === 'yourself' || lower === 'yourselves') {
    return { text: who.mayBecomeThey ? 'themselves' : who.name, agreement: null };
  }
  if (['my', 'mine', 'your', 'yours'].includes(lower)) {
    const they = lower === 'mine' || lower === 'yours' ? 'theirs' : 'their';
    return { text: isThey ? they : possessive(who.name), agreement: null };
  }
  if (isThey) return { text: isSubject ? 'they' : 'them', agreement: isSubject ? 'they' : null };
  return { text: who.name, agreement: isSubject ? 'single' : null };
}

/** "I", "we" always; "you" where a verb follows and none that could take it stands before. */
function isSubjectAt(tokens: readonly Token[], position: number): boolean {
  const lower = tokens[position]?.lower;
  if (lower === 'i' || lower === 'we') return true;
  if (lower !== 'you') return false;
  let next = position + 1;
  while (tokens[next]?.pos === 'ADV') next += 1;
  const follower = tokens[next];
  const before = tokens[position - 1];
  // "people you trust": a relative clause that ends the sentence.
  const isLast = follower !== undefined && tokens[next + 1] === undefined && follower.base === follower.lower;
  if (isLast && ['NOUN', 'VERB'].includes(follower.pos) && ['NOUN', 'VERB'].includes(before?.pos ?? '')) return true;
  if (opensWithYou.has(before?.lower ?? '') && ['VERB', 'AUX', 'NOUN'].includes(follower?.pos ?? '')) return true;
  // "since I saw you last time"
  if (before?.pos === 'VERB' && ['last', 'next'].includes(follower?.lower ?? '')) return false;
  if (follower === undefined || (follower.pos !== 'VERB' && follower.pos !== 'AUX')) return false;
  // "I saw you last year" against "I think you like it".
  if (before?.pos === 'VERB' && follower.pos === 'VERB' && !takesAClause.has(before.base)) return false;
  return before === undefined || before.pos !== 'ADP' || before.lower === 'before' || before.lower === 'after';
}

/** "Billy and I", "my wife and me" */
function isAmongOthers(tokens: readonly Token[], position: number): boolean {
  if (!['i', 'me'].includes(tokens[position]?.lower ?? '') || tokens[position - 1]?.lower !== 'and') return false;
  const isClause =
    tokens[position]?.lower === 'i' && tokens.slice(0, position).some(({ pos }) => pos === 'VERB' || pos === 'AUX');
  const next = tokens[position + 1];
  return (
    ['NOUN', 'PROPN'].includes(tokens[position - 2]?.pos ?? '') &&
    !(isClause && ['VERB', 'AUX', 'ADV'].includes(next?.pos ?? ''))
  );
}

/** "My wife and I are": more than one. "I have a fever and I feel tired" is another clause. */
function isJoined(tokens: readonly Token[], position: number): boolean {
  const noun = tokens[position - 2];
  const hasVerb = tokens.slice(0, position).some(({ pos }) => pos === 'VERB' || pos === 'AUX');
  return !hasVerb && tokens[position - 1]?.lower === 'and' && ['NOUN', 'PROPN'].includes(noun?.pos ?? '');
}

function isFiniteVerb(token: Token, agreement: 'single' | 'they'): boolean {
  // After "will call you", it is taken for a verb.
  if (token.lower === 'tomorrow') return false;
  if (token.pos === 'AUX' || token.pos === 'VERB') return true;
  // The tagger takes some verbs for nouns; right after "I" they are verbs all the same.
  return agreement === 'single' && token.pos === 'NOUN' && token.base === token.lower && /^[a-z]+$/.test(token.lower);
}

/** "I already put the signs up": a past that looks as the present does. */
function isPastAlike({ lower }: Token, tokens: readonly Token[]): boolean {
  // "I read a book about it" tells of one that is read.
  if (lower === 'read')
    return !tokens.some((one) => /^(?:often|always|usually|never|sometimes|every|rarely|mostly)$/.test(one.lower));
  return (
    /^(?:put|cut|set|hit|let|hurt|shut|quit|split|spread|cost|beat)$/.test(lower) &&
    tokens.some((one) => /^(?:already|yesterday|ago|last|earlier|once|since)$/.test(one.lower))
  );
}

const oftenSecond = new Set('need want have like know think hope live work feel wish plan prefer use'.split(' '));

/** "I would like to move and need a van": no modal says what is needed. */
function isWishBesides(tokens: readonly Token[], at: number): boolean {
  return /^(?:need|want)$/.test(tokens[at]?.lower ?? '') && tokens[at - 2]?.pos !== 'VERB';
}

/** A plain verb after "and", with what goes with it. */
function isSecondVerb(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined || tokens[at - 1]?.pos !== 'CCONJ' || token.base !== token.lower) return false;
  const next = tokens[at + 1];
  if (next === undefined || !['DET', 'PART', 'PRON', 'ADP', 'ADV', 'ADJ', 'NUM'].includes(next.pos)) return false;
  return token.pos === 'VERB' ? oftenSecond.has(token.lower) || !isPastToo(token.lower) : oftenSecond.has(token.lower);
}

/** "have read and put": a participle that looks as the plain form does. */
function isPastToo(lower: string): boolean {
  return /^(?:put|cut|set|hit|let|hurt|shut|quit|split|spread|cost|beat|read|come|run|become)$/.test(lower);
}

/** "I do not drink and drive" */
function hasDo(tokens: readonly Token[], at: number): boolean {
  return tokens.slice(0, at).some(({ lower, pos }) => lower === 'do' && pos === 'AUX');
}

function toPlural(token: Token): string {
  if (token.lower === 'am') return 'are';
  return token.lower === 'was' ? 'were' : token.text;
}
