import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as hb from 'harfbuzzjs';
import decompress from 'wawoff2/decompress.js';
import { readForm } from './forms.ts';

/** Regular and semibold. */
export type Weight = 400 | 600;

/** One file of a font: a slice of its characters, in all weights. */
export type Face = {
  /** Counts from 0 in the order of loading. */
  id: number;
  /** The file as TrueType. */
  data: Uint8Array;
  unitsPerEm: number;
  fonts: Readonly<Record<Weight, hb.Font>>;
  has(codePoint: number): boolean;
};

type Slice = { path: string; ranges: [number, number][]; face: Promise<Face> | null };

const require = createRequire(import.meta.url);
const fontFamily = '@fontsource-variable/noto-sans';
/** Of the families that come in one weight only. */
const staticFamily = '@fontsource/noto-sans';
/** Its one file has all of mathematics, though its list tells of Latin only. */
const mathFamily = `${staticFamily}-math`;
const everyCharacter: [number, number] = [0, 0x10ffff];

/** In this order: a character is drawn with the first that has it. `*` stands for all the numbered slices of a family. */
const sources: [packageName: string, slices: string[]][] = [
  [fontFamily, ['latin', 'latin-ext', 'vietnamese', 'greek', 'greek-ext', 'cyrillic', 'cyrillic-ext', 'devanagari']],
  ...[
    'arabic',
    'hebrew',
    'thai',
    'bengali',
    'tamil',
    'telugu',
    'gujarati',
    'gurmukhi',
    'kannada',
    'malayalam',
    'sinhala',
    'armenian',
    'georgian',
    'ethiopic',
    'khmer',
    'lao',
    'myanmar',
    'oriya',
    'syriac',
    'thaana',
    'cherokee',
  ].map((script): [string, string[]] => [`${fontFamily}-${script}`, [script]]),
  ...['mongolian', 'nko', 'tifinagh'].map((script): [string, string[]] => [`${staticFamily}-${script}`, [script]]),
  ['@fontsource-variable/noto-serif-tibetan', ['tibetan']],
  [`${fontFamily}-sc`, ['*']],
  [`${fontFamily}-kr`, ['*']],
  // What the two before lack: half-width katakana and some kanji.
  [`${fontFamily}-jp`, ['*']],
  [`${fontFamily}-symbols`, ['symbols']],
  [`${staticFamily}-symbols-2`, ['symbols', 'math', 'braille']],
  [mathFamily, ['latin']],
  ['@fontsource-variable/noto-emoji', ['*']],
];
const emojiSource = sources.length - 1;

/** Marks, joiners and selectors: they belong to the character before them. */
const sticks = /\p{M}|\u200c|\u200d|[\u{1f3fb}-\u{1f3ff}]|[\u{e0020}-\u{e007f}]/u;
/** Nothing is drawn for these, whatever the face. */
const unseen = /\p{Default_Ignorable_Code_Point}/u;
const emojiFamily = /[\p{Emoji_Presentation}\u{1f1e6}-\u{1f1ff}]/u;
/** What stands between words of any script, and takes the font of its surroundings where that has it. */
const shared = /[\p{Script=Common}\p{Script=Inherited}]/u;

let sliceLists: Promise<Slice[][]> | undefined;
let unpacking: Promise<unknown> = Promise.resolve();
let loaded = 0;
const textFaces = new Map<number, Face | null>();
const emojiFaces = new Map<number, Face | null>();

/** Loads what is needed to draw a text; to be awaited before {@link faceOf} is asked for its characters. */
export async function prepareFaces(text: string): Promise<void> {
  for (const char of text) {
    const codePoint = char.codePointAt(0) ?? 0;
    if (!textFaces.has(codePoint)) {
      sliceLists ??= readSlices();
      const lists = await sliceLists;
      const emoji = await findFace(lists.slice(emojiSource), codePoint);
      const plain = await findFace(lists.slice(0, emojiSource), codePoint);
      emojiFaces.set(codePoint, emoji);
      textFaces.set(codePoint, (emojiFamily.test(char) ? emoji : plain) ?? plain ?? emoji);
      if (plain === null && emoji === null) {
        await prepareFaces((readForm(char) ?? []).map(({ letters }) => letters).join(''));
      }
    }
  }
}

