import type { Token } from './english.ts';
import { isInstructionVerb } from './imperatives.ts';
import { isStopWord } from './languages.ts';

/** "XQ7T-99LM", "iCloud": a first word with a digit or a capital inside stays letter by letter. */
export function isSpeltSo(text: string): boolean {
  return /^\S*(?:\d|\S\p{Lu})/u.test(text);
}

/** The tokens as they stand inside a sentence: the first one small, unless it is a name. */
export function lowered(tokens: readonly Token[]): Token[] {
  const [first, ...rest] = tokens;
  if (first === undefined) return [];
  const second = rest[0];
  // "Mark Smith called", "Drive C is full", "Rob left".
  const canBid = isInstructionVerb(first.lower) || first.lower === 'will';
  const isNamed =
    /^\p{Lu}/u.test(first.text) &&
    ((canBid && second?.pos === 'PROPN' && /^\p{Lu}/u.test(second.text)) ||
      (first.pos === 'VERB' &&
        second?.pos === 'VERB' &&
        second.base !== second.lower &&
        !second.lower.endsWith('ing')));
  if (isNation(first)) return [...tokens];
  const isName =
    first.pos === 'PROPN' && !isStopWord(first.text, 'en') && !isInstructionVerb(first.lower) && !isCommonNoun(tokens);
  // "Plus also covers water damage.": no sentence begins so, unless it is called that.
  const verb = ['also', 'now', 'still', 'only', 'usually', 'always'].includes(second?.lower ?? '') ? rest[1] : second;
  const isCalledSo =
    !['here', 'there'].includes(first.lower) &&
    ['ADP', 'CCONJ', 'ADV', 'ADJ'].includes(first.pos) &&
    verb?.pos === 'VERB' &&
    /[^s]s$/.test(verb.lower) &&
    verb.base !== verb.lower;
  if (isName || isNamed || isCalledSo || first.lower === 'i' || isSpeltSo(first.text)) return [...tokens];
  return [{ ...first, text: first.lower }, ...rest];
}

const commonNouns =
  /^(?:checkout|storm|storage|shipping|delivery|deliveries|payment|support|billing|login|access|search|shipment|registration|installation|breakfast|parking|wifi|internet|traffic|production|staging|marketing|sales|engineering|water|power|heating|insurance|storm|rent|traffic|battery|sunlight|plants|coverage|training|enrol?ment|membership|refunds?|returns|orders?|invoices?|tickets?|backups?|customers?|users?|people|women|men|children|parents|kids|hundreds|thousands|millions|dozens|half|most|much|tomorrow|yesterday|today|tonight|nobody|everyone|somebody|someone|everything|nothing|something)$/;

/** Always written with a capital: "Americans prefer …" */
const peoples =
  /(?:icans|ians|ese|germans|koreans|romans|muslims|jews|turks|greeks|poles|swedes|danes|finns|scots|swiss|english|french|irish|welsh|dutch|spanish|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|christmas|easter)$/;

/** Whether a word is one of a people or a tongue, with its capital. */
export function isNation({ text, lower }: Token): boolean {
  return nations.test(lower) && /^\p{Lu}/u.test(text);
}

/** Keep their capital before a noun: "Spanish people". */
const nations =
  /^(?:spanish|english|french|german|american|chinese|japanese|italian|british|european|african|asian|indian|mexican|canadian|australian|russian|korean|irish|scottish|welsh|dutch|swiss|swedish|danish|norwegian|finnish|turkish|greek|arab|arabic|jewish|muslim|christian|catholic|brazilian|portuguese|thai|vietnamese|egyptian|israeli|roman|latin|austrian|belgian|hungarian|czech|ukrainian|pakistani|filipino)s?$/;

/** Taken for names at a sentence's start. */
const gerunds =
  /^(?:smoking|reading|running|walking|swimming|shopping|cooking|eating|drinking|driving|working|living|learning|teaching|writing|travelling|traveling|singing|dancing|sleeping|playing|talking|speaking|washing|cleaning|gardening|hiking|cycling|skiing|windsurfing|surfing|camping|advertising|fishing|waiting|sitting|standing|doing|making|having|being|getting|going|using|taking|buying|selling|paying|creating|listening|watching|studying|registering|sharing|recycling|parking|training)$/;

/** "Smoking is bad", but not "Beijing is big". */
function isGerund({ lower, base }: Token): boolean {
  return (/.{3}ing$/.test(lower) && base !== lower) || gerunds.test(lower);
}

/** "Checkout is down", "Schools get a discount": a capital that only the sentence's start gave. */
function isCommonNoun(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (first === undefined || second === undefined) return false;
  if (commonNouns.test(first.lower) || isGerund(first)) return true;
  if (peoples.test(first.lower)) return false;
  // A plural: its verb has no s.
  const isPluralVerb =
    ['are', 'were', 'have', 'do'].includes(second.lower) ||
    (second.pos === 'VERB' && second.base === second.lower && !second.lower.endsWith('s'));
  // "Books of that kind"
  if (second.lower === 'of' && /[^s]s$/.test(first.lower)) return true;
  return isPluralVerb && /[^s]s$/.test(first.lower);
}
