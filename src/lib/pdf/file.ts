import { deflateSync } from 'node:zlib';

/** Streams are small: with the usual window, packing each would take and free 256 KiB, which tears the heap apart. */
const packingLevel = { windowBits: 13, memLevel: 6, chunkSize: 8 * 1024 };

/** Writes the objects of a PDF file one after another: of those written, only their positions are kept (8 bytes each). */
export type PdfFile = {
  /** A number for an object that is written later, and can be referred to at once. */
  reserve(): number;
  /** `body` is PDF syntax in ASCII. */
  write(id: number, body: string): void;
  /** Compresses `content`, bytes or text in ASCII; `entries` are further ones for the stream's dictionary. */
  writeStream(id: number, entries: string, content: Uint8Array | string): void;
  /** Ends the file. */
  end(trailer: { rootId: number; infoId: number }): void;
  /** What has been written since it was last taken; null where that is less than so many bytes. */
  take(leastBytes: number): Uint8Array | null;
};

export function createPdfFile(): PdfFile {
  let offsets = new Float64Array(1024);
  let count = 1;
  let position = 0;
  // Held as text of one byte a character, in the heap that is collected often: many small buffers beside it add up.
  let pending: string[] = [];
  let taken = 0;
  let scratch = Buffer.alloc(32 * 1024);

  const push = (text: string): void => {
    pending.push(text);
    position += text.length;
  };
  const begin = (id: number): void => {
    offsets[id] = position;
  };
  const bytesOf = (text: string): Uint8Array => {
    if (text.length > scratch.byteLength) scratch = Buffer.alloc(text.length * 2);
    return scratch.subarray(0, scratch.write(text, 'latin1'));
  };

  // The comment's bytes tell programs that the file is not text.
  push('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n');

  return {
    reserve() {
      if (count === offsets.length) {
        const longer = new Float64Array(count * 2);
        longer.set(offsets);
        offsets = longer;
      }
      count += 1;
      return count - 1;
    },
    write(id, body) {
      begin(id);
      push(`${id} 0 obj\n${body}\nendobj\n`);
    },
    writeStream(id, entries, content) {
      const packed = deflateSync(typeof content === 'string' ? bytesOf(content) : content, packingLevel);
      begin(id);
      push(`${id} 0 obj\n<< /Length ${packed.byteLength} /Filter /FlateDecode ${entries} >>\nstream\n`);
      push(packed.toString('latin1'));
      push('\nendstream\nendobj\n');
    },
    end({ rootId, infoId }) {
      const start = position;
      push(`xref\n0 ${count}\n0000000000 65535 f \n`);
      let lines: string[] = [];
      for (let id = 1; id < count; id += 1) {
        const offset = offsets[id] ?? 0;
        lines.push(offset === 0 ? '0000000000 00000 f \n' : `${String(offset).padStart(10, '0')} 00000 n \n`);
        if (lines.length < 4096) continue;
        push(lines.join(''));
        lines = [];
      }
      push(lines.join(''));
      push(`trailer\n<< /Size ${count} /Root ${rootId} 0 R /Info ${infoId} 0 R >>\nstartxref\n${start}\n%%EOF\n`);
    },
    take(leastBytes) {
      if (position - taken < leastBytes || position === taken) return null;
      const bytes = Buffer.from(pending.join(''), 'latin1');
      pending = [];
      taken = position;
      return bytes;
    },
  };
}

/** A string that people read, in any script. */
export function textString(text: string): string {
  return `<feff${Buffer.from(text.toWellFormed(), 'utf16le').swap16().toString('hex')}>`;
}

/** A number with as many decimals as are seen. */
export function num(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

const fanOut = 50;

type Node = { id: number; kids: number[]; count: number };

/**
 * A part of the page tree, written as it fills, so that a page's way to the root stays short and nothing is kept of
 * pages gone by but one number in fifty.
 */
export function createPageTree(
  file: PdfFile,
  rootId: number,
): {
  /** The parent of the page added next. */
  nextParent(): number;
  add(pageId: number): void;
  /** Writes what is left. Gives the node to put under the root, and its pages; null where there are none. */
  end(): { id: number; count: number } | null;
} {
  const levels: (Node | undefined)[] = [];
  const nodeAt = (level: number): Node => {
    const node = levels[level] ?? { id: file.reserve(), kids: [], count: 0 };
    levels[level] = node;
    return node;
  };
  const write = ({ id, kids, count }: Node, parent: number): void => {
    const listed = kids.map((kid) => `${kid} 0 R`).join(' ');
    file.write(id, `<< /Type /Pages /Parent ${parent} 0 R /Count ${count} /Kids [${listed}] >>`);
  };
  const addAt = (level: number, kid: number, count: number): void => {
    const node = nodeAt(level);
    node.kids.push(kid);
    node.count += count;
    if (node.kids.length < fanOut) return;
    write(node, nodeAt(level + 1).id);
    levels[level] = undefined;
    addAt(level + 1, node.id, node.count);
  };
  return {
    nextParent: () => nodeAt(0).id,
    add: (pageId) => addAt(0, pageId, 1),
    end() {
      for (let level = 0; level < levels.length; level += 1) {
        const node = levels[level];
        if (node === undefined || node.kids.length === 0) continue;
        const isTop = levels.slice(level + 1).every((other) => other === undefined || other.kids.length === 0);
        if (isTop) {
          write(node, rootId);
          return { id: node.id, count: node.count };
        }
        write(node, nodeAt(level + 1).id);
        addAt(level + 1, node.id, node.count);
      }
      return null;
    },
  };
}
