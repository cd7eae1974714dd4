import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import yazl from 'yazl';
import { cleanFilename, numberFilename } from '../lib/filename.ts';

export type ZippedAttachment = {
  conversationId: string;
  filename: string;
  mimeType: string;
  createdAt: Date;
  /** Called when its turn has come; null where the file is not to be had. */
  open(): Promise<AsyncIterable<Uint8Array> | null>;
};

/** Contents that are compressed as they are. */
const packed = /^(?:image\/(?!svg|bmp)|video\/|audio\/(?!.*wav)|application\/(?:zip|gzip|pdf|x-7z|x-rar|vnd\.openxml))/;
const missingList = 'attachments/MISSING.txt';

/**
 * A ZIP of a document and its conversations' files, as `attachments/<conversation>/<name>`, written while it is read.
 * Names that are the same but for case are numbered; files that are not to be had are listed in
 * `attachments/MISSING.txt`. ZIP64 is used where sizes or counts need it.
 */
export async function* writeZip(
  document: { name: string; createdAt: Date; stream: AsyncIterable<Uint8Array> },
  attachments: AsyncIterable<ZippedAttachment>,
): AsyncGenerator<Uint8Array> {
  const zip = new yazl.ZipFile();
  const output = zip.outputStream;
  if (!(output instanceof Readable)) throw new Error('yazl gave no stream to read');
  const fail = (error: unknown): void => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  let current: Readable | undefined;
  // An entry is added once the one before has been read, so that no source is opened before its turn.
  const add = async (
    path: string,
    source: AsyncIterable<Uint8Array>,
    mtime: Date,
    compress: boolean,
  ): Promise<void> => {
    if (output.destroyed) throw new Error('The archive is no longer read');
    current = Readable.from(source, { objectMode: false });
    zip.addReadStream(current, path, { mtime, compress, mode: 0o100644 });
    await finished(current);
  };
  const fill = async (): Promise<void> => {
    await add(document.name, document.stream, document.createdAt, true);
    const taken = new Set<string>([missingList.toLowerCase()]);
    const missing: string[] = [];
    for await (const { conversationId, filename, mimeType, createdAt, open } of attachments) {
      const stream = await open();
      const path = uniquePath(`attachments/${cleanFilename(conversationId)}/`, cleanFilename(filename), taken);
      if (stream === null) missing.push(path);
      else await add(path, stream, createdAt, !packed.test(mimeType));
    }
    if (missing.length > 0) {
      const text = `These files could not be had when the export was made:\n${missing.join('\n')}\n`;
      zip.addBuffer(Buffer.from(text), missingList, { mtime: document.createdAt });
    }
    zip.end();
  };
  zip.on('error', fail);
  fill().catch(fail);
  try {
    yield* output;
  } finally {
    current?.destroy();
  }
}

function uniquePath(folder: string, name: string, taken: Set<string>): string {
  let path = folder + name;
  for (let number = 2; taken.has(path.toLowerCase()); number += 1) path = folder + numberFilename(name, number);
  taken.add(path.toLowerCase());
  return path;
}
