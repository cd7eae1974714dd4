import { setImmediate } from 'node:timers/promises';
import { createBoxFonts } from './boxes.ts';
import { type Face, plainFace, type Weight } from './faces.ts';
import { num, type PdfFile, textString } from './file.ts';
import type { Form } from './forms.ts';
import { type Glyphs, shapeText } from './shaping.ts';
import { createSubsetter, type SubsetFont } from './subset.ts';
import { type Line, type TextStyle, widthOf } from './text.ts';
import { hexCode, unicodeMap } from './unicode-map.ts';

/** The fonts of one document: which glyphs are used of each, and what they stand for. */
type DocumentFonts = {
  /** Drawing instructions for a line whose baseline begins at a point. */
  draw(line: Line, style: TextStyle, x: number, y: number): string;
  /** Embeds what has been used, and writes the dictionary that the pages refer to. */
  end(): Promise<void>;
  /** The object that holds the fonts, as a page's resources. */
  resourcesId: number;
};

type UsedFont = {
  name: string;
  id: number;
  face: Face;
  weight: Weight;
  widths: Map<number, number>;
  texts: Map<number, string>;
};

/** In the order of their value. */
const hexDigits = '0123456789ABCDEF';

export function createDocumentFonts(file: PdfFile): DocumentFonts {
  const fonts = new Map<string, UsedFont>();
  const boxes = createBoxFonts(file);
  const resourcesId = file.reserve();

  const useFont = (face: Face, weight: Weight, form?: Form): UsedFont => {
    const key = `${face.id},${weight},${form?.key ?? ''}`;
    const known = fonts.get(key);
    if (known !== undefined) return known;
    const font: UsedFont = {
      name: `F${fonts.size}`,
      id: file.reserve(),
      face,
      weight,
      widths: new Map(),
      texts: new Map(),
    };
    fonts.set(key, font);
    return font;
  };

  return {
    resourcesId,
    draw(line, { size, weight, color }, x, y) {
      const parts = [`BT ${color} rg`];
      let at = x;
      let array = '';
      let arrayFont: UsedFont | undefined;
      const close = (): void => {
        if (array !== '') parts.push(`[${array}] TJ`);
        array = '';
        arrayFont = undefined;
      };
      for (const run of line.runs) {
        const runSize = size * (run.form?.scale ?? 1);
        const runY = y + ((run.form?.rise ?? 0) / 1000) * size;
        if (run.face === null) {
          close();
          parts.push(`1 0 0 1 ${num(at)} ${num(y)} Tm ${boxes.show(run.glyphs, size)}`);
          at += (run.glyphs.width / 1000) * size;
          continue;
        }
        const font = useFont(run.face, weight, run.form);
        // Where glyphs alone do not tell the text (letters joined or moved), it is told beside them.
        const { isTold, array: whole } = useGlyphs(font, run.glyphs);
        const plain = isTold ? whole : null;
        if (plain !== null && arrayFont === font) array += plain;
        else {
          close();
          parts.push(`/${font.name} ${num(runSize)} Tf 1 0 0 1 ${num(at)} ${num(runY)} Tm`);
          if (plain !== null) {
            array = plain;
            arrayFont = font;
          } else if (isTold) parts.push(showGlyphs(run.glyphs, runSize));
          else parts.push(`/Span << /ActualText ${textString(run.text)} >> BDC ${showGlyphs(run.glyphs, runSize)} EMC`);
        }
        at += (widthOf(run) / 1000) * size;
      }
      close();
      parts.push('ET');
      return parts.join('\n');
    },
    async end() {
      if (boxes.list().length > 0) {
        const font = useFont(plainFace(), 400);
        const digits = [...hexDigits].map((digit) => {
          const glyphs = shapeText(font.face, font.weight, digit, false);
          useGlyphs(font, glyphs);
          return { hex: hexCode(glyphs.ids[0] ?? 0, 2), width: glyphs.width };
        });
        boxes.end(font.id, digits);
      }
      const subset = await createSubsetter();
      for (const font of fonts.values()) {
        embed(file, font, subset);
        await setImmediate();
      }
      const listed = [...fonts.values(), ...boxes.list()].map(({ name, id }) => `/${name} ${id} 0 R`).join(' ');
      file.write(resourcesId, `<< /Font << ${listed} >> >>`);
    },
  };
}

