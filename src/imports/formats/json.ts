import { type FileItem, type FormatReader, UnreadableFileError } from '../read.ts';
import { linesOf, openText } from '../text.ts';
import { readChatGpt } from './chatgpt.ts';
import { readRecord } from './json-record.ts';

type Found = {
  value: unknown;
  /** Whether the list that it lies in is the document. */
  isOfDocument: boolean;
};

/**
 * The objects of a list that is the document, or lies directly in it, one after the other: only where each begins and
 * ends is looked for here, and the rest of the document is not kept.
 * @throws UnreadableFileError where one is not well formed, or the document breaks off
 */
export async function* jsonObjects(text: AsyncIterable<string>): AsyncGenerator<Found> {
  /** Whether each of the open brackets is a list's. */
  const lists: boolean[] = [];
  let parts: string[] | null = null;
  let objectDepth = 0;
  let isInText = false;
  let isEscaped = false;
  let hasBegun = false;
  for await (const piece of text) {
    let start = 0;
    for (let index = 0; index < piece.length; index++) {
      const char = piece[index];
      if (isInText) {
        if (isEscaped) isEscaped = false;
        else if (char === '\\') isEscaped = true;
        else if (char === '"') isInText = false;
      } else if (char === '"') isInText = true;
      else if (char === '{' || char === '[') {
        hasBegun = true;
        if (parts === null && char === '{' && lists.length <= 2 && lists.at(-1) === true) {
          parts = [];
          start = index;
          objectDepth = lists.length;
        }
        lists.push(char === '[');
      } else if (char === '}' || char === ']') {
        lists.pop();
        if (parts !== null && lists.length === objectDepth) {
          parts.push(piece.slice(start, index + 1));
          yield { value: parsed(parts.join('')), isOfDocument: objectDepth === 1 };
          parts = null;
        }
      }
    }
    parts?.push(piece.slice(start));
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
export const readJson: FormatReader = (file, { place }) => readJsonText(openText(file, place));

export async function* readJsonText(text: AsyncIterable<string>): AsyncGenerator<FileItem> {
  let index = 0;
  let others = 0;
  for await (const { value, isOfDocument } of jsonObjects(text)) {
    if (typeof value === 'object' && value !== null && looksLikeConversation(value)) {
      index += 1;
      yield readValue(value, `conversation ${index}`);
    } else if (isOfDocument) {
      index += 1;
      yield { place: `conversation ${index}`, reason: noConversation };
    } else others += 1;
  }
  if (index === 0 && others > 0)
    yield { place: 'the document', reason: `none of it is a conversation: ${noConversation}` };
}

const noConversation = 'it has neither messages nor a content';

/** One conversation, written over several lines. */
export const readJsonConversation: FormatReader = async function* (file, { place }) {
  const pieces = await Array.fromAsync(openText(file, place));
  yield readValue(parsed(pieces.join('')), 'the conversation');
};

function readValue(value: unknown, place: string): FileItem {
  return typeof value === 'object' && value !== null && 'mapping' in value
    ? readChatGpt(value, place)
    : readRecord(value, place);
}

/** Other parts of a document, such as what it says of itself, are no conversations. */
function looksLikeConversation(value: object): boolean {
  return 'messages' in value || 'content' in value || 'mapping' in value;
}

/** A conversation to a line. */
export const readJsonl: FormatReader = async function* (file, { place: at }) {
  let number = 0;
  for await (const line of linesOf(openText(file, at))) {
    number += 1;
    if (line.trim() === '') continue;
    const place = `line ${number}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      yield { place, reason: 'it is not JSON' };
      continue;
    }
    yield readValue(value, place);
  }
};
