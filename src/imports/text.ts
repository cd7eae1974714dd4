import { createReadStream } from 'node:fs';
import { countBytes, type ReadingPlace, UnreadableFileError } from './read.ts';

/** What is written in a file, piece by piece. @throws UnreadableFileError where it is not the text of any encoding taken */
export function openText(file: string, place?: ReadingPlace): AsyncGenerator<string> {
  return textOf(countBytes(createReadStream(file), place));
}

/** UTF-8, or UTF-16 that says so by its mark; the mark itself is no text. @throws UnreadableFileError */
export async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder?.decode() ?? '';
  } catch (err) {
    if (!(err instanceof TypeError)) throw err;
    throw new UnreadableFileError('its text is not UTF-8, nor UTF-16 that says so: save it as UTF-8');
  }
}

export function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** A text's lines, without their ends. A line is held as a whole, and nothing of the others. */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const piece of text) {
    const lines = piece.split('\n');
    for (const [index, line] of lines.entries()) {
      parts.push(line);
      if (index === lines.length - 1) break;
      yield withoutReturn(parts.join(''));
      parts = [];
    }
  }
  const last = parts.join('');
  if (last !== '') yield withoutReturn(last);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
