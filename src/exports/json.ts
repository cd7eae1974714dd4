import { encodeChunks } from './chunks.ts';
import type { ExportedConversation, ExportMeta } from './records.ts';

/**
 * One JSON document, `{"export": …, "conversations": […]}`, a conversation to a line, with the graph's names and
 * values. Times are ISO 8601 in UTC with milliseconds. Lone surrogates are kept, as `\ud800`.
 */
export function writeJson(
  conversations: AsyncIterable<ExportedConversation>,
  meta: ExportMeta,
): AsyncIterable<Uint8Array> {
  async function* pieces(): AsyncGenerator<string> {
    yield `{"export":${JSON.stringify(meta)},\n"conversations":[`;
    let separator = '\n';
    for await (const conversation of conversations) {
      yield separator;
      yield* jsonPieces(conversation);
      separator = ',\n';
    }
    yield '\n]}\n';
  }
  return encodeChunks(pieces());
}

/** JSON Lines: a conversation to a line, each as in {@link writeJson}. */
export function writeJsonl(conversations: AsyncIterable<ExportedConversation>): AsyncIterable<Uint8Array> {
  async function* pieces(): AsyncGenerator<string> {
    for await (const conversation of conversations) {
      yield* jsonPieces(conversation);
      yield '\n';
    }
  }
  return encodeChunks(pieces());
}

/** A message at a time, so that a long conversation never makes one string. */
function* jsonPieces({ messages, ...conversation }: ExportedConversation): Generator<string> {
  yield JSON.stringify(conversation).slice(0, -1);
  yield ',"messages":[';
  for (const [index, message] of messages.entries()) yield (index > 0 ? ',' : '') + JSON.stringify(message);
  yield ']}';
}
