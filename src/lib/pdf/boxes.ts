import { num, type PdfFile } from './file.ts';
import type { Glyphs } from './shaping.ts';
import { hexCode, unicodeMap } from './unicode-map.ts';

/** Of a box, in thousandths of the font's size: the room of one digit, the frame around them, the gap to the next box. */
const digitSize = 350;
const cellWidth = 260;
const frame = { margin: 40, line: 35, padding: 20, bottom: -110, top: 650 };
const baselines = [330, -40];
/** A font whose glyphs are drawings has codes of one byte. */
const codesPerFont = 256;

/** A digit of the font that the numbers are written with: `hex` as in a shown string, its width in thousandths. */
export type BoxDigit = { hex: string; width: number };

/** Characters that no font has, one box each. */
export function shapeBoxes(text: string, isRtl: boolean): Glyphs {
  const chars: { char: string; start: number }[] = [];
  for (let start = 0; start < text.length; start += chars.at(-1)?.char.length ?? 1) {
    chars.push({ char: String.fromCodePoint(text.codePointAt(start) ?? 0), start });
  }
  if (isRtl) chars.reverse();
  const widths = chars.map(({ char }) => boxWidth(digitsOf(char)));
  return {
    ids: chars.map(({ char }) => char.codePointAt(0) ?? 0),
    advances: widths,
    widths,
    xOffsets: widths.map(() => 0),
    yOffsets: widths.map(() => 0),
    clusters: chars.map(({ start }) => start),
    texts: chars.map(({ char }) => char),
    isSimple: true,
    width: widths.reduce((sum, width) => sum + width, 0),
  };
}

/** The fonts of a document that draw a character as its number in a box. */
export function createBoxFonts(file: PdfFile): {
  /** Drawing instructions for the boxes of {@link shapeBoxes}, from where the text stands. */
  show(glyphs: Glyphs, size: number): string;
  /** The names and objects of the fonts used. */
  list(): { name: string; id: number }[];
  /** Writes them; `digits` are of the font of object `digitsId`, in the order of their value. */
  end(digitsId: number, digits: BoxDigit[]): void;
} {
  const codes = new Map<string, number>();
  const fonts: { name: string; id: number }[] = [];

  const codeOf = (char: string): number => {
    const known = codes.get(char);
    if (known !== undefined) return known;
    const code = codes.size;
    if (code % codesPerFont === 0) fonts.push({ name: `B${fonts.length}`, id: file.reserve() });
    codes.set(char, code);
    return code;
  };

  return {
    show(glyphs, size) {
      const parts = glyphs.texts.map((char) => {
        const code = codeOf(char ?? '');
        return `/B${Math.floor(code / codesPerFont)} ${num(size)} Tf <${hexCode(code % codesPerFont, 1)}> Tj`;
      });
      return parts.join(' ');
    },
    list: () => fonts,
    end(digitsId, digits) {
      const chars = [...codes.keys()];
      for (const [index, { id }] of fonts.entries()) {
        const own = chars.slice(index * codesPerFont, (index + 1) * codesPerFont);
        writeFont(file, id, own, digitsId, digits);
      }
    },
  };
}

function writeFont(file: PdfFile, id: number, chars: string[], digitsId: number, digits: BoxDigit[]): void {
  const drawings = chars.map((char) => {
    const drawingId = file.reserve();
    file.writeStream(drawingId, '', drawBox(digitsOf(char), digits));
    return drawingId;
  });
  const unicodeId = file.reserve();
  file.writeStream(unicodeId, '', unicodeMap(chars.entries(), 1));
  const listed = drawings.map((drawingId, code) => `/c${code} ${drawingId} 0 R`).join(' ');
  const names = chars.map((_, code) => `/c${code}`).join(' ');
  const widths = chars.map((char) => boxWidth(digitsOf(char))).join(' ');
  file.write(
    id,
    `<< /Type /Font /Subtype /Type3 /FontBBox [0 ${frame.bottom} ${boxWidth('000000')} ${frame.top}] /FontMatrix [0.001 0 0 0.001 0 0] /CharProcs << ${listed} >> /Encoding << /Type /Encoding /Differences [0 ${names}] >> /FirstChar 0 /LastChar ${chars.length - 1} /Widths [${widths}] /Resources << /Font << /D ${digitsId} 0 R >> >> /ToUnicode ${unicodeId} 0 R >>`,
  );
}

/** The frame as the room between two rectangles, so that it takes the text's colour; the number in two rows. */
function drawBox(number: string, digits: BoxDigit[]): string {
  const { margin, line, padding, bottom, top } = frame;
  const width = boxWidth(number);
  const outer = `${margin} ${bottom} ${width - 2 * margin} ${top - bottom} re`;
  const inset = margin + line;
  const inner = `${inset} ${bottom + line} ${width - 2 * inset} ${top - bottom - 2 * line} re`;
  const columns = number.length / 2;
  const shown = [...number].map((value, index) => {
    const digit = digits[Number.parseInt(value, 16)] ?? { hex: '', width: 0 };
    const left = margin + padding + (index % columns) * cellWidth;
    const x = left + (cellWidth - (digit.width * digitSize) / 1000) / 2;
    return `1 0 0 1 ${num(x)} ${baselines[Math.floor(index / columns)] ?? 0} Tm <${digit.hex}> Tj`;
  });
  return `${width} 0 d0 ${outer} ${inner} f* BT /D ${digitSize} Tf ${shown.join(' ')} ET`;
}

/** The code point in hexadecimal: four digits, or six. */
function digitsOf(char: string): string {
  const number = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return number.padStart(number.length <= 4 ? 4 : 6, '0');
}

function boxWidth(number: string): number {
  return (number.length / 2) * cellWidth + 2 * (frame.margin + frame.padding);
}
