import { isFiniteAt } from './clauses.ts';
import type { Token } from './english.ts';
import { isInstructionVerb } from './imperatives.ts';
import { beWords, invert } from './inversion.ts';
import { leansOnAnother } from './leaning.ts';
import { lowered } from './sentence-start.ts';
import type { Act, Reported } from './speech-act.ts';
import { type Exchange, isOnlyAbout, toReported } from './third-person.ts';

const asking = new Set(['can', 'could', 'would', 'will']);
const wh = new Set(['what', 'where', 'when', 'why', 'who', 'whom', 'whose', 'which', 'how']);
const auxiliaryWords = new Set([
  'am',
  'is',
  'are',
  'was',
  'were',
  'do',
  'does',
  'did',
  'have',
  'has',
  'had',
  'can',
  'ca',
  'could',
  'will',
  'wo',
  'would',
  'shall',
  'should',
  'may',
  'might',
  'must',
]);
/** Before a question they make it what is said, and asked of nobody here. */
const sayings = new Set([
  'say',
  'shout',
  'ask',
  'tell',
  'scream',
  'yell',
  'cry',
  'whisper',
  'wonder',
  'write',
  'answer',
]);
/** What one asks to do rather than whether one can. */
const wanted = new Set(['have', 'get', 'speak', 'talk', 'see', 'order', 'take', 'try', 'ask', 'borrow', 'look']);
/** Offers of help, and questions that ask nothing. */
const asksNothing =
  /^(?:(?:how|what) (?:can|may|could) i (?:help|do for|assist)\b|is there (?:anything|something)(?: else)? (?:that )?i (?:can|could|may)\b|(?:can|may|could) i help you\b|how (?:should|would|could) i know\b|who (?:knows|cares)\b|(?:do|does|did|wo|would|is|are|can|ca) (?:n't|not) (?:you|it|they|he|she) (?:think|know|agree|see|say|mind|believe|hear|notice|remember)(?: so)?$|how are you\b|how (?:is|'s) (?:it|everything|life) going\b|what do you think$|are you (?:sure|certain)$|(?:can|may|could) (?:i|we) (?:ask|tell) you (?:something|anything|a (?:quick )?(?:question|favor|favour))$|(?:can|may|could) (?:i|we) (?:be of (?:any )?(?:help|service)|help \S+)$|who am i\b|who is (?:this|it|there|speaking|calling)$|what(?: is| 's) the (?:difference|point|catch|big deal)$|what if\b|what do you care\b|so what\b|why not\b|what(?: is| 's)? (?:up|new|else)\b|how come\b|what do you mean\b|(?:you|do you) know what\b|isn't it\b|is (?:it|that) (?:so|right|true|it|all)\b|(?:how|what) about (?:you|yourself|yourselves|that|it|this|me|us)$)/;
/** Instructions that are as much what one is able or willing to do: "Can you play the piano?" */
const abilities = new Set(
  'accept allow browse buy choose come compare deliver drive find finish follow get go handle hear include join keep make meet park pay pick play provide pull push put reach read remember ride see sell ship sing speak start stay stop support swim take talk taste track translate try turn use walk wash watch wear work'.split(
    ' ',
  ),
);

/** A question as a third person would tell it; null for fragments such as "At three?". */
export function reportQuestion(all: Token[], exchange: Exchange): Reported | null {
  const tokens = fromTheQuestion(all);
  if (tokens.length === 0 || asksNothing.test(tokens.map(({ lower }) => lower).join(' '))) return null;
  const indirect = indirectFrom(tokens);
  if (indirect !== null) {
    const [word, ...rest] = tokens.slice(indirect);
    if (word === undefined || rest.length === 0) return null;
    if (auxiliaryWords.has(rest[0]?.lower ?? '') && wh.has(word.lower))
      return reportOpen(tokens.slice(indirect), exchange);
    return told(exchange, `asks ${word.lower === 'if' ? 'whether' : word.lower}`, rest, 'question');
  }
  return reportAsking(tokens, exchange) ?? reportOpen(tokens, exchange) ?? reportYesNo(tokens, exchange);
}

/** "Could you tell me which lights are on?", "May I ask why …?": where the question proper begins, whose words are in order. */
function indirectFrom(tokens: readonly Token[]): number | null {
  const words = tokens.slice(0, 6).map(({ lower }) => lower);
  const lead =
    /^(?:(?:can|could|would|will) you (?:tell|show) me|(?:may|can|could) i (?:ask|know)|do you (?:know|remember))(?: |$)/.exec(
      words.join(' '),
    );
  if (lead === null) return null;
  const at = lead[0].trim().split(' ').length;
  const word = tokens[at]?.lower ?? '';
  return wh.has(word) || word === 'if' || word === 'whether' ? at : null;
}

/** "That's sad, but have you been there?" asks what comes after the comma. */
function fromTheQuestion(tokens: Token[]): Token[] {
  const opens = (token: Token | undefined): boolean =>
    token !== undefined && (wh.has(token.lower) || auxiliaryWords.has(token.lower));
  if (opens(tokens[0])) return tokens;
  for (let at = tokens.length - 3; at > 0; at -= 1) {
    if (tokens[at]?.text !== ',') continue;
    const from = tokens[at + 1]?.pos === 'CCONJ' ? at + 2 : at + 1;
    if (!opens(tokens[from]) || tokens.length - from < 3) continue;
    const asked = tokens.slice(from);
    const isLeaning = leansOnAnother(
      asked
        .map(({ text, isSpaced }) => (isSpaced ? ` ${text}` : text))
        .join('')
        .trim(),
    );
    return isLeaning || isAskedElsewhere(tokens.slice(0, at)) ? [] : asked;
  }
  return tokens;
}

/** "I want to shout, Ann, will you marry me?", "About my test, did I do well?": not asked of who listens, or not to be told without. */
function isAskedElsewhere(before: readonly Token[]): boolean {
  const first = before[0]?.lower ?? '';
  return ['about', 'regarding', 'concerning'].includes(first) || before.some(({ base }) => sayings.has(base));
}

function told(exchange: Exchange, lead: string, rest: readonly Token[], act: Act): Reported | null {
  if (rest.length === 0) return null;
  const they = act === 'request' && !isOnlyAbout(rest, 'speaker') ? 'listener' : 'speaker';
  const text = toReported(rest, exchange, { they });
  return { act, subject: exchange.speaker.name, rest: `${lead} ${text}` };
}

/** "Can you …?", "May I …?", "Shall we …?", "How about …?", "Why don't we …?" */
function reportAsking(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const listener = exchange.listener.name;
  const [first, second, third, fourth] = tokens.map((token) => token.lower);
  if (first === undefined || second === undefined || tokens.length < 3) return null;
  if (asking.has(first) && second === 'you') {
    const from = third === 'please' || third === 'kindly' ? 3 : 2;
    const verb = tokens[from];
    if (verb === undefined) return null;
    if (verb.lower === 'like') {
      const to = tokens[from + 1]?.lower === 'to';
      return told(
        exchange,
        to ? `asks whether ${listener} would like to` : `offers ${listener}`,
        tokens.slice(from + (to ? 2 : 1)),
        'question',
      );
    }
    if (verb.lower === 'mind') {
      // "No" says yes to it: it is told as it was asked.
      if (tokens[from + 1]?.pos !== 'VERB') return null;
      return told(exchange, `asks whether ${listener} would`, tokens.slice(from), 'request');
    }
    if (verb.lower === 'rather')
      return told(exchange, `asks whether ${listener} would rather`, tokens.slice(from + 1), 'question');
    if (verb.lower === 'be' || verb.lower === 'have') return null;
    const rest = tokens.slice(from);
    if (from === 3 || isAskedOf(first, rest)) return told(exchange, `asks ${listener} to`, rest, 'request');
    // "Can you play the piano?" asks for nothing to be done.
    return told(exchange, `asks whether ${listener} ${first}`, rest, 'question');
  }
  if (['can', 'could', 'may', 'might'].includes(first) && second === 'i') {
    if (third === 'help') return told(exchange, 'offers to', tokens.slice(2), 'question');
    if (!wanted.has(third ?? '') || (third === 'get' && fourth === 'to'))
      return told(exchange, `asks whether they ${first === 'may' ? 'may' : 'can'}`, tokens.slice(2), 'question');
    return told(exchange, 'asks to', tokens.slice(2), 'question');
  }
  if (first === 'shall' && (second === 'we' || second === 'i')) {
    return told(exchange, second === 'we' ? 'suggests that they' : 'offers to', tokens.slice(2), 'suggestion');
  }
  if ((first === 'how' || first === 'what') && second === 'about') {
    if (tokens[2]?.pos === 'ADP') return null;
    return told(exchange, third?.endsWith('ing') === true ? 'suggests' : 'asks about', tokens.slice(2), 'suggestion');
  }
  if (first === 'what' && second === 'do' && third === 'you' && fourth === 'say') {
    return tokens[4]?.lower === 'we' ? told(exchange, 'suggests that they', tokens.slice(5), 'suggestion') : null;
  }
  if (first === 'why' && second === 'do' && (third === "n't" || third === 'not')) {
    if (fourth === 'we') return told(exchange, 'suggests that they', tokens.slice(4), 'suggestion');
    if (fourth === 'i') return told(exchange, 'offers to', tokens.slice(4), 'suggestion');
    if (fourth === 'you') return told(exchange, `advises ${listener} to`, tokens.slice(4), 'suggestion');
  }
  return null;
}

/** Whether "can you …" asks for a service rather than whether somebody is able or willing. */
function isAskedOf(modal: string, rest: readonly Token[]): boolean {
  const verb = rest[0]?.lower ?? '';
  if (!isInstructionVerb(verb) && verb !== 'guarantee') return false;
  // "Would you move if you had to?"
  const condition = rest.findIndex(({ lower }) => lower === 'if');
  if (modal === 'would' && condition > 0 && !['possible', 'i'].includes(rest[condition + 1]?.lower ?? '')) return false;
  return (
    !abilities.has(verb) || modal === 'could' || rest.some(({ lower }) => ['me', 'us', 'my', 'our'].includes(lower))
  );
}

/** "Where do you live?" → "asks where Bob lives". */
function reportOpen(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const first = tokens[0];
  if (first === undefined || !wh.has(first.lower)) return null;
  const at = tokens.findIndex((token, position) => position > 0 && position <= 5 && auxiliaryWords.has(token.lower));
  const head = tokens.slice(0, at < 0 ? tokens.length : at);
  // "When you pull it will you also …?": what is asked comes after.
  if (at > 1 && ['when', 'where', 'why'].includes(first.lower) && !['else', 'exactly'].includes(tokens[1]?.lower ?? ''))
    return null;
  if (at < 0)
    return tokens.length < 3 || !tokens.some((_, verb) => verb > 0 && isFiniteAt(tokens, verb))
      ? null
      : told(exchange, `asks ${first.lower}`, tokens.slice(1), 'question');
  const [auxiliary, asker] = tokens.slice(at);
  if (at === 1 && first.lower === 'how' && ['do', 'can', 'could', 'should'].includes(auxiliary?.lower ?? '')) {
    // "How do I return it?" asks how to.
    // "How do I look?" does not.
    const isState = ['look', 'feel', 'sound', 'seem'].includes(tokens[at + 2]?.lower ?? '');
    if (!isState && (asker?.lower === 'i' || asker?.lower === 'we'))
      return told(exchange, 'asks how to', tokens.slice(at + 2), 'question');
  }
  // "What is eating you?": nothing to turn round, "what" is the subject.
  if (at === 1 && isSubjectAsked(tokens)) return told(exchange, `asks ${first.lower}`, tokens.slice(1), 'question');
  const inverted = invert(tokens.slice(at), exchange, first.lower !== 'why');
  if (inverted === null) return null;
  // "What kind of music" may hold a "you" of its own, and so may what follows.
  return {
    act: 'question',
    subject: exchange.speaker.name,
    rest: `asks ${toReported(lowered(head), exchange, { they: 'speaker' })} ${inverted}`,
  };
}

/** "What is wrong?", "Who is coming?" */
function isSubjectAsked(tokens: readonly Token[]): boolean {
  const [first, auxiliary, next] = tokens;
  if (!['what', 'who', 'which'].includes(first?.lower ?? '') || !beWords.has(auxiliary?.lower ?? '')) return false;
  return next !== undefined && (next.pos === 'VERB' || (next.pos === 'ADJ' && tokens[3]?.pos !== 'NOUN'));
}

/** "Are you ready?" → "asks whether Bob is ready". */
function reportYesNo(tokens: readonly Token[], exchange: Exchange): Reported | null {
  const first = tokens[0];
  if (first === undefined || tokens.length < 3) return null;
  if (auxiliaryWords.has(first.lower)) {
    const inverted = invert(tokens, exchange, false);
    return inverted === null
      ? null
      : { act: 'question', subject: exchange.speaker.name, rest: `asks whether ${inverted}` };
  }
  if (wh.has(first.lower)) return null;
  // "You have been here for how long?"
  if (tokens.some(({ lower }) => wh.has(lower)) && !auxiliaryWords.has(first.lower)) return null;
  if (tokens.length < 4 || !tokens.some((token) => token.pos === 'VERB' || token.pos === 'AUX')) return null;
  if (first.pos !== 'PRON' && first.pos !== 'DET' && first.pos !== 'PROPN') return null;
  // "I'm pretty good, you?", "Es-PRESS-o, get it?"
  if (tokens.at(-1)?.lower === 'you' || tokens.some(({ text }, at) => text === ',' && at <= 4)) return null;
  return told(exchange, 'asks whether', lowered(tokens), 'question');
}
