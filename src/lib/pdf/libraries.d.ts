// biome-ignore-all lint/style/noDefaultExport: libraries are described as they are

declare module 'wawoff2/decompress.js' {
  /** The bytes given are a view of memory that the next call writes over. */
  function decompress(woff2: Uint8Array): Promise<Uint8Array>;
  export = decompress;
}

declare module 'linebreak' {
  /** Where lines may be broken, by the Unicode line breaking algorithm. */
  class LineBreaker {
    constructor(text: string);
    nextBreak(): { position: number; required: boolean } | null;
  }

  export { LineBreaker as default };
}

declare module 'bidi-js/dist/bidi.mjs' {
  import type { Bidi } from 'bidi-js';

  /** The package's types describe this file, which its entry for `import` is not. */
  function createBidi(): Bidi;

  export { createBidi as default };
}
