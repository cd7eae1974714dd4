/** Text looked at before a cut to find where its graphemes begin, in UTF-16 code units. */
const lookBack = 1_024;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The offset itself where a grapheme starts there, or else where the one around it starts. */
export function graphemeStart(text: string, offset: number): number {
  return graphemeAt(text, offset)?.start ?? offset;
}

/** The offset itself where a grapheme starts there, or else where the one around it ends. */
export function graphemeEnd(text: string, offset: number): number {
  const around = graphemeAt(text, offset);
  return around && around.start < offset ? around.end : offset;
}

function graphemeAt(text: string, offset: number): { start: number; end: number } | null {
  if (offset <= 0 || offset >= text.length) return null;
  const base = syncPoint(text, offset);
  const slice = text.slice(base, offset + lookBack);
  const found = segmenter.segment(slice).containing(offset - base);
  return found ? { start: base + found.index, end: base + found.index + found.segment.length } : null;
}

/** Where a grapheme surely starts, before the offset: at an ASCII letter, digit or sign. */
function syncPoint(text: string, offset: number): number {
  const furthest = Math.max(0, offset - lookBack);
  for (let at = offset - 1; at > furthest; at -= 1) {
    const codeUnit = text.charCodeAt(at);
    if (codeUnit >= 0x20 && codeUnit < 0x7f) return at;
  }
  const isTrail = (text.charCodeAt(furthest) & 0xfc00) === 0xdc00;
  const start = furthest > 0 && isTrail ? furthest + 1 : furthest;
  // Flags are pairs of letters that look alike: only their number from the first one on tells where one starts.
  let flagLetters = 0;
  while (isFlagLetter(text.codePointAt(start - 2 * (flagLetters + 1)))) flagLetters += 1;
  return flagLetters % 2 === 0 ? start : start - 2;
}

function isFlagLetter(codePoint: number | undefined): boolean {
  return codePoint !== undefined && codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff;
}
