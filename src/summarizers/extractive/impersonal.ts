import type { Token } from './english.ts';
import { timeNouns } from './named.ts';

/** Speak of no thing after "it is": the weather and the time. */
const weather =
  /^(?:hot|cold|warm|cool|dark|late|early|sunny|rainy|windy|cloudy|foggy|snowy|wet|dry|humid|freezing|raining|snowing|chilly|noon|midnight|time|winter|summer|spring|autumn|\d.*)$/;
/** Say after "it is …" what is so. */
const opensWhatIs = new Set(['to', 'that', 'who', 'when', 'if', 'for', 'here', 'there', 'outside', 'inside', 'how']);

/** "It is hard to park", "It is raining", "It takes a week to …", "It seems that …": what is, is said after. */
export function isExplained(tokens: readonly Token[], at: number): boolean {
  const rest = tokens.slice(at + 1);
  const verb = rest[0]?.lower ?? '';
  if (['seems', 'looks', 'appears', 'sounds', 'turns'].includes(verb))
    return (
      ['that', 'like', 'as', 'out', 'to'].includes(rest[1]?.lower ?? '') && rest.length > 4 && rest[2]?.lower !== 'be'
    );
  if (verb === 'takes' || verb === 'took') return rest.some(({ lower }) => lower === 'to');
  const be = rest.findIndex(({ lower }) => ['is', "'s", 'was', 'be', 'been', 'gets', 'getting'].includes(lower));
  if (be < 0 || be > 3) return false;
  const said = rest.slice(be + 1);
  if (said.some(({ lower }, word) => lower === 'time' && said[word - 1]?.lower === 'on')) return false;
  // "It is cold here", but not "it will be here".
  const isBareHere =
    ['here', 'there'].includes(said[0]?.lower ?? '') ||
    said.some(({ lower }, word) => lower === 'here' && word < 2 && said[0]?.pos === 'ADV');
  return (
    !isBareHere && said.some(({ lower }) => opensWhatIs.has(lower) || weather.test(lower) || timeNouns.test(lower))
  );
}

/** "I think it is the most important part", "It is very boring": what is, stands elsewhere. */
export function isIdentified(tokens: readonly Token[], at: number): boolean {
  const rest = tokens.slice(at + 2);
  const verb = tokens[at + 1]?.lower;
  if (verb !== 'is' && verb !== "'s" && verb !== 'was' && verb !== 'looks' && verb !== 'sounds') return false;
  const first = rest.find(({ pos }) => pos !== 'ADV' && pos !== 'PART');
  // "it's never on time"
  if (rest.some(({ lower }, word) => lower === 'on' && rest[word + 1]?.lower === 'time')) return true;
  if (!['DET', 'ADJ', 'PRON', 'VERB'].includes(first?.pos ?? '')) return false;
  return !rest.some(({ lower }) => opensWhatIs.has(lower) || timeNouns.test(lower) || weather.test(lower));
}

/** "it will be here soon" */
export function isToBe(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.lower ?? '';
  return ['will', "'ll", 'would', 'may', 'might', 'could', 'should'].includes(next) && !isExplained(tokens, at);
}

/** "Put my name on it": it is something else than the name, and where nothing else was named before, nobody knows what. */
export function isBesideOwn(tokens: readonly Token[], at: number, isThingAt: (at: number) => boolean): boolean {
  if (tokens[at]?.lower !== 'it' || tokens[at - 1]?.pos !== 'ADP' || !isThingAt(at - 2)) return false;
  let from = at - 2;
  while (['NOUN', 'PROPN', 'ADJ', 'NUM'].includes(tokens[from - 1]?.pos ?? '')) from -= 1;
  return !tokens.slice(0, from).some((_, before) => isThingAt(before));
}

/** "According to the website it has arrived": what stands before is where it was read, and no thing that "it" is. */
export function isAfterOpening(tokens: readonly Token[], at: number): boolean {
  const [first] = tokens;
  if (tokens[at]?.lower !== 'it' || at < 2 || (first?.pos !== 'ADP' && first?.lower !== 'according')) return false;
  if (!['VERB', 'AUX'].includes(tokens[at + 1]?.pos ?? '') || isExplained(tokens, at)) return false;
  const before = tokens.slice(1, at);
  return (
    before.every(({ pos }) => ['ADP', 'DET', 'NOUN', 'PROPN', 'ADJ', 'NUM', 'PRON'].includes(pos)) ||
    first?.lower === 'according'
  );
}
