import type { Token } from './english.ts';

/** Verbs that people give instructions with. The tagger takes many of them for nouns or names at a sentence's start. */
const VERBS = new Set(
  'accept activate add adjust allow apply approve arrange ask assign attach avoid back be boil book bring browse build buy call cancel change charge check choose clean clear click close collect come compare complete configure confirm connect contact continue copy correct create cut deactivate decide delete deliver describe disable disconnect download draft drag drop drive edit email enable enter exchange explain export fill find finish fix follow forward fry get give go hand help hold import include inform insert install invite join keep leave let list load log look lower mail make mark measure meet merge mix mount move note notify open order park paste pass pay pick place plan play plug pour prepare press print provide publish pull push put read refer refresh refund register reinstall reload remember remind remove rename renew repair repeat replace reply report request reschedule reset resend respond restart restore retry return review rewrite ring rinse roll rotate run save scan schedule scroll search select sell send set share ship show sign skip sort speak start stay stir stop store submit subscribe summarize summarise suggest switch synchronise sync take talk tap tell test track transfer translate try turn type unblock uninstall unlock unplug unsubscribe update upgrade upload use verify visit wait walk wash watch wear wipe wrap write zip'.split(
    ' ',
  ),
);
/** Nouns and adjectives as much as verbs: at the start they are verbs only where what follows can be their object. */
const AMBIGUOUS = new Set(
  'back book call change charge check clean clear close contact copy cut draft drive email fix help hand list load log look lower mail mark measure move note open order park pass pay pick place plan play plug press print pull push refund report request reset return review ring roll run scan search set share ship show sign sort start stay stop store switch talk tap test track transfer try turn type update upgrade use visit wait walk wash watch exchange export import forward test'.split(
    ' ',
  ),
);
const OPENERS = new Set(['please', 'kindly', 'also', 'just', 'first', 'then', 'next', 'now', 'simply', 'always']);
const OBJECT_STARTS = ['DET', 'PRON', 'PROPN', 'NUM'];
const PARTICLES = new Set(['to', 'on', 'off', 'up', 'out', 'in', 'back', 'down', 'over', 'for', 'with', 'at', 'if']);

/** Whether an English word in lower case is one that instructions begin with. */
export function isInstructionVerb(word: string): boolean {
  return VERBS.has(word);
}

/** Where an instruction's verb stands ("Please also send me …": 2), and the words before it; null where it is none. */
export function findImperative(
  tokens: readonly Token[],
): { at: number; isPolite: boolean; adverb: string | null } | null {
  let at = 0;
  let isPolite = false;
  let adverb: string | null = null;
  while (at < 3 && OPENERS.has(tokens[at]?.lower ?? '')) {
    const opener = tokens[at]?.lower ?? '';
    if (opener === 'please' || opener === 'kindly') isPolite = true;
    if (opener === 'also' || opener === 'always') adverb = opener;
    at += 1;
    if (tokens[at]?.text === ',') at += 1;
  }
  const verb = tokens[at];
  if (verb === undefined || !/^[a-z]+$/.test(verb.lower)) return null;
  const next = tokens[at + 1];
  if (isPolite) return isBaseVerb(verb) || verb.pos === 'NOUN' ? { at, isPolite, adverb } : null;
  if (next === undefined || next.pos === 'PUNCT' || ['i', 'you', 'we', 'he', 'she'].includes(next.lower)) return null;
  if (VERBS.has(verb.lower) && isObject(tokens, at)) return { at, isPolite, adverb };
  if (verb.pos !== 'VERB' || verb.base !== verb.lower || ['AUX', 'VERB'].includes(next.pos)) return null;
  return { at, isPolite, adverb };
}

function isBaseVerb(verb: Token): boolean {
  return VERBS.has(verb.lower) || ((verb.pos === 'VERB' || verb.pos === 'AUX') && verb.base === verb.lower);
}

/** "Print the label" and "Click Invite" against "Print quality is poor": no finite verb takes the first words for its subject. */
function isObject(tokens: readonly Token[], at: number): boolean {
  const verb = tokens[at];
  const next = tokens[at + 1];
  if (verb === undefined || next === undefined) return false;
  if (next.pos === 'AUX' || next.lower === 'is' || next.lower === 'was') return false;
  if (!AMBIGUOUS.has(verb.lower)) return true;
  if (OBJECT_STARTS.includes(next.pos) || PARTICLES.has(next.lower)) return true;
  const finite = tokens.slice(at + 1, at + 5).some((token) => token.pos === 'AUX');
  return !finite && ['NOUN', 'ADJ', 'ADV', 'VERB'].includes(next.pos) && verb.pos === 'VERB';
}
