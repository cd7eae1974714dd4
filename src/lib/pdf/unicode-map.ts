const codesAtOnce = 100;

/** The content of a font's `ToUnicode`: what text its codes, of one or two bytes, stand for. */
export function unicodeMap(texts: Iterable<[code: number, text: string]>, bytes: 1 | 2): string {
  const codes = [...texts].map(([code, text]) => {
    // A space of no width stands for nothing: readers take an empty text for none given.
    const hex = Buffer.from(text || '\u200b', 'utf16le')
      .swap16()
      .toString('hex');
    return `<${hexCode(code, bytes)}> <${hex}>`;
  });
  const blocks: string[] = [];
  for (let start = 0; start < codes.length; start += codesAtOnce) {
    const block = codes.slice(start, start + codesAtOnce);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def',
    '/CMapName /Adobe-Identity-UCS def /CMapType 2 def',
    `1 begincodespacerange <${hexCode(0, bytes)}> <${'ff'.repeat(bytes)}> endcodespacerange`,
    ...blocks,
    'endcmap CMapName currentdict /CMap defineresource pop end end',
  ].join('\n');
}

/** A code of a font as in a shown string. */
export function hexCode(code: number, bytes: 1 | 2): string {
  return code.toString(16).padStart(bytes * 2, '0');
}
