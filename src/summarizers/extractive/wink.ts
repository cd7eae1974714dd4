import model from 'wink-eng-lite-web-model';
import winkNLP, { type WinkMethods } from 'wink-nlp';

type Load = () => unknown;

// The package writes this part as JSON anew each time that it is loaded, out of what it wrote before: escaped once
// more each time, it doubles until it is longer than a string may be.
const { metaCER } = model as unknown as { metaCER: Load };
let read: unknown;
const steadyModel = Object.assign(Object.create(null), model, { metaCER: () => (read ??= metaCER()) }) as typeof model;

/** wink with no word but those of its model, for what `pipe` names. */
export function createWink(pipe: string[]): WinkMethods {
  return winkNLP(steadyModel, pipe);
}
