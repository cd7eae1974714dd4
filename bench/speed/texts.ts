import { toTsvector } from '../../src/lib/text-search/tsvector.ts';

/** What conversations of the bench say: made up of a fixed seed, so that every run measures the same texts. */
export type Variant = {
  number: number;
  title: string;
  messages: string[];
  summary: string;
  topics: string[];
  /** The search index of all these. */
  document: string;
};

export const messagesPerConversation = 8;
/** In one of ten conversations, in every one, and in one of two hundred. */
export const searchWords = { usual: 'invoice refund', common: 'conversation', rare: 'zeppelin' } as const;

const topics = ['billing', 'shipping', 'returns', 'pricing', 'login', 'trial', 'seats', 'export', 'privacy', 'api'];
const syllables = [
  'ba',
  'ce',
  'di',
  'fo',
  'gu',
  'la',
  'me',
  'ni',
  'po',
  'ru',
  'sa',
  'te',
  'vi',
  'wo',
  'zu',
  'kra',
  'sti',
];

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function makeVariants(count: number): Variant[] {
  const random = createRandom(7);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const vocabulary = Array.from({ length: 3_000 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 2) }, () => pick(syllables)).join(''),
  );
  /** Few words are most of a text, as in any language. */
  const word = () => vocabulary[Math.floor(random() ** 3 * vocabulary.length)] as string;
  const sentence = (length: number) => `${Array.from({ length }, word).join(' ')}.`;
  return Array.from({ length: count }, (_, number) => {
    const extra = [
      searchWords.common,
      ...(number % 10 === 0 ? [searchWords.usual] : []),
      ...(number % 200 === 0 ? [searchWords.rare] : []),
    ];
    const title = `Question about ${pick(topics)} ${word()}`;
    const messages = Array.from({ length: messagesPerConversation }, (_, position) =>
      [sentence(8 + Math.floor(random() * 16)), ...(position === 1 ? extra : [])].join(' '),
    );
    const summary = sentence(30);
    const own = [topics[number % topics.length] as string, pick(topics)];
    return {
      number,
      title,
      messages,
      summary,
      topics: own,
      document: toTsvector({ title, summary, content: null, messages }),
    };
  });
}