/** The glyphs as a TJ array; null where some are raised. */
function plainArray(glyphs: Glyphs): string | null {
  if (glyphs.yOffsets.some((offset) => offset !== 0)) return null;
  let array = '';
  for (const index of glyphs.ids.keys()) {
    const shown = showGlyph(glyphs, index);
    // Two numbers side by side would be read as one.
    array += array.endsWith('>') || shown.startsWith('<') ? shown : ` ${shown}`;
  }
  return array;
}

function showGlyph({ ids, advances, widths, xOffsets }: Glyphs, index: number): string {
  const xOffset = xOffsets[index] ?? 0;
  const rest = (advances[index] ?? 0) - (widths[index] ?? 0) - xOffset;
  const id = hexCode(ids[index] ?? 0, 2);
  return `${xOffset === 0 ? '' : num(-xOffset)}<${id}>${Math.abs(rest) > 0.5 ? num(-rest) : ''}`;
}

function showGlyphs(glyphs: Glyphs, size: number): string {
  const parts = glyphs.ids.map((_, index) => {
    const rise = ((glyphs.yOffsets[index] ?? 0) / 1000) * size;
    return `${num(rise)} Ts [${showGlyph(glyphs, index)}] TJ`;
  });
  return `${parts.join(' ')} 0 Ts`;
}

/**
 * Notes what each glyph stands for. `isTold` is false where the glyphs, each with one text, do not give the run's.
 */
function useGlyphs(font: UsedFont, glyphs: Glyphs): { isTold: boolean; array: string | null } {
  if (glyphs.use?.font === font) return glyphs.use;
  let isTold = glyphs.isSimple;
  for (const [index, id] of glyphs.ids.entries()) {
    font.widths.set(id, glyphs.widths[index] ?? 0);
    const shown = glyphs.texts[index] ?? null;
    const known = font.texts.get(id);
    if (shown !== null && known === undefined) font.texts.set(id, shown);
    else if (shown === null || known !== shown) isTold = false;
  }
  glyphs.use = { font, isTold, array: plainArray(glyphs) };
  return glyphs.use;
}

function embed(file: PdfFile, { id, face, weight, widths, texts, name }: UsedFont, subset: SubsetFont): void {
  const [descendantId, descriptorId, fileId, unicodeId] = [
    file.reserve(),
    file.reserve(),
    file.reserve(),
    file.reserve(),
  ];
  const baseFont = `${tagOf(face.id, weight)}+NotoSans-${name}`;
  const { ascender, descender } = face.fonts[weight].hExtents();
  const scale = 1000 / face.unitsPerEm;
  const glyphs = [...widths].sort(([one], [other]) => one - other);
  const widthList = glyphs.map(([glyph, width]) => `${glyph} [${num(width)}]`).join(' ');
  file.write(
    id,
    `<< /Type /Font /Subtype /Type0 /BaseFont /${baseFont} /Encoding /Identity-H /DescendantFonts [${descendantId} 0 R] /ToUnicode ${unicodeId} 0 R >>`,
  );
  file.write(
    descendantId,
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${baseFont} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor ${descriptorId} 0 R /CIDToGIDMap /Identity /DW 1000 /W [${widthList}] >>`,
  );
  file.write(
    descriptorId,
    `<< /Type /FontDescriptor /FontName /${baseFont} /Flags 4 /FontBBox [-1000 -500 2000 1500] /ItalicAngle 0 /Ascent ${num(ascender * scale)} /Descent ${num(descender * scale)} /CapHeight 714 /StemV ${weight === 600 ? 120 : 80} /FontFile2 ${fileId} 0 R >>`,
  );
  const cut = subset(face.data, widths.keys(), weight);
  file.writeStream(fileId, `/Length1 ${cut.byteLength}`, cut);
  file.writeStream(unicodeId, '', unicodeMap(texts, 2));
}

/** Six capital letters, which say that a font is a part of one. */
function tagOf(faceId: number, weight: Weight): string {
  const number = faceId * 2 + (weight === 600 ? 1 : 0);
  return [...number.toString(26).padStart(6, '0')]
    .map((digit) => String.fromCharCode(65 + Number.parseInt(digit, 26)))
    .join('');
}
