import { getDocumentProxy, getResolvedPDFJS } from 'unpdf';
import { describe, expect, test } from 'vitest';
import { createPdfFile } from '../../../../src/lib/pdf/file.ts';
import { createDocumentFonts } from '../../../../src/lib/pdf/fonts.ts';
import { type Line, layoutParagraph, readParagraphs } from '../../../../src/lib/pdf/text.ts';

const style = { size: 10, leading: 14, weight: 400, color: '0 0 0' } as const;

async function layout(text: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const paragraph of readParagraphs(text)) lines.push(...layoutParagraph(paragraph, style, 500));
  return lines;
}

/** What is drawn as its number in a box, and what as the empty box of a font. */
async function readMissing(text: string): Promise<{ boxed: string[]; empty: string[] }> {
  const runs = (await layout(text)).flatMap((line) => line.runs);
  return {
    boxed: runs.filter(({ face }) => face === null).map((run) => run.text),
    empty: runs.filter(({ face, glyphs }) => face !== null && glyphs.ids.includes(0)).map((run) => run.text),
  };
}

/** A page of the lines, read with pdf.js: its text, and how many operations of each kind draw it. */
async function drawPage(lines: Line[]) {
  const file = createPdfFile();
  const fonts = createDocumentFonts(file);
  const [rootId, pagesId, pageId, contentId, infoId] = Array.from({ length: 5 }, () => file.reserve());
  if (!rootId || !pagesId || !pageId || !contentId || !infoId) throw new Error('Five objects were reserved');
  const drawn = lines.map((line, index) => fonts.draw(line, style, 40, 780 - index * style.leading));
  file.writeStream(contentId, '', drawn.join('\n'));
  await fonts.end();
  file.write(rootId, `<< /Type /Catalog /Pages ${pagesId} 0 R >>`);
  file.write(pagesId, `<< /Type /Pages /Count 1 /Kids [${pageId} 0 R] >>`);
  file.write(
    pageId,
    `<< /Type /Page /Parent ${pagesId} 0 R /MediaBox [0 0 595 842] /Resources ${fonts.resourcesId} 0 R /Contents ${contentId} 0 R >>`,
  );
  file.write(infoId, '<< >>');
  file.end({ rootId, infoId });
  const bytes = file.take(0);
  if (bytes === null) throw new Error('Nothing was written');
  const page = await (await getDocumentProxy(new Uint8Array(bytes))).getPage(1);
  const { items } = await page.getTextContent();
  const { OPS } = await getResolvedPDFJS();
  const { fnArray } = await page.getOperatorList();
  return {
    bytes,
    text: items.map((item) => ('str' in item ? item.str : '')).join(''),
    shown: fnArray.filter((operation: number) => operation === OPS.showText).length,
  };
}

describe('letters stored apart from their marks', () => {
  test.each([
    ['Korean', '한국어 대화'],
    ['Vietnamese', 'Tổ quốc Việt Nam, Tỷ giá'],
    ['Polish', 'Zażółć gęślą jaźń'],
    ['Turkish', 'İğüş çöğ'],
    ['Hungarian', 'árvíztűrő tükörfúrógép'],
    ['Czech', 'příliš žluťoučký kůň'],
  ])('%s is drawn and read put together', async (_, text) => {
    const apart = text.normalize('NFD');
    expect(apart).not.toBe(text);
    expect(await readMissing(apart)).toEqual({ boxed: [], empty: [] });
    expect((await drawPage(await layout(apart))).text).toBe(text);
  });
});

test.each([
  ['mathematics', 'x ∈ ℝ, ∀ε ∃δ, 𝔸𝐁, ℵ'],
  ['signs', '✗ ☐ ☑ ✓ ♜ ⠓ → ①'],
  ['half-width katakana', String.fromCodePoint(...Array.from({ length: 63 }, (_, index) => 0xff61 + index))],
  ['kanji', '𠮷野 鯵 鴎 穐'],
  ['Odia', 'ଓଡ଼ିଆ ଭାଷା'],
  ['Tibetan', 'བོད་སྐད་'],
  ['Mongolian', 'ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ'],
  ['Syriac', 'ܠܫܢܐ ܣܘܪܝܝܐ'],
  ['Cherokee', 'ᏣᎳᎩ ꭶꮼꮒꭿꮝꮧ'],
  ['Thaana', 'ދިވެހިބަސް'],
  ['Tifinagh', 'ⵜⴰⵎⴰⵣⵉⵖⵜ'],
  ["N'Ko", 'ߒߞߏ ߓߟߏߡߊ'],
])('%s has a font', async (_, text) => {
  expect(await readMissing(text)).toEqual({ boxed: [], empty: [] });
});

describe('superscripts, subscripts and fractions', () => {
  const text = 'H₂O, 10⁻³ m, xⁿ⁺¹, aₙ₋₁, ⅓ + ⅔ = 1, ⅒, Nᵉ, ↉';

  test('are drawn smaller where no font has them, and read as they are', async () => {
    expect(await readMissing(text)).toEqual({ boxed: [], empty: [] });
    // A digit that another speaks for stands for a space of no width, which the reader may take for a blank.
    const { text: read } = await drawPage(await layout(text));
    expect(read.replaceAll(/[\u200b ]/g, '')).toBe(text.replaceAll(' ', ''));
    const [line] = await layout('H₂O');
    expect(line?.runs.map(({ text: shown, form }) => [shown, form?.scale])).toEqual([
      ['H', undefined],
      ['₂', 0.6],
      ['O', undefined],
    ]);
    const [plain] = await layout('H2O');
    expect(line?.width).toBeLessThan(plain?.width ?? 0);
  });

  test('read from left to right among letters that run to the left', async () => {
    const [line] = await layout('אבג ⅓ דהו');
    const shown = line?.runs.flatMap(({ form }) => (form === undefined ? [] : [form.key]));
    expect(shown).toEqual(['⅓', 'slash', 'under']);
  });

  test('break like digits where they fill a line', async () => {
    const lines = await layout('⅓₂'.repeat(300));
    for (const { width } of lines) expect((width / 1000) * style.size).toBeLessThan(505);
    expect(lines.flatMap(({ runs }) => runs.map((run) => run.text)).join('')).toBe('⅓₂'.repeat(300));
  });
});

describe('a character that no font has', () => {
  const missing = '\u{12000}\ufdd0\u{10ffff}\ue123';

  test('is drawn as its number in a box, and read as itself', async () => {
    const lines = await layout(`a ${missing} b`);
    const { text, shown, bytes } = await drawPage(lines);
    expect(text).toBe(`a ${missing} b`);
    expect(shown).toBeGreaterThanOrEqual(3);
    expect(Buffer.from(bytes).toString('latin1')).toContain('/Subtype /Type3');
    expect(await readMissing(missing)).toEqual({ boxed: [missing], empty: [] });
  });

  test('takes room, so that a line of them is broken', async () => {
    const lines = await layout('\u{12000}'.repeat(200));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect((line.width / 1000) * style.size).toBeLessThanOrEqual(500);
    expect(lines.flatMap(({ runs }) => runs.map(({ text }) => text)).join('')).toBe('\u{12000}'.repeat(200));
  });

  test('has a box of its own, however many there are', async () => {
    const many = Array.from({ length: 300 }, (_, index) => String.fromCodePoint(0x12000 + index)).join('');
    expect((await drawPage(await layout(many))).text).toBe(many);
  });
});

test('what cannot be seen draws nothing', async () => {
  expect(await readMissing('a\u034fb \u{e0001} \u115f\u3164')).toEqual({ boxed: [], empty: [] });
});
