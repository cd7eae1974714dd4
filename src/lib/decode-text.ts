/**
 * Bytes as text, in the encoding that a `Content-Type` names: `text/plain; charset=ISO-8859-1`. UTF-8 where it names
 * none, or one that nobody knows. A byte-order mark stays; bytes that are none become U+FFFD.
 */
export function decodeText(bytes: Uint8Array, contentType: string | null | undefined): string {
  const [, quoted, plain] = /;\s*charset\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '') ?? [];
  return createDecoder((quoted ?? plain ?? 'utf-8').trim()).decode(bytes);
}

function createDecoder(label: string): TextDecoder {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true });
  }
}
