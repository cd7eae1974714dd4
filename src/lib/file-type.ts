import { fileTypeFromBuffer } from 'file-type';

/** As much of a file's start as is looked at: the entries that tell Office formats from a plain ZIP come within it. */
export const headBytes = 16 * 1024;

const unknownType = 'application/octet-stream';

/** Types that say what a file is made of; what the text in it says is more. */
const markupTypes = new Set(['application/xml', 'text/xml', 'text/html', 'image/svg+xml', 'application/xhtml+xml']);
// Each part can match in one way only: a head made to be matched in many would cost exponential time.
const skipped = String.raw`(?:\s|<!--(?:(?!-->)[\s\S])*-->|<\?(?:(?!\?>)[\s\S])*\?>|<!doctype[^>[]*(?:\[[^\]]*\]\s*)?>)*`;
const htmlTags =
  'html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|meta|link|base|form|img|object|embed';
const htmlStart = new RegExp(`^${skipped}<(?:${htmlTags})(?![\\w-])`, 'i');
const htmlDoctype = /^(?:\s|<!--(?:(?!-->)[\s\S])*-->)*<!doctype\s+html(?![^>]*svg)/i;
const svgStart = new RegExp(`^${skipped}<(?:\\w{1,20}:)?svg[\\s>/]`, 'i');
const xmlStart = /^\s*<\?xml\s/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text holds are what is looked for
const binary = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/**
 * The content type of a file by its first bytes ({@link headBytes} or fewer), never by its name or what a client
 * says of it. Markup is told from other text wherever a browser might run it. `application/octet-stream` where it is
 * not known.
 */
export async function detectFileType(head: Uint8Array): Promise<string> {
  if (head.byteLength === 0) return unknownType;
  const bytes = head.subarray(0, headBytes);
  const text = decodeText(bytes);
  if (text !== null) {
    const markup = detectMarkup(text);
    if (markup !== null) return markup;
  }
  // A malformed head makes some of its parsers throw.
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  if (found !== undefined && !markupTypes.has(found.mime)) return found.mime;
  return text === null ? unknownType : detectText(text, head.byteLength < headBytes);
}

/**
 * Finds a stream's type by its head, and gives the stream back whole. Nothing but the head is held in memory.
 * Where the source fails within the head, so does this; ending the stream given back ends the source.
 */
export async function peekFileType(
  source: AsyncIterable<Uint8Array>,
): Promise<{ mimeType: string; stream: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes < headBytes) {
    const { done, value } = await iterator.next();
    if (done) break;
    // Copied, since a producer may use its buffer again.
    chunks.push(value.slice());
    sizeBytes += value.byteLength;
  }
  const mimeType = await detectFileType(Buffer.concat(chunks));
  async function* replay(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks.splice(0);
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { mimeType, stream: replay() };
}

/** UTF-8, or UTF-16 with its mark, cut anywhere; null for what is not text. */
function decodeText(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    return binary.test(text) ? null : text;
  } catch {
    return null;
  }
}

function detectMarkup(text: string): string | null {
  if (svgStart.test(text)) return 'image/svg+xml';
  if (htmlDoctype.test(text) || htmlStart.test(text)) return 'text/html';
  return xmlStart.test(text) ? 'application/xml' : null;
}

function detectText(text: string, isWhole: boolean): string {
  if (looksLikeJson(text, isWhole)) return 'application/json';
  return looksLikeCsv(text, isWhole) ? 'text/csv' : 'text/plain';
}

function looksLikeJson(text: string, isWhole: boolean): boolean {
  if (!isWhole) return /^\s*(?:\{\s*"(?:[^"\\]|\\.){0,200}"\s*:|\[\s*(?:[[{"]|-?\d|true|false|null))/.test(text);
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Two lines at least, every one with the same number of separators outside quotes. */
function looksLikeCsv(text: string, isWhole: boolean): boolean {
  const lines = text.replace(/"(?:[^"]|"")*"/g, '""').split(/\r?\n/);
  const whole = (isWhole ? lines : lines.slice(0, -1)).filter((line) => line !== '');
  return [',', ';', '\t'].some((separator) => {
    const [first = 0, ...rest] = whole.map((line) => line.split(separator).length);
    return first > 1 && rest.length > 0 && rest.every((count) => count === first);
  });
}
