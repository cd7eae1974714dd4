import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { UnreadableFileError } from '../read.ts';

const open = promisify<string, yauzl.Options, ZipFile>(yauzl.open);

export type Archive = AsyncDisposable & {
  readonly names: readonly string[];
  /** What these entries come to, unpacked. */
  sizeOf(names: readonly string[]): number;
  /** The unpacked bytes of an entry. */
  read(name: string): Promise<Readable>;
  /** An entry of some size at most, as text. */
  readText(name: string): Promise<string>;
};

/** What is read whole; larger entries are streamed. */
const maxTextBytes = 64 * 2 ** 20;

/** @throws UnreadableFileError where it is no ZIP file */
export async function openArchive(file: string): Promise<Archive> {
  let zip: ZipFile;
  try {
    zip = await open(file, { lazyEntries: true, autoClose: false });
  } catch (err) {
    throw new UnreadableFileError(`the ZIP file cannot be read: ${err instanceof Error ? err.message : ''}`);
  }
  const entries = new Map<string, Entry>();
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.once('end', resolve);
    zip.once('error', (err: Error) => reject(new UnreadableFileError(`the ZIP file cannot be read: ${err.message}`)));
    zip.readEntry();
  });
  const openEntry = promisify(
    zip.openReadStream.bind(zip) as (entry: Entry, done: (err: Error | null, stream: Readable) => void) => void,
  );
  const read = async (name: string): Promise<Readable> => {
    const entry = entries.get(name);
    if (entry === undefined) throw new UnreadableFileError(`the ZIP file has no ${name}`);
    return openEntry(entry);
  };
  return {
    names: [...entries.keys()],
    sizeOf: (names) => names.reduce((sum, name) => sum + (entries.get(name)?.uncompressedSize ?? 0), 0),
    read,
    readText: async (name) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of await read(name)) {
        bytes += chunk.length;
        if (bytes > maxTextBytes) throw new UnreadableFileError(`${name} is larger than ${maxTextBytes / 2 ** 20} MB`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufeff/, '');
    },
    [Symbol.asyncDispose]: async () => zip.close(),
  };
}
