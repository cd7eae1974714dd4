import type { Token } from './english.ts';

/** What the listener is told to do: with which verb of saying, from which token on, and whether not to. */
export type Advice = { lead: string; from: number; isNegated: boolean };

/** "You should get it by Friday" foretells and advises nothing. */
const expected = new Set(['see', 'get', 'receive', 'hear', 'find', 'notice']);
const steps = new Set(
  'turn enter press click type select plug insert push pull tap scroll wash peel chop stir pour mix attach'.split(' '),
);
const advice: Record<string, string> = {
  should: 'advises',
  ought: 'advises',
  'had better': 'advises',
  must: 'tells',
  'have to': 'tells',
  'need to': 'tells',
};

/** "You should (not) …", "I think you should (not) …"; null where nothing is advised. */
export function adviceIn(tokens: readonly Token[]): Advice | null {
  const opening = tokens[0]?.lower;
  if ((opening === 'now' || opening === 'then') && tokens[1]?.lower === 'you') {
    const step = isStep(tokens.slice(1));
    return step ? { lead: 'tells', from: 2, isNegated: false } : null;
  }
  if (opening === 'you') return isStep(tokens) ? { lead: 'tells', from: 1, isNegated: false } : adviceAt(tokens, 1);
  return opening === 'i' ? adviceAfterThink(tokens) : null;
}

/** "You turn it on", "You peel the onions, then chop them": one step after the other. */
function isStep(tokens: readonly Token[]): boolean {
  const verb = tokens[1];
  return (
    verb !== undefined && steps.has(verb.lower) && ['DET', 'PRON'].includes(tokens[2]?.pos ?? '') && tokens.length > 3
  );
}

/** "You should (not) …": what is told, and where it begins. */
function adviceAt(tokens: readonly Token[], at: number): Advice | null {
  const one = tokens[at]?.lower ?? '';
  const two = `${one} ${tokens[at + 1]?.lower ?? ''}`;
  const key = two in advice ? two : one;
  const lead = Object.hasOwn(advice, key) ? advice[key] : undefined;
  if (lead === undefined) return null;
  let from = at + (key === two ? 2 : 1);
  const isNegated = ["n't", 'not'].includes(tokens[from]?.lower ?? '');
  if (isNegated) from += 1;
  if (tokens[from]?.lower === 'to') from += 1;
  const verb = tokens[from];
  if (verb === undefined || !['VERB', 'AUX', 'ADV'].includes(verb.pos) || isExpected(verb, tokens[from + 1]))
    return null;
  return { lead, from, isNegated };
}

function isExpected(verb: Token, object: Token | undefined): boolean {
  if (verb.lower === 'have' || verb.lower === 'be') return true;
  return (
    expected.has(verb.lower) && ['it', 'this', 'that', 'them', 'your', 'the', 'one', 'an'].includes(object?.lower ?? '')
  );
}

function adviceAfterThink(tokens: readonly Token[]): Advice | null {
  if (!['think', 'guess', 'suppose', 'believe'].includes(tokens[1]?.lower ?? '')) return null;
  const at = tokens[2]?.lower === 'that' ? 3 : 2;
  return tokens[at]?.lower === 'you' ? adviceAt(tokens, at + 1) : null;
}
