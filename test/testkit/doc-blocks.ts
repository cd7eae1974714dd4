import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root = path.join(import.meta.dirname, '../..');

export type Document = {
  text: string;
  /** The block that follows `<!-- run: name -->`. @throws where there is none */
  block(name: string): string;
  /** All such blocks, by name. */
  blocks: ReadonlyMap<string, string>;
};

/** A page of the documentation, whose blocks tests run as they stand. */
export function readDocument(file: string): Document {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = text.matchAll(/<!-- run: (\S+) -->\n```\w+\n([\s\S]*?)```/g);
  const blocks = new Map([...found].map(([, name = '', block = '']) => [name, block]));
  return {
    text,
    blocks,
    block: (name) => {
      const block = blocks.get(name);
      if (block === undefined) throw new Error(`${file} has no block to run named ${name}`);
      return block;
    },
  };
}
