import { createInterface } from 'node:readline';
import { type FileItem, type FormatReader, openBytes, UnreadableFileError } from '../read.ts';
import { readChatGpt } from './chatgpt.ts';
import { readRecord } from './json-record.ts';

const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x7b, 0x5b]);
const closers = new Set([0x7d, 0x5d]);
const openBrace = 0x7b;

/**
 * The objects of a list that is the document, or lies directly in it, one after the other: only where each begins and
 * ends is looked for here, and the rest of the document is not kept.
 * @throws UnreadableFileError where one is not well formed, or the document breaks off
 */
export async function* jsonObjects(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  /** Whether each of the open brackets is a list's. */
  const lists: boolean[] = [];
  let parts: Uint8Array[] | null = null;
  let objectDepth = 0;
  let isInText = false;
  let isEscaped = false;
  let hasBegun = false;
  for await (const chunk of chunks) {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (isInText) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInText = false;
      } else if (byte === quote) isInText = true;
      else if (openers.has(byte)) {
        hasBegun = true;
        if (parts === null && byte === openBrace && lists.length <= 2 && lists.at(-1) === true) {
          parts = [];
          start = index;
          objectDepth = lists.length;
        }
        lists.push(byte !== openBrace);
      } else if (closers.has(byte)) {
        lists.pop();
        if (parts !== null && lists.length === objectDepth) {
          parts.push(chunk.subarray(start, index + 1));
          yield parsed(Buffer.concat(parts).toString('utf8'));
          parts = null;
        }
      }
    }
    parts?.push(chunk.slice(start));
  }
  if (!hasBegun || lists.length > 0 || isInText) throw new UnreadableFileError('the JSON breaks off before its end');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (err) {
    throw new UnreadableFileError(`the JSON is not well formed: ${err instanceof Error ? err.message : ''}`);
  }
}

/** `{"conversations": […]}`, as exported here and by Animam, or a list of conversations; ChatGPT's too. */
export const readJson: FormatReader = (file, { place }) => readJsonChunks(openBytes(file, place));

export async function* readJsonChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FileItem> {
  let index = 0;
  for await (const value of jsonObjects(chunks)) {
    if (typeof value !== 'object' || value === null || !looksLikeConversation(value)) continue;
    index += 1;
    yield 'mapping' in value ? readChatGpt(value, `conversation ${index}`) : readRecord(value, `conversation ${index}`);
  }
}

/** Other parts of a document, such as what it says of itself, are no conversations. */
function looksLikeConversation(value: object): boolean {
  return 'messages' in value || 'content' in value || 'mapping' in value;
}

/** A conversation to a line. */
export const readJsonl: FormatReader = async function* (file, { place: at }) {
  const lines = createInterface({ input: openBytes(file, at), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const place = `line ${number}`;
    let value: unknown;
    try {
      value = JSON.parse(line.replace(/^\ufeff/, ''));
    } catch {
      yield { place, reason: 'it is not JSON' };
      continue;
    }
    yield typeof value === 'object' && value !== null && 'mapping' in value
      ? readChatGpt(value, place)
      : readRecord(value, place);
  }
};
