/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const fragments = [
  ...'\'"\\:*&|!<>()-%_~=,.;@#$/?+^`{}[] \t\n',
  ...[
    '<->',
    '<2>',
    ':*',
    ':A',
    "''",
    '\\\\',
    ' -',
    ' -"',
    '“',
    '”',
    '…',
    '\u200b',
    '\u200d',
    '\ufe0f',
    '\u0301',
    '\u00ad',
  ],
  ...[
    'a',
    'the',
    'connected',
    "don't",
    "l'avion",
    'Café',
    'ﷺ',
    '½',
    '①',
    'ß',
    'İ',
    'ǆ',
    '東京',
    'ガ',
    'ｶﾞ',
    'か\u3099',
    '々',
    'ー',
  ],
  ...[
    '가격',
    'ราคา',
    'ไทย',
    'ಕನ್ನಡ',
    'हिन्दी',
    'שָׁלוֹם',
    'كِتَاب',
    'ёй',
    '👍🏽',
    '🇩🇪',
    '👨‍👩‍👧',
    '𝐇',
    '\u{20000}',
    '\ud800',
    '\udc00',
  ],
];

/** Up to `fragmentsMax` words, operators and odd characters of Unicode, in any order. No NUL: PostgreSQL has none. */
export function randomText(random: () => number, fragmentsMax: number): string {
  const count = Math.floor(random() * (fragmentsMax + 1));
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const isAnything = random() < 0.3;
    text += isAnything
      ? String.fromCodePoint(1 + Math.floor(random() * (random() < 0.5 ? 0x3fff : 0x10fffe)))
      : (fragments[Math.floor(random() * fragments.length)] ?? '');
    if (random() < 0.3) text += ' ';
  }
  return text;
}
