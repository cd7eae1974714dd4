export type Rouge = { precision: number; recall: number; f1: number };

/** The words that ROUGE counts here: lower case, runs of `a-z0-9`, no stemming; `#Person1#` is the word `person1`. */
export function rougeWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** ROUGE-1 of a summary's words against a reference's, each from 0 to 1. A word counts as often as both have it. */
export function rouge1(candidate: readonly string[], reference: readonly string[]): Rouge {
  return sharesOf(countShared(candidate, reference), candidate.length, reference.length);
}

/** ROUGE-2: as ROUGE-1, of pairs of neighbouring words. */
export function rouge2(candidate: readonly string[], reference: readonly string[]): Rouge {
  return rouge1(pairsOf(candidate), pairsOf(reference));
}

/** ROUGE-L: the longest row of words that both have in the same order, whatever stands between; each text as one row. */
export function rougeL(candidate: readonly string[], reference: readonly string[]): Rouge {
  let row = new Array<number>(reference.length + 1).fill(0);
  for (const word of candidate) {
    const next = [0];
    for (const [at, other] of reference.entries())
      next.push(word === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    row = next;
  }
  return sharesOf(row.at(-1) ?? 0, candidate.length, reference.length);
}

function pairsOf(words: readonly string[]): string[] {
  return words.slice(1).map((word, at) => `${words[at]} ${word}`);
}

function countShared(candidate: readonly string[], reference: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of candidate) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    shared += 1;
    left.set(word, count - 1);
  }
  return shared;
}

function sharesOf(shared: number, candidateCount: number, referenceCount: number): Rouge {
  const precision = candidateCount === 0 ? 0 : shared / candidateCount;
  const recall = referenceCount === 0 ? 0 : shared / referenceCount;
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Up to `count` turns that raise ROUGE-1 F1 the most, taken one by one as long as one does: what choosing turns can reach. */
export function oracleTurns(turns: readonly string[], reference: readonly string[], count: number): string[] {
  const chosen: number[] = [];
  let best = 0;
  while (chosen.length < count) {
    let next = -1;
    for (const at of turns.keys()) {
      if (chosen.includes(at)) continue;
      const words = [...chosen, at].flatMap((one) => rougeWords(turns[one] ?? ''));
      const { f1 } = rouge1(words, reference);
      if (f1 > best) {
        best = f1;
        next = at;
      }
    }
    if (next < 0) break;
    chosen.push(next);
  }
  return chosen.sort((a, b) => a - b).map((at) => turns[at] ?? '');
}