/**
 * The face for a character of a prepared text: that of the character before (`previous`) where the two belong
 * together. Null for a character that no face has.
 */
export function faceOf(char: string, next: string | undefined, previous: Face | null): Face | null {
  const codePoint = char.codePointAt(0) ?? 0;
  if (previous !== null && sticks.test(char) && (previous.has(codePoint) || unseen.test(char))) return previous;
  const asEmoji = next === '\ufe0f' ? emojiFaces.get(codePoint) : undefined;
  if (asEmoji) return asEmoji;
  if (previous?.has(codePoint) && shared.test(char) && !emojiFamily.test(char)) return previous;
  const face = textFaces.get(codePoint);
  if (face === undefined) throw new Error('The text was not prepared');
  return face ?? (unseen.test(char) ? plainFace() : null);
}

/** The face that has all of some letters of a prepared text; null where none has. */
export function wholeFaceOf(letters: string): Face | null {
  const chars = [...letters].map((char) => char.codePointAt(0) ?? 0);
  const face = textFaces.get(chars[0] ?? 0) ?? null;
  return face !== null && chars.every((codePoint) => face.has(codePoint)) ? face : null;
}

/** The face of a blank, which has the letters of English and the digits too. */
export function plainFace(): Face {
  const face = textFaces.get(0x20);
  if (!face) throw new Error('The text was not prepared');
  return face;
}

async function findFace(lists: Slice[][], codePoint: number): Promise<Face | null> {
  for (const slices of lists) {
    for (const slice of slices) {
      if (!slice.ranges.some(([first, last]) => first <= codePoint && codePoint <= last)) continue;
      slice.face ??= loadFace(slice.path);
      const face = await slice.face;
      // The ranges are what a browser should ask the file for, not all of which is in it.
      if (face.has(codePoint)) return face;
    }
  }
  return null;
}

async function readSlices(): Promise<Slice[][]> {
  return Promise.all(
    sources.map(async ([packageName, names]) => {
      const listed: Record<string, string> = JSON.parse(
        await readFile(require.resolve(`${packageName}/unicode.json`), 'utf8'),
      );
      const family = packageName.slice(packageName.indexOf('/') + 1);
      const kind = packageName.startsWith(`${staticFamily}-`) ? '400' : 'wght';
      return Object.entries(listed).flatMap(([name, ranges]) => {
        const number = name.match(/^\[(\d+)\]$/)?.[1];
        if (!names.includes(name) && !(names.includes('*') && number !== undefined)) return [];
        const path = require.resolve(`${packageName}/files/${family}-${number ?? name}-${kind}-normal.woff2`);
        const asked = packageName === mathFamily ? [everyCharacter] : ranges.split(',').map(parseRange);
        return [{ path, ranges: asked, face: null }];
      });
    }),
  );
}

function parseRange(text: string): [number, number] {
  const [first = '', last = first] = text.replace(/^U\+/i, '').split('-');
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
}

/** One at a time, since what the library gives is a view of memory that its next call writes over. */
function unpack(packed: Uint8Array): Promise<Uint8Array> {
  const unpacked = unpacking.then(async () => Uint8Array.from(await decompress(packed)));
  unpacking = unpacked.catch(() => {});
  return unpacked;
}

async function loadFace(path: string): Promise<Face> {
  const data = await unpack(await readFile(path));
  const face = new hb.Face(new hb.Blob(data));
  const covered = new Set(face.collectUnicodes());
  const fontOf = (weight: Weight): hb.Font => {
    const font = new hb.Font(face);
    font.setVariations([new hb.Variation('wght', weight)]);
    return font;
  };
  loaded += 1;
  return {
    id: loaded - 1,
    data,
    unitsPerEm: face.upem,
    fonts: { 400: fontOf(400), 600: fontOf(600) },
    has: (codePoint) => covered.has(codePoint),
  };
}
