import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { UpstreamForm } from './http.ts';

export type UploadFile = {
  filename: string;
  mimeType: string;
  stream: Readable;
  /** Null where it is not known beforehand: then the request is sent in chunks. */
  sizeBytes: number | null;
};

/** `multipart/form-data` with text fields and one file, which is passed on as it comes and never held as a whole. */
export function multipartForm(fields: Record<string, string>, fileField: string, file: UploadFile): UpstreamForm {
  const boundary = `convograph-${randomUUID()}`;
  const texts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const disposition = `form-data; name="${quoted(fileField)}"; filename="${quoted(file.filename)}"`;
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream';
  const fileHead = `--${boundary}\r\ncontent-disposition: ${disposition}\r\ncontent-type: ${type}\r\n\r\n`;
  const head = Buffer.from(texts.join('') + fileHead);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

  async function* parts(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* file.stream;
    yield tail;
  }
  const stream = Readable.from(parts(), { objectMode: false });
  // That the file breaks is told when it is read; before then nobody listens.
  file.stream.on('error', () => undefined);
  // Whoever stops the request stops reading the file, too, even while it waits for the file's next piece.
  stream.on('close', () => file.stream.destroy());
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: file.sizeBytes === null ? null : head.length + file.sizeBytes + tail.length,
    stream,
  };
}

/** As browsers escape names in forms. */
function quoted(name: string): string {
  return name.toWellFormed().replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
