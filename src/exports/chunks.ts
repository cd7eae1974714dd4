import { setImmediate } from 'node:timers/promises';

const chunkLength = 64 * 1024;
const turnMs = 10;

/** Joins pieces of text into chunks of UTF-8 of about 64 KiB. Lone surrogates become U+FFFD. */
export async function* encodeChunks(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const breathe = createBreather();
  let parts: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < chunkLength) continue;
    yield Buffer.from(parts.join(''), 'utf8');
    parts = [];
    length = 0;
    await breathe();
  }
  if (length > 0) yield Buffer.from(parts.join(''), 'utf8');
}

/** To be awaited between pieces of work: lets others have the event loop once 10 ms have gone by since it last did. */
export function createBreather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < turnMs) return;
    await setImmediate();
    since = performance.now();
  };
}
