import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import yauzl from 'yauzl';

/** The files of a ZIP by their paths; checks sizes and checksums as it reads. */
export async function readZip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (err, file) => (file ? resolve(file) : reject(err)));
  });
  const open = promisify<yauzl.Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  const entries = new Map<string, Buffer>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  zip.on('error', reject);
  zip.on('end', () => resolve());
  zip.on('entry', (entry: yauzl.Entry) => {
    open(entry)
      .then(buffer)
      .then((content) => {
        entries.set(entry.fileName, content);
        zip.readEntry();
      })
      .catch(reject);
  });
  zip.readEntry();
  await ended;
  return entries;
}
