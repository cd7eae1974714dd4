import * as hb from 'harfbuzzjs';
import type { Face, Weight } from './faces.ts';

/** Glyphs in the order they are drawn, left to right; lengths in thousandths of the font's size. */
export type Glyphs = {
  ids: number[];
  advances: number[];
  /** The glyph's own width in the font, from which `advances` may differ. */
  widths: number[];
  xOffsets: number[];
  yOffsets: number[];
  /** For each glyph, where in the text what it shows begins. */
  clusters: number[];
  /** For each glyph, what it shows: empty for one that another speaks for, null where it is the box for none. */
  texts: (string | null)[];
  /** Whether every glyph shows a text of its own, one after the other. */
  isSimple: boolean;
  width: number;
  /** What a font of a document has made of them, kept here to be found at once: see fonts.ts. */
  use?: { font: object; isTold: boolean; array: string | null };
};

/**
 * Words come again and again: those of so many characters at most are remembered, in two halves of so many each. When
 * the younger half is full it becomes the older, and what has not been asked for since goes.
 */
const maxRemembered = 1500;
const rememberedLength = 24;

let younger = new Map<string, Glyphs>();
let older = new Map<string, Glyphs>();
let buffer: hb.Buffer | undefined;

/** Turns a text of one font and direction into glyphs. */
export function shapeText(face: Face, weight: Weight, text: string, isRtl: boolean): Glyphs {
  const key = text.length <= rememberedLength ? `${face.id},${weight},${isRtl ? 1 : 0},${text}` : null;
  if (key === null) return shape(face, weight, text, isRtl);
  const known = younger.get(key);
  if (known !== undefined) return known;
  const glyphs = older.get(key) ?? shape(face, weight, text, isRtl);
  if (younger.size >= maxRemembered) {
    older = younger;
    younger = new Map();
  }
  younger.set(key, glyphs);
  return glyphs;
}

/** Letters that show another text: the first glyph shows it, further ones nothing. */
export function shapeLetters(face: Face, weight: Weight, letters: string, shows: string): Glyphs {
  const { use: _, ...glyphs } = shapeText(face, weight, letters, false);
  return {
    ...glyphs,
    clusters: glyphs.ids.map(() => 0),
    texts: glyphs.ids.map((_, index) => (index === 0 ? shows : '')),
  };
}

function shape(face: Face, weight: Weight, text: string, isRtl: boolean): Glyphs {
  const font = face.fonts[weight];
  const scale = 1000 / face.unitsPerEm;
  buffer ??= new hb.Buffer();
  buffer.reset();
  // Glyphs keep the character they come from, as far as that can be told: what is copied from the page is made of it.
  buffer.setClusterLevel(hb.ClusterLevel.CHARACTERS);
  buffer.addText(text);
  buffer.guessSegmentProperties();
  buffer.setDirection(isRtl ? hb.Direction.RTL : hb.Direction.LTR);
  hb.shape(font, buffer);
  const infos = buffer.getGlyphInfos();
  const positions = buffer.getGlyphPositions();
  const glyphs: Glyphs = {
    ids: [],
    advances: [],
    widths: [],
    xOffsets: [],
    yOffsets: [],
    clusters: [],
    texts: [],
    isSimple: true,
    width: 0,
  };
  for (const [index, { codepoint, cluster }] of infos.entries()) {
    const { xAdvance, xOffset, yOffset } = positions[index] ?? { xAdvance: 0, xOffset: 0, yOffset: 0 };
    glyphs.ids.push(codepoint);
    glyphs.advances.push(xAdvance * scale);
    glyphs.widths.push(Math.round(font.glyphHAdvance(codepoint) * scale));
    glyphs.xOffsets.push(xOffset * scale);
    glyphs.yOffsets.push(yOffset * scale);
    glyphs.clusters.push(cluster);
    glyphs.width += xAdvance * scale;
  }
  glyphs.texts = textsOf(glyphs, text);
  const isInOrder = glyphs.clusters.every((start, index) => {
    const before = glyphs.clusters[index - 1] ?? start;
    return isRtl ? before >= start : before <= start;
  });
  glyphs.isSimple = isInOrder && glyphs.texts.every((shown) => shown !== null && shown !== '');
  return glyphs;
}

function textsOf({ ids, clusters, advances }: Glyphs, text: string): (string | null)[] {
  const starts = [...new Set(clusters)].sort((one, other) => one - other);
  const ends = new Map(starts.map((start, index) => [start, starts[index + 1] ?? text.length]));
  // Of several glyphs for one character, the widest speaks for it.
  const speakers = new Map<number, number>();
  for (const [index, start] of clusters.entries()) {
    const other = speakers.get(start);
    if (other === undefined || (advances[index] ?? 0) > (advances[other] ?? 0)) speakers.set(start, index);
  }
  return clusters.map((start, index) => {
    if (ids[index] === 0) return null;
    return speakers.get(start) === index ? text.slice(start, ends.get(start)) : '';
  });
}
