import { setImmediate as nextTurn } from 'node:timers/promises';
import { symbolsIn } from './characters.ts';
import { lex } from './lex.ts';
import { LexemePrefix, quoteLexeme, stemLexemeOf } from './lexemes.ts';

export type DocumentFields = {
  title: string | null;
  summary: string | null;
  content: string | null;
  messages: Iterable<string>;
};

type StreamedDocumentFields = Omit<DocumentFields, 'messages'> & {
  messages: Iterable<string> | AsyncIterable<string>;
};

/** Grows with each change of what a text's document holds, so that older documents can be told and made anew. */
export const documentRules = 2;

/** From this length on, counted over all fields, use `toTsvectorInTurns`. */
export const longDocumentLength = 200_000;

/** A: title, B: summary, C: content, D: messages. */
const weights = ['A', 'B', 'C', 'D'] as const;
type Weight = (typeof weights)[number];

/** PostgreSQL's highest position is 16,383. */
const highestPosition = 16_382;
/** PostgreSQL keeps 255 positions of a lexeme. What one field leaves for the next, so that each keeps some of its own. */
const positionsUpTo = { A: 31, B: 63, C: 191, D: 255 } as const satisfies Record<Weight, number>;
/** Positions a lexeme may keep in each field when all of them would make the document too large. */
const fewerPositions = [24, 6, 1] as const;
/** PostgreSQL refuses a tsvector whose lexemes and positions take more than 1,048,575 bytes. */
const sizeLimitBytes = 1_000_000;
/** Of a lexeme, besides its bytes: alignment and the count of positions. */
const lexemeOverheadBytes = 3;
const positionBytes = 2;
const tokensPerTurn = 4_000;

type Entry = {
  bytes: number;
  /** Ascending in the order of the fields; each is `weight index * 16384 + position`. */
  positions: number[];
  isClipped: boolean;
  /** Of a word, its stem's; undefined until asked for. */
  stem: Entry | null | undefined;
};

type Index = { entries: Map<string, Entry>; next: number; sizeBytes: number; isFull: boolean };

/**
 * The text of a `tsvector` (for `$1::tsvector`) over a document's fields, to be found by `toTsquery` and
 * `toWordsTsquery`. Any strings make a valid one; one without words gives the empty vector, `''`.
 *
 * Words stand at their positions with the weight of their field, with their English stems beside them; phrases do
 * not reach from one field or message into the next. Past PostgreSQL's limits it gives way in this order, the same
 * for the same input: positions start over after the 16,382nd word; a lexeme keeps its first 255 positions; then
 * fewer of each field; then the first words only, some 100,000 distinct ones. What lost positions is marked, so that
 * a phrase is still found where its words are. Takes time linear to the input.
 */
export function toTsvector(fields: DocumentFields): string {
  const index = startIndex();
  for (const [text, weight] of fieldsInOrder(fields)) run(addText(index, text, weight));
  for (const message of fields.messages) run(addText(index, message, 'D'));
  return run(print(index));
}

/**
 * As `toTsvector`, letting other work have its turn every few milliseconds. The messages may come as a stream: one
 * is held at a time, besides the distinct words. @throws what the stream throws, and the signal's reason.
 */
export async function toTsvectorInTurns(
  fields: StreamedDocumentFields,
  { signal }: { signal?: AbortSignal } = {},
): Promise<string> {
  const index = startIndex();
  const turns = { tokens: 0 };
  const inTurns = async <T>(steps: Generator<void, T, void>): Promise<T> => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      turns.tokens += 1;
      if (turns.tokens >= tokensPerTurn) {
        turns.tokens = 0;
        await nextTurn();
        signal?.throwIfAborted();
      }
    }
  };
  signal?.throwIfAborted();
  for (const [text, weight] of fieldsInOrder(fields)) await inTurns(addText(index, text, weight));
  for await (const message of fields.messages) await inTurns(addText(index, message, 'D'));
  return inTurns(print(index));
}

function startIndex(): Index {
  return { entries: new Map(), next: 0, sizeBytes: 0, isFull: false };
}

function fieldsInOrder(fields: Pick<DocumentFields, 'title' | 'summary' | 'content'>): [string, Weight][] {
  return [
    [fields.title ?? '', 'A'],
    [fields.summary ?? '', 'B'],
    [fields.content ?? '', 'C'],
  ];
}

