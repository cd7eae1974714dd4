import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { JSONParser } from '@streamparser/json';
import type { FileItem, FormatReader } from '../read.ts';
import { UnreadableFileError } from '../read.ts';
import { readChatGpt } from './chatgpt.ts';
import { readRecord } from './json-record.ts';

/** Values of a JSON file below one of the paths, one after the other, without the rest of it in memory. */
export async function* jsonValues(chunks: AsyncIterable<Uint8Array>, paths: string[]): AsyncGenerator<unknown> {
  const parser = new JSONParser({ paths, keepStack: false });
  let found: unknown[] = [];
  parser.onValue = ({ value }) => {
    found.push(value);
  };
  try {
    for await (const text of decoded(chunks)) {
      parser.write(text);
      yield* found;
      found = [];
    }
  } catch (err) {
    yield* found;
    throw new UnreadableFileError(
      `the JSON breaks off or is not well formed: ${err instanceof Error ? err.message : ''}`,
    );
  }
  if (!parser.isEnded) throw new UnreadableFileError('the JSON breaks off before its end');
}

/** The parser takes a byte-order mark for none of a text's own: within the file it is told as an escape. */
async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let isFirst = true;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    yield (isFirst ? text.replace(/^\ufeff/, '') : text).replaceAll('\ufeff', '\\ufeff');
    isFirst &&= text === '';
  }
}

/** `{"conversations": […]}`, as exported here and by Animam, or a list of conversations; ChatGPT's too. */
export const readJson: FormatReader = (file, options) => readJsonChunks(createReadStream(file), options);

export async function* readJsonChunks(chunks: AsyncIterable<Uint8Array>, _options: unknown): AsyncGenerator<FileItem> {
  let index = 0;
  for await (const value of jsonValues(chunks, ['$.conversations.*', '$.*'])) {
    if (Array.isArray(value) || typeof value !== 'object' || value === null || !looksLikeConversation(value)) continue;
    index += 1;
    yield 'mapping' in value ? readChatGpt(value, `conversation ${index}`) : readRecord(value, `conversation ${index}`);
  }
}

/** Other parts of a document, such as what it says of itself, are no conversations. */
function looksLikeConversation(value: object): boolean {
  return 'messages' in value || 'content' in value || 'mapping' in value;
}

/** A conversation to a line. */
export const readJsonl: FormatReader = async function* (file) {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
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
