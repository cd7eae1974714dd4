const lineEnd = Buffer.from('\r\n');
const headersEnd = Buffer.from('\r\n\r\n');
/** Longer ones are left as they are, for the parser to refuse. */
const maxHeaderBytes = 64 * 1024;
/** U+0080: a control character as well, and one that parsers of headers let through. */
const standIn = [0xc2, 0x80];

/** The boundary that a Content-Type of a multipart body names; null where it names none. */
export function boundaryOf(contentType: string): string | null {
  const [, quoted, plain] = contentType.match(/;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i) ?? [];
  const boundary = quoted ?? plain ?? '';
  return boundary === '' ? null : boundary;
}

/**
 * A multipart body with the control characters in its parts' headers replaced by U+0080; what the parts hold is left
 * as it is. A client may send a file's name with a NUL in it, which parsers of headers take for a malformed body: so
 * it comes through, to be cleaned like any other name.
 */
export async function* withPlainPartHeaders(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first delimiter has no line before it: one is put there, and taken away again.
  let held: Buffer = lineEnd;
  let surplus = lineEnd.byteLength;
  let isInHeaders = false;
  const without = (bytes: Buffer): Buffer => {
    const cut = bytes.subarray(surplus);
    surplus -= bytes.byteLength - cut.byteLength;
    return cut;
  };
  for await (const chunk of source) {
    let rest =
      held.byteLength === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([held, chunk]);
    held = Buffer.alloc(0);
    while (rest.byteLength > 0) {
      const mark = isInHeaders ? headersEnd : delimiter;
      const found = rest.indexOf(mark);
      if (found < 0) {
        const isTooLong = isInHeaders && rest.byteLength > maxHeaderBytes;
        const keep = isInHeaders ? (isTooLong ? 0 : rest.byteLength) : Math.min(rest.byteLength, mark.byteLength - 1);
        const passed = without(rest.subarray(0, rest.byteLength - keep));
        if (passed.byteLength > 0) yield passed;
        // Copied: a producer may use its buffer again.
        held = Buffer.from(rest.subarray(rest.byteLength - keep));
        if (isTooLong) isInHeaders = false;
        break;
      }
      const end = found + mark.byteLength;
      const part = rest.subarray(0, end);
      const passed = isInHeaders ? plain(part) : without(part);
      if (passed.byteLength > 0) yield passed;
      isInHeaders = !isInHeaders;
      rest = rest.subarray(end);
    }
  }
  const last = without(held);
  if (last.byteLength > 0) yield last;
}

function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f;
}

function plain(headers: Buffer): Buffer {
  if (!headers.some(isControl)) return headers;
  return Buffer.from([...headers].flatMap((byte) => (isControl(byte) ? standIn : byte)));
}