function run<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Adds a text and the gap after it; yields after every token, so that the caller can count them. */
function* addText(index: Index, text: string, weight: Weight): Generator<void, void, void> {
  for (const symbol of symbolsIn(text)) {
    const entry = entryOf(index, LexemePrefix.SYMBOL + symbol);
    if (entry && !hasWeight(entry, weight)) place(entry, index.next, weight);
  }
  for (const { lexeme, variant } of lex(text)) {
    const entry = entryOf(index, lexeme);
    if (entry) {
      place(entry, index.next, weight);
      if (entry.stem === undefined) entry.stem = stemEntryOf(index, lexeme);
      if (entry.stem) place(entry.stem, index.next, weight);
    }
    const spelled = variant === null ? null : entryOf(index, variant);
    if (spelled) place(spelled, index.next, weight);
    index.next += 1;
    yield;
  }
  index.next += 1;
}

function stemEntryOf(index: Index, word: string): Entry | null {
  const stem = stemLexemeOf(word);
  return stem === null ? null : entryOf(index, stem);
}

/** Null once the document is full and the lexeme is new. */
function entryOf(index: Index, lexeme: string): Entry | null {
  const known = index.entries.get(lexeme);
  if (known) return known;
  if (index.isFull) return null;
  // A slice keeps alive the whole text that it was cut from; a decoded copy does not.
  const encoded = Buffer.from(lexeme, 'utf8');
  const sizeBytes = index.sizeBytes + encoded.length + lexemeOverheadBytes + positionBytes;
  if (sizeBytes > sizeLimitBytes) {
    index.isFull = true;
    return null;
  }
  index.sizeBytes = sizeBytes;
  const entry: Entry = { bytes: encoded.length, positions: [], isClipped: false, stem: undefined };
  index.entries.set(encoded.toString('utf8'), entry);
  return entry;
}

function place(entry: Entry, position: number, weight: Weight): void {
  if (entry.positions.length >= positionsUpTo[weight]) {
    entry.isClipped = true;
    return;
  }
  entry.positions.push(weights.indexOf(weight) * 16_384 + (position % highestPosition) + 1);
}

function hasWeight(entry: Entry, weight: Weight): boolean {
  const last = entry.positions.at(-1);
  return last !== undefined && last >> 14 === weights.indexOf(weight);
}

function* print(index: Index): Generator<void, string, void> {
  const perField = yield* fittingPositions(index);
  const isReduced = perField !== Number.POSITIVE_INFINITY;
  const parts: string[] = isReduced ? [quoteLexeme(LexemePrefix.CLIPPED)] : [];
  let sizeBytes = 0;
  for (const [lexeme, entry] of index.entries) {
    const kept = firstOfEachField(entry.positions, perField);
    const isMarked = entry.isClipped && !isReduced;
    sizeBytes += sizeOf(entry, kept.length, isMarked);
    if (sizeBytes > sizeLimitBytes) break;
    parts.push(`${quoteLexeme(lexeme)}:${kept.map(printPosition).join(',')}`);
    if (isMarked) parts.push(quoteLexeme(LexemePrefix.CLIPPED + lexeme));
    yield;
  }
  return parts.join(' ');
}

/** How many positions of each field every lexeme can keep: all where that fits, and one where nothing does. */
function* fittingPositions(index: Index): Generator<void, number, void> {
  for (const perField of [Number.POSITIVE_INFINITY, ...fewerPositions]) {
    let sizeBytes = 0;
    for (const entry of index.entries.values()) {
      const kept = firstOfEachField(entry.positions, perField).length;
      sizeBytes += sizeOf(entry, kept, entry.isClipped && perField === Number.POSITIVE_INFINITY);
      yield;
    }
    if (sizeBytes <= sizeLimitBytes) return perField;
  }
  return 1;
}

function sizeOf(entry: Entry, positions: number, isMarked: boolean): number {
  const markBytes = isMarked ? entry.bytes + 1 + lexemeOverheadBytes : 0;
  return entry.bytes + lexemeOverheadBytes + positionBytes * positions + markBytes;
}

function firstOfEachField(positions: readonly number[], perField: number): readonly number[] {
  if (positions.length <= perField) return positions;
  const counts = [0, 0, 0, 0];
  return positions.filter((position) => {
    const field = position >> 14;
    const count = (counts[field] ?? 0) + 1;
    counts[field] = count;
    return count <= perField;
  });
}

function printPosition(position: number): string {
  return `${position & 0x3fff}${weights[position >> 14]}`;
}
